"""Calls to an X-mode number: the application says where each goes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.model.records import Application, Binding, Mode
from appliance.model.routing_axb import put_through
from appliance.model.routing_records import (
    SLOT_APPLICATION_END,
    SLOT_ERROR,
    AskApplication,
    Place,
    Refusal,
    Relation,
    Route,
    RouteFacts,
)

CLOSED = 8017
"""The application asked for the end of the call."""
NOT_ROUTED = 8014
"""No answer, or none that can be used."""
SHOWS_OTHER = 8024


@dataclass(frozen=True, slots=True)
class Connect:
    """An application's answer ``connect``, its values in range.

    Args:
        callee: E.164; may be a 400 or 95 number.
        shown: ``displayCalleeNum``; None is the number that was dialled.
        max_minutes: 0-1440 from the answer; 0 none.
        waiting: ``waitVoice``.
        record: Wanted; the application's switch is needed as well.
    """

    callee: str
    shown: str | None = None
    max_minutes: int = 0
    waiting: str | None = None
    record: bool = False
    record_hint: str | None = None
    last_minute_voice: str | None = None
    user_data: str | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """An application's answer ``close``; ``voice`` is played before the end, if any."""

    voice: str | None = None
    user_data: str | None = None


def call(facts: RouteFacts) -> AskApplication:
    """Return the question about a call to an X-mode number."""
    assert facts.application is not None
    assert facts.number is not None
    return AskApplication(facts.application, facts.number, facts.number.msisdn)


def asked_again(asked: Place) -> AskApplication:
    """Return the question about a call to a second line that an X-mode call had shown."""
    return AskApplication(asked.application, asked.number, asked.number.msisdn)


def answered(
    facts: RouteFacts, question: AskApplication, answer: Connect | Close | None
) -> Route | Refusal:
    """Decide by what the application said; None is no answer, or one that cannot be used.

    The box's policy for a call without an answer is its end.
    """
    application = question.application
    if answer is None:
        return Refusal(NOT_ROUTED, NOT_ROUTED, SLOT_ERROR, application=application)
    if isinstance(answer, Close):
        return Refusal(
            CLOSED,
            CLOSED,
            SLOT_APPLICATION_END,
            application=application,
            voice=answer.voice,
            user_data=answer.user_data,
        )
    if answer.shown is not None and answer.shown != question.x:
        # Carriers block every other number, and a SIM can show none but its own.
        return _refused(SHOWS_OTHER, application, answer)
    binding = Binding(
        subscription_id="",
        mode=Mode.X,
        app_id=application.app_id,
        x=question.x,
        a=facts.caller or "",
        b=answer.callee,
        max_minutes=answer.max_minutes,
        record=answer.record,
        record_hint=answer.record_hint,
        last_minute_voice=answer.last_minute_voice,
        pre_voice_caller=answer.waiting,
        user_data=answer.user_data,
    )
    relation = Relation(binding, question.number, application)
    found = put_through(facts, relation, facts.caller, answer.callee, "a", fixed=True, service=True)
    return replace(found, binding=None) if isinstance(found, Refusal) else found


def _refused(code: int, application: Application, answer: Connect) -> Refusal:
    return Refusal(code, code, SLOT_ERROR, application=application, user_data=answer.user_data)
