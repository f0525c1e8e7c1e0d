"""What happens in the bank, followed as it happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from appliance.demo.people import BankControl

Event = dict[str, Any]


def moment(event: Event) -> float:
    """Return an event's time of day in seconds."""
    return datetime.fromisoformat(event["at"]).timestamp()


class Watch:
    """Follows the bank's events on a thread of its own, and keeps all of them.

    Args:
        bank: The control; closed by its owner.
    """

    def __init__(self, bank: BankControl) -> None:
        self._bank = bank
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._states: dict[str, str] = {}
        self._ending = False
        self._thread = threading.Thread(target=self._follow, name="watch")

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._ending = True
        if self._thread.ident is not None:
            self._thread.join(5)

    def events(self, *kinds: str) -> list[Event]:
        """Return every event so far of these kinds."""
        with self._changed:
            return [event for event in self._events if event["kind"] in kinds]

    @property
    def alive(self) -> bool:
        """It still follows."""
        return self._thread.is_alive()

    def all(self) -> list[Event]:
        """Return every event so far."""
        with self._changed:
            return list(self._events)

    def mark(self) -> int:
        """Return a place in time, for :meth:`until`."""
        with self._changed:
            return len(self._events)

    def until(
        self, wanted: Callable[[Event], bool], seconds: float, since: int | None = None
    ) -> Event | None:
        """Return the first event after ``since`` (now) that is wanted, None if none comes."""
        end = time.monotonic() + seconds
        with self._changed:
            place = len(self._events) if since is None else since
            while True:
                for event in self._events[place:]:
                    if wanted(event):
                        return event
                place = len(self._events)
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)

    def until_phones(self, fits: Callable[[Callable[[str], str]], bool], seconds: float) -> bool:
        """Wait until ``fits`` holds, given what tells a phone's last state; False if it never does.

        The states are ``idle dialling ringing active held off``.
        """

        def state(phone: str) -> str:
            return self._states.get(phone, "idle")

        with self._changed:
            return self._changed.wait_for(lambda: fits(state), seconds)

    def until_state(self, phone: str, states: set[str], seconds: float) -> bool:
        """Wait until a phone is in one of the states; False if it never is."""
        return self.until_phones(lambda state: state(phone) in states, seconds)

    def _follow(self) -> None:
        after = 0
        while not self._ending:
            answer = self._bank.get(f"/events?since={after}&timeout=1")
            events = answer["events"]
            if events and events[0]["seq"] != after + 1:
                raise RuntimeError(f"events {after + 1} to {events[0]['seq'] - 1} were missed")
            after = int(answer["next"])
            with self._changed:
                self._events += events
                for event in events:
                    if event["kind"] == "phone" and event["state"] not in ("on", "left"):
                        self._states[event["phone"]] = event["state"]
                self._changed.notify_all()
