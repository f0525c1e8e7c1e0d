"""Pushes as an integrator looks at them: samples that were sent, and the real ones as they go."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from appliance.api.admin.schemas.base import Schema


class HookTest(Schema):
    """Which application is sent samples; ``kinds`` leaves out the others."""

    name: str
    kinds: list[str] = Field(default=[], max_length=16)


class HookTried(Schema):
    """What became of one sample; ``signed`` is the message of the digest (Nonce + Created)."""

    kind: str
    url: str
    target: str | None
    ok: bool
    verdict: str
    status: int | None
    seconds: float | None
    signed: str | None
    headers: dict[str, str] | None
    body: str | None
    reply: str | None


class HookWatch(Schema):
    """The pushes after ``since``; waits for one when there is none."""

    app: str | None = None
    since: int = Field(default=0, ge=0, le=2**53)
    wait: float = Field(default=0, ge=0, le=20, description="seconds to wait for one")


class HookTold(Schema):
    """One push or question as it was sent, with its answer."""

    serial: int
    at: datetime
    app: str | None
    kind: str
    url: str
    target: str
    push_ids: list[int]
    headers: dict[str, str]
    signed: str
    body: str
    status: int | None
    reply: str
    error: str | None
    seconds: float
    next_try: datetime | None = Field(
        default=None, description="null when it was delivered, given up, or is a question"
    )
