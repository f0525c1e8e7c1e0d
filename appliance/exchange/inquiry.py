"""One call on its way to a decision: facts, and what has to be asked before they suffice."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from appliance.exchange import notifier
from appliance.exchange.ask import Answer, ask_timeout
from appliance.exchange.ports import LineCore
from appliance.exchange.replies import call_answer
from appliance.exchange.routes import Found, Routes
from appliance.exchange.take_up import INTERNAL
from appliance.model import routing_axe, routing_axyb, routing_x
from appliance.model.call_plan import Denial
from appliance.model.numbers import mask
from appliance.model.records import Application, CallRecord, UrlKind
from appliance.model.routing import (
    AllocateY,
    AskApplication,
    CollectExtension,
    Decision,
    Refusal,
    Relation,
    Route,
    RouteFacts,
    decide,
)

_log = logging.getLogger(__name__)

SILENT_CALLEE = "silent_callee"
"""Setting of an application (X mode): who is called when it gives no usable answer in time. The
policy without it is the end of the call. [unknown] behaviour §1.4: not published."""
ALLOCATE_SECONDS = 3.0
"""How long the store may take to find a Y during a call."""


class Inquiry:
    """Finds out where a call goes. Lives on the owner's thread.

    Args:
        line: The owner's worker.
        routes: The owner's routing.
        session_id: The call.
        decided: Called with each answer, here and now or later.
    """

    def __init__(
        self,
        line: LineCore,
        routes: Routes,
        session_id: str,
        decided: Callable[[Found], None],
    ) -> None:
        self._line = line
        self._routes = routes
        self._session_id = session_id
        self._decided = decided
        self._caller: str | None = None
        self._facts: RouteFacts | None = None
        self._question: AskApplication | None = None

    def find(self, caller: str | None) -> None:
        """Route a call by what is known of its caller."""
        self._caller = caller
        now = self._line.now()
        try:
            facts = self._read(now)
        except sqlite3.Error:
            self._unreadable()
            return
        self._take(decide(facts, now))

    def typed(self, digits: str, tries: int) -> None:
        """Route by the extension that the caller has typed."""
        facts, now = self._facts, self._line.now()
        if facts is None or facts.number is None:
            self._decided(Denial(INTERNAL, INTERNAL))
            return
        relation: Relation | None = None
        try:
            if digits:
                facts, relation = self._line.store.axe.extension(facts, digits, now)
        except sqlite3.Error:
            self._unreadable()
            return
        self._take(routing_axe.entered(facts, relation, digits, tries))

    def ask(self, record: CallRecord) -> None:
        """Put the question about this call to its application."""
        question = self._question
        if question is None:
            self._decided(Denial(INTERNAL, INTERNAL))
            return
        application = question.application
        url = UrlKind.CALLIN if UrlKind.CALLIN in application.urls else UrlKind.STATUS
        body = notifier.call_event("callin", record, record.call_in_at or self._line.now())
        self._line.ask(application, url, body, self._answered, ask_timeout(application))

    # --- answers ---

    def _answered(self, answer: Answer) -> None:
        facts, question = self._facts, self._question
        if facts is None or question is None:
            return
        region = self._line.settings.region
        said = call_answer(answer.body, region)
        if said is None:
            _log.warning(
                "call %s: no usable answer: %s", self._session_id, answer.error or "see above"
            )
            said = _policy(question.application)
        if isinstance(said, routing_x.Connect):
            bindings = self._line.store.bindings
            try:
                facts = bindings.reaching(facts, said.callee, question.x)
            except sqlite3.Error:
                self._unreadable()
                return
        self._take(routing_x.answered(facts, question, said))

    def _allocate(self, wanted: AllocateY) -> None:
        store, caller = self._line.store, wanted.b
        binding, application = wanted.relation.binding, wanted.relation.application
        now = self._line.now()
        open_question = [True]

        def give_up() -> None:
            if open_question:
                open_question.clear()
                self._take(routing_axyb.no_y(wanted.relation))

        def done(_: Any, error: BaseException | None) -> None:
            if not open_question:
                return
            self._line.stop_timer(self._session_id, "allocate")
            if error is not None:
                _log.warning("call %s: no Y: %s", self._session_id, error)
                give_up()
                return
            open_question.clear()
            self._again(wanted.relation)

        self._line.set_timer(self._session_id, "allocate", ALLOCATE_SECONDS, give_up)
        self._line.post_store(
            lambda db: store.axyb.allocate_y(db, application, binding.subscription_id, caller, now),
            done,
        )

    def _again(self, relation: Relation) -> None:
        now = self._line.now()
        try:
            decision = decide(self._read(now), now)
        except sqlite3.Error:
            self._unreadable()
            return
        if isinstance(decision, AllocateY):
            decision = routing_axyb.no_y(relation)
        self._take(decision)

    # --- inside ---

    def _read(self, now: datetime) -> RouteFacts:
        line = self._line
        self._facts = line.store.bindings.route_facts(line.msisdn, self._caller, now)
        return self._facts

    def _unreadable(self) -> None:
        _log.exception("line %s: the facts of a call can't be read", mask(self._line.msisdn))
        self._decided(Denial(INTERNAL, INTERNAL))

    def _take(self, decision: Decision) -> None:
        facts = self._facts
        assert facts is not None
        if isinstance(decision, AllocateY):
            self._allocate(decision)
            return
        if isinstance(decision, Route):
            gate, now = self._line.gate, self._line.now()
            refused = gate.admit(self._session_id, decision, self._caller, now)
            decision = decision if refused is None else refused
        if isinstance(decision, AskApplication):
            self._question = decision
        elif isinstance(decision, Refusal):
            _log.info(
                "%s calls %s: refused with %d",
                mask(self._caller or ""),
                mask(self._line.msisdn),
                decision.state_code,
            )
        elif isinstance(decision, CollectExtension):
            _log.debug("call %s: an extension is asked for", self._session_id)
        self._decided(self._routes.found(decision, facts, self._line.now()))


def _policy(application: Application) -> routing_x.Connect | None:
    callee = application.settings.get(SILENT_CALLEE)
    return routing_x.Connect(callee) if isinstance(callee, str) and callee else None
