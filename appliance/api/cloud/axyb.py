"""AXYB: bind in two steps, unbind, query at ``/rest/omp/xyrelationnumber/v1.0``.

The application's key comes once more in the query string.
"""

from __future__ import annotations

from appliance.api.cloud import wire, wire_modes
from appliance.api.cloud.params import Parameters
from appliance.api.cloud.request import Answer, CloudRequest
from appliance.api.cloud.results import (
    APP_KEY_INVALID,
    INVALID_REQUEST,
    NUMBER_FOREIGN,
    RECORD_UNKNOWN,
    CloudError,
)
from appliance.api.cloud.terms import check_own, missing, recording_terms
from appliance.model.bindings import MAX_DURATION
from appliance.model.bindings_axyb import DEFAULT_SECONDS, SHORTEST, AxybTerms, YbTerms


def bind(request: CloudRequest) -> Answer:
    """CreateAXYBBinding: AX, or with an AX's ``subscriptionId`` one YB of it."""
    _check_key(request, request.query_parameters())
    given = request.body_parameters()
    subscription_id = given.text("subscriptionId", 64, shortest=0)
    if subscription_id is None:
        return _bind_ax(request, given)
    return _bind_yb(request, given, subscription_id)


def unbind(request: CloudRequest) -> Answer:
    """DeleteAXYBBinding: an AX with all its YB, or one YB by its Y or its B."""
    given = request.query_parameters()
    _check_key(request, given)
    subscription_id = given.required("subscriptionId", 64)
    y, b = given.query_number("yNum"), given.query_number("bNum")
    store, app, now = request.cloud.store, request.app, request.cloud.clock.now()
    if y is None and b is None:
        store.write(lambda db: store.axyb.remove(db, app, now, subscription_id=subscription_id))
    else:
        store.write(lambda db: store.axyb.remove_yb(db, app, subscription_id, now, y=y, b=b))
    return Answer(wire.success())


def query(request: CloudRequest) -> Answer:
    """QueryAXYBBinding: by id, or all of an X."""
    given = request.query_parameters()
    _check_key(request, given)
    store, app, now = request.cloud.store, request.app, request.cloud.clock.now()
    subscription_id = given.text("subscriptionId", 64)
    if subscription_id is not None:
        found = store.axyb.find(app, now, subscription_id=subscription_id)
    else:
        x = check_own(
            request,
            given.well_formed("relationNum", query=True),
            unknown=RECORD_UNKNOWN,
            foreign=NUMBER_FOREIGN,
        )
        if x is None:
            raise missing("subscriptionId", "relationNum")
        found = store.axyb.find(app, now, x=x)
    if not found:
        raise CloudError(RECORD_UNKNOWN)
    halves = [(one, store.axyb.halves(app, now, one.subscription_id)) for one in found]
    return Answer(wire_modes.axyb_list(halves))


def _bind_ax(request: CloudRequest, given: Parameters) -> Answer:
    a = given.required_party("origNum")
    area_code = given.area_code()
    if area_code is None:
        raise missing("areaCode")
    duration = given.seconds("duration", SHORTEST, MAX_DURATION)
    terms = AxybTerms(
        a=a,
        area_code=area_code,
        area_match=given.area_match(needs_area_code=True),
        direction=given.whole("callDirection", 0, 2) or 0,
        duration=DEFAULT_SECONDS if duration is None else duration,
        yb_duration=given.seconds("ybDuration", SHORTEST, MAX_DURATION) or 0,
        pre_voice=given.voice("preVoiceX", shortest=0),
        **recording_terms(given),
    )
    store, now = request.cloud.store, request.cloud.clock.now()
    made = store.write(lambda db: store.axyb.bind(db, request.app, terms, now))
    return Answer(wire_modes.axyb_bound(made.subscription_id, made.x))


def _bind_yb(request: CloudRequest, given: Parameters, subscription_id: str) -> Answer:
    b = given.required_party("origNum")
    terms = YbTerms(
        b=b,
        area_code=given.area_code(),
        area_match=given.area_match(needs_area_code=False),  # only AX and AXE bind the two
        duration=given.seconds("ybDuration", SHORTEST, MAX_DURATION),
        pre_voice=given.voice("preVoiceY", shortest=0),
        user_data=given.user_data(),
    )
    store, app, now = request.cloud.store, request.app, request.cloud.clock.now()
    for one in store.axyb.find(app, now, subscription_id=subscription_id):
        if one.a == b:
            raise CloudError(INVALID_REQUEST, "origNum is the A of the relation")
    made = store.write(lambda db: store.axyb.bind_yb(db, app, subscription_id, terms, now))
    return Answer(wire_modes.axyb_bound(subscription_id, made.y))


def _check_key(request: CloudRequest, given: Parameters) -> None:
    if given.required("app_key", 128) != request.app.key:
        raise CloudError(APP_KEY_INVALID)
