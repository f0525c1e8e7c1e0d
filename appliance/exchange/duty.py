"""A duty number for callers while the box is down (``+CCFC``, 3GPP TS 27.007 §7.11).

Off unless configured. Set at an orderly stop, undone at the start. The mark in the store is written
before the network is asked, so that a crash in between leaves a mark too many rather than a
diversion that nobody remembers. A box that dies without an orderly stop diverts nothing: its
callers hear what the network says of a phone that does not answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from sqlite_utils import Database

from appliance.exchange.ports import Outcome
from appliance.model.numbers import mask
from appliance.model.records import Number, Role
from appliance.store import Store
from drivers.modem import Done, Failed, Modem, Token

_log = logging.getLogger(__name__)

MARK: Final = "duty_forwarding"
"""Setting of a number: the network was asked by this box to divert its calls."""
ALWAYS: Final = 0
SECONDS: Final = 20.0
AGAIN: Final = 60.0  # seconds between two tries to undo it


class DutyLine(Protocol):
    """What is needed of the line worker."""

    @property
    def store(self) -> Store:
        """The database."""

    @property
    def msisdn(self) -> str:
        """The line's number."""

    def command(self, ask: Callable[[Modem], Token], outcome: Outcome | None = None) -> None:
        """Give the modem a request."""

    def post_store(
        self,
        work: Callable[[Database], Any],
        done: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Have ``work`` written and ``done`` called on the line's thread."""

    def set_timer(self, owner: str, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on the line's thread."""


class Duty:
    """The diversion of one line's number to somebody on duty. Lives on the line's thread.

    Args:
        line: The line.
        to: The duty number, E.164; None: calls are never diverted, but a mark is still undone.
        done: Called when :meth:`divert` has come to its end.
    """

    def __init__(self, line: DutyLine, to: str | None, done: Callable[[], None]) -> None:
        self._line = line
        self._to = to
        self._done = done
        self.busy = False

    def divert(self, number: Number | None, reasons: frozenset[int]) -> None:
        """The box stops in order: divert the number's calls, unless somebody else does already."""
        if self._to is None or number is None or number.role is not Role.NUMBER:
            return
        if ALWAYS in reasons:
            _log.warning("line %s: diverted by others already", mask(self._line.msisdn))
            return
        self.busy = True
        kind = 145 if self._to.startswith("+") else 129
        command = f'AT+CCFC={ALWAYS},3,"{self._to}",{kind},1'

        def marked(_: object, error: BaseException | None) -> None:
            if error is not None:
                self._end(f"not diverted, for it could not be noted: {error}")
                return
            self._line.command(lambda modem: modem.raw(command, SECONDS), answered)

        def answered(result: Done | Failed) -> None:
            words = "diverted to the duty number" if accepted(result) else f"not diverted: {result}"
            self._end(words)

        self._mark(number, on=True, done=marked)

    def _end(self, words: str) -> None:
        _log.info("line %s: %s", mask(self._line.msisdn), words)
        self.busy = False
        self._done()

    def undo(self, number: Number | None, then: Callable[[], None]) -> None:
        """The line is in service: take back what this box has asked for; ``then`` in any case."""
        if number is None or not number.settings.get(MARK):
            then()
            return

        def answered(result: Done | Failed) -> None:
            if accepted(result):
                _log.info("line %s: no longer diverted", mask(self._line.msisdn))
                self._mark(number, on=False, done=lambda _value, _error: then())
                return
            _log.error("line %s: still diverted: %s", mask(self._line.msisdn), result)
            self._line.set_timer("duty", "undo", AGAIN, lambda: self.undo(number, then))
            then()

        self._line.command(lambda modem: modem.raw(f"AT+CCFC={ALWAYS},4", SECONDS), answered)

    def _mark(
        self, number: Number, *, on: bool, done: Callable[[Any, BaseException | None], None]
    ) -> None:
        numbers, settings = self._line.store.numbers, {MARK: True if on else None}

        def work(db: Database) -> None:
            numbers.update(db, number.number_id, settings=settings)

        self._line.post_store(work, done)


def accepted(result: Done | Failed) -> bool:
    """Return whether a raw command ended with OK."""
    lines = result.value if isinstance(result, Done) else None
    return isinstance(lines, tuple) and bool(lines) and lines[-1] == "OK"
