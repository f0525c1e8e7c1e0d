"""AXYB: A gets an X for B to dial, and for each B a Y to dial itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from appliance.errors import BadInput
from appliance.model.bindings import (
    MAX_DURATION,
    SAME_PARTIES,
    AreaMatch,
    check_area_code,
    check_party,
    check_values,
    end_of,
)
from appliance.model.records import Application, AxybDetails, Binding, Mode, YbRelation

SHORTEST = 60
"""Seconds that a relation lives at least when it has an end at all."""
DEFAULT_SECONDS = 7_200
"""``duration`` of an AX relation that names none: unlike A-X-B it ends."""


@dataclass(frozen=True, slots=True)
class AxybTerms:
    """What an application asks for when it gives A an X of a city.

    Args:
        a: ``origNum``, E.164: a mobile or fixed line of the home country.
        area_code: City of X, trunk form (``0755``); X cannot be named.
        direction: 0 both, 1 only A through Y, 2 only B through X.
        duration: Seconds, 60-7776000; 0 without end.
        yb_duration: Seconds of a YB relation whose bind says nothing, 60-7776000; 0 as long as the
            AX relation. A longer one than ``duration`` counts as that.
        pre_voice: ``preVoiceX``: waiting tone for calls to X.

    Raises:
        BadInput: A value is outside its range; the text names it.
    """

    a: str
    area_code: str
    area_match: AreaMatch = AreaMatch.STRICT
    direction: int = 0
    duration: int = DEFAULT_SECONDS
    yb_duration: int = 0
    record: bool = False
    record_hint: str | None = None
    pre_voice: str | None = None
    user_data: str | None = None

    def __post_init__(self) -> None:
        values = {
            "direction": self.direction,
            "record_hint": self.record_hint,
            "pre_voice_callee": self.pre_voice,
            "user_data": self.user_data,
        }
        check_values(values)
        check_party("a", self.a)
        check_area_code(self.area_code)
        _check_seconds("duration", self.duration)
        _check_seconds("yb_duration", self.yb_duration)


@dataclass(frozen=True, slots=True)
class YbTerms:
    """What an application asks for when it gives A a Y for B.

    Args:
        b: ``origNum`` of this step, E.164: a mobile or fixed line, another than A.
        area_code: City of Y; None looks in X's city first and then anywhere.
        duration: ``ybDuration``; None takes the AX relation's.
        pre_voice: ``preVoiceY``: waiting tone for calls to Y.

    Raises:
        BadInput: A value is outside its range; the text names it.
    """

    b: str
    area_code: str | None = None
    area_match: AreaMatch = AreaMatch.STRICT
    duration: int | None = None
    pre_voice: str | None = None
    user_data: str | None = None
    automatic: bool = False

    def __post_init__(self) -> None:
        check_values({"pre_voice_caller": self.pre_voice, "user_data": self.user_data})
        check_party("b", self.b)
        check_area_code(self.area_code)
        _check_seconds("yb_duration", self.duration or 0)


def bound(app: Application, terms: AxybTerms, x: str, now: datetime) -> Binding:
    """Return the AX relation that ``terms`` make on ``x``; its clock starts at ``now``."""
    return Binding(
        subscription_id=str(uuid4()),
        mode=Mode.AXYB,
        app_id=app.app_id,
        x=x,
        a=terms.a,
        direction=terms.direction,
        duration=terms.duration,
        record=terms.record,
        record_hint=terms.record_hint,
        pre_voice_callee=terms.pre_voice,
        user_data=terms.user_data,
        since=now,
        changed=now,
        expires=end_of(terms.duration, now),
        details=AxybDetails(yb_duration=_at_most(terms.yb_duration, terms.duration)),
    )


def bound_yb(binding: Binding, terms: YbTerms, y: str, now: datetime) -> YbRelation:
    """Return the YB relation that ``terms`` add to an AX relation.

    Raises:
        BadInput: B is A.
    """
    if terms.b == binding.a:
        raise BadInput(SAME_PARTIES)
    details = binding.details
    assert isinstance(details, AxybDetails)
    given = details.yb_duration if terms.duration is None else terms.duration
    duration = _at_most(given, binding.duration)
    return YbRelation(
        bind_id=str(uuid4()),
        subscription_id=binding.subscription_id,
        y=y,
        b=terms.b,
        duration=duration,
        pre_voice=terms.pre_voice,
        user_data=terms.user_data,
        automatic=terms.automatic,
        since=now,
        expires=end_of(duration, now),
    )


def _at_most(seconds: int, longest: int) -> int:
    return min(seconds, longest) if longest else seconds


def _check_seconds(name: str, seconds: int) -> None:
    whole = isinstance(seconds, int) and not isinstance(seconds, bool)
    if not whole or not (seconds == 0 or SHORTEST <= seconds <= MAX_DURATION):
        raise BadInput(f"{name} must be 0 or a whole number from {SHORTEST} to {MAX_DURATION}")
