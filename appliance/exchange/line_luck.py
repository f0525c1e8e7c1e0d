"""The luck that a line has with what it begins: what its calls and texts came to, and its smell."""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.model import suspicion
from appliance.model.numbers import mask
from appliance.model.suspicion import Record, Suspicion
from drivers.errors import CommandFailed
from drivers.modem import CallChanged, CallEnded, CallState, Done, Failed, ModemEvent

_log = logging.getLogger(__name__)

_RANG = frozenset({CallState.ALERTING, CallState.ACTIVE, CallState.HELD})


class Luck:
    """Hears every event of the modem before anybody acts on it. Lives on the line's thread.

    Args:
        name: Returns the line's number, for the log.
        changed: Called when another thing is suspected than before.
    """

    def __init__(self, name: Callable[[], str], changed: Callable[[], None]) -> None:
        self._name = name
        self._changed = changed
        self._record = Record()
        self._begun: dict[int, str] = {}  # calls that we began, by index, and nobody's phone rang

    @property
    def suspected(self) -> Suspicion:
        """What the run of causes smells of."""
        return self._record.suspected

    def hear(self, event: ModemEvent) -> None:
        """Take what the modem tells of calls."""
        match event:
            case CallChanged(call) if call.outgoing and call.state in _RANG:
                self._begun.pop(call.index, None)
                self._take(suspicion.call_rang(self._record))
            case CallChanged(call) if call.outgoing:
                self._begun[call.index] = call.number or ""
            case CallEnded(index, cause) if index in self._begun:
                to = self._begun.pop(index)
                self._take(suspicion.call_failed(self._record, cause, to))
            case _:
                pass

    def text(self, outcome: Done | Failed, to: str) -> None:
        """Take what came of a part of a text for somebody."""
        if isinstance(outcome, Done):
            self._take(suspicion.text_taken(self._record))
        elif isinstance(outcome.error, CommandFailed):
            self._take(suspicion.text_failed(self._record, outcome.error.cms, to))

    def forget(self) -> None:
        """Another SIM is in the modem, or somebody says that all is well again."""
        self._begun.clear()
        self._take(Record())

    def lost(self) -> None:
        """The modem is gone, with its calls; what came of them says nothing about the SIM."""
        self._begun.clear()

    def _take(self, record: Record) -> None:
        former, self._record = self._record, record
        if record.suspected is not former.suspected:
            _log.warning(
                "line %s: suspected is %s after %s (was %s)",
                mask(self._name()),
                record.suspected.value,
                f"cause {record.last}" if record.last is not None else "a success",
                former.suspected.value,
            )
            self._changed()
