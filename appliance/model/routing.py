"""Where a call or a text goes: pure rules over facts that were read beforehand.

A line of ours was dialled by somebody. Either a binding on that line names the caller, or a
return route does: a second line of ours was shown to the caller earlier, and calling it back
reaches the same other person. A binding that names the caller beats a return route. Everybody
else, a withheld number included, is a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from appliance.errors import Refused
from appliance.model.numbers import dial_check, is_fixed
from appliance.model.records import Application, Binding, Mode, Number

SLOT_BINDING_MISSING = "binding-missing"
"""Prompt slot of an application: played to who has no binding, then hung up."""
SLOT_NO_PERMISSION = "no-permission"
"""Prompt slot: the application or number may not call."""
SLOT_ERROR = "business-error"
"""Prompt slot: something broke on our side."""

SUSPENDED = frozenset({9, 10})
"""Number states in which neither calls nor texts pass (suspended, unavailable)."""

SENT = 0
SEND_FROZEN = 1
SEND_NO_BINDING = 2
SEND_SUSPENDED = 3
SEND_NOT_ABLE = 11

_MISSING = {Mode.AX: 8018, Mode.AXE: 8022, Mode.AXYB: 8030}
_STRANGER = 8014


@dataclass(frozen=True, slots=True)
class Relation:
    """A binding with the number and the application that it belongs to."""

    binding: Binding
    number: Number
    application: Application


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What is known about one arrival, read at one moment.

    Args:
        line: The number of ours that was dialled or texted.
        caller: The other side in E.164, or as the network showed it; None when withheld.
        number: The line's enrolment; None when its SIM is not enrolled.
        application: The line's own application; None for trunks and unknown lines.
        explicit: The binding on this line that names the caller, expired or not.
        returned: The binding that a return route (line, caller) leads to, expired or not.
        own: Those parties of the two bindings that are numbers of this box by now.
        region: The box's home country, two letters.
        second_lines: Lines of ours, best first, on which the other person can be called when the
            dialled one stays with the caller: for a return route the binding's X, then trunks,
            then numbers of the same application on which that person has no binding. Lines
            that already lead that person back to another binding come last.
    """

    line: str
    caller: str | None
    number: Number | None
    application: Application | None = None
    explicit: Relation | None = None
    returned: Relation | None = None
    own: frozenset[str] = frozenset()
    region: str = "CN"
    second_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompts:
    """Voice files by ear, None or empty where nothing is said.

    Args:
        caller: Said to the caller before the second leg is dialled: the recording notice.
        callee: Said to the callee between the answer and the join: the recording notice.
        waiting: The waiting tone for the caller, played once, instead of ringback.
        last_minute: Said to both one minute before the limit; None when there is no limit.
    """

    caller: tuple[str, ...] = ()
    callee: tuple[str, ...] = ()
    waiting: str | None = None
    last_minute: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The call goes through.

    Args:
        callee: The real person to reach.
        binding: The relation that says so; ``binding.x`` is the number that events and CDR name.
        application: Whose call it is: the binding's application.
        line: The line that was dialled; in a conference it is the number that the callee sees.
            Whenever the callee was shown another number than ``binding.x``, a return route has
            to be kept.
        caller_role: ``a`` or ``b``: the caller's place in the binding.
        second_lines: As in :class:`RouteFacts`.
        record: The binding asks for recording and the application has it.
        max_minutes: Limit from the callee's answer; 0 none.
    """

    callee: str
    binding: Binding
    application: Application
    line: str
    caller_role: str
    prompts: Prompts
    second_lines: tuple[str, ...] = ()
    record: bool = False
    max_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call does not go through.

    Args:
        state_code: ``stateCode`` of the disconnect event.
        release_point: ``ulFailReason`` of the CDR.
        prompt_slot: The application's prompt to play, if it has one; None rejects unanswered.
        binding: The relation that was found but did not help (expired ones are not found).
        application: To whom the attempt is reported; None when nobody.
    """

    state_code: int
    release_point: int
    prompt_slot: str | None = None
    binding: Binding | None = None
    application: Application | None = None


@dataclass(frozen=True, slots=True)
class TextRoute:
    """The text goes through, from ``binding.x`` to ``recipient``."""

    recipient: str
    binding: Binding
    application: Application
    sender_role: str


@dataclass(frozen=True, slots=True)
class TextRefusal:
    """The text is not relayed; ``send_result`` is what the notification says."""

    send_result: int
    binding: Binding | None = None
    application: Application | None = None


def live_relation(facts: RouteFacts, now: datetime) -> Relation | None:
    """Return the relation that counts: the explicit one, else the returned one, if it lives."""
    for relation in (facts.explicit, facts.returned):
        if relation is not None and _lives(relation.binding, now):
            return relation
    return None


def other_party(binding: Binding, caller: str) -> tuple[str, str]:
    """Return (the other person of an A-X-B binding, the caller's role ``a`` or ``b``)."""
    if caller == binding.a:
        return binding.b or "", "a"
    return binding.a, "b"


def route(facts: RouteFacts, now: datetime) -> Route | Refusal:
    """Decide a call.

    Args:
        facts: Read by ``store.bindings.route_facts``.
        now: Aware; a binding whose end is not after it is not found.
    """
    relation = live_relation(facts, now)
    application = relation.application if relation else facts.application
    binding = relation.binding if relation else None
    barred = _barred(facts, relation, application)
    if barred is not None:
        code, slot = barred
        return Refusal(code, code, slot, binding, application)
    if relation is None or facts.caller is None:
        code = _MISSING.get(application.mode, _STRANGER) if application else _STRANGER
        slot = SLOT_BINDING_MISSING if application else None
        return Refusal(code, code, slot, None, application)
    return _through(facts, relation, facts.caller)


def route_text(facts: RouteFacts, now: datetime) -> TextRoute | TextRefusal:
    """Decide a text of an A-X-B number; direction rules of calls do not bind texts."""
    relation = live_relation(facts, now)
    application = relation.application if relation else facts.application
    binding = relation.binding if relation else None
    refused = _text_barred(facts, relation, application)
    if refused is not None:
        return TextRefusal(refused, binding, application)
    if relation is None or facts.caller is None:
        return TextRefusal(SEND_NO_BINDING, None, application)
    recipient, role = other_party(relation.binding, facts.caller)
    if not _safe(recipient, facts):
        return TextRefusal(SEND_NO_BINDING, binding, application)
    return TextRoute(recipient, relation.binding, relation.application, role)


def _lives(binding: Binding, now: datetime) -> bool:
    return binding.expires is None or binding.expires > now


def _barred(
    facts: RouteFacts, relation: Relation | None, application: Application | None
) -> tuple[int, str | None] | None:
    if facts.number is None:
        return _STRANGER, None
    if application is not None and application.frozen:
        return 7108, SLOT_NO_PERMISSION
    if application is not None and not application.active:
        return 8018, SLOT_NO_PERMISSION
    numbers = [facts.number, *([relation.number] if relation else [])]
    if any(number.status in SUSPENDED for number in numbers):
        return 8055, SLOT_NO_PERMISSION
    return None


def _text_barred(
    facts: RouteFacts, relation: Relation | None, application: Application | None
) -> int | None:
    barred = _barred(facts, relation, application)
    if barred is not None:
        return {7108: SEND_FROZEN, 8018: SEND_FROZEN, 8055: SEND_SUSPENDED}.get(
            barred[0], SEND_NO_BINDING
        )
    if relation is None:
        return None
    allowed = (
        relation.application.sms
        and relation.number.sms
        and relation.binding.private_sms is not False
    )
    return None if allowed else SEND_NOT_ABLE


def _through(facts: RouteFacts, relation: Relation, caller: str) -> Route | Refusal:
    binding, application = relation.binding, relation.application
    callee, role = other_party(binding, caller)
    code = 0
    if is_fixed(caller, facts.region):
        code = 8023
    elif binding.direction == (2 if role == "a" else 1):
        code = 8016
    elif not _safe(callee, facts):
        code = 7500
    if code:
        return Refusal(code, code, SLOT_NO_PERMISSION, binding, application)
    record = binding.record and application.record
    return Route(
        callee=callee,
        binding=binding,
        application=application,
        line=facts.line,
        caller_role=role,
        prompts=_prompts(binding, role, application.settings, record=record),
        second_lines=facts.second_lines,
        record=record,
        max_minutes=binding.max_minutes,
    )


def _prompts(
    binding: Binding, role: str, settings: Mapping[str, object], *, record: bool
) -> Prompts:
    slots = settings.get("prompts")
    notice = binding.record_hint
    if notice is None and isinstance(slots, Mapping):
        notice = slots.get("record-notice")
    notices = (notice,) if record and notice else ()
    return Prompts(
        caller=notices,
        callee=notices,
        waiting=binding.pre_voice_caller if role == "a" else binding.pre_voice_callee,
        last_minute=binding.last_minute_voice if binding.max_minutes else None,
    )


def _safe(callee: str, facts: RouteFacts) -> bool:
    try:
        dial_check(callee, facts.own, facts.region)
    except Refused:
        return False
    return True
