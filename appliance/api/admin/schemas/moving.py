"""What the admin interface takes and gives when relations move in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Moment, Schema


class ImportNew(Schema):
    """The cloud's query answers, as text; nothing is written unless ``apply`` is true.

    ``app`` may be absent when the answers echo its key, or the first new number is its own.
    """

    content: str = Field(description="one JSON answer, an array of them, or one after the other")
    app: str | None = None
    numbers: dict[str, str] = Field(
        default={}, max_length=10_000, description="old number → number of the box"
    )
    apply: bool = False
    zone_hours: float = Field(
        default=0, ge=-14, le=14, description="what subscribeTime is ahead of UTC"
    )
    since: Moment | None = Field(
        default=None, description="where lives begin whose beginning the answers do not tell"
    )


class Moved(Schema):
    """What became of one relation; ``reason`` says why it was refused."""

    place: str
    state: Literal["accepted", "refused"]
    subscription_id: str | None
    old_x: str | None
    x: str | None
    expires: str | None
    reason: str | None
    note: str | None


class Import(Schema):
    """What became of all of them; ``applied`` is false after a dry run."""

    app: str
    applied: bool
    accepted: int
    refused: int
    rows: list[Moved]
