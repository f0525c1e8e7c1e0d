"""The last requests of the mirrored interface that were refused, with the reason in words.

What a client is told stays the cloud's; this is what the box's operator is told.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

KEPT = 500
"""Refusals that are remembered; older ones are forgotten, and all of them at a restart."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One request that was refused.

    Args:
        at: When.
        address: The client's IP address.
        method: As it came; ``path`` without its query, which may hold numbers.
        app_key: The key that signed it, as far as one could be read.
        app: Name of the application of that key, None when there is none.
        status: HTTP status of the answer; ``code`` and ``text`` as the client was told.
        why: In words, one sentence each.
    """

    at: datetime
    address: str
    method: str
    path: str
    app_key: str | None
    app: str | None
    status: int
    code: str
    text: str
    why: tuple[str, ...]


class Refusals:
    """A ring of refusals; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Refusal] = deque(maxlen=KEPT)

    def note(self, refusal: Refusal) -> None:
        """Remember one."""
        with self._lock:
            self._kept.append(refusal)

    def recent(self, limit: int, *, app_key: str | None = None) -> list[Refusal]:
        """Return the newest first, of one key or all."""
        with self._lock:
            found = [one for one in self._kept if app_key is None or one.app_key == app_key]
        return found[::-1][:limit]
