"""Texts that hide more than the cloud does, as settings of an application, all of them off:

- ``text_codes`` (AX): A is shown a short code in place of the number of who writes, and answers
  with ``@code``;
- ``text_masking`` (AXE): a text that begins with an extension reaches its A, and A's texts go to
  the last of those people; (AXYB): A writes to Y, B to X, as they call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlite_utils import Database

from appliance.errors import SimveilError
from appliance.model.records import Application, Binding, CallBack, Mode, Role, YbRelation
from appliance.model.routing import (
    AskText,
    AxeFacts,
    AxybFacts,
    Relation,
    RouteFacts,
    TextDecision,
    TextRefusal,
    TextRoute,
)
from appliance.model.routing_rules import SEND_NO_BINDING, safe, text_barred
from appliance.store.text_codes import TextCodes

CODES = "text_codes"
MASKING = "text_masking"

_CODE = re.compile(r"@[ ]*([0-9]{1,3})\s*\Z", re.ASCII)
_AFTER_EXTENSION = re.compile(r"[\s:,.#，：。、-]*")


class _Axe(Protocol):
    def extension(
        self, facts: RouteFacts, digits: str, now: datetime, db: Database | None = None
    ) -> tuple[RouteFacts, Relation | None]: ...

    def remember_caller(
        self, db: Database, subscription_id: str, caller: str, now: datetime
    ) -> None: ...


class _Axyb(Protocol):
    def allocate_y(
        self, db: Database, app: Application, subscription_id: str, b: str, now: datetime
    ) -> YbRelation: ...


class MaskStore(Protocol):
    """What hiding needs of the store."""

    @property
    def axe(self) -> _Axe:
        """AXE relations."""

    @property
    def axyb(self) -> _Axyb:
        """AXYB relations."""


@dataclass(frozen=True, slots=True)
class Written:
    """A whole text on its way to a decision."""

    db: Database
    facts: RouteFacts
    body: str
    now: datetime


class TextMasks:
    """Decides what the cloud's rules leave open. Runs in a writer transaction."""

    def __init__(self, store: MaskStore) -> None:
        self._store = store
        self._codes = TextCodes()

    def decide(self, text: Written, decision: TextDecision) -> TextDecision:
        """Return ``decision``, or what the application's settings make of it."""
        application = text.facts.application
        if application is None or text.facts.caller is None:
            return decision
        if application.mode is Mode.AX and application.settings.get(CODES) is True:
            return self._coded(text, decision)
        if application.settings.get(MASKING) is not True or not _private(text.facts):
            return decision
        if isinstance(text.facts.by_mode, AxeFacts):
            return self._axe(text, text.facts.by_mode, application)
        if isinstance(text.facts.by_mode, AxybFacts):
            return self._axyb(text, text.facts.by_mode, application)
        return decision

    # --- AX -------------------------------------------------------------------------------------

    def _coded(self, text: Written, decision: TextDecision) -> TextDecision:
        caller = text.facts.caller or ""
        if isinstance(decision, TextRoute) and decision.sender_role == "b":
            relation = decision.binding.subscription_id
            code = self._codes.of(text.db, relation, caller, text.now)
            return replace(decision, body=f"{text.body}[From @{code}]")
        found = _CODE.search(text.body)
        if not isinstance(decision, AskText) or found is None:
            return decision
        relation = decision.binding.subscription_id
        person = self._codes.person(text.db, relation, int(found.group(1)))
        if person is None:
            return decision
        body = text.body[: found.start()].rstrip()
        return TextRoute(person, decision.binding, decision.application, "a", body)

    # --- AXE ------------------------------------------------------------------------------------

    def _axe(self, text: Written, known: AxeFacts, application: Application) -> TextDecision:
        if known.mine is not None:
            return _back(text, known.mine, known.call_back)
        digits = text.body.lstrip()[: application.extension_digits]
        relation: Relation | None = None
        facts = text.facts
        if len(digits) == application.extension_digits and digits.isascii() and digits.isdigit():
            facts, relation = self._store.axe.extension(facts, digits, text.now, text.db)
        if relation is None:
            return TextRefusal(SEND_NO_BINDING, None, application)
        rest = text.body.lstrip()[len(digits) :]
        body = rest[len(_AFTER_EXTENSION.match(rest).group()) :]  # type: ignore[union-attr]
        decided = _through(facts, relation, relation.binding, relation.binding.a, "b", body)
        if isinstance(decided, TextRoute):
            self._store.axe.remember_caller(
                text.db, relation.binding.subscription_id, facts.caller or "", text.now
            )
        return decided

    # --- AXYB -----------------------------------------------------------------------------------

    def _axyb(self, text: Written, known: AxybFacts, application: Application) -> TextDecision:
        relation, yb = known.relation, known.yb
        caller = text.facts.caller or ""
        if relation is None or (known.is_y and yb is None):
            return TextRefusal(SEND_NO_BINDING, None, application)
        if known.is_y and yb is not None:
            return _through(text.facts, relation, relation.binding, yb.b, "a", text.body)
        if caller == relation.binding.a:  # its own number
            return TextRefusal(SEND_NO_BINDING, relation.binding, application)
        if yb is None:
            try:
                yb = self._store.axyb.allocate_y(
                    text.db, application, relation.binding.subscription_id, caller, text.now
                )
            except SimveilError:
                return TextRefusal(SEND_NO_BINDING, relation.binding, application)
        # The relay leaves from the number that A knows the sender by.
        leaves = replace(relation.binding, x=yb.y)
        return _through(text.facts, relation, leaves, relation.binding.a, "b", text.body)


def _private(facts: RouteFacts) -> bool:
    return facts.number is not None and facts.number.role is Role.NUMBER


def _back(text: Written, relation: Relation, record: CallBack | None) -> TextDecision:
    """Send A's text to who reached it last, as a call would go."""
    if record is None or (record.expires is not None and record.expires <= text.now):
        return TextRefusal(SEND_NO_BINDING, relation.binding, relation.application)
    return _through(text.facts, relation, relation.binding, record.caller, "a", text.body)


def _through(
    facts: RouteFacts,
    relation: Relation,
    binding: Binding,
    recipient: str,
    role: str,
    body: str,
) -> TextRoute | TextRefusal:
    refused = text_barred(facts, relation, relation.application)
    if refused is None and not safe(recipient, facts):
        refused = SEND_NO_BINDING
    if refused is not None:
        return TextRefusal(refused, relation.binding, relation.application)
    return TextRoute(recipient, binding, relation.application, role, body)
