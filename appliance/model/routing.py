"""Where a call or a text goes: pure rules over facts that were read beforehand.

A line of ours was dialled by somebody. In A-X-B either a binding on that line names the caller, or
a return route does: a second line of ours was shown to the caller earlier, and calling it back
reaches the same other person. A binding that names the caller beats a return route. Everybody
else, a withheld number included, is a stranger. The other modes have files of their own:
``routing_ax``, ``routing_axe``, ``routing_axyb``, ``routing_x`` and, for texts, ``routing_texts``.
"""

from __future__ import annotations

from datetime import datetime

from appliance.model import (
    routing_ax,
    routing_axb,
    routing_axe,
    routing_axyb,
    routing_texts,
    routing_x,
)
from appliance.model.records import Mode
from appliance.model.routing_axb import other_party
from appliance.model.routing_records import (
    SLOT_BINDING_MISSING,
    SLOT_ERROR,
    SLOT_NO_PERMISSION,
    AllocateY,
    AskApplication,
    AskText,
    AxeFacts,
    AxFacts,
    AxybFacts,
    CollectExtension,
    Decision,
    Prompts,
    Refusal,
    Relation,
    Route,
    RouteFacts,
    TextDecision,
    TextRefusal,
    TextRoute,
)
from appliance.model.routing_rules import (
    SEND_FROZEN,
    SEND_NO_BINDING,
    SEND_NOT_ABLE,
    SEND_SUSPENDED,
    SENT,
    STRANGER,
    SUSPENDED,
    barred,
    refusal,
)

__all__ = [
    "SEND_FROZEN",
    "SEND_NOT_ABLE",
    "SEND_NO_BINDING",
    "SEND_SUSPENDED",
    "SENT",
    "SLOT_BINDING_MISSING",
    "SLOT_ERROR",
    "SLOT_NO_PERMISSION",
    "SUSPENDED",
    "AllocateY",
    "AskApplication",
    "AskText",
    "AxFacts",
    "AxeFacts",
    "AxybFacts",
    "CollectExtension",
    "Decision",
    "Prompts",
    "Refusal",
    "Relation",
    "Route",
    "RouteFacts",
    "TextDecision",
    "TextRefusal",
    "TextRoute",
    "decide",
    "decide_text",
    "live_relation",
    "other_party",
    "route",
]


def live_relation(facts: RouteFacts, now: datetime) -> Relation | None:
    """Return the relation that counts: the explicit one, else the returned one, if it lives."""
    for relation in (facts.explicit, facts.returned):
        if relation is not None and relation.binding.lives(now):
            return relation
    return None


def decide(facts: RouteFacts, now: datetime) -> Decision:
    """Decide a call in whatever mode.

    Args:
        facts: Read by ``store.bindings.route_facts``.
        now: Aware; what has an end that is not after it is not found.

    Returns:
        A route or a refusal; or what has to happen first: digits collected
        (``routing_axe.entered``), the application asked (``routing_x.answered``), a Y allocated
        (``store.axyb.allocate_y``, then the facts and this again).
    """
    mode = facts.application.mode if facts.application else None
    if facts.number is None or mode in (None, Mode.AXB):
        return _to_line(facts, now)
    known = facts.by_mode
    stopped = barred(facts, None, facts.application)
    if stopped is not None:
        code, slot = stopped
        relation = _relation(known)
        binding = relation.binding if relation else None
        return Refusal(code, code, slot, binding, facts.application)
    if isinstance(known, AxFacts):
        return routing_ax.call(facts, known, now)
    if isinstance(known, AxeFacts):
        return routing_axe.call(facts, known, now)
    if isinstance(known, AxybFacts):
        return routing_axyb.call(facts, known)
    return routing_x.call(facts)


def route(facts: RouteFacts, now: datetime) -> Route | Refusal:
    """Decide a call between the two of an A-X-B binding; everybody else is a stranger."""
    relation = live_relation(facts, now)
    application = relation.application if relation else facts.application
    binding = relation.binding if relation else None
    user_data = binding.user_data if binding else None
    stopped = barred(facts, relation, application)
    if stopped is not None:
        code, slot = stopped
        return Refusal(code, code, slot, binding, application, user_data=user_data)
    if relation is None or facts.caller is None:
        slot = SLOT_BINDING_MISSING if application else None
        return Refusal(STRANGER, STRANGER, slot, None, application)
    return routing_axb.through(facts, relation, facts.caller)


def decide_text(facts: RouteFacts, body: str, now: datetime) -> TextDecision:
    """Decide a text in whatever mode.

    Args:
        facts: Read by ``store.bindings.route_facts``.
        body: The whole text.
        now: As for :func:`decide`.
    """
    mode = facts.application.mode if facts.application else Mode.AXB
    relation = live_relation(facts, now)
    if relation is not None and relation.binding.mode is not Mode.AXB:
        return routing_texts.none_here(facts)  # a call's second line carries no texts of AX or AXE
    if mode is Mode.AX and facts.number is not None:
        return routing_texts.route_ax(facts, body)
    if mode is Mode.X and facts.number is not None:
        return routing_texts.route_x(facts)
    if mode in (Mode.AXE, Mode.AXYB):
        return routing_texts.none_here(facts)
    return routing_texts.route_axb(facts, relation)


def _to_line(facts: RouteFacts, now: datetime) -> Decision:
    """Decide a call to an A-X-B number or a trunk: a binding, a return route, or a stranger."""
    relation = live_relation(facts, now)
    if relation is None and facts.asks is not None and facts.caller is not None:
        asked = facts.asks
        stopped = barred(facts, asked, asked.application)
        if stopped is not None:
            return Refusal(stopped[0], stopped[0], stopped[1], None, asked.application)
        return routing_x.asked_again(asked)
    if relation is None or relation.binding.mode is Mode.AXB:
        return route(facts, now)
    stopped = barred(facts, relation, relation.application)
    if stopped is not None:
        return refusal(*stopped, relation)
    if relation.binding.mode is Mode.AX:
        return routing_ax.called_back(facts, relation, facts.returned_to)
    if facts.caller != relation.binding.a:
        return routing_axe.to_a(facts, relation)
    known = facts.by_mode
    record = known.call_back if isinstance(known, AxeFacts) else None
    return routing_axe.called_back(facts, relation, record, now)


def _relation(known: AxFacts | AxeFacts | AxybFacts | None) -> Relation | None:
    if isinstance(known, AxeFacts):
        return known.mine
    return known.relation if known is not None else None
