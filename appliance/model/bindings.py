"""A-X-B bindings, and what all modes share: what refuses a bind, ranges, the choice of an X."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from appliance.errors import BadInput, Refused
from appliance.model.cities import area_of, cities_beside
from appliance.model.numbers import is_fixed, is_mobile
from appliance.model.records import Application, Binding, Mode, Number

NUMBER_UNKNOWN = "number-unknown"
"""The X that was named does not exist."""
NUMBER_FOREIGN = "number-foreign"
"""The X belongs to another application."""
NUMBER_ABNORMAL = "number-abnormal"
"""The X is suspended, unavailable or closed for new bindings."""
ALREADY_BOUND = "already-bound"
"""A or B is on that X already, in whatever role."""
EXHAUSTED = "exhausted"
"""No X of the application has room for the two."""
BINDING_UNKNOWN = "binding-unknown"
"""No such binding of this application."""
RECORDING_OFF = "recording-off"
"""Recording was asked for and the application has none."""
SMS_OFF = "sms-off"
"""Texts were asked for and the application has none."""
DIAL_UNSAFE = "dial-unsafe"
"""A party may not be dialled: emergency, service or foreign number, or one of the box's own."""
SAME_PARTIES = "a and b are the same number"
"""What BadInput says of a person who would be bound to himself."""
CALLEE_IS_A = "the callee is a itself"
"""… of a temporary callee who is the A of the relation (AX)."""
TIMES_CROSSED = "bind_time is shorter than call_back_time"
"""… of a relation that would end before its call-back records do (AXE)."""

NUMBER_TAKEN = "number-taken"
"""The X belongs to another A already (AX)."""
TOO_MANY_NUMBERS = "too-many-numbers"
"""A holds five X already (AX, AXYB)."""
EXTENSION_TAKEN = "extension-taken"
"""The extension that was asked for leads to somebody else (AXE)."""
EXTENSIONS_USED_UP = "extensions-used-up"
"""No extension of the X that was asked for is free (AXE)."""
EXTENSION_LENGTH = "extension-length"
"""The extension has not the length that the application's have (AXE)."""

MAX_DURATION = 7_776_000
"""Seconds that a binding lives at most (90 days); 0 is without end."""
MAX_MINUTES = 1_440
"""Minutes that a call may be limited to; 0 is no limit."""
PAIRS_PER_NUMBER = 5_000
"""A-B pairs that one X holds."""
NUMBERS_PER_PERSON = 5
"""X that one A of an application holds (AX, AXYB)."""
RELATIONS_PER_Y = 1_000
"""AX relations that one Y serves (AXYB)."""

_USER_DATA = re.compile(r"[ -z|~]{1,256}")  # printable ASCII; braces are excluded by the gaps
_VOICE_FILE = re.compile(r"[A-Za-z0-9_.@-]{1,128}")
_VOICES = (
    "record_hint",
    "last_minute_voice",
    "pre_voice_caller",
    "pre_voice_callee",
    "call_back_tone",
)
_ACCEPTS_BINDS = 5


class AreaMatch(StrEnum):
    """``areaMatchMode``."""

    STRICT = "0"
    RELAXED = "1"


@dataclass(frozen=True, slots=True)
class AxbTerms:
    """What an application asks for when it binds A and B.

    Args:
        a: ``callerNum``, E.164: a mobile or fixed line of the home country.
        b: ``calleeNum``, likewise, another than ``a``.
        x: The X wanted, E.164; None lets the box choose.
        area_code: City of the X to choose, trunk form (``0755``); ``x`` wins over it.
        area_match: Whether another city may be chosen.
        direction: 0 both may call, 1 only A, 2 only B.
        duration: Seconds of life, 0-7776000; 0 without end.
        max_minutes: Limit of one call, 0-1440; 0 none.
        private_sms: None means: as the application has it.
        user_data: 1-256 printable ASCII characters without braces.

    Raises:
        BadInput: A value is outside its range; the text names it.
    """

    a: str
    b: str
    x: str | None = None
    area_code: str | None = None
    area_match: AreaMatch = AreaMatch.STRICT
    direction: int = 0
    duration: int = 0
    max_minutes: int = 0
    record: bool = False
    record_hint: str | None = None
    last_minute_voice: str | None = None
    private_sms: bool | None = None
    pre_voice_caller: str | None = None
    pre_voice_callee: str | None = None
    user_data: str | None = None

    def __post_init__(self) -> None:
        check_values({name: getattr(self, name) for name in CHANGEABLE})
        check_pair(self.a, self.b)
        check_area_code(self.area_code)


CHANGEABLE = (
    "a",
    "b",
    "direction",
    "duration",
    "max_minutes",
    "record",
    "record_hint",
    "last_minute_voice",
    "private_sms",
    "pre_voice_caller",
    "pre_voice_callee",
    "user_data",
)
"""What a modification may carry; absent is unchanged. X is not among it."""


def check_pair(a: str, b: str, region: str = "CN") -> None:
    """Raise BadInput unless A and B are two different mobile or fixed numbers of the country."""
    for name, party in (("a", a), ("b", b)):
        check_party(name, party, region)
    if a == b:
        raise BadInput(SAME_PARTIES)


def check_party(name: str, party: str, region: str = "CN") -> None:
    """Raise BadInput unless a party is a mobile or fixed number of the country."""
    if not (is_mobile(party, region) or is_fixed(party, region)):
        raise BadInput(f"{name} is neither a mobile nor a fixed number of {region}")


def check_area_code(code: str | None) -> None:
    """Raise BadInput for what has not the form of a city code."""
    if code is not None and not re.fullmatch(r"0\d{2,3}", code, re.ASCII):
        raise BadInput(f"area_code {code!r} is no city code such as 0755")


def check_values(values: Mapping[str, Any], known: Collection[str] = CHANGEABLE) -> None:
    """Raise BadInput for the first value out of range, or for a name that is not ``known``."""
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise BadInput(f"no term of a binding: {', '.join(unknown)}")
    for name, low, high in (
        ("direction", 0, 2),
        ("duration", 0, MAX_DURATION),
        ("max_minutes", 0, MAX_MINUTES),
    ):
        value = values.get(name, low)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadInput(f"{name} must be a whole number from {low} to {high}")
    for name in _VOICES:
        value = values.get(name)
        if value is not None and not _VOICE_FILE.fullmatch(value):
            raise BadInput(f"{name} is no voice file's name")
    user_data = values.get("user_data")
    if user_data is not None and not _USER_DATA.fullmatch(user_data):
        raise BadInput("user_data must be 1-256 printable ASCII characters without braces")


def check_switches(app: Application, values: Mapping[str, Any]) -> None:
    """Raise Refused when recording or texts are asked of an application that has none."""
    if values.get("record") and not app.record:
        raise Refused(RECORDING_OFF, "the application has no recording")
    if values.get("private_sms") and not app.sms:
        raise Refused(SMS_OFF, "the application has no texts")


def check_number(app: Application, number: Number | None) -> Number:
    """Return the X that was named if this application may bind on it.

    Raises:
        Refused: number-unknown, number-foreign or number-abnormal.
    """
    if number is None:
        raise Refused(NUMBER_UNKNOWN, "no such number")
    if number.app_id != app.app_id:
        raise Refused(NUMBER_FOREIGN, "the number belongs to another application")
    if number.status != _ACCEPTS_BINDS:
        raise Refused(NUMBER_ABNORMAL, f"the number takes no bindings in state {number.status}")
    return number


def bound(app: Application, terms: AxbTerms, x: str, now: datetime) -> Binding:
    """Return the binding that ``terms`` make on ``x``; its clock starts at ``now``."""
    values = {name: getattr(terms, name) for name in CHANGEABLE}
    return Binding(
        subscription_id=str(uuid.uuid4()),
        mode=Mode.AXB,
        app_id=app.app_id,
        x=x,
        since=now,
        changed=now,
        expires=end_of(terms.duration, now),
        **values,
    )


def modified(binding: Binding, changes: Mapping[str, Any], now: datetime) -> Binding:
    """Return ``binding`` with ``changes`` by our names; what is absent stays.

    A duration among them, even the same one, restarts the clock at ``now``; 0 removes the end.

    Raises:
        BadInput: A value out of range, an unknown name, or A and B the same.
    """
    check_values(changes)
    after = replace(binding, changed=now, **changes)
    if {"a", "b"} & set(changes):
        check_pair(after.a, after.b or "")
    if "duration" in changes:
        after = replace(after, since=now, expires=end_of(after.duration, now))
    return after


def choice_of_cities(terms: AxbTerms) -> list[frozenset[str] | None]:
    """Return where to look for a free X: sets of city codes, best first; None is anywhere.

    With an area code: that city, and when relaxed also its province, then anywhere. Without one
    A's own area decides: a fixed line carries it in its number; a number that was enrolled
    without a city (an empty string in the set) contradicts no area and comes after those of the
    city. Of a mobile number only its operator knows the area, so any X will do.
    """
    if terms.area_code is not None:
        return cities_of(terms.area_code, terms.area_match)
    own = area_of(terms.a)
    if own is None:
        return [None]
    if terms.area_match is AreaMatch.RELAXED:
        return cities_of(own, terms.area_match)
    return [frozenset({own}), frozenset({""})]


def cities_of(code: str, match: AreaMatch) -> list[frozenset[str] | None]:
    """Return where to look for a number of a city, as :func:`choice_of_cities` does."""
    own = frozenset({code})
    return [own] if match is AreaMatch.STRICT else [own, cities_beside(code), None]


def end_of(duration: int, start: datetime) -> datetime | None:
    """Return when what lives ``duration`` seconds from ``start`` ends; 0 never."""
    return start + timedelta(seconds=duration) if duration else None
