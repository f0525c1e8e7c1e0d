"""AXYB: two steps of binding, query, unbinding of a half and of the whole: requests.md §7."""

from __future__ import annotations

from typing import Any

import pytest

from tests.whole.mirror.modes import AXYB, UNKNOWN, check_turned_down, delete, get, post
from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import Json, Reply, Shop, check_accepted, check_refused

ELEMENT = [
    "bindId",
    "numA",
    "numX",
    "numY",
    "numB",
    "recordFlag",
    "subscribeTime",
    "callDirection",
    "duration",
    "ybDuration",
    "preVoiceX",
    "preVoiceY",
    "userData",
]


@pytest.fixture(scope="module")
def agency(town: Town) -> Shop:
    """An AXYB application with nine numbers of one city."""
    made = town.shop(mode="AXYB")
    made.mine += [town.number(made, "--city", "0755") for _ in range(9)]
    return made


def bind(agency: Shop, **body: Any) -> Reply:
    """Either step."""
    return post(agency, f"{AXYB}?app_key={agency.key}", body)


def elements(agency: Shop, **selector: str) -> list[Json]:
    """Return what a query finds."""
    body = check_accepted(get(agency, AXYB, app_key=agency.key, **selector))
    assert list(body) == ["resultcode", "resultdesc", "xyRelationNumList"]
    return list(body["xyRelationNumList"])


@pytest.fixture
def ax(agency: Shop) -> Any:
    """The first step, undone afterwards."""
    made = check_accepted(bind(agency, origNum=person(), areaCode="0755"))
    yield made
    delete(agency, AXYB, app_key=agency.key, subscriptionId=made["subscriptionId"])


def test_both_steps_share_one_id(agency: Shop, ax: Json) -> None:
    keys = ["resultcode", "resultdesc", "subscriptionId", "relationNumber"]
    assert list(ax) == keys
    identity, b = ax["subscriptionId"], person()
    yb = check_accepted(bind(agency, subscriptionId=identity, origNum=b))
    assert list(yb) == keys
    assert yb["subscriptionId"] == identity
    assert {ax["relationNumber"], yb["relationNumber"]} <= set(agency.mine)
    assert ax["relationNumber"] != yb["relationNumber"]
    (found,) = elements(agency, subscriptionId=identity)
    assert list(found) == ELEMENT
    assert (found["numX"], found["numY"]) == (ax["relationNumber"], yb["relationNumber"])
    assert (found["numB"], found["duration"], found["ybDuration"]) == (b, "7200", "0")
    assert elements(agency, relationNum=ax["relationNumber"]) == [found]


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
    check_accepted(
        delete(agency, AXYB, app_key=agency.key, subscriptionId=half["subscriptionId"], yNum=shared)
    )
    check_accepted(bind(agency, **half))
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


def test_the_key_must_be_the_signers(agency: Shop, ax: Json) -> None:
    identity = ax["subscriptionId"]
    check_refused(get(agency, AXYB, subscriptionId=identity), "1010002")
    check_refused(get(agency, AXYB, subscriptionId=identity, app_key="nobody"), "1010003")
    check_refused(delete(agency, AXYB, subscriptionId=identity, app_key="nobody"), "1010003")
    check_refused(post(agency, AXYB, {"origNum": person(), "areaCode": "0755"}), "1010002")
    check_refused(get(agency, AXYB, app_key=agency.key, subscriptionId=UNKNOWN), "1012007")
    assert elements(agency, subscriptionId=identity)


@pytest.mark.parametrize("seconds", [59, 7776001, -1, "1 h"])
def test_lives_are_from_a_minute_to_ninety_days(agency: Shop, ax: Json, seconds: Any) -> None:
    body = {"origNum": person(), "areaCode": "0755"}
    check_refused(bind(agency, **body, duration=seconds), "1010002")
    check_refused(bind(agency, **body, ybDuration=seconds), "1010002")
    half = {"subscriptionId": ax["subscriptionId"], "origNum": person()}
    check_refused(bind(agency, **half, ybDuration=seconds), "1010002")
    check_accepted(bind(agency, **half, ybDuration="60"))
