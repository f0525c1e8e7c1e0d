"""Who calls a line that is busy: refused as busy, or left to ring out, and told to the application.

``AT+CHLD=0/1/2`` act on a waiting call first (3GPP TS 22.030 §6.5.5). A waiting call is therefore
refused only while no call is held, and nothing else is done to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from appliance.exchange.call_records import closed, come_in
from appliance.exchange.ports import LineCore
from appliance.model import causes
from appliance.model.call_effects import Kind
from appliance.model.numbers import caller_id
from appliance.model.records import CallRecord, Mode
from appliance.model.routing import (
    AllocateY,
    AskApplication,
    Decision,
    Refusal,
    Relation,
    Route,
    decide,
)
from drivers.modem import Done, Failed

_log = logging.getLogger(__name__)

NUMBER_SECONDS = 1.0
"""How long a waiting call's number may come after it."""
MISSING_LISTS = 2
"""Lists in a row without the call that make it gone."""


class SecondCaller:
    """One caller who met a busy line."""

    def __init__(self, line: LineCore, index: int, at: datetime) -> None:
        self._line = line
        self.index = index
        self.refused = False
        self.missing = 0
        self._told = False
        self._record = come_in(line, at)

    @property
    def session_id(self) -> str:
        """Its session."""
        return self._record.session_id

    def known(self, caller: str | None) -> None:
        """The caller is known, or will not be: tell that the call came in."""
        if self._told:
            return
        self._told = True
        now = self._line.now()
        record = replace(self._record, caller=caller)
        found = decide(self._line.store.bindings.route_facts(record.dialled, caller, now), now)
        self._record = addressed(record, found)
        self._write("callin", record.call_in_at or now)

    def gone(self) -> None:
        """The call is over: tell its end."""
        self.known(None)
        now = self._line.now()
        outcome = causes.box_ended(causes.BUSY, causes.Phase.INCOMING)
        by = "box" if self.refused else "caller"
        self._record = closed(self._record, outcome, by, now)
        self._write("disconnect", now)
        self._write("fee", now)

    def _write(self, kind: Kind, at: datetime) -> None:
        legs: dict[str, object] = {
            "a": {"line": self._line.msisdn, "index": self.index, "state": "ringing"},
            "joined": False,
            "seen": self._line.now().isoformat(),
            "limit": 0,
        }
        record = replace(self._record, legs=legs)
        self._line.journal.add(record, kind, at, self._line.now())


class SecondCallers:
    """Every such caller of one line.

    Args:
        may_refuse: Whether no call is held, nor about to be.
        came: Called when the first one waits; ``gone`` when the last one has gone.
    """

    def __init__(
        self,
        line: LineCore,
        *,
        may_refuse: Callable[[], bool],
        came: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        self._line = line
        self._may_refuse = may_refuse
        self._came = came
        self._gone = gone
        self._callers: dict[int, SecondCaller] = {}

    def __len__(self) -> int:
        return len(self._callers)

    def __contains__(self, index: object) -> bool:
        return index in self._callers

    def sessions(self) -> frozenset[str]:
        """Return their sessions."""
        return frozenset(caller.session_id for caller in self._callers.values())

    def waits(self, index: int, number: str | None, *, withheld: bool) -> None:
        """A call waits, or more becomes known of it."""
        caller = self._callers.get(index)
        if caller is None and index and 0 in self._callers:
            caller = self._callers[index] = self._callers.pop(0)
            caller.index = index
        first = not self._callers
        if caller is None:
            caller = self._callers[index] = SecondCaller(self._line, index, self._line.now())
            new = caller
            self._line.set_timer(
                caller.session_id, "number", NUMBER_SECONDS, lambda: new.known(None)
            )
        known = caller_id(number, self._line.settings.region)
        if known is not None or withheld:
            self._line.stop_timer(caller.session_id, "number")
            caller.known(known)
        if first:
            self._came()
            self._look_later()

    def refuse(self) -> None:
        """Refuse who waits as busy, if that touches nobody else."""
        if not self._callers or not self._may_refuse():
            return
        for caller in self._callers.values():
            caller.refused = True
        self._line.command(lambda modem: modem.refuse_waiting(), self._refusal_done)

    def hang_up(self, index: int) -> None:
        """Release one that is not waiting any more but rings, or was taken by mistake."""
        caller = self._callers.get(index)
        if caller is not None:
            caller.refused = True
        self._line.command(lambda modem: modem.hang_up(index))

    def ended(self, index: int) -> bool:
        """Take the end of a call; False when it was not one of these."""
        caller = self._callers.pop(index, None)
        if caller is None:
            return False
        self._line.stop_timers(caller.session_id)
        caller.gone()
        if not self._callers:
            self._line.stop_timer("second-callers", "look")
            self._gone()
        return True

    def lost(self) -> None:
        """The line is gone, and they with it."""
        for index in list(self._callers):
            self.ended(index)

    def _refusal_done(self, result: Done | Failed) -> None:
        if isinstance(result, Failed):
            _log.info("a second caller was not refused: %s", result.error)
            for caller in self._callers.values():
                caller.refused = False

    def _look_later(self) -> None:
        seconds = self._line.settings.list_seconds
        self._line.set_timer("second-callers", "look", seconds, self._look)

    def _look(self) -> None:
        self._line.command(lambda modem: modem.list_calls(), self._looked)

    def _looked(self, result: Done | Failed) -> None:
        if not self._callers:
            return
        self._look_later()
        if not isinstance(result, Done) or not isinstance(result.value, tuple):
            return
        listed = {info.index for info in result.value}
        for index in list(self._callers):
            caller = self._callers[index]
            caller.missing = 0 if index in listed else caller.missing + 1
            if caller.missing >= MISSING_LISTS:
                self.ended(index)


def addressed(record: CallRecord, found: Decision) -> CallRecord:
    """Return the record of a call that is not connected, with the application that hears of it."""
    owner = found.relation if isinstance(found, AllocateY) else found
    application = owner.application
    binding = owner.binding if isinstance(owner, Relation | Route | Refusal) else None
    # A second line that is called back stands for the number whose application would be asked.
    asked = owner.x if isinstance(owner, AskApplication) else record.bind_number
    return replace(
        record,
        app_id=application.app_id if application else None,
        mode=Mode(application.mode) if application else None,
        subscription_id=binding.subscription_id if binding else None,
        bind_number=binding.x if binding else asked,
        user_data=binding.user_data if binding else None,
    )
