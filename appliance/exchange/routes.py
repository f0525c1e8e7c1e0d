"""What a decision means on one line: rules of the settings, abilities of modem and SIM."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from appliance.exchange.allowances import USED_UP
from appliance.exchange.ports import LineCore
from appliance.model.call_plan import (
    MINUTE,
    Abilities,
    Asking,
    Collection,
    Denial,
    Plan,
    Rules,
    make_asking,
    make_collection,
    make_denial,
    make_plan,
    needed_files,
    rules,
    without_file,
)
from appliance.model.numbers import mask
from appliance.model.records import Number
from appliance.model.routing import (
    AskApplication,
    CollectExtension,
    Refusal,
    Route,
    RouteFacts,
)
from drivers.modem import Facts

_log = logging.getLogger(__name__)

REFUSED_BY_NETWORK = "refused:"
"""Prefix of the settings in which a number keeps what its SIM's network refuses, by ICCID."""

Found = Plan | Denial | Asking | Collection
"""What a call does next."""


class Routes:
    """The routing of one line; ``facts`` are those of the modem that is plugged in."""

    def __init__(self, line: LineCore) -> None:
        self._line = line
        self.facts = Facts()

    def found(
        self,
        decision: Route | Refusal | CollectExtension | AskApplication,
        facts: RouteFacts,
        at: datetime,
    ) -> Found:
        """Return what a decision means on this line, as it is now."""
        settings = self._line.settings
        can = self._abilities(facts.number)
        match decision:
            case Refusal():
                return make_denial(decision, can)
            case CollectExtension():
                return make_collection(decision, can)
            case AskApplication():
                return make_asking(decision)
        box = Rules(self._line.connect(), settings.x_only, settings.early_dial, settings.press_1)
        line_settings = facts.number.settings if facts.number else {}
        ask = rules(box, line_settings, decision.application)
        paid, can_pay, most = self._paid(decision, can)
        plan = make_plan(paid, can_pay, ask, self._line.identifiers.recording(at))
        if isinstance(plan, Denial) and (paid, can_pay) != (decision, can):
            _log.warning("line %s: the allowance is used up", mask(self._line.msisdn))
            return replace(plan, state_code=USED_UP, release_point=USED_UP)
        if isinstance(plan, Plan) and most is not None:
            plan = replace(plan, max_seconds=min(plan.max_seconds or most, most))
        missing = needed_files(plan) if isinstance(plan, Plan) else ()
        if any(not self._is_there(source) for source in missing):
            _log.warning("line %s: a voice file is missing", mask(self._line.msisdn))
            return make_denial(without_file(decision), can)
        return plan

    def _paid(self, route: Route, can: Abilities) -> tuple[Route, Abilities, float | None]:
        """Return a route without the SIMs whose allowance is used up.

        A conference or a transfer is a call of the dialled line's own SIM, a bridge one of a second
        line's. With it the seconds that the call may last, when all who could pay are measured.
        """
        allowances = self._line.registry.allowances
        if allowances is None:
            return route, can, None
        left = {line: allowances.minutes_left(line) for line in (route.line, *route.second_lines)}
        if all(minutes is None for minutes in left.values()):
            return route, can, None
        seconds = tuple(line for line in route.second_lines if left[line] != 0)
        if left[route.line] == 0:
            can = replace(can, hold=False)
        if seconds != route.second_lines:
            route = replace(route, second_lines=seconds)
        payers = [left[line] for line in {route.line, *seconds} if left[line] != 0]
        measured = [minutes for minutes in payers if minutes is not None]
        most = max(measured) * MINUTE if measured and len(measured) == len(payers) else None
        return route, can, most

    def _is_there(self, source: str) -> bool:
        folder = self._line.settings.voices
        return folder is None or ":" in source or (folder / source).is_file()

    def remember(self, service: str) -> None:
        """Keep with the number that its SIM's network refuses a service."""
        identity = self._line.identity
        number = self._number()
        if identity is None or number is None:
            return
        numbers, iccid = self._line.store.numbers, identity.iccid
        name = REFUSED_BY_NETWORK + service

        def work(db: Database) -> None:
            numbers.update(db, number.number_id, settings={name: iccid})

        def done(_: object, error: BaseException | None) -> None:
            if error is not None:
                _log.error("line %s: not remembered: %s", mask(self._line.msisdn), error)

        self._line.post_store(work, done)

    def _number(self) -> Number | None:
        return self._line.store.numbers.by_msisdn(self._line.msisdn)

    def _abilities(self, number: Number | None) -> Abilities:
        facts = self.facts
        settings = number.settings if number else {}
        identity = self._line.identity
        iccid = identity.iccid if identity else ""

        def able(name: str, default: bool) -> bool:
            proven = settings.get(name)
            if isinstance(proven, bool):
                default = proven
            return default and settings.get(REFUSED_BY_NETWORK + name) != iccid

        return Abilities(
            hold=able("hold", facts.hold),
            multiparty=able("multiparty", facts.multiparty),
            transfer=facts.transfer and settings.get("transfer") is True,
            host_audio=able("host_audio_in_multiparty", facts.host_audio_in_multiparty),
            audio=self._line.audio() is not None and able("voice", True),
            answered_is_true=able("answered_is_true", facts.answered_is_true),
        )
