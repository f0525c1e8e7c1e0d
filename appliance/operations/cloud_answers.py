"""The cloud's query answers, read back into relations: the other direction of the mirror's own.

A file holds one answer or many: a JSON object, an array of them, or objects one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from appliance.errors import BadInput
from appliance.model import bindings, bindings_ax, bindings_axe, bindings_axyb
from appliance.model.bindings import AxbTerms
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import AxeTerms
from appliance.model.bindings_axyb import AxybTerms
from appliance.model.numbers import normalise
from appliance.model.records import Application, AxDetails, Binding, Mode, YbRelation

_LISTS: dict[str, Mode] = {
    "relationNumList": Mode.AXB,
    "privateNumList": Mode.AX,
    "extendNumList": Mode.AXE,
    "xyRelationNumList": Mode.AXYB,
}
_X_KEY: dict[Mode, str] = {
    Mode.AXB: "relationNum",
    Mode.AX: "privateNum",
    Mode.AXE: "virtualNum",
    Mode.AXYB: "numX",
}
_ANY_CITY = "010"
"""AXYB's terms name a city to choose from; here the number is known and the city means nothing."""

LIFE_BEGINS_NOW = "its life begins now: the answer does not tell when it was set"


@dataclass(frozen=True, slots=True)
class Offer:
    """One relation of an answer.

    Args:
        place: Where it stands, for people: ``answer 1, element 3``.
        element: Its keys, as the cloud spells them.
        problem: Why it cannot be read at all; then the rest is empty.
    """

    place: str
    mode: Mode | None = None
    element: Mapping[str, Any] | None = None
    problem: str | None = None


def offers(text: str) -> list[Offer]:
    """Return the relations of a file of answers. Raises BadInput when it is not JSON."""
    found: list[Offer] = []
    for count, answer in enumerate(_documents(text), 1):
        found += _of_answer(f"answer {count}", answer)
    return found


def app_key(text: str) -> str | None:
    """Return the first ``app_key`` that an answer echoes. Raises BadInput when it is not JSON."""
    for answer in _documents(text):
        if isinstance(answer, dict) and isinstance(answer.get("app_key"), str):
            return str(answer["app_key"])
    return None


def _documents(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    text = text.lstrip("\ufeff")
    while at < len(text):
        if text[at] in " \t\r\n,":
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"not JSON at character {at}") from error
        yield from value if isinstance(value, list) else [value]


def _of_answer(place: str, answer: Any) -> Iterator[Offer]:
    if not isinstance(answer, dict):
        yield Offer(place, problem="no answer of the cloud: not a JSON object")
        return
    code = str(answer.get("resultcode", "0"))
    if code != "0":
        yield Offer(place, problem=f"the answer is an error: {code} {answer.get('resultdesc', '')}")
        return
    key = next((name for name in _LISTS if isinstance(answer.get(name), list)), None)
    if key is not None:
        for count, element in enumerate(answer[key], 1):
            there = f"{place}, element {count}"
            if isinstance(element, dict):
                yield Offer(there, _LISTS[key], element)
            else:
                yield Offer(there, problem="not a JSON object")
    elif "virtualNum" in answer and "bindNum" in answer:
        yield Offer(place, Mode.AXE, answer)
    else:
        yield Offer(place, problem="no answer to a query of relations: it holds no list of them")


def old_x(offer: Offer, region: str = "CN") -> str:
    """Return the X that an offer is on, E.164. Raises BadInput."""
    assert offer.mode is not None
    return _number(offer, _X_KEY[offer.mode], region)


def voices(offer: Offer) -> list[str]:
    """Return the voice files that an offer names."""
    element = offer.element or {}
    tones = _tones(element)
    names = ("recordHintTone", "lastMinVoice", "callbackTone", "preVoiceX", "preVoiceY")
    given = [element.get(name) for name in names] + list(tones.values())
    return [name for name in given if isinstance(name, str) and name]


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers are read.

    Args:
        now: Where a life begins whose beginning the answer does not tell, unless ``since`` is set.
        zone: What ``subscribeTime`` is ahead of UTC; the cloud does not say which clock it shows.
        region: The box's home country.
    """

    now: datetime
    zone: timedelta = timedelta(0)
    since: datetime | None = None
    region: str = "CN"


def relation(
    offer: Offer, app: Application, x: str, reading: Reading
) -> tuple[Binding, str | None]:
    """Return the relation that an offer describes, on the number ``x``, with what it once was.

    Its ``subscriptionId`` is kept, and of its life what remains. The second value is a note.

    Raises:
        BadInput: A value is missing or out of range.
    """
    assert offer.element is not None
    element = offer.element
    start = _moment(element, reading.zone) or reading.since
    began = start or reading.now
    if offer.mode is Mode.AXB:
        made = bindings.bound(app, _axb(offer, x, reading), x, began)
    elif offer.mode is Mode.AX:
        made = bindings_ax.bound(app, _ax(offer, x, reading), x, began)
        made = replace(
            made, details=AxDetails(display=_display(element), on=element.get("turnFlag") != "off")
        )
    elif offer.mode is Mode.AXE:
        terms = _axe(offer, x, reading)
        assert terms.extension is not None
        made = bindings_axe.bound(app, terms, x, terms.extension, began)
    else:
        made = bindings_axyb.bound(app, _axyb(offer, reading), x, began)
    name = element.get("subscriptionId") or element.get("bindId")
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        raise BadInput("it has no subscriptionId of 1 to 64 characters")
    if made.expires is not None and made.expires <= reading.now:
        raise BadInput(f"its life ended {made.expires:%Y-%m-%d %H:%M:%S} UTC")
    note = LIFE_BEGINS_NOW if start is None and made.expires is not None else None
    return replace(made, subscription_id=name), note


def yb_half(offer: Offer, holder: Binding, y: str, reading: Reading) -> YbRelation:
    """Return the YB half that an AXYB offer describes, on the number ``y``. Raises BadInput."""
    assert offer.element is not None
    element = offer.element
    began = _moment(element, reading.zone) or reading.since or reading.now
    duration = _whole(element, "ybDuration")
    terms = bindings_axyb.YbTerms(
        b=_number(offer, "numB", reading.region),
        duration=duration,
        pre_voice=_text(element, "preVoiceY"),
        user_data=_text(element, "userData"),
    )
    made = bindings_axyb.bound_yb(holder, terms, y, began)
    if made.expires is not None and made.expires <= reading.now:
        raise BadInput(f"its life ended {made.expires:%Y-%m-%d %H:%M:%S} UTC")
    name = _text(element, "bindId")
    return replace(made, bind_id=name) if name else made


def old_y(offer: Offer, region: str = "CN") -> str | None:
    """Return the Y that an AXYB offer is on, None for an AX half alone. Raises BadInput."""
    element = offer.element or {}
    if offer.mode is not Mode.AXYB or not element.get("numY"):
        return None
    return _number(offer, "numY", region)


def _axb(offer: Offer, x: str, reading: Reading) -> AxbTerms:
    element, tones = offer.element or {}, _tones(offer.element or {})
    return AxbTerms(
        a=_number(offer, "callerNum", reading.region),
        b=_number(offer, "calleeNum", reading.region),
        x=x,
        direction=_whole(element, "callDirection"),
        duration=_whole(element, "duration"),
        max_minutes=_whole(element, "maxDuration"),
        record=_flag(element, "recordFlag") or False,
        record_hint=_text(element, "recordHintTone"),
        last_minute_voice=_text(element, "lastMinVoice"),
        private_sms=_flag(element, "privateSms"),
        pre_voice_caller=tones.get("callerHintTone"),
        pre_voice_callee=tones.get("calleeHintTone"),
        user_data=_text(element, "userData"),
    )


def _ax(offer: Offer, x: str, reading: Reading) -> AxTerms:
    element, tones = offer.element or {}, _tones(offer.element or {})
    return AxTerms(
        a=_number(offer, "origNum", reading.region),
        x=x,
        direction=_whole(element, "callDirection"),
        max_minutes=_whole(element, "maxDuration"),
        record=_flag(element, "recordFlag") or False,
        record_hint=_text(element, "recordHintTone"),
        last_minute_voice=_text(element, "lastMinVoice"),
        private_sms=_flag(element, "privateSms"),
        pre_voice_caller=tones.get("callerHintTone"),
        pre_voice_callee=tones.get("calleeHintTone"),
        user_data=_text(element, "userData"),
        display=_display(element),
    )


def _axe(offer: Offer, x: str, reading: Reading) -> AxeTerms:
    element = offer.element or {}
    extension = _text(element, "extendNum")
    if extension is None:
        raise BadInput("extendNum is missing")
    number = _text(element, "callbackNum")
    return AxeTerms(
        a=_number(offer, "bindNum", reading.region),
        x=x,
        extension=extension,
        display=_text(element, "displayNumMode") or "0",
        record=_flag(element, "recordFlag") or False,
        record_hint=_text(element, "recordHintTone"),
        call_back_tone=_text(element, "callbackTone"),
        call_back_number=None if number is None else normalise(number, reading.region),
        unit=str(element.get("timeUnit") or bindings_axe.HOURS),
        bind_time=_whole(element, "bindExpiredTime"),
        call_back_time=_whole(element, "callbackExpiredTime"),
        user_data=_text(element, "userData"),
    )


def _axyb(offer: Offer, reading: Reading) -> AxybTerms:
    element = offer.element or {}
    return AxybTerms(
        a=_number(offer, "numA", reading.region),
        area_code=_ANY_CITY,
        direction=_whole(element, "callDirection"),
        duration=_whole(element, "duration"),
        yb_duration=0,
        record=_flag(element, "recordFlag") or False,
        record_hint=_text(element, "recordHintTone"),
        pre_voice=_text(element, "preVoiceX"),
        user_data=_text(element, "userData"),
    )


def _number(offer: Offer, name: str, region: str) -> str:
    value = (offer.element or {}).get(name)
    if not isinstance(value, str) or not value:
        raise BadInput(f"{name} is missing")
    try:
        return normalise(value, region)
    except BadInput as error:
        raise BadInput(f"{name} is no telephone number") from error


def _whole(element: Mapping[str, Any], name: str) -> int:
    value = element.get(name)
    if value is None or value == "":
        return 0
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(f"{name} is no whole number")
    return int(text)


def _flag(element: Mapping[str, Any], name: str) -> bool | None:
    value = element.get(name)
    if value is None or isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise BadInput(f"{name} is neither true nor false")
    return bool(value == "true")


def _text(element: Mapping[str, Any], name: str) -> str | None:
    value = element.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{name} is no text")
    return value or None


def _display(element: Mapping[str, Any]) -> str:
    return str(element.get("calleeNumDisplay") or "0")


def _tones(element: Mapping[str, Any]) -> dict[str, str]:
    value = element.get("preVoice")
    parts = value if isinstance(value, list) else [value]
    return {
        name: tone
        for part in parts
        if isinstance(part, dict)
        for name, tone in part.items()
        if isinstance(tone, str) and tone
    }


def _moment(element: Mapping[str, Any], zone: timedelta) -> datetime | None:
    value = element.get("subscribeTime")
    if not value:
        return None
    try:
        at = datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput("subscribeTime is no time such as 2026-03-01 08:00:00") from error
    return at - zone
