"""Calls over an AX number: anybody reaches A, A reaches its temporary callee."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from appliance.model.records import AxDetails, TemporaryCallee
from appliance.model.routing_axb import put_through
from appliance.model.routing_records import (
    SLOT_BINDING_MISSING,
    SLOT_CALL_BACK_MISSING,
    SLOT_NO_PERMISSION,
    AxFacts,
    Refusal,
    Relation,
    Route,
    RouteFacts,
)
from appliance.model.routing_rules import refusal

NO_BINDING = 8018
NO_BINDING_POINT = 7104
"""Release point of a call to an AX number without a relation."""
NO_CALLEE = 8013
NO_RECORD = 8019
SWITCHED_OFF = 8104
SHOWS_CALLER = 8024


def call(facts: RouteFacts, known: AxFacts, now: datetime) -> Route | Refusal:
    """Route a call to an AX number. A withheld caller is anybody, a fixed line is nobody."""
    relation = known.relation
    if relation is None:
        return Refusal(
            NO_BINDING,
            NO_BINDING_POINT,
            SLOT_BINDING_MISSING,
            application=facts.application,
        )
    details = relation.binding.details
    assert isinstance(details, AxDetails)
    if not details.on:
        # What is heard is not documented; a phone that is switched off is the nearest.
        return refusal(SWITCHED_OFF, None, relation)
    if facts.caller == relation.binding.a:
        return _from_a(facts, relation, known.temporary, now)
    if details.display != "0":
        # Carriers block calls that show the real caller, and a SIM can show none but its own.
        return refusal(SHOWS_CALLER, SLOT_NO_PERMISSION, relation)
    return to_a(facts, relation)


def to_a(facts: RouteFacts, relation: Relation) -> Route | Refusal:
    """Route somebody to the A of a relation."""
    return put_through(facts, relation, facts.caller, relation.binding.a, "b")


def called_back(facts: RouteFacts, relation: Relation, other: str | None) -> Route | Refusal:
    """Route somebody who calls a second line back that an AX call had shown.

    Args:
        other: Whom A had spoken with over it; for everybody but A the way back leads to A.
    """
    details = relation.binding.details
    assert isinstance(details, AxDetails)
    if not details.on:
        return refusal(SWITCHED_OFF, None, relation)
    if facts.caller != relation.binding.a:
        return to_a(facts, relation)
    if other is None:
        return refusal(NO_RECORD, SLOT_CALL_BACK_MISSING, relation)
    return put_through(facts, relation, facts.caller, other, "a", service=True)


def _from_a(
    facts: RouteFacts, relation: Relation, temporary: TemporaryCallee | None, now: datetime
) -> Route | Refusal:
    if relation.binding.direction == 2:
        return put_through(facts, relation, facts.caller, relation.binding.a, "a")
    if temporary is None or temporary.expires <= now:
        return refusal(NO_CALLEE, SLOT_NO_PERMISSION, relation)
    found = put_through(facts, relation, facts.caller, temporary.callee, "a", service=True)
    return replace(found, user_data=temporary.user_data or relation.binding.user_data)
