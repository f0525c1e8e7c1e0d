"""CreateAXYBBinding, both steps: requests.md §7.1."""

from __future__ import annotations

from typing import Any

import pytest

from tests.whole.mirror.modes import AXYB, UNKNOWN, check_turned_down, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Reply, Shop, check_accepted, check_refused

BOUND = ["resultcode", "resultdesc", "subscriptionId", "relationNumber"]


def bind(agency: Shop, **body: Any) -> Reply:
    """Either step."""
    return post(agency, f"{AXYB}?app_key={agency.key}", body)


def test_both_steps_share_one_id(agency: Shop, ax: Json) -> None:
    assert list(ax) == BOUND
    identity, b = ax["subscriptionId"], person()
    yb = check_accepted(bind(agency, subscriptionId=identity, origNum=b, areaMatchMode="1"))
    assert list(yb) == BOUND
    assert yb["subscriptionId"] == identity
    assert {ax["relationNumber"], yb["relationNumber"]} <= set(agency.mine)
    assert ax["relationNumber"] != yb["relationNumber"]


def test_a_y_serves_many_relations_and_each_a_once(agency: Shop, ax: Json) -> None:
    identity = ax["subscriptionId"]
    own = [
        check_accepted(bind(agency, subscriptionId=identity, origNum=person()))["relationNumber"]
        for _ in range(3)
    ]
    assert len(set(own)) == 3
    other = check_accepted(bind(agency, origNum=person(), areaCode="0755"))
    half = {"subscriptionId": other["subscriptionId"], "origNum": person()}
    shared = check_accepted(bind(agency, **half))["relationNumber"]
    assert shared in own
    check_refused(bind(agency, **half), "1012010")
    check_accepted(delete(agency, AXYB, app_key=agency.key, subscriptionId=half["subscriptionId"]))
    check_refused(bind(agency, **half), "1012007")


def test_five_x_for_one_a(agency: Shop) -> None:
    body = {"origNum": person(), "areaCode": "0755"}
    made = [check_accepted(bind(agency, **body)) for _ in range(5)]
    check_turned_down(bind(agency, **body), "1011003")
    for one in made:
        check_accepted(
            delete(agency, AXYB, app_key=agency.key, subscriptionId=one["subscriptionId"])
        )
    check_refused(bind(agency, **{**body, "areaCode": "0551"}), "1012008")


@pytest.mark.parametrize("seconds", [59, 7776001, -1, "1 h"])
def test_lives_are_from_a_minute_to_ninety_days(agency: Shop, ax: Json, seconds: Any) -> None:
    body = {"origNum": person(), "areaCode": "0755"}
    check_refused(bind(agency, **body, duration=seconds), "1010002")
    check_refused(bind(agency, **body, ybDuration=seconds), "1010002")
    half = {"subscriptionId": ax["subscriptionId"], "origNum": person()}
    check_refused(bind(agency, **half, ybDuration=seconds), "1010002")
    check_accepted(bind(agency, **half, ybDuration="60"))


def test_what_cannot_be(agency: Shop, shop: Shop, ax: Json) -> None:
    body: dict[str, Any] = {"origNum": person(), "areaCode": "0755"}
    half: dict[str, Any] = {"subscriptionId": ax["subscriptionId"], "origNum": person()}
    for given, wrong in (
        (body, {"origNum": None}),
        (body, {"areaCode": None}),
        (body, {"areaCode": "755"}),
        (body, {"areaMatchMode": "2"}),
        (body, {"callDirection": 3}),
        (body, {"preVoiceX": "no.wav"}),
        (body, {"userData": "{}"}),
        (half, {"origNum": None}),
        (half, {"origNum": "+8695588"}),
        (half, {"preVoiceY": "no.wav"}),
    ):
        check_refused(bind(agency, **{**given, **wrong}), "1010002")
    check_refused(bind(agency, **{**body, "recordFlag": True}), "1012012")
    check_refused(bind(agency, **{**half, "subscriptionId": UNKNOWN}), "1012007")
    check_refused(post(agency, AXYB, body), "1010002")
    check_refused(post(agency, f"{AXYB}?app_key=nobody", body), "1010003")
    check_refused(post(shop, f"{AXYB}?app_key={shop.key}", body), "1010040")
    listed = get(agency, AXYB, app_key=agency.key, subscriptionId=ax["subscriptionId"])
    assert [one["numY"] for one in check_accepted(listed)["xyRelationNumList"]] == [""]
