"""Calls over an AXE number: anybody reaches A by an extension, A calls the last of them back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from appliance.model.numbers import is_fixed
from appliance.model.records import Application, AxeDetails, CallBack
from appliance.model.routing_axb import put_through
from appliance.model.routing_records import (
    SLOT_BINDING_MISSING,
    SLOT_CALL_BACK_MISSING,
    SLOT_EXTENSION_NONE_END,
    SLOT_EXTENSION_WRONG_END,
    SLOT_NO_PERMISSION,
    AxeFacts,
    CollectExtension,
    Refusal,
    Relation,
    Route,
    RouteFacts,
)
from appliance.model.routing_rules import FIXED_CALLER, refusal

WRONG_EXTENSION = 8022
"""No such extension, or no relation at all on the number."""
NO_DIGITS = 8033
GAVE_UP = 7516
"""The caller left before an extension was complete."""
NO_RECORD = 8019
SHOWS_CALLER = 8024

REPEATS = "extension_repeats"
"""Setting of an application: how often a wrong extension may be tried again, 0-9; 0 by default."""
CALL_BACK_NUMBER = "callback_number"
"""Setting of an application: where A's call goes when nobody can be called back."""


def call(facts: RouteFacts, known: AxeFacts, now: datetime) -> Route | Refusal | CollectExtension:
    """Route a call to an AXE number: A's goes back, anybody else is asked for an extension."""
    application, number = facts.application, facts.number
    assert application is not None
    assert number is not None
    if known.mine is not None:
        return called_back(facts, known.mine, known.call_back, now)
    if not known.bound:
        return Refusal(
            WRONG_EXTENSION, WRONG_EXTENSION, SLOT_BINDING_MISSING, application=application
        )
    if facts.caller is not None and is_fixed(facts.caller, facts.region):
        # Told at once: it need not type what would lead nowhere.
        return Refusal(FIXED_CALLER, FIXED_CALLER, SLOT_NO_PERMISSION, application=application)
    return CollectExtension(
        application, number, application.extension_digits, _repeats(application)
    )


def entered(
    facts: RouteFacts, relation: Relation | None, digits: str, tries: int = 1
) -> Route | Refusal | CollectExtension:
    """Route a caller who typed an extension.

    Args:
        facts: Of the arrival, as they were.
        relation: What ``store.bindings.extension`` found: a live relation, or None.
        digits: As typed, without a ``#`` at their end; empty when nothing was.
        tries: How often the caller has typed by now, this time included.

    Returns:
        :class:`CollectExtension` when the caller may try again.
    """
    application, number = facts.application, facts.number
    assert application is not None
    if not digits:
        return Refusal(NO_DIGITS, NO_DIGITS, SLOT_EXTENSION_NONE_END, application=application)
    if relation is None:
        left = _repeats(application) + 1 - tries
        if left > 0 and number is not None:
            return CollectExtension(application, number, application.extension_digits, left - 1)
        return Refusal(
            WRONG_EXTENSION, WRONG_EXTENSION, SLOT_EXTENSION_WRONG_END, application=application
        )
    details = relation.binding.details
    assert isinstance(details, AxeDetails)
    if details.display != "0":
        # Carriers block calls that show the real caller, and a SIM can show none but its own.
        return refusal(SHOWS_CALLER, SLOT_NO_PERMISSION, relation)
    return to_a(facts, relation)


def to_a(facts: RouteFacts, relation: Relation) -> Route | Refusal:
    """Route somebody to the A of a relation."""
    details = relation.binding.details
    assert isinstance(details, AxeDetails)
    found = put_through(facts, relation, facts.caller, relation.binding.a, "b")
    if isinstance(found, Refusal):
        return found
    known = facts.caller is not None
    return replace(found, extension=details.extension, remembers_caller=known)


def called_back(
    facts: RouteFacts, relation: Relation, record: CallBack | None, now: datetime
) -> Route | Refusal:
    """Route A, who calls X (or the line that was shown to it) back."""
    binding, application = relation.binding, relation.application
    details = binding.details
    assert isinstance(details, AxeDetails)
    if record is not None and (record.expires is None or record.expires > now):
        found = put_through(facts, relation, facts.caller, record.caller, "a", service=True)
    else:
        instead = details.call_back_number
        if instead is None and details.call_back_tone is None:
            setting = application.settings.get(CALL_BACK_NUMBER)
            instead = setting if isinstance(setting, str) else None
        if instead is None:
            missing = refusal(NO_RECORD, SLOT_CALL_BACK_MISSING, relation)
            return replace(missing, voice=details.call_back_tone)
        found = put_through(facts, relation, facts.caller, instead, "a", service=True)
    if isinstance(found, Refusal):
        return found
    return replace(found, extension=details.extension)


def _repeats(application: Application) -> int:
    setting = application.settings.get(REPEATS)
    if isinstance(setting, bool) or not isinstance(setting, int):
        return 0
    return max(0, min(9, setting))
