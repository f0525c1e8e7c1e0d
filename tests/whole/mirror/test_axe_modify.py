"""ModifyAXEBinding: requests.md §6.4."""

from __future__ import annotations

from typing import Any

from tests.whole.mirror.modes import AXE, UNKNOWN, check_turned_down, get, put
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


def test_a_modified_life_is_not_shown_but_counts(mall: Shop, full: list[Json]) -> None:
    identity = {"subscriptionId": full[8]["subscriptionId"]}
    check_accepted(put(mall, AXE, {**identity, "bindExpiredTime": 30, "callbackNum": "+8695588"}))
    found = check_accepted(get(mall, AXE, **identity))
    assert (found["timeUnit"], found["bindExpiredTime"]) == ("1", 600)
    assert found["callbackNum"] == "+8695588"
    check_refused(put(mall, AXE, {**identity, "callbackExpiredTime": 31}), "1010002")


def test_what_is_named_changes_and_the_rest_stays(mall: Shop, bound_axe: Json) -> None:
    identity = {"subscriptionId": bound_axe["subscriptionId"]}
    pair = {"virtualNum": bound_axe["virtualNum"], "extendNum": bound_axe["extendNum"]}
    before = check_accepted(get(mall, AXE, **identity))
    answer = put(mall, AXE, {**pair, "callbackTone": "none.wav", "userData": "order-2"})
    assert list(check_accepted(answer))[:2] == ["resultcode", "resultdesc"]
    told = {"callbackTone": "none.wav", "userData": "order-2"}
    assert check_accepted(get(mall, AXE, **identity)) == before | told
    number = person()  # of a tone and a number the number counts
    check_accepted(put(mall, AXE, {**identity, "callbackTone": "none.wav", "callbackNum": number}))
    found = check_accepted(get(mall, AXE, **identity))
    assert found["callbackNum"] == number
    assert "callbackTone" not in found


def test_what_cannot_be(mall: Shop, bound_axe: Json) -> None:
    identity = {"subscriptionId": bound_axe["subscriptionId"]}
    before = check_accepted(get(mall, AXE, **identity))
    wrong: dict[str, Any]
    for wrong in (
        {"displayNumMode": "2"},
        {"timeUnit": "h"},
        {"bindExpiredTime": 721},
        {"bindExpiredTime": 1, "callbackExpiredTime": 2},
        {"callbackTone": "no.wav"},
        {"callbackNum": "12345"},
        {"userData": "订单"},
    ):
        check_refused(put(mall, AXE, {**identity, **wrong}), "1010002")
    check_refused(put(mall, AXE, {"virtualNum": mall.mine[1], "timeUnit": "1"}), "1010002")
    check_turned_down(put(mall, AXE, {"subscriptionId": UNKNOWN, "bindExpiredTime": 1}), "1016001")
    assert check_accepted(get(mall, AXE, **identity)) == before
