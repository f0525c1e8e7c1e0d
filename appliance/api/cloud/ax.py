"""AX: bind, unbind, modify, query at ``/rest/provision/caas/privatenumber/v1.0``; the temporary
callee at ``/rest/caas/privatenumber/calleenumber/v1.0``."""

from __future__ import annotations

from typing import Any

from appliance.api.cloud import wire, wire_modes
from appliance.api.cloud.params import Parameters
from appliance.api.cloud.request import Answer, CloudRequest
from appliance.api.cloud.results import (
    AX_NOT_BOUND,
    AX_NUMBER_UNKNOWN,
    INVALID_REQUEST,
    NUMBER_FOREIGN,
    RECORD_UNKNOWN,
    CloudError,
)
from appliance.api.cloud.terms import call_terms, check_own, missing
from appliance.errors import Refused
from appliance.model.bindings import BINDING_UNKNOWN
from appliance.model.bindings_ax import CALLEE_DEFAULT_SECONDS, CALLEE_SECONDS, AxTerms

_NUMBER_TYPE = "mobile-virtual"


def bind(request: CloudRequest) -> Answer:
    """CreateAXBinding."""
    given = request.body_parameters()
    a = given.required_party("origNum")
    x = given.text("privateNum", 32)
    kind = given.choice("privateNumType", (_NUMBER_TYPE,))
    area_code, area_match = given.area_code(), given.area_match(needs_area_code=True)
    if x is None:
        if area_code is None:
            raise missing("privateNum", "areaCode")
        if kind is None:
            raise missing("privateNumType")
    terms = AxTerms(
        a=a,
        x=x,
        area_code=None if x else area_code,
        area_match=area_match,
        display=given.choice("calleeNumDisplay", ("0", "1")) or "0",
        **call_terms(given),
    )
    store, now = request.cloud.store, request.cloud.clock.now()
    made = store.write(lambda db: store.ax.bind(db, request.app, terms, now))
    return Answer(wire_modes.ax_bound(made))


def unbind(request: CloudRequest) -> Answer:
    """DeleteAXBinding: by id, by A and X, or by X alone."""
    given = request.query_parameters()
    selectors: dict[str, Any] = {"subscription_id": given.text("subscriptionId", 64)}
    if selectors["subscription_id"] is None:
        x = check_own(
            request,
            given.query_number("privateNum"),
            unknown=AX_NOT_BOUND,
            foreign=NUMBER_FOREIGN,
        )
        if x is None:
            raise missing("subscriptionId", "privateNum")
        selectors = {"x": x, "a": given.query_number("origNum")}
    store, now = request.cloud.store, request.cloud.clock.now()
    try:
        store.write(lambda db: store.ax.remove(db, request.app, now, **selectors))
    except Refused as refusal:
        if refusal.reason == BINDING_UNKNOWN:
            raise CloudError(AX_NOT_BOUND) from refusal
        raise
    return Answer(wire.success())


def modify(request: CloudRequest) -> Answer:
    """ModifyAXBinding: absent stays."""
    given = request.body_parameters()
    changes = call_terms(given)
    a = given.party("origNum")
    if a is not None:
        changes["a"] = a
    turned = given.choice("turnFlag", ("on", "off"))
    if turned is not None:
        changes["on"] = turned == "on"
    selectors = _selectors(request, given)
    store, now = request.cloud.store, request.cloud.clock.now()
    store.write(lambda db: store.ax.modify(db, request.app, changes, now, **selectors))
    return Answer(wire.success())


def query(request: CloudRequest) -> Answer:
    """QueryAXBinding: by id before A before X."""
    given = request.query_parameters()
    selectors: dict[str, Any] = {"subscription_id": given.text("subscriptionId", 64)}
    if selectors["subscription_id"] is None:
        selectors = {"a": given.query_number("origNum")}
        if selectors["a"] is None:
            selectors = {"x": _own(request, given.query_number("privateNum"))}
            if selectors["x"] is None:
                raise missing("subscriptionId", "origNum", "privateNum")
    now = request.cloud.clock.now()
    found = request.cloud.store.ax.find(request.app, now, **selectors)
    if not found:
        raise CloudError(RECORD_UNKNOWN)
    return Answer(wire_modes.ax_list(found))


def set_callee(request: CloudRequest) -> Answer:
    """SetAXTemporaryCallee: whom A's calls to X reach for a while; ``origNum`` is ignored."""
    given = request.body_parameters()
    callee = given.callee("calleeNum")
    if callee is None:
        raise missing("calleeNum")
    if callee == given.text("origNum", 31, shortest=0):
        raise CloudError(INVALID_REQUEST, "calleeNum is the same as origNum")
    low, high = CALLEE_SECONDS[0], CALLEE_SECONDS[-1]
    seconds = given.whole("duration", low, high) or CALLEE_DEFAULT_SECONDS
    user_data = given.user_data()
    selectors = _selectors(request, given)
    store, now = request.cloud.store, request.cloud.clock.now()
    store.write(
        lambda db: store.ax.set_callee(
            db, request.app, callee, now, seconds=seconds, user_data=user_data, **selectors
        )
    )
    return Answer(wire.success())


def _selectors(request: CloudRequest, given: Parameters) -> dict[str, Any]:
    """Return which relation a body names: by id before X."""
    subscription_id = given.text("subscriptionId", 64, shortest=0)
    if subscription_id is not None:
        return {"subscription_id": subscription_id}
    x = _own(request, given.text("privateNum", 32))
    if x is None:
        raise missing("subscriptionId", "privateNum")
    return {"x": x}


def _own(request: CloudRequest, x: str | None) -> str | None:
    return check_own(request, x, unknown=AX_NUMBER_UNKNOWN, foreign=AX_NUMBER_UNKNOWN)
