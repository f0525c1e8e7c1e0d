"""Time as a dependency: what the clock says, and what happens later."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_log = logging.getLogger(__name__)

Action = Callable[[], None]


class Timer(Protocol):
    """One thing that will happen later."""

    def cancel(self) -> None:
        """Make it not happen; harmless when it has happened or was cancelled before."""


class Clock(Protocol):
    """Tells time and calls back later; actions run on its thread and must only post to an inbox."""

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def after(self, seconds: float, action: Action) -> Timer:
        """Run ``action`` on the clock's own thread once ``seconds`` (≥ 0) have passed."""


class _Entry:
    __slots__ = ("action", "cancelled")

    def __init__(self, action: Action) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class SystemClock:
    """The machine's clock; its actions run on one thread named ``timer``."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, _Entry]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._ending = False

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def start(self) -> None:
        """Start the timer thread; actions given before are kept."""
        with self._changed:
            if self._thread is None:
                self._ending = False
                self._thread = threading.Thread(target=self._run, name="timer", daemon=True)
                self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the timer thread within ``timeout`` seconds; what was due later never happens."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._ending = True
            self._changed.notify()
        if thread is not None:
            thread.join(timeout)

    def after(self, seconds: float, action: Action) -> Timer:
        """Run ``action`` on the timer thread once ``seconds`` (≥ 0) have passed."""
        entry = _Entry(action)
        with self._changed:
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._order), entry))
            self._changed.notify()
        return entry

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            try:
                entry.action()
            except Exception:  # noqa: BLE001 - one customer's bug must not stop everybody's timers
                _log.exception("a timer's action failed")

    def _next(self) -> _Entry | None:
        with self._changed:
            while not self._ending:
                if not self._heap:
                    self._changed.wait()
                    continue
                due, _, entry = self._heap[0]
                wait = due - time.monotonic()
                if entry.cancelled or wait <= 0:
                    heapq.heappop(self._heap)
                    if not entry.cancelled:
                        return entry
                    continue
                self._changed.wait(wait)
            return None


class ManualClock:
    """A clock that stands still until a test moves it; actions run in the mover's thread."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)
        self._monotonic = 1000.0
        self._heap: list[tuple[float, int, _Entry]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self._monotonic

    def after(self, seconds: float, action: Action) -> Timer:
        """Run ``action`` when the clock has been moved by ``seconds``."""
        entry = _Entry(action)
        heapq.heappush(self._heap, (self._monotonic + seconds, next(self._order), entry))
        return entry

    def advance(self, seconds: float) -> None:
        """Move the clock by ``seconds``, running what falls due in its order."""
        end = self._monotonic + seconds
        while self._heap and self._heap[0][0] <= end:
            due, _, entry = heapq.heappop(self._heap)
            self._move(max(due, self._monotonic))
            if not entry.cancelled:
                entry.action()
        self._move(end)

    def _move(self, monotonic: float) -> None:
        self._now += timedelta(seconds=monotonic - self._monotonic)
        self._monotonic = monotonic
