"""QueryAXEBinding v1.0: requests.md §6.3."""

from __future__ import annotations

from tests.whole.mirror.modes import AXE, UNKNOWN, check_turned_down, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


def test_the_answer_is_flat_and_has_its_order(mall: Shop) -> None:
    terms = {
        "displayNumMode": "0",
        "recordFlag": "false",
        "callbackTone": "none.wav",
        "timeUnit": "1",
        "bindExpiredTime": 60,
        "callbackExpiredTime": 30,
        "userData": "order-3",
    }
    body = {"virtualNum": mall.mine[1], "bindNum": person(), **terms}
    made = check_accepted(post(mall, AXE, body))
    found = check_accepted(get(mall, AXE, subscriptionId=made["subscriptionId"]))
    assert list(found.items()) == [
        ("resultcode", "0"),
        ("resultdesc", "Success"),
        ("subscriptionId", made["subscriptionId"]),
        ("virtualNum", mall.mine[1]),
        ("extendNum", made["extendNum"]),
        ("bindNum", body["bindNum"]),
        *terms.items(),
    ]
    check_accepted(delete(mall, AXE, subscriptionId=made["subscriptionId"]))


def test_a_relation_is_found_by_id_and_by_extension(mall: Shop, full: list[Json]) -> None:
    for one in full[:2]:
        by_id = check_accepted(get(mall, AXE, subscriptionId=one["subscriptionId"]))
        pair = {"virtualNum": mall.mine[0], "extendNum": one["extendNum"]}
        for selector in (pair, {**pair, "subscriptionId": ""}):
            assert check_accepted(get(mall, AXE, **selector)) == by_id
        assert (by_id["timeUnit"], by_id["bindExpiredTime"]) == ("1", 600)
    other = {"virtualNum": mall.mine[0], "extendNum": full[1]["extendNum"]}
    won = check_accepted(get(mall, AXE, subscriptionId=full[0]["subscriptionId"], **other))
    assert won["extendNum"] == full[0]["extendNum"]


def test_what_is_not_there(mall: Shop, full: list[Json]) -> None:
    assert full
    check_turned_down(get(mall, AXE, subscriptionId=UNKNOWN), "1016001")
    for selector in ({}, {"virtualNum": mall.mine[0]}, {"extendNum": "1"}):
        check_refused(get(mall, AXE, **selector), "1010002")
