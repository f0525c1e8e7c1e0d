"""The timers of a line: set and stopped on its thread, run out as messages in its inbox."""

from __future__ import annotations

from collections.abc import Callable

from appliance.exchange.messages import Inbox, TimerDue
from drivers.clock import Clock, Timer


class Timers:
    """Timers by owner and name, one of each at most. Used on the line's thread only."""

    def __init__(self, clock: Clock, inbox: Inbox) -> None:
        self._clock = clock
        self._inbox = inbox
        self._running: dict[tuple[str, str], tuple[int, Callable[[], None], Timer]] = {}
        self._serial = 0

    def set(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called after ``seconds``, instead of what the name stood for before."""
        self.stop(owner, name)
        self._serial += 1
        due = TimerDue(owner, name, self._serial)
        timer = self._clock.after(seconds, lambda: self._inbox.post(due))
        self._running[owner, name] = (due.serial, action, timer)

    def once(self, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called after ``seconds``; it can't be stopped by name."""
        self.set("once", str(self._serial), seconds, action)

    def stop(self, owner: str, name: str) -> None:
        """Stop a timer; harmless when it does not run."""
        entry = self._running.pop((owner, name), None)
        if entry is not None:
            entry[2].cancel()

    def stop_all(self, owner: str) -> None:
        """Stop every timer of an owner."""
        for key in [key for key in self._running if key[0] == owner]:
            self.stop(*key)

    def due(self, message: TimerDue) -> None:
        """Do what a timer was set for, unless it was stopped or set anew meanwhile."""
        entry = self._running.get((message.owner, message.name))
        if entry is not None and entry[0] == message.serial:
            del self._running[message.owner, message.name]
            entry[1]()

    def clear(self) -> None:
        """Stop everything."""
        for _, _, timer in self._running.values():
            timer.cancel()
        self._running.clear()
