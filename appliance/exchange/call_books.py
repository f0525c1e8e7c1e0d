"""What a call leaves in the store: its record and events, its return route, its call-back record.

Lives on the owner's thread; nothing here waits for the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from sqlite_utils import Database

from appliance.exchange.ports import LineCore
from appliance.exchange.second_callers import addressed
from appliance.model.call_effects import KeepReturnRoute, Kind, RememberCaller
from appliance.model.call_state import Call, Phase
from appliance.model.records import CallRecord, Mode
from appliance.model.routing import decide

_log = logging.getLogger(__name__)


class CallBooks:
    """The writing of one call.

    Args:
        line: The owner's worker.
        session_id: The call.
    """

    def __init__(self, line: LineCore, session_id: str) -> None:
        self._line = line
        self._session_id = session_id

    def write(
        self, call: Call, kind: Kind | None, *, a_index: int, b_leg: tuple[str, int] | None
    ) -> None:
        """Write the call's record, and an event where ``kind`` names one.

        Args:
            call: The machine's state.
            a_index: Index of leg a on the owner's modem, 0 while unknown.
            b_leg: The line that leg b is on and its index there, None while it has no line.
        """
        now = self._line.now()
        record = replace(call.record, legs=self._legs(call, a_index, b_leg))
        if kind is not None and record.app_id is None:
            record = self._owned(record)
        moments = {
            "callin": record.call_in_at,
            "callout": record.forward_at,
            "alerting": record.alerting_at,
            "answer": record.answered_at,
            "disconnect": record.ended_at,
            "fee": record.ended_at,
        }
        # An event and the call's record tell one moment alike, to the second.
        at = (moments.get(kind) if kind else None) or now
        asked = kind == "callin" and call.phase is Phase.ASKING
        self._line.journal.add(record, kind, at, now, asked=asked)

    def _owned(self, record: CallRecord) -> CallRecord:
        """Return the record of a call that was over before it was asked whose it is."""
        now = self._line.now()
        facts = self._line.store.bindings.route_facts(record.dialled, record.caller, now)
        return addressed(record, decide(facts, now))

    def remember_caller(self, effect: RememberCaller) -> None:
        """Keep who called, for the extension's holder to call back; a failure ends no call."""
        axe, now = self._line.store.axe, self._line.now()

        def done(_: object, error: BaseException | None) -> None:
            if error is not None:
                _log.warning("call %s: no call-back record: %s", self._session_id, error)

        self._line.post_store(
            lambda db: axe.remember_caller(db, effect.subscription_id, effect.caller, now),
            done,
        )

    def keep_return_route(
        self, effect: KeepReturnRoute, mode: Mode | None, kept: Callable[[bool], None]
    ) -> None:
        """Keep where a call back goes.

        Args:
            mode: Of the call's relation, as its record has it.
            kept: Called once on the owner's thread: whether the route is on the disk.
        """
        bindings = self._line.store.bindings

        def done(_: object, error: BaseException | None) -> None:
            if error is not None:
                _log.warning("call %s: no return route: %s", self._session_id, error)
            kept(error is None)

        def work(db: Database) -> None:
            if effect.subscription_id is None:
                x = effect.bind_number
                bindings.add_x_return_route(db, effect.shown, effect.callee, x)
                return
            named = mode is Mode.AXB  # the relation itself names both
            other = None if named else effect.caller
            bindings.add_return_route(
                db, effect.shown, effect.callee, effect.subscription_id, other
            )

        self._line.post_store(work, done)

    def _legs(self, call: Call, a_index: int, b_leg: tuple[str, int] | None) -> dict[str, object]:
        """Return the journal: what is on which line, for whoever takes the call up."""
        plan = call.plan
        legs: dict[str, object] = {
            "a": {"line": self._line.msisdn, "index": a_index, "state": call.a.value},
            "joined": call.joined,
            "seen": self._line.now().isoformat(),
            "limit": plan.max_seconds if plan else 0,
            "recording": plan.recording if plan and call.recording else None,
        }
        if b_leg is not None:
            legs["b"] = {"line": b_leg[0], "index": b_leg[1], "state": call.b.value}
        return legs
