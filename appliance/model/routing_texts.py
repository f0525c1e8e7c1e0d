"""Texts by mode: AXB relays, AX marks sender or recipient, X asks, the others have none."""

from __future__ import annotations

import re

from appliance.errors import BadInput
from appliance.model.numbers import normalise
from appliance.model.records import AxDetails, Binding, Mode
from appliance.model.routing_axb import other_party
from appliance.model.routing_records import (
    AskText,
    AxFacts,
    Relation,
    RouteFacts,
    TextDecision,
    TextRefusal,
    TextRoute,
)
from appliance.model.routing_rules import (
    SEND_NO_BINDING,
    SEND_NOT_ABLE,
    SEND_SUSPENDED,
    barred,
    safe,
    text_barred,
)

SEND_DISCARDED = 6
"""The application said that the text is to be dropped."""
SEND_NO_ANSWER = 7
"""The application did not say in time what is to become of the text."""

TO_A, FROM_A, NOT_KNOWN = 0, 1, 2

_ADDRESSED = re.compile(r"@[ ]*(\+?[0-9][0-9 -]{4,19})\s*\Z", re.ASCII)


def route_axb(facts: RouteFacts, relation: Relation | None) -> TextRoute | TextRefusal:
    """Decide a text of an A-X-B number; direction rules of calls do not bind texts."""
    application = relation.application if relation else facts.application
    binding = relation.binding if relation else None
    refused = text_barred(facts, relation, application)
    if refused is not None:
        return TextRefusal(refused, binding, application)
    if relation is None or facts.caller is None:
        return TextRefusal(SEND_NO_BINDING, None, application)
    recipient, role = other_party(relation.binding, facts.caller)
    if not safe(recipient, facts):
        return TextRefusal(SEND_NO_BINDING, binding, application)
    return TextRoute(recipient, relation.binding, relation.application, role)


def route_ax(facts: RouteFacts, body: str) -> TextDecision:
    """Decide a text to an AX number: A's ends with ``@B``; A is shown who sends all others."""
    known = facts.by_mode
    assert isinstance(known, AxFacts)
    relation = known.relation
    refused = text_barred(facts, relation, facts.application)
    binding = relation.binding if relation else None
    if refused is not None:
        return TextRefusal(refused, binding, facts.application)
    if relation is None or binding is None or facts.caller is None:
        return TextRefusal(SEND_NO_BINDING, None, facts.application)
    if isinstance(binding.details, AxDetails) and not binding.details.on:
        return TextRefusal(SEND_SUSPENDED, binding, facts.application)
    if facts.caller != binding.a:
        if not safe(binding.a, facts):
            return TextRefusal(SEND_NO_BINDING, binding, facts.application)
        return TextRoute(
            binding.a, binding, relation.application, "b", f"{body}[From{facts.caller}]"
        )
    recipient, text = addressed(body, facts.region)
    if recipient is None or not safe(recipient, facts):
        return AskText(relation.application, binding, FROM_A)
    return TextRoute(recipient, binding, relation.application, "a", text)


def route_x(facts: RouteFacts) -> TextDecision:
    """Decide a text to an X-mode number: always a question."""
    application, number = facts.application, facts.number
    assert application is not None
    assert number is not None
    stopped = text_barred(facts, None, application)
    if stopped is None and not (application.sms and number.sms):
        stopped = SEND_NOT_ABLE
    if stopped is not None:
        return TextRefusal(stopped, None, application)
    if facts.caller is None:
        return TextRefusal(SEND_NO_BINDING, None, application)
    binding = Binding("", Mode.X, application.app_id, number.msisdn, facts.caller)
    return AskText(application, binding, NOT_KNOWN)


def answered(
    facts: RouteFacts,
    question: AskText,
    called: str | None,
    user_data: str | None = None,
    *,
    discard: bool = False,
) -> TextRoute | TextRefusal:
    """Decide by what the application said.

    Args:
        called: The recipient that it names, E.164; None without a usable answer.
        user_data: Of the answer (AX).
        discard: It said ``DiscardMessage``.
    """
    if discard or called is None:
        result = SEND_DISCARDED if discard else SEND_NO_ANSWER
        return TextRefusal(result, _stored(question), question.application, user_data)
    if not safe(called, facts):
        return TextRefusal(SEND_NO_BINDING, _stored(question), question.application, user_data)
    role = "a" if facts.caller == question.binding.a else "b"
    return TextRoute(called, question.binding, question.application, role, user_data=user_data)


def none_here(facts: RouteFacts) -> TextRefusal:
    """Return what becomes of a text to a mode without texts: nobody is told of it."""
    return TextRefusal(SEND_NO_BINDING if barred(facts, None, None) else SEND_NOT_ABLE)


def addressed(body: str, region: str = "CN") -> tuple[str | None, str]:
    """Return (the recipient that a text of A's names at its end, the text without it).

    None when it names none that can be read.
    """
    found = _ADDRESSED.search(body)
    if found is None:
        return None, body
    try:
        return normalise(found.group(1), region), body[: found.start()].rstrip()
    except BadInput:
        return None, body


def _stored(question: AskText) -> Binding | None:
    return question.binding if question.binding.subscription_id else None
