"""What happened in the bank: a bounded list that HTTP clients wait on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_KEPT = 20_000


def utc_now() -> datetime:
    """Return the time of day, aware, UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return a moment as ``YYYY-MM-DDTHH:MM:SS.mmmZ``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Journal:
    """The last 20,000 events, numbered from 1. Written by the reactor, read by any thread."""

    def __init__(self, wall: Callable[[], datetime] = utc_now) -> None:
        self._wall = wall
        self._events: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._changed = threading.Condition()
        self._last = 0
        self._closed = False

    def add(self, kind: str, **facts: object) -> None:
        """Note an event. ``line`` or ``phone`` is the number that it concerns."""
        with self._changed:
            self._last += 1
            self._events.append({"seq": self._last, "at": iso(self._wall()), "kind": kind, **facts})
            self._changed.notify_all()

    def since(self, seq: int, timeout: float = 0.0) -> tuple[list[dict[str, Any]], int]:
        """Return the events after number ``seq`` and the number to ask after next.

        Waits up to ``timeout`` seconds for the first one. A ``seq`` from an earlier life of the
        bank (larger than any number so far) is taken as the present end.
        """
        with self._changed:
            start = min(seq, self._last)
            end = time.monotonic() + timeout
            while self._last <= start and not self._closed:
                if (left := end - time.monotonic()) <= 0:
                    break
                self._changed.wait(left)
            return self._after(start), self._last

    def _after(self, seq: int) -> list[dict[str, Any]]:
        fresh = self._last - seq
        if fresh <= 0:
            return []
        return list(self._events)[-fresh:] if fresh < len(self._events) else list(self._events)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one kind that are still kept, oldest first."""
        with self._changed:
            return [event for event in self._events if event["kind"] == kind]

    def close(self) -> None:
        """Let everybody who waits go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
