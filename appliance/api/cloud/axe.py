"""AXE: bind, unbind, modify, query at ``/rest/caas/extendnumber/v1.0``; in pages at ``v2.0``; what
each X carries at ``/rest/caas/virtualnumber/v1.0``."""

from __future__ import annotations

from typing import Any

from appliance.api.cloud import wire, wire_modes
from appliance.api.cloud.params import Parameters
from appliance.api.cloud.request import Answer, CloudRequest
from appliance.api.cloud.results import (
    AXE_UNKNOWN,
    INVALID_REQUEST,
    NUMBER_FOREIGN,
    CloudError,
)
from appliance.api.cloud.terms import check_own, missing, recording_terms
from appliance.model.bindings_axe import HOURS, LONGEST, MINUTES, AxeTerms
from appliance.model.records import AxeDetails, Binding
from appliance.store.axe import of_extension

_PAGE = 50
_LARGEST_PAGE = 100


def bind(request: CloudRequest) -> Answer:
    """CreateAXEBinding."""
    given = request.body_parameters()
    a = given.required_party("bindNum")
    x = given.well_formed("virtualNum")
    area_code, area_match = given.area_code(), given.area_match(needs_area_code=True)
    if x is None and area_code is None:
        raise missing("virtualNum", "areaCode")
    extension = given.extension()
    changes = _changeable(given, HOURS)
    if {"call_back_tone", "call_back_number"} <= set(changes):
        raise CloudError(INVALID_REQUEST, "callbackTone and callbackNum exclude each other")
    _check_order(changes.get("bind_time", 0), changes.get("call_back_time", 0))
    terms = AxeTerms(
        a=a,
        x=x,
        area_code=None if x else area_code,
        area_match=area_match,
        extension=extension,
        **changes,
    )
    store, now = request.cloud.store, request.cloud.clock.now()
    made = store.write(lambda db: store.axe.bind(db, request.app, terms, now))
    return Answer(wire_modes.axe_bound(made))


def unbind(request: CloudRequest) -> Answer:
    """DeleteAXEBinding."""
    selectors = _selectors(request, request.query_parameters(), query=True)
    store, now = request.cloud.store, request.cloud.clock.now()
    store.write(lambda db: store.axe.remove(db, request.app, now, **selectors))
    return Answer(wire.success())


def modify(request: CloudRequest) -> Answer:
    """ModifyAXEBinding: absent stays; of a tone and a number to call back the number counts."""
    given = request.body_parameters()
    # Everything but the range of a time without a unit is judged before the relation is known.
    _changeable(given, MINUTES)
    a = given.party("bindNum")
    selectors = _selectors(request, given, query=False)
    details = _one(request, selectors).details
    assert isinstance(details, AxeDetails)
    changes = _changeable(given, details.unit_now)
    if a is not None:
        changes["a"] = a
    store, now = request.cloud.store, request.cloud.clock.now()
    store.write(lambda db: store.axe.modify(db, request.app, changes, now, **selectors))
    return Answer(wire.success())


def query(request: CloudRequest) -> Answer:
    """QueryAXEBinding v1.0: one relation, flat."""
    found = _one(request, _selectors(request, request.query_parameters(), query=True))
    return Answer(wire.success(**wire_modes.axe_element(found)))


def query_pages(request: CloudRequest) -> Answer:
    """QueryAXEBinding v2.0: one relation, or those of an X behind a cursor."""
    given = request.query_parameters()
    x = given.well_formed("virtualNum", query=True)
    if given.text("subscriptionId", 64) is not None or x is None or given.extension() is not None:
        found = _one(request, _selectors(request, given, query=True))
        return Answer(wire_modes.axe_page([found]))
    after = given.cursor()
    limit = given.whole("limit", 1, _LARGEST_PAGE) or _PAGE
    check_own(request, x, unknown=AXE_UNKNOWN, foreign=NUMBER_FOREIGN)
    now = request.cloud.clock.now()
    page = request.cloud.store.axe.page(request.app, now, x, after, limit + 1)
    if not page and after == 0:
        raise CloudError(AXE_UNKNOWN)
    more = page[limit - 1] if len(page) > limit else None
    cursor = None
    if more is not None and more.binding.since is not None:
        cursor = f"{int(more.binding.since.timestamp() * 1000):013d}_{more.place}"
    return Answer(wire_modes.axe_page([one.binding for one in page[:limit]], cursor))


def count(request: CloudRequest) -> Answer:
    """QueryAXEBindingCount: how many relations each X carries."""
    given = request.query_parameters()
    now, axe = request.cloud.clock.now(), request.cloud.store.axe
    x = given.well_formed("number", query=True)
    if x is not None:
        check_own(request, x, unknown=NUMBER_FOREIGN, foreign=NUMBER_FOREIGN)
        return Answer(wire_modes.axe_usage(axe.usage(request.app, now, x)))
    after = given.cursor(count=True)
    limit = given.whole("limit", 1, _LARGEST_PAGE) or _PAGE
    page = axe.usage(request.app, now, None, after, limit + 1)
    cursor = str(page[limit - 1].place) if len(page) > limit else None
    return Answer(wire_modes.axe_usage(page[:limit], cursor))


def _changeable(given: Parameters, unit: str) -> dict[str, Any]:
    """Return what bind and modify have in common, by our names, absent ones left out.

    Args:
        unit: Of the times when the request names none.
    """
    unit = given.choice("timeUnit", tuple(LONGEST)) or unit
    values = {
        "display": given.choice("displayNumMode", ("0", "1")),
        "call_back_tone": given.voice("callbackTone", shortest=0),
        "call_back_number": given.callee("callbackNum"),
        "unit": given.choice("timeUnit", tuple(LONGEST)),
        "bind_time": given.whole("bindExpiredTime", 0, LONGEST[unit]),
        "call_back_time": given.whole("callbackExpiredTime", 0, LONGEST[unit]),
    }
    changes = {name: value for name, value in values.items() if value is not None}
    return {**changes, **recording_terms(given)}


def _check_order(bind_time: int, call_back_time: int) -> None:
    if 0 < bind_time < call_back_time:
        raise CloudError(INVALID_REQUEST, "bindExpiredTime is less than callbackExpiredTime")


def _selectors(request: CloudRequest, given: Parameters, *, query: bool) -> dict[str, Any]:
    """Return which relation is named: by id before X and extension, which go together."""
    subscription_id = given.text("subscriptionId", 64, shortest=0)
    if subscription_id is not None:
        return {"subscription_id": subscription_id}
    x, extension = given.well_formed("virtualNum", query=query), given.extension()
    if x is None or extension is None:
        raise missing("subscriptionId", "virtualNum with extendNum")
    check_own(request, x, unknown=AXE_UNKNOWN, foreign=NUMBER_FOREIGN)
    return {"x": x, **of_extension(extension)}


def _one(request: CloudRequest, selectors: dict[str, Any]) -> Binding:
    now = request.cloud.clock.now()
    found = request.cloud.store.axe.find(request.app, now, **selectors)
    if not found:
        raise CloudError(AXE_UNKNOWN)
    return found[0]
