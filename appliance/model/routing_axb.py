"""Calls over A-X-B: each of the two reaches the other."""

from __future__ import annotations

from appliance.model.numbers import is_fixed
from appliance.model.records import Binding
from appliance.model.routing_records import SLOT_NO_PERMISSION, Refusal, Relation, Route, RouteFacts
from appliance.model.routing_rules import (
    FIXED_CALLER,
    WRONG_WAY,
    prompts,
    refusal,
    undialable,
)


def other_party(binding: Binding, caller: str) -> tuple[str, str]:
    """Return (the other person of an A-X-B binding, the caller's role ``a`` or ``b``)."""
    if caller == binding.a:
        return binding.b or "", "a"
    return binding.a, "b"


def through(facts: RouteFacts, relation: Relation, caller: str) -> Route | Refusal:
    """Route a call of one of the two."""
    callee, role = other_party(relation.binding, caller)
    return put_through(facts, relation, caller, callee, role)


def put_through(
    facts: RouteFacts,
    relation: Relation,
    caller: str | None,
    callee: str,
    role: str,
    *,
    fixed: bool = False,
    service: bool = False,
) -> Route | Refusal:
    """Route to ``callee`` unless a rule that modes share forbids it.

    Args:
        role: The caller's; ``binding.direction`` 1 stops ``b``, 2 stops ``a``.
        fixed: The caller may be a fixed line, which is X mode's: there the application says what
            becomes of a call. In all others a fixed line is called and never calls, whether or not
            a relation names it; of those whom none names, 95 and 400 numbers may call.
        service: 400 and 95 numbers may be called.
    """
    binding, application = relation.binding, relation.application
    code = 0
    if not fixed and caller is not None and is_fixed(caller, facts.region):
        code = FIXED_CALLER
    elif binding.direction == (2 if role == "a" else 1):
        code = WRONG_WAY
    else:
        code = undialable(callee, facts, service=service)
    if code:
        return refusal(code, SLOT_NO_PERMISSION, relation)
    record = binding.record and application.record
    return Route(
        callee=callee,
        binding=binding,
        application=application,
        line=facts.line,
        caller_role=role,
        prompts=prompts(
            binding,
            binding.pre_voice_caller if role == "a" else binding.pre_voice_callee,
            application.settings,
            record=record,
            max_minutes=binding.max_minutes,
        ),
        second_lines=facts.second_lines,
        record=record,
        max_minutes=binding.max_minutes,
        user_data=binding.user_data,
    )
