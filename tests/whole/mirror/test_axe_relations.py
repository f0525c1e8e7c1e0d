"""AXE: bind, query in three ways, modify, unbind: requests.md §6."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.whole.mirror.modes import (
    AXE,
    AXE_COUNT,
    AXE_PAGES,
    UNKNOWN,
    check_turned_down,
    delete,
    get,
    post,
    put,
)
from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import Shop, check_accepted, check_refused

BOUND = [
    "resultcode",
    "resultdesc",
    "subscriptionId",
    "virtualNum",
    "extendNum",
    "bindExpiredTime",
    "callbackExpiredTime",
]


@pytest.fixture(scope="module")
def mall(town: Town) -> Shop:
    """An AXE application with extensions of one digit and two numbers."""
    made = town.shop("--digits", "1", mode="AXE")
    made.mine += [town.number(made, "--city", "0755") for _ in range(2)]
    return made


@pytest.fixture(scope="module")
def full(mall: Shop) -> list[dict[str, Any]]:
    """The nine relations of the first number."""
    body = {"virtualNum": mall.mine[0], "timeUnit": "1", "bindExpiredTime": 600}
    return [check_accepted(post(mall, AXE, {**body, "bindNum": person()})) for _ in range(9)]


def test_bind_gives_every_extension_out_once(mall: Shop, full: list[dict[str, Any]]) -> None:
    assert list(full[0]) == BOUND
    assert (full[0]["bindExpiredTime"], full[0]["callbackExpiredTime"]) == (600, 0)
    assert sorted(one["extendNum"] for one in full) == list("123456789")
    body = {"virtualNum": mall.mine[0], "bindNum": person()}
    check_turned_down(post(mall, AXE, body), "1020167")
    check_turned_down(post(mall, AXE, {**body, "extendNum": "5"}), "1016002")
    for wrong in ("0", "12", "a"):
        check_refused(post(mall, AXE, {**body, "extendNum": wrong}), "1010002")
    elsewhere = {"bindNum": person(), "areaCode": "0755"}
    made = check_accepted(post(mall, AXE, elsewhere))
    assert made["virtualNum"] == mall.mine[1]
    check_accepted(delete(mall, AXE, virtualNum=mall.mine[1], extendNum=made["extendNum"]))
    check_refused(post(mall, AXE, {**elsewhere, "areaCode": "010"}), "1012008")


def test_a_relation_is_found_by_id_and_by_extension(mall: Shop, full: list[dict[str, Any]]) -> None:
    for one in full[:2]:
        by_id = check_accepted(get(mall, AXE, subscriptionId=one["subscriptionId"]))
        pair = {"virtualNum": mall.mine[0], "extendNum": one["extendNum"]}
        assert check_accepted(get(mall, AXE, **pair)) == by_id
        assert (by_id["timeUnit"], by_id["bindExpiredTime"]) == ("1", 600)
        assert by_id["extendNum"] == one["extendNum"]
        (paged,) = check_accepted(get(mall, AXE_PAGES, **pair))["extendNumList"]
        assert paged == {key: value for key, value in by_id.items() if key not in BOUND[:2]}
    check_turned_down(get(mall, AXE, subscriptionId=UNKNOWN), "1016001")
    check_turned_down(delete(mall, AXE, virtualNum=mall.mine[1], extendNum="7"), "1016001")
    check_refused(get(mall, AXE, virtualNum=mall.mine[0]), "1010002")


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 100])
def test_pages_hold_everything_once(mall: Shop, full: list[dict[str, Any]], limit: int) -> None:
    cursor, seen, pages = "0000000000000_0", [], 0
    while cursor:
        assert re.fullmatch(r"\d{13}_\d{1,20}", cursor)
        body = check_accepted(
            get(mall, AXE_PAGES, virtualNum=mall.mine[0], cursor=cursor, limit=limit)
        )
        assert len(body["extendNumList"]) <= limit
        seen += [one["subscriptionId"] for one in body["extendNumList"]]
        cursor = body.get("nextCursor", "")
        assert body.get("nextCusor", "") == cursor
        pages += 1
    assert seen == [one["subscriptionId"] for one in full]
    assert pages == -(-9 // limit)


def test_counts_per_number(mall: Shop, full: list[dict[str, Any]]) -> None:
    assert len(full) == 9
    (one,) = check_accepted(get(mall, AXE_COUNT, number=mall.mine[0]))["virtualNumList"]
    assert (one["virtualNum"], one["bindCount"]) == (mall.mine[0], 9)
    first = check_accepted(get(mall, AXE_COUNT, cursor="0", limit=1))
    rest = check_accepted(get(mall, AXE_COUNT, cursor=first["nextCursor"], limit=1))
    assert "nextCursor" not in rest
    found = first["virtualNumList"] + rest["virtualNumList"]
    assert {each["virtualNum"]: each["bindCount"] for each in found} == {
        mall.mine[0]: 9,
        mall.mine[1]: 0,
    }
    for wrong in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}):
        check_refused(get(mall, AXE_COUNT, **wrong), "1010002")


def test_a_modified_life_is_not_shown_but_counts(mall: Shop, full: list[dict[str, Any]]) -> None:
    one = full[8]
    identity = {"subscriptionId": one["subscriptionId"]}
    check_accepted(put(mall, AXE, {**identity, "bindExpiredTime": 30, "callbackNum": "+8695588"}))
    found = check_accepted(get(mall, AXE, **identity))
    assert (found["timeUnit"], found["bindExpiredTime"]) == ("1", 600)
    assert found["callbackNum"] == "+8695588"
    check_refused(put(mall, AXE, {**identity, "callbackExpiredTime": 31}), "1010002")
    check_turned_down(put(mall, AXE, {"subscriptionId": UNKNOWN, "bindExpiredTime": 1}), "1016001")
