"""AXE: many A share an X, each behind an extension."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from appliance.errors import BadInput, Refused
from appliance.model.bindings import (
    EXTENSION_LENGTH,
    TIMES_CROSSED,
    AreaMatch,
    check_area_code,
    check_party,
    check_values,
    end_of,
)
from appliance.model.records import Application, AxeDetails, Binding, Mode

HOURS, MINUTES = "0", "1"
LONGEST = {HOURS: 720, MINUTES: 43_200}
"""``bindExpiredTime`` and ``callbackExpiredTime`` at most, by ``timeUnit``: thirty days."""
_SECONDS = {HOURS: 3_600, MINUTES: 60}

CHANGEABLE = (
    "a",
    "display",
    "record",
    "record_hint",
    "call_back_tone",
    "call_back_number",
    "unit",
    "bind_time",
    "call_back_time",
    "user_data",
)
"""What a modification may carry; absent is unchanged. X and extension are not among it."""

_COMMON = ("a", "record", "record_hint", "user_data")


@dataclass(frozen=True, slots=True)
class AxeTerms:
    """What an application asks for when it puts A behind an extension of X.

    Args:
        a: ``bindNum``, E.164: a mobile or fixed line of the home country.
        x: ``virtualNum``; None lets the box choose one of ``area_code``.
        area_code: Trunk form (``0755``); needed without ``x``, which wins over it.
        extension: Wanted; None lets the box choose.
        display: What A sees when others call: ``0`` X, ``1`` the caller.
        call_back_tone: Played when A calls X and nobody can be called back; excludes
            ``call_back_number``, to which A's call goes instead.
        unit: Of the two times: ``0`` hours, ``1`` minutes.
        bind_time: Life from now, 0-720 h or 0-43200 min; 0 without end.
        call_back_time: Life of a call-back record, likewise; not longer than the relation's.
            0 keeps it as long as the relation.

    Raises:
        BadInput: A value is outside its range; the text names it.
    """

    a: str
    x: str | None = None
    area_code: str | None = None
    area_match: AreaMatch = AreaMatch.STRICT
    extension: str | None = None
    display: str = "0"
    record: bool = False
    record_hint: str | None = None
    call_back_tone: str | None = None
    call_back_number: str | None = None
    unit: str = HOURS
    bind_time: int = 0
    call_back_time: int = 0
    user_data: str | None = None

    def __post_init__(self) -> None:
        _check({name: getattr(self, name) for name in CHANGEABLE}, self.unit)
        _check_order(_life(self.unit, self.bind_time), _life(self.unit, self.call_back_time))
        check_party("a", self.a)
        check_area_code(self.area_code)
        if self.x is None and self.area_code is None:
            raise BadInput("neither x nor area_code is given")
        if self.extension is not None and not re.fullmatch(r"[0-9]{1,4}", self.extension):
            raise BadInput("an extension has 1 to 4 digits")
        if self.call_back_tone is not None and self.call_back_number is not None:
            raise BadInput("call_back_tone and call_back_number exclude each other")


def check_extension(app: Application, extension: str) -> None:
    """Raise Refused (extension-length) unless the application has extensions of this form."""
    if len(extension) != app.extension_digits or not extension.strip("0"):
        raise Refused(EXTENSION_LENGTH, f"extensions have {app.extension_digits} digits, not all 0")


def next_extension(taken: Collection[str], after: str | None, digits: int) -> str | None:
    """Return the first free extension behind ``after``, from the beginning again behind the last.

    So one that was given up rests as long as it can. None when all are taken.
    """
    last = 10**digits - 1
    start = int(after) if after is not None else 0
    for step in range(last):
        candidate = f"{(start + step) % last + 1:0{digits}d}"
        if candidate not in taken:
            return candidate
    return None


def bound(app: Application, terms: AxeTerms, x: str, extension: str, now: datetime) -> Binding:
    """Return the relation that ``terms`` make on ``x``; its clock starts at ``now``."""
    duration = _life(terms.unit, terms.bind_time)
    return Binding(
        subscription_id=str(uuid4()),
        mode=Mode.AXE,
        app_id=app.app_id,
        x=x,
        duration=duration,
        since=now,
        changed=now,
        expires=end_of(duration, now),
        details=AxeDetails(
            extension=extension,
            display=terms.display,
            call_back_tone=terms.call_back_tone,
            call_back_number=terms.call_back_number,
            unit=terms.unit,
            unit_now=terms.unit,
            bind_time=terms.bind_time,
            call_back_time=terms.call_back_time,
            call_back_seconds=_life(terms.unit, terms.call_back_time),
        ),
        **{name: getattr(terms, name) for name in _COMMON},
    )


def modified(binding: Binding, changes: Mapping[str, Any], now: datetime) -> Binding:
    """Return ``binding`` with ``changes`` by our names; what is absent stays.

    A ``bind_time`` restarts the clock at ``now``, as a duration does in A-X-B; 0 removes the end.
    Times are in the unit that comes with them, else in the relation's. Of a tone and a number to
    call back given together the number counts; either takes the other's place.

    Raises:
        BadInput: A value out of range, an unknown name, or a record outliving its relation.
    """
    before = binding.details
    assert isinstance(before, AxeDetails)
    unit = changes.get("unit", before.unit_now)
    _check(changes, unit)
    common = {name: changes[name] for name in _COMMON if name in changes}
    after = replace(binding, changed=now, **common)
    check_party("a", after.a)
    details = replace(before, unit_now=unit, display=changes.get("display", before.display))
    if changes.get("call_back_number") is not None:
        number = changes["call_back_number"]
        details = replace(details, call_back_number=number, call_back_tone=None)
    elif changes.get("call_back_tone") is not None:
        tone = changes["call_back_tone"]
        details = replace(details, call_back_tone=tone, call_back_number=None)
    if "call_back_time" in changes:
        time = changes["call_back_time"]
        details = replace(details, call_back_time=time, call_back_seconds=_life(unit, time))
    if "bind_time" in changes:
        duration = _life(unit, changes["bind_time"])
        after = replace(after, duration=duration, since=now, expires=end_of(duration, now))
    _check_order(after.duration, details.call_back_seconds)
    return replace(after, details=details)


def call_back_end(details: AxeDetails, now: datetime) -> datetime | None:
    """Return when a call-back record of ``now`` ends; None as late as its relation."""
    return end_of(details.call_back_seconds, now)


def _life(unit: str, time: int) -> int:
    return _SECONDS[unit] * time


def _check_order(duration: int, call_back: int) -> None:
    if 0 < duration < call_back:
        raise BadInput(TIMES_CROSSED)


def _check(values: Mapping[str, Any], unit: str) -> None:
    ours = {name: value for name, value in values.items() if name not in _COMMON}
    unknown = sorted(set(ours) - set(CHANGEABLE))
    if unknown:
        raise BadInput(f"no term of a binding: {', '.join(unknown)}")
    checked = {
        name: value
        for name, value in values.items()
        if name in (*_COMMON, "call_back_tone") and name != "a"
    }
    check_values(checked, checked)
    if unit not in LONGEST:
        raise BadInput("unit is 0 or 1")
    if values.get("display", "0") not in ("0", "1"):
        raise BadInput("display is 0 or 1")
    for name in ("bind_time", "call_back_time"):
        value = values.get(name, 0)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not 0 <= value <= LONGEST[unit]:
            raise BadInput(f"{name} must be a whole number from 0 to {LONGEST[unit]}")
