"""Times for people: local, with the offset from UTC; on the wire and in the store they are UTC."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")


def is_time(value: object) -> bool:
    """Whether a value is a time as the wire has it: ISO 8601, UTC."""
    return isinstance(value, str) and _UTC.fullmatch(value) is not None


def local(value: str) -> str:
    """Return a time of the wire as ``YYYY-MM-DD HH:MM:SS +HHMM``, by the machine's own zone."""
    return f"{moment(value):%Y-%m-%d %H:%M:%S %z}"


def moment(value: str) -> datetime:
    """Return a time of the wire, aware and local."""
    return datetime.fromisoformat(value).astimezone()


def for_people(value: Any) -> Any:
    """Return a value in which every time of the wire, whatever depth it is at, is local."""
    if is_time(value):
        return local(value)
    if isinstance(value, dict):
        return {key: for_people(inner) for key, inner in value.items()}
    return [for_people(inner) for inner in value] if isinstance(value, list) else value
