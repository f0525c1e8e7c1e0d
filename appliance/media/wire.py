"""Commands and events of the media room as lines of JSON, between two processes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, get_args

from appliance.media.events import MediaEvent

_EVENTS: dict[str, type] = {kind.__name__: kind for kind in get_args(MediaEvent)}


def encode(name: str, /, *arguments: object, **options: object) -> bytes:
    """Return a command, or an answer, as one line."""
    return json.dumps([name, arguments, options], separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> tuple[str, list[Any], dict[str, Any]]:
    """Return name, arguments and options of a line. Raises ValueError."""
    name, arguments, options = json.loads(line)
    return name, arguments, options


def encode_event(event: MediaEvent) -> bytes:
    """Return an event as one line."""
    return encode(type(event).__name__, **dataclasses.asdict(event))


def decode_event(name: str, options: dict[str, Any]) -> MediaEvent | None:
    """Return the event of that name, None when the name is none."""
    kind = _EVENTS.get(name)
    event: MediaEvent | None = None if kind is None else kind(**options)
    return event
