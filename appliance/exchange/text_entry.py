"""Whole texts and what becomes of them: relayed, refused, asked about; and what is told of it.

Everything here runs inside one writer transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlite_utils import Database

from appliance.exchange.gate import controls_of
from appliance.exchange.notifier import SendResult, TextDirection, sms_event, sms_question
from appliance.exchange.replies import TextAnswer
from appliance.exchange.text_masks import MaskStore, TextMasks, Written
from appliance.model import controls, routing_texts
from appliance.model.message import Outcome
from appliance.model.numbers import is_service_sender
from appliance.model.records import Application, Mode, UrlKind
from appliance.model.routing import (
    AskText,
    RouteFacts,
    TextDecision,
    TextRefusal,
    TextRoute,
    decide_text,
)
from appliance.store.messages import Messages, Text
from appliance.store.outbox import Outbox
from appliance.store.questions import TextQuestion
from drivers.at.pdu_octets import PduError
from drivers.at.pdu_split import split

SEND_RESULTS: Mapping[Outcome, SendResult] = {
    Outcome.SENT: SendResult.OK,
    Outcome.PARTLY: SendResult.PARTLY,
    Outcome.FAILED: SendResult.FAILED,
    # [inferred] behaviour §3 has no value for "may have been sent"; 10 would be a claim.
    Outcome.UNKNOWN: SendResult.INTERNAL,
}
"""``sendResult`` by outcome of a relay."""


class _Applications(Protocol):
    def by_id(self, app_id: int) -> Application | None: ...


class _Bindings(Protocol):
    def route_facts(
        self, line_msisdn: str, caller: str | None, now: datetime, db: Database | None = None
    ) -> RouteFacts: ...

    def reaching(
        self, facts: RouteFacts, callee: str, x: str, db: Database | None = None
    ) -> RouteFacts: ...


class TextStore(MaskStore, Protocol):
    """What texts need of the store."""

    @property
    def applications(self) -> _Applications:
        """The applications' repository."""

    @property
    def bindings(self) -> _Bindings:
        """The bindings' repository."""

    @property
    def messages(self) -> Messages:
        """The texts' repository."""

    @property
    def outbox(self) -> Outbox:
        """The outbox."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """A whole text that has just come; the fields are those of :class:`TextQuestion`."""

    identifier: str
    arrived: str
    sender: str
    body: str
    incomplete: bool
    received_at: datetime


class TextEntry:
    """Routes whole texts.

    Args:
        store: Used with the transaction's connection only.
    """

    def __init__(self, store: TextStore) -> None:
        self._store = store
        self._masks = TextMasks(store)

    def put(
        self, db: Database, question: TextQuestion, now: datetime
    ) -> tuple[Application, dict[str, Any]] | None:
        """Return whom to ask about a text, and with what body; None when nobody has to be."""
        decision = self._decision(db, question, now)
        if not isinstance(decision, AskText):
            return None
        application, binding = decision.application, decision.binding
        body = sms_question(
            application,
            identifier=question.identifier,
            calling=question.sender,
            x=question.arrived,
            at=question.received_at,
            parts=_parts(question.body),
            direction=decision.direction,
            subscription_id=binding.subscription_id or None,
            content=question.body,
            user_data=binding.user_data,
        )
        return application, body

    def answered(
        self, db: Database, question_id: int, answer: TextAnswer | None, now: datetime
    ) -> Text | None:
        """Do with a text what its application said; return it when it is to be sent on.

        What was decided meanwhile without a question (the relation has gone) counts instead.
        """
        questions = self._store.messages.questions
        question = questions.get(db, question_id)
        if question is None:
            return None
        questions.close(db, question_id)
        decision = self._decision(db, question, now)
        if isinstance(decision, AskText):
            facts = self._facts(db, question.arrived, question.sender, now)
            called = answer.called if answer else None
            if called is not None:
                facts = self._store.bindings.reaching(facts, called, question.arrived, db)
            user_data = answer.user_data if answer else None
            discard = answer is not None and answer.called is None
            decision = routing_texts.answered(facts, decision, called, user_data, discard=discard)
        return self._enter(db, question, decision, now)

    def enter(
        self,
        db: Database,
        line: str,
        sender: str,
        body: str,
        now: datetime,
        *,
        incomplete: bool = False,
    ) -> Text | TextQuestion | None:
        """Enter a whole text where it belongs; return it when something follows at once."""
        messages = self._store.messages
        if is_service_sender(sender):
            messages.keep_for_operator(
                db, line=line, sender=sender, kind="service", received_at=now, body=body
            )
            return None
        whole = _Whole(str(uuid.uuid4()), line, sender, body, incomplete, now)
        decision = self._decision(db, whole, now)
        if isinstance(decision, AskText):
            return messages.questions.add(
                db,
                identifier=whole.identifier,
                app_id=decision.application.app_id,
                arrived=line,
                sender=sender,
                body=body,
                incomplete=incomplete,
                received_at=now,
            )
        return self._enter(db, whole, decision, now)

    def finish(
        self, db: Database, text_id: int, outcome: Outcome, sent: int, now: datetime
    ) -> bool:
        """Record how a relay ended and tell the application; False when that was done before."""
        messages = self._store.messages
        result = SEND_RESULTS[outcome]
        if not messages.finish(db, text_id, outcome.value, result, now):
            return False
        text = messages.get(text_id, db)
        if text is not None:
            self._tell(db, text, result, sent, now)
        return True

    def _facts(self, db: Database, line: str, sender: str, now: datetime) -> RouteFacts:
        return self._store.bindings.route_facts(line, sender, now, db)

    def _decision(self, db: Database, text: _Whole | TextQuestion, now: datetime) -> TextDecision:
        facts = self._facts(db, text.arrived, text.sender, now)
        decision = decide_text(facts, text.body, now)
        return self._masks.decide(Written(db, facts, text.body, now), decision)

    def _enter(
        self,
        db: Database,
        text: _Whole | TextQuestion,
        decision: TextRoute | TextRefusal,
        now: datetime,
    ) -> Text | None:
        if isinstance(decision, TextRoute):
            known = controls_of(decision.application)
            if controls.listed(known, text.sender, decision.recipient) is not None:
                decision = TextRefusal(
                    SendResult.BLACKLISTED, decision.binding, decision.application
                )
            else:
                return self._accept(db, text, decision, now)
        if decision.application is None:
            self._store.messages.keep_for_operator(
                db,
                line=text.arrived,
                sender=text.sender,
                kind="unroutable",
                received_at=text.received_at,
                body=text.body,
            )
            return None
        self._refuse(db, text, decision, decision.application, now)
        return None

    def _accept(
        self, db: Database, text: _Whole | TextQuestion, route: TextRoute, now: datetime
    ) -> Text | None:
        binding, application = route.binding, route.application
        body = text.body if route.body is None else route.body
        parts = _parts(body)
        if not parts:
            refusal = TextRefusal(SendResult.FAILED, binding, application)
            self._refuse(db, text, refusal, application, now)
            return None
        messages, x, recipient = self._store.messages, binding.x, route.recipient
        reference = messages.next_reference(db, x, recipient) if parts > 1 else 0
        return messages.add(
            db,
            identifier=text.identifier,
            app_id=application.app_id,
            x=x,
            arrived=text.arrived,
            sender=text.sender,
            recipient=recipient,
            subscription_id=binding.subscription_id or None,
            user_data=binding.user_data if route.user_data is None else route.user_data,
            direction=_direction(route),
            body=body,
            incomplete=text.incomplete,
            parts=parts,
            reference=reference,
            received_at=text.received_at,
        )

    def _refuse(
        self,
        db: Database,
        text: _Whole | TextQuestion,
        refusal: TextRefusal,
        application: Application,
        now: datetime,
    ) -> None:
        binding = refusal.binding
        user_data = refusal.user_data
        if user_data is None and binding is not None:
            user_data = binding.user_data
        direction = TextDirection.UNKNOWN
        if binding is not None:
            direction = _from_a(binding.a == text.sender)
        refused = self._store.messages.add(
            db,
            identifier=text.identifier,
            app_id=application.app_id,
            x=binding.x if binding else text.arrived,
            arrived=text.arrived,
            sender=text.sender,
            subscription_id=binding.subscription_id if binding else None,
            user_data=user_data,
            direction=direction,
            body=text.body,
            incomplete=text.incomplete,
            received_at=text.received_at,
            refused=refusal.send_result,
        )
        self._tell(db, refused, refusal.send_result, 0, now)

    def _tell(self, db: Database, text: Text, result: int, sent: int, now: datetime) -> None:
        application = self._store.applications.by_id(text.app_id)
        if application is None:
            return
        body = sms_event(
            application,
            identifier=text.identifier,
            calling=text.sender,
            called=text.recipient,
            x=text.arrived if application.mode is Mode.AXYB else text.x,
            at=text.received_at,
            send_result=result,
            parts=sent,
            direction=text.direction,
            subscription_id=text.subscription_id,
            content=text.body,
            user_data=text.user_data,
        )
        push_id = self._store.outbox.enqueue(
            db,
            app_id=text.app_id,
            url=UrlKind.SMS,
            kind="sms",
            order_key=text.identifier,
            body=body,
            now=now,
        )
        self._store.messages.note_push(db, text.text_id, push_id)


def _from_a(yes: bool) -> TextDirection:
    return TextDirection.FROM_A if yes else TextDirection.TO_A


def _direction(route: TextRoute) -> TextDirection:
    """Return who writes to whom; where there is no relation nobody is A. §3"""
    if route.binding.mode is Mode.X:
        return TextDirection.UNKNOWN
    return _from_a(route.sender_role == "a")


def _parts(body: str) -> int:
    """Return in how many parts a text is sent, 0 when it is too long for any."""
    try:
        return len(split(body))
    except PduError:
        return 0
