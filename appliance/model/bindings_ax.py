"""AX: an X of A's own, its terms, and its temporary callee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from appliance.errors import BadInput
from appliance.model.bindings import (
    AreaMatch,
    check_area_code,
    check_party,
    check_values,
)
from appliance.model.records import Application, AxDetails, Binding, Mode

CHANGEABLE = (
    "a",
    "direction",
    "max_minutes",
    "record",
    "record_hint",
    "last_minute_voice",
    "private_sms",
    "pre_voice_caller",
    "pre_voice_callee",
    "user_data",
    "on",
)
"""What a modification may carry; absent is unchanged."""

CALLEE_SECONDS = range(1, 259_201)
"""How long a temporary callee may live: up to three days."""
CALLEE_DEFAULT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AxTerms:
    """What an application asks for when it gives A an X.

    Args:
        a: ``origNum``, E.164: a mobile or fixed line of the home country.
        x: ``privateNum``; None lets the box choose one of ``area_code``.
        area_code: Trunk form (``0755``); needed without ``x``, which wins over it.
        direction: 0 both, 1 only A may call X, 2 only others.
        display: What A sees when others call: ``0`` X, ``1`` the caller.

    The others as in :class:`~appliance.model.bindings.AxbTerms`.

    Raises:
        BadInput: A value is outside its range; the text names it.
    """

    a: str
    x: str | None = None
    area_code: str | None = None
    area_match: AreaMatch = AreaMatch.STRICT
    direction: int = 0
    max_minutes: int = 0
    record: bool = False
    record_hint: str | None = None
    last_minute_voice: str | None = None
    private_sms: bool | None = None
    pre_voice_caller: str | None = None
    pre_voice_callee: str | None = None
    user_data: str | None = None
    display: str = "0"

    def __post_init__(self) -> None:
        check_values({name: getattr(self, name) for name in _COMMON}, CHANGEABLE)
        check_party("a", self.a)
        check_area_code(self.area_code)
        if self.x is None and self.area_code is None:
            raise BadInput("neither x nor area_code is given")
        if self.display not in ("0", "1"):
            raise BadInput("display is 0 or 1")


_COMMON = tuple(name for name in CHANGEABLE if name != "on")


def bound(app: Application, terms: AxTerms, x: str, now: datetime) -> Binding:
    """Return the relation that ``terms`` make on ``x``; it has no end."""
    return Binding(
        subscription_id=str(uuid4()),
        mode=Mode.AX,
        app_id=app.app_id,
        x=x,
        since=now,
        changed=now,
        details=AxDetails(display=terms.display),
        **{name: getattr(terms, name) for name in _COMMON},
    )


def modified(binding: Binding, changes: Mapping[str, Any], now: datetime) -> Binding:
    """Return ``binding`` with ``changes`` by our names; what is absent stays.

    Raises:
        BadInput: A value out of range, or an unknown name.
    """
    check_values(changes, CHANGEABLE)
    common = {name: value for name, value in changes.items() if name != "on"}
    after = replace(binding, changed=now, **common)
    check_party("a", after.a)
    details = binding.details
    assert isinstance(details, AxDetails)
    return replace(after, details=replace(details, on=changes.get("on", details.on)))
