"""What was said to applications and what they answered, for an operator who watches.

Bodies hold real numbers and texts, so nothing is kept unless somebody has looked a moment ago, and
then in memory only.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

KEPT = 200
"""Requests that are kept; older ones are forgotten."""
WATCHED_SECONDS = 60.0
"""How long after a look requests are kept."""


@dataclass(frozen=True, slots=True)
class Told:
    """One request to an application.

    Args:
        at: When it was sent.
        app_id: Whose; ``url``: which of its addresses, ``target`` the address itself.
        kind: ``callin`` … ``fee``, ``sms``, ``numStatus``, or ``question``.
        push_ids: Rows of the outbox that it carried; none for a question.
        headers: As sent; ``body`` likewise.
        status: HTTP status of the answer, None without one; ``reply`` its first octets as text.
        error: Why there is no answer.
        seconds: How long it took.
        serial: Of this box's run, ascending.
    """

    at: datetime
    app_id: int
    url: str
    target: str
    kind: str
    push_ids: tuple[int, ...]
    headers: Mapping[str, str]
    body: str
    status: int | None
    reply: str
    error: str | None
    seconds: float
    serial: int = 0


class Witness:
    """Keeps requests while somebody watches; any thread, and never blocks who notes."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._kept: deque[Told] = deque(maxlen=KEPT)
        self._serial = 0
        self._watched_until = 0.0

    @property
    def watched(self) -> bool:
        """Whether anybody has looked a moment ago."""
        return time.monotonic() < self._watched_until

    def note(self, told: Told) -> None:
        """Keep a request, if anybody watches."""
        with self._changed:
            if not self.watched:
                return
            self._serial += 1
            self._kept.append(replace(told, serial=self._serial))
            self._changed.notify_all()

    def look(self, after: int, timeout: float) -> list[Told]:
        """Return the requests with a higher serial than ``after``, oldest first.

        Args:
            timeout: Seconds to wait for one.
        """
        with self._changed:
            self._watched_until = time.monotonic() + timeout + WATCHED_SECONDS
            self._changed.wait_for(lambda: self._serial > after, timeout)
            return [told for told in self._kept if told.serial > after]
