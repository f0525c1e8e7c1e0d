"""Calls over AXYB: A dials Y and reaches B, B dials X and reaches A; each sees the number it knows.

Always a bridge: the caller stays on the line it dialled and the callee is called from the other.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.model.numbers import is_fixed
from appliance.model.records import Application, YbRelation
from appliance.model.routing_axb import put_through
from appliance.model.routing_records import (
    SLOT_BINDING_MISSING,
    SLOT_ERROR,
    SLOT_NO_PERMISSION,
    AllocateY,
    AxybFacts,
    Refusal,
    Relation,
    Route,
    RouteFacts,
)
from appliance.model.routing_rules import FIXED_CALLER, SUSPENDED, WRONG_WAY, refusal

NO_BINDING = 8030
NO_Y = 8031
OWN_NUMBER = 8032
SUSPENDED_NUMBER = 8055


def call(facts: RouteFacts, known: AxybFacts) -> Route | Refusal | AllocateY:
    """Route a call to an AXYB number."""
    return _to_y(facts, known) if known.is_y else _to_x(facts, known)


def no_y(relation: Relation) -> Refusal:
    """Return the end of a first call for which no Y could be found."""
    return refusal(NO_Y, SLOT_ERROR, relation)


def _to_x(facts: RouteFacts, known: AxybFacts) -> Route | Refusal | AllocateY:
    relation = known.relation
    if relation is None or facts.caller is None:
        return _nobody(facts.application)
    binding = relation.binding
    if facts.caller == binding.a:
        return refusal(OWN_NUMBER, SLOT_NO_PERMISSION, relation)
    if known.yb is not None:
        if _suspended(known):
            return refusal(SUSPENDED_NUMBER, SLOT_NO_PERMISSION, relation)
        return _over(facts, relation, known.yb, binding.a, "b", known.yb.y)
    if binding.direction == 1:
        return refusal(WRONG_WAY, SLOT_NO_PERMISSION, relation)
    if is_fixed(facts.caller, facts.region):
        return refusal(FIXED_CALLER, SLOT_NO_PERMISSION, relation)
    return AllocateY(relation, facts.caller)


def _to_y(facts: RouteFacts, known: AxybFacts) -> Route | Refusal:
    if known.relation is None or known.yb is None:
        if known.known_b:
            return Refusal(
                OWN_NUMBER, OWN_NUMBER, SLOT_NO_PERMISSION, application=facts.application
            )
        return _nobody(facts.application)
    if _suspended(known):
        return refusal(SUSPENDED_NUMBER, SLOT_NO_PERMISSION, known.relation)
    return _over(facts, known.relation, known.yb, known.yb.b, "a", known.relation.binding.x)


def _suspended(known: AxybFacts) -> bool:
    """Return whether the number of the way out takes no calls."""
    return known.other is not None and known.other.status in SUSPENDED


def _over(
    facts: RouteFacts, relation: Relation, yb: YbRelation, callee: str, role: str, other: str
) -> Route | Refusal:
    """Route in on the line that was dialled and out on ``other``."""
    found = put_through(facts, relation, facts.caller, callee, role)
    user_data = yb.user_data or found.user_data
    if isinstance(found, Refusal):
        return replace(found, user_data=user_data)
    said = replace(found.prompts, waiting=yb.pre_voice) if role == "a" else found.prompts
    return replace(
        found, prompts=said, second_lines=(other,), only_bridge=True, user_data=user_data
    )


def _nobody(application: Application | None) -> Refusal:
    return Refusal(NO_BINDING, NO_BINDING, SLOT_BINDING_MISSING, application=application)
