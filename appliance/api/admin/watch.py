"""What a technician watches: the last words of a modem, the last lines of the log."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import Limit, LineChoice, Schema
from appliance.logging import mask_text, recent


class Exchanged(Schema):
    """One line that went to a modem or came from it, numbers and PINs masked."""

    at: datetime
    sent: bool
    text: str


class LogChoice(Schema):
    """How many of the last lines."""

    limit: Limit = Field(default=100)


class LogLine(Schema):
    """A line of the log, as it was written: numbers and secrets masked."""

    text: str


def transcript(box: Box, given: LineChoice) -> list[Exchanged]:
    """Return the last exchanges with a line's modem, the oldest first."""
    return [
        Exchanged(at=said.at, sent=said.sent, text=mask_text(said.text))
        for said in box.exchange.transcript(given.line)
    ]


def log(_box: Box, given: LogChoice) -> list[LogLine]:
    """Return the last lines of the log, the oldest first."""
    kept = recent()
    return [LogLine(text=line) for line in kept.last(given.limit)] if kept else []


OPERATIONS = (
    operation(
        "GET",
        "/lines/{line}/transcript",
        "Show its last AT exchanges",
        LineChoice,
        list[Exchanged],
        transcript,
    ),
    operation("GET", "/log", "Show its last lines", LogChoice, list[LogLine], log),
)
