"""AXB: bind, unbind, modify, query at ``/rest/caas/relationnumber/partners/v1.0``."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from appliance.api.cloud import wire
from appliance.api.cloud.params import Parameters, existing_form
from appliance.api.cloud.request import Answer, CloudRequest
from appliance.api.cloud.results import (
    INVALID_REQUEST,
    NUMBER_FOREIGN,
    RECORD_UNKNOWN,
    CloudError,
)
from appliance.api.cloud.terms import call_terms
from appliance.model.bindings import MAX_DURATION, AxbTerms

_PAGE_SIZE = 50
_PAGE_SIZES = range(10, 101)
_PAGES = range(1, 1_000_001)


def bind(request: CloudRequest) -> Answer:
    """CreateAXBBinding."""
    given = request.body_parameters()
    a, b = given.required_party("callerNum"), given.required_party("calleeNum")
    if a == b:
        raise CloudError(INVALID_REQUEST, "calleeNum is the same as callerNum")
    x = given.private_number("relationNum")
    area_code = given.area_code()
    area_match = given.area_match(needs_area_code=False)
    changes = _changeable(given)
    terms = AxbTerms(
        a=a,
        b=b,
        x=existing_form(x),
        area_code=None if x else area_code,
        area_match=area_match,
        **changes,
    )
    now = request.cloud.clock.now()
    bindings = request.cloud.store.bindings
    binding = request.cloud.store.write(lambda db: bindings.bind_axb(db, request.app, terms, now))
    return Answer(wire.axb_bound(binding))


def unbind(request: CloudRequest) -> Answer:
    """DeleteAXBBinding: one relation by its id, or every relation of an X."""
    given = request.query_parameters()
    store, now = request.cloud.store, request.cloud.clock.now()
    subscription_id = given.text("subscriptionId", 64)
    if subscription_id is not None:
        identity = subscription_id

        def remove(db: Database) -> None:
            store.bindings.expire(db, now)
            store.bindings.remove(db, request.app, identity)

        store.write(remove)
        return Answer(wire.success())
    x = _own_number(request, given)
    if x is None:
        raise CloudError(INVALID_REQUEST, "subscriptionId or relationNum is missing")
    number = x

    def remove_all(db: Database) -> int:
        store.bindings.expire(db, now)
        return store.bindings.remove_all(db, request.app, number)

    if store.write(remove_all) == 0:
        raise CloudError(RECORD_UNKNOWN)
    return Answer(wire.success())


def modify(request: CloudRequest) -> Answer:
    """ModifyAXBBinding: absent stays, a duration starts anew."""
    given = request.body_parameters()
    subscription_id = given.required("subscriptionId", 64)
    changes = _changeable(given)
    for ours, theirs in (("a", "callerNum"), ("b", "calleeNum")):
        if (party := given.party(theirs)) is not None:
            changes[ours] = party
    now = request.cloud.clock.now()
    bindings = request.cloud.store.bindings
    request.cloud.store.write(
        lambda db: bindings.modify_axb(db, request.app, subscription_id, changes, now)
    )
    return Answer(wire.success())


def query(request: CloudRequest) -> Answer:
    """QueryAXBBinding: one relation, or those of an X in pages."""
    given = request.query_parameters()
    bindings, now = request.cloud.store.bindings, request.cloud.clock.now()
    subscription_id = given.text("subscriptionId", 64)
    if subscription_id is not None:
        binding = bindings.get(request.app, subscription_id)
        if binding is None or (binding.expires is not None and binding.expires <= now):
            raise CloudError(RECORD_UNKNOWN)
        return Answer(wire.axb_list(request.app.key, [binding], 1, 1, _PAGE_SIZE))
    a, b = given.query_number("callerNum"), given.query_number("calleeNum")
    page_index, page_size = 1, _PAGE_SIZE
    if a is None and b is None:
        page_index = given.page("pageIndex", _PAGES, page_index)
        page_size = given.page("pageSize", _PAGE_SIZES, page_size)
    x = _own_number(request, given)
    if x is None:
        raise CloudError(INVALID_REQUEST, "subscriptionId or relationNum is missing")
    offset = (page_index - 1) * page_size
    total, found = bindings.find(request.app, x, a=a, b=b, offset=offset, limit=page_size, now=now)
    if total == 0:
        raise CloudError(RECORD_UNKNOWN)
    return Answer(wire.axb_list(request.app.key, found, total, page_index, page_size))


def _changeable(given: Parameters) -> dict[str, Any]:
    """Return what bind and modify have in common, by our names, absent ones left out."""
    duration = given.whole("duration", 0, MAX_DURATION)
    return {**call_terms(given), **({} if duration is None else {"duration": duration})}


def _own_number(request: CloudRequest, given: Parameters) -> str | None:
    """Return the X that a query string names, if it is the application's."""
    x = existing_form(given.query_number("relationNum"))
    if x is None:
        return None
    number = request.cloud.store.numbers.by_msisdn(x)
    if number is None:
        raise CloudError(RECORD_UNKNOWN)
    if number.app_id != request.app.app_id:
        raise CloudError(NUMBER_FOREIGN)
    return x
