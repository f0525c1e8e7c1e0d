"""Voice files and their review."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Schema


class VoiceNew(Schema):
    """An upload: a sound file of any common kind, in Base64."""

    app: str
    name: str
    content: str
    description: str | None = Field(default=None, max_length=256)


class VoiceChoice(Schema):
    """One voice file."""

    app: str
    name: str


class VoiceRejection(VoiceChoice):
    """One voice file, and why it is refused."""

    reason: str = Field(min_length=1, max_length=256)


class VoiceContent(Schema):
    """A voice file as it is stored: A-law WAV in Base64."""

    name: str
    content: str


class VoiceCheck(Schema):
    """What was looked at when a file was uploaded, how it came out, and a sentence."""

    name: str
    verdict: Literal["ok", "warning", "failed"]
    words: str


class VoicesOf(Schema):
    """Of one application."""

    app: str


class Voice(Schema):
    """A voice file: ``approved``, ``pending``, or ``rejected`` for a reason."""

    name: str
    state: Literal["approved", "pending", "rejected"]
    octets: int
    changed: datetime
    seconds: float
    description: str | None
    checks: list[VoiceCheck]
    reason: str | None
