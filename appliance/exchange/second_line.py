"""The second line of a call, seen from its owner: asked for, lent, given back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime

from appliance.exchange.messages import (
    GuestDial,
    GuestHangUp,
    GuestPress,
    GuestRelease,
    Inbox,
    Reserve,
    Reserved,
)
from appliance.exchange.ports import LineCore
from drivers.modem import AudioSpec

_tickets = itertools.count(1)  # one sequence for all lines: a late answer can't be mistaken


class SecondLine:
    """At most one line at a time, lent by another worker. Lives on the owner's thread.

    Args:
        line: The owner's worker.
        session_id: The call.
        granted: Called with the lender's answer; ``denied`` when no candidate is free.
    """

    def __init__(
        self,
        line: LineCore,
        session_id: str,
        *,
        granted: Callable[[str, Reserved], None],
        denied: Callable[[], None],
    ) -> None:
        self._line = line
        self._session_id = session_id
        self._granted = granted
        self._denied = denied
        self._candidates: list[str] = []
        self._callee: str | None = None
        self._since: datetime | None = None
        self._asking: tuple[int, Inbox] | None = None
        self._lender: Inbox | None = None
        self.ticket: int | None = None
        self.audio: AudioSpec | None = None
        self.index = 0  # of the leg, on the lender's modem

    def reserve(
        self,
        candidates: tuple[str, ...],
        callee: str | None = None,
        since: datetime | None = None,
    ) -> None:
        """Ask these lines, best first, until one is free; nobody is waited for.

        Args:
            callee, since: As in :class:`Reserve`.
        """
        self._candidates = list(candidates)
        self._callee, self._since = callee, since
        self._ask_next()

    def reserved(self, answer: Reserved) -> None:
        """A line says whether it can be lent; one that comes too late gets its line back."""
        asked = self._asking
        if asked is None or asked[0] != answer.ticket:
            if answer.line is not None and answer.lender is not None:
                answer.lender.post(GuestRelease(answer.ticket))
            return
        self._line.stop_timer(self._session_id, "lend")
        self._asking = None
        if answer.line is None:
            self._ask_next()
            return
        self.ticket, self._lender, self.audio = answer.ticket, answer.lender, answer.audio
        self.index = 0
        self._granted(answer.line, answer)

    def dial(self, number: str) -> None:
        """Have leg b dialled."""
        if self._lender is not None and self.ticket is not None:
            self._lender.post(GuestDial(self.ticket, number))

    def press(self, digit: str) -> None:
        """Have a key pressed on leg b."""
        if self._lender is not None and self.ticket is not None:
            self._lender.post(GuestPress(self.ticket, digit))

    def hang_up(self) -> None:
        """Have leg b released."""
        if self._lender is not None and self.ticket is not None:
            self._lender.post(GuestHangUp(self.ticket))

    def give_back(self) -> None:
        """Give the line back; a leg that is still up is released by its lender."""
        if self._lender is not None and self.ticket is not None:
            self._lender.post(GuestRelease(self.ticket))
        self.forget()

    def forget(self) -> None:
        """The line is gone, or given back."""
        self.ticket = self._lender = self.audio = None

    def _ask_next(self) -> None:
        while self._candidates:
            lender = self._line.registry.line(self._candidates.pop(0))
            if lender is None or lender is self._line.inbox:
                continue
            ticket = next(_tickets)
            self._asking = (ticket, lender)
            seconds = self._line.settings.reserve_seconds
            self._line.set_timer(self._session_id, "lend", seconds, self._no_answer)
            inbox = self._line.inbox
            lender.post(Reserve(ticket, self._session_id, inbox, self._callee, self._since))
            return
        self._denied()

    def _no_answer(self) -> None:
        if self._asking is not None:
            ticket, lender = self._asking
            self._asking = None
            lender.post(GuestRelease(ticket))
            self._ask_next()
