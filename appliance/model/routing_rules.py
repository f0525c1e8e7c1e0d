"""What every mode asks before it lets a call or a text through."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.errors import Refused
from appliance.model.numbers import dial_check, home
from appliance.model.records import Application, Binding
from appliance.model.routing_records import (
    SLOT_NO_PERMISSION,
    Place,
    Prompts,
    Refusal,
    Relation,
    RouteFacts,
)
from appliance.model.spoken import own

SUSPENDED = frozenset({9, 10})
"""Number states in which neither calls nor texts pass (suspended, unavailable)."""

SENT = 0
SEND_FROZEN = 1
SEND_NO_BINDING = 2
SEND_SUSPENDED = 3
SEND_NOT_ABLE = 11

STRANGER = 8014
WRONG_WAY = 8016
FIXED_CALLER = 8023
UNSAFE = 7500
ABROAD = 8043
"""The callee's country is not the box's."""


def barred(
    facts: RouteFacts, relation: Relation | Place | None, application: Application | None
) -> tuple[int, str | None] | None:
    """Return the state code and prompt slot of what stops every call here, None for nothing."""
    if facts.number is None:
        return STRANGER, None
    if application is not None and application.frozen:
        return 7108, SLOT_NO_PERMISSION
    if application is not None and not application.active:
        return 8018, SLOT_NO_PERMISSION
    numbers = [facts.number, *([relation.number] if relation else [])]
    if any(number.status in SUSPENDED for number in numbers):
        return 8055, SLOT_NO_PERMISSION
    return None


def text_barred(
    facts: RouteFacts, relation: Relation | None, application: Application | None
) -> int | None:
    """Return the ``sendResult`` of what stops every text here, None for nothing."""
    stopped = barred(facts, relation, application)
    if stopped is not None:
        return {7108: SEND_FROZEN, 8018: SEND_FROZEN, 8055: SEND_SUSPENDED}.get(
            stopped[0], SEND_NO_BINDING
        )
    if relation is None:
        return None
    allowed = (
        relation.application.sms
        and relation.number.sms
        and relation.binding.private_sms is not False
    )
    return None if allowed else SEND_NOT_ABLE


def refusal(code: int, slot: str | None, relation: Relation | None) -> Refusal:
    """Return a refusal whose release point is its state code."""
    if relation is None:
        return Refusal(code, code, slot)
    binding = relation.binding
    return Refusal(code, code, slot, binding, relation.application, user_data=binding.user_data)


def prompts(
    binding: Binding,
    waiting: str | None,
    settings: Mapping[str, object],
    *,
    record: bool,
    max_minutes: int,
) -> Prompts:
    """Return what is said: the notice of a recording, the waiting tone, the last minute."""
    slots = settings.get("prompts")
    notice = binding.record_hint
    if notice is None and isinstance(slots, Mapping):
        notice = slots.get("recording-notice")
        if notice == "default":
            notice = own("recording-notice", settings)
    notices = (notice,) if record and notice else ()
    return Prompts(
        caller=notices,
        callee=notices,
        waiting=waiting,
        last_minute=binding.last_minute_voice if max_minutes else None,
    )


def undialable(callee: str, facts: RouteFacts, *, service: bool = False) -> int:
    """Return the state code of a person who may not be called, 0 for one who may."""
    if safe(callee, facts, service=service):
        return 0
    return UNSAFE if home(callee, facts.region) else ABROAD


def safe(callee: str, facts: RouteFacts, *, service: bool = False) -> bool:
    """Return whether a person may be dialled; ``service`` lets 400 and 95 numbers pass."""
    try:
        dial_check(callee, facts.own, facts.region, service=service)
    except Refused:
        return False
    return True
