"""The second leg of somebody else's call, on the line that was lent for it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.exchange.keys import send_digit
from appliance.exchange.messages import (
    GuestDigit,
    GuestLeg,
    GuestLost,
    GuestOutcome,
    Reserve,
)
from appliance.exchange.ports import LineCore
from appliance.exchange.session import STATES, failure_of
from appliance.model.call_events import Command, LegState
from drivers.modem import CallInfo, Done, Failed, Modem, Token

_log = logging.getLogger(__name__)

OVERDUE_SECONDS = 10.0
"""How long a leg may take to go, before it is asked again."""


class Guest:
    """A reservation, then a leg. Lives on the lender's thread.

    Args:
        gone: Called when the line is free again.
        incoming: Index of a call of the callee's own that rings here, 0 without one: it is answered
            instead of calling back.
    """

    def __init__(
        self,
        line: LineCore,
        wanted: Reserve,
        gone: Callable[[Guest], None],
        incoming: int = 0,
    ) -> None:
        self._line = line
        self._owner = wanted.owner
        self._gone = gone
        self.ticket = wanted.ticket
        self.session_id = wanted.session_id
        self.index: int | None = None  # 0 until the modem tells, None while nothing was dialled
        self._state = LegState.NONE
        self._wanted = True  # the owner has not given the line back
        self._dialling = False  # the command is with the modem
        self._hang_up = False
        self._callee = wanted.callee
        self._incoming = incoming
        self._nameless: int | None = None  # a call that rings, of whom nobody knows yet

    @property
    def up(self) -> bool:
        """A leg is, or may be, on the modem."""
        return self._dialling or self.index is not None

    @property
    def active(self) -> bool:
        """The leg is answered."""
        return self._state is LegState.ACTIVE

    def dial(self, number: str) -> None:
        """Dial the leg."""
        if self.up or not self._wanted:
            return
        self._dialling = True
        if self._incoming:
            self.index, self._state = self._incoming, LegState.RINGING
            self._command(Command.DIAL, lambda modem: modem.answer())
            return
        if self._nameless is not None:
            index, self._nameless = self._nameless, None
            self._line.command(lambda modem: modem.hang_up(index))
        self.index = 0
        self._state = LegState.DIALLING
        self._command(Command.DIAL, lambda modem: modem.dial(number))

    def meets(self, index: int, caller: str | None, *, withheld: bool) -> bool:
        """Take a call that rings here if it is the callee's own, or may turn out to be.

        False when it is somebody else's, or the callee is being called already.
        """
        if index and index == self._incoming:
            return True
        if self.up or self._incoming or self._callee is None or not self._wanted:
            return False
        if caller == self._callee and index:
            self._incoming, self._nameless = index, None
            return True
        if withheld or caller not in (None, self._callee):
            self._nameless = None
            return False
        self._nameless = index
        return True

    def press(self, digit: str) -> None:
        """Press a key on the leg."""
        if self.active:
            send_digit(self._line, self.session_id, digit)

    def hang_up(self) -> None:
        """Release the leg."""
        if not self.up:
            return
        self._hang_up = True
        index = self.index or 0
        self._line.set_timer(self._timers, "hang-up", OVERDUE_SECONDS, self.hang_up)
        self._command(Command.HANG_UP, lambda modem: modem.hang_up(index))

    def release(self) -> None:
        """The owner gives the line back."""
        self._wanted = False
        if not self.up and self._incoming:
            self.index = self._incoming
        if not self.up:
            self._end()
        elif not self._hang_up:
            self.hang_up()

    def changed(self, info: CallInfo) -> bool:
        """Take a state of a call on this modem; False when it is none of ours."""
        if info.index == self._incoming and self.index is None:
            return True  # it rings, and is answered when the owner says so
        own = info.outgoing or info.index == self._incoming
        if self.index is None or not own or self.index not in (0, info.index):
            return False
        learned = self.index == 0
        self.index = info.index
        self._state = STATES[info.state]
        self._tell(self._state, None)
        if learned and self._hang_up:
            self.hang_up()
        return True

    def ended(self, index: int, cause: int | None) -> bool:
        """Take the end of a call on this modem; False when it is none of ours."""
        if self.index is None and index in (self._incoming, self._nameless):
            self._incoming, self._nameless = 0, None
            return True
        if self.index is None or index not in (self.index, 0):
            return False
        self._leg_gone(cause)
        return True

    def digit(self, digit: str) -> None:
        """The modem reports a key of the far end."""
        self._owner.post(GuestDigit(self.ticket, self.session_id, digit))

    def lost(self) -> None:
        """The line is gone."""
        if self._wanted:
            self._owner.post(GuestLost(self.ticket, self.session_id))
        self._end()

    @property
    def _timers(self) -> str:
        return f"guest:{self.ticket}"

    def _command(self, command: Command, ask: Callable[[Modem], Token]) -> None:
        def outcome(result: Done | Failed) -> None:
            if command is Command.DIAL:
                self._dialling = False
            failure, cause = (None, None) if isinstance(result, Done) else failure_of(result)
            if failure is not None:
                _log.info("second leg of %s: %s failed", self.session_id, command.value)
            if self._wanted:
                self._owner.post(
                    GuestOutcome(self.ticket, self.session_id, command, failure, cause)
                )
            if command is Command.DIAL and failure is not None and not self.index:
                self._nothing_dialled()

        self._line.command(ask, outcome)

    def _nothing_dialled(self) -> None:
        """The modem refused to dial: nothing will be reported of this leg."""
        self.index = None
        self._state = LegState.GONE
        if not self._wanted:
            self._end()

    def _leg_gone(self, cause: int | None) -> None:
        index, self.index = self.index or 0, None
        self._dialling = False
        self._incoming = 0
        self._state = LegState.GONE
        self._line.stop_timers(self._timers)
        self._tell(LegState.GONE, cause, index)
        if not self._wanted:
            self._end()

    def _tell(self, state: LegState, cause: int | None, index: int | None = None) -> None:
        if self._wanted:
            place = self.index or 0 if index is None else index
            self._owner.post(GuestLeg(self.ticket, self.session_id, state, cause, place))

    def _end(self) -> None:
        self._line.stop_timers(self._timers)
        self._gone(self)
