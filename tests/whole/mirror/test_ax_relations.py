"""AX: bind, query, modify, temporary callee, unbind: requests.md §5."""

from __future__ import annotations

from typing import Any

import pytest

from tests.whole.mirror.modes import (
    AX,
    AX_CALLEE,
    AXE,
    UNKNOWN,
    check_turned_down,
    delete,
    get,
    post,
    put,
)
from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import AXB, Json, Shop, check_accepted, check_refused

ELEMENT = {"origNum", "privateNum", "subscriptionId", "callDirection", "turnFlag", "recordFlag"}


@pytest.fixture(scope="module")
def cab(town: Town) -> Shop:
    """An AX application with six numbers of one city and one of another."""
    made = town.shop("--sms", mode="AX")
    made.mine += [town.number(made, "--sms", "--city", "0755") for _ in range(6)]
    made.mine.append(town.number(made, "--sms", "--city", "010"))
    return made


@pytest.fixture
def bound(cab: Shop) -> Any:
    """Bind a new A on the first number; unbind it afterwards."""
    a, x = person(), cab.mine[0]
    made = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x}))
    yield {"a": a, "x": x, "id": made["subscriptionId"]}
    delete(cab, AX, privateNum=x)


def relation(cab: Shop, **selector: str) -> Json:
    """Return the only relation that a query finds."""
    (found,) = check_accepted(get(cab, AX, **selector))["privateNumList"]
    assert isinstance(found, dict)
    assert set(found) >= ELEMENT
    return found


def test_bind_answers_five_keys_in_this_order(cab: Shop) -> None:
    a, x = person(), cab.mine[1]
    body = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x}))
    assert list(body) == ["resultcode", "resultdesc", "origNum", "privateNum", "subscriptionId"]
    assert (body["origNum"], body["privateNum"]) == (a, x)
    answer = delete(cab, AX, origNum=a, privateNum=x)
    assert list(check_accepted(answer)) == ["resultcode", "resultdesc"]
    check_turned_down(delete(cab, AX, origNum=a, privateNum=x), "1011004")


def test_one_a_per_x_and_five_x_per_a(cab: Shop, bound: Any) -> None:
    check_turned_down(post(cab, AX, {"origNum": person(), "privateNum": bound["x"]}), "1011005")
    for x in cab.mine[1:5]:
        check_accepted(post(cab, AX, {"origNum": bound["a"], "privateNum": x}))
    sixth = {"origNum": bound["a"], "privateNum": cab.mine[5]}
    check_turned_down(post(cab, AX, sixth), "1011003")
    found = check_accepted(get(cab, AX, origNum=bound["a"]))["privateNumList"]
    assert {one["privateNum"] for one in found} == set(cab.mine[:5])
    for x in cab.mine[1:5]:
        check_accepted(delete(cab, AX, privateNum=x))
    check_accepted(post(cab, AX, sixth))
    check_accepted(delete(cab, AX, privateNum=cab.mine[5]))


def test_a_number_of_a_city(cab: Shop) -> None:
    there = {"privateNumType": "mobile-virtual", "areaCode": "010"}
    first = check_accepted(post(cab, AX, {"origNum": person(), **there}))
    assert first["privateNum"] == cab.mine[6]
    check_turned_down(post(cab, AX, {"origNum": person(), **there}), "1011002")
    relaxed = {"origNum": person(), **there, "areaMatchMode": "1"}
    second = check_accepted(post(cab, AX, relaxed))
    assert second["privateNum"] in cab.mine[:6]
    for made in (first, second):
        check_accepted(delete(cab, AX, subscriptionId=made["subscriptionId"]))


def test_modify_changes_what_it_names(cab: Shop, bound: Any) -> None:
    check_accepted(
        put(cab, AX, {"subscriptionId": bound["id"], "maxDuration": 7, "callDirection": "1"})
    )
    check_accepted(put(cab, AX, {"privateNum": bound["x"], "turnFlag": "off", "privateSms": False}))
    found = relation(cab, privateNum=bound["x"])
    assert (found["maxDuration"], found["callDirection"]) == (7, 1)
    assert (found["turnFlag"], found["privateSms"], found["recordFlag"]) == (
        "off",
        "false",
        "false",
    )
    other = person()
    check_accepted(put(cab, AX, {"privateNum": bound["x"], "origNum": other}))
    assert relation(cab, subscriptionId=bound["id"])["origNum"] == other
    check_refused(get(cab, AX, origNum=bound["a"]), "1012007")
    check_refused(put(cab, AX, {"subscriptionId": UNKNOWN, "maxDuration": 1}), "1012007")
    check_refused(put(cab, AX, {"privateNum": bound["x"], "maxDuration": 1441}), "1010002")


@pytest.mark.parametrize("callee", ["+864008001234", "+8695588", "+8675528000001"])
def test_the_temporary_callee_may_be_a_service_or_a_fixed_line(
    cab: Shop, bound: Any, callee: str
) -> None:
    body = {"privateNum": bound["x"], "calleeNum": callee}
    answer = put(cab, AX_CALLEE, body)
    assert list(check_accepted(answer)) == ["resultcode", "resultdesc"]
    check_accepted(put(cab, AX_CALLEE, {**body, "origNum": bound["a"], "duration": 259200}))
    for wrong in ({"duration": 0}, {"duration": 259201}, {"calleeNum": bound["a"]}):
        check_refused(put(cab, AX_CALLEE, {**body, **wrong}), "1010002")


def test_other_modes_numbers_and_keys(cab: Shop, shop: Shop, x: str, bound: Any) -> None:
    check_turned_down(post(cab, AX, {"origNum": person(), "privateNum": x}), "1011001")
    check_turned_down(post(cab, AX, {"origNum": person(), "privateNum": "17012340001"}), "1011001")
    check_refused(delete(cab, AX, privateNum=x), "1012001")
    for path in (AXB, AXE):
        check_refused(get(cab, path, subscriptionId=bound["id"]), "1010040")
    check_refused(get(shop, AX, subscriptionId=bound["id"]), "1010040")
    check_refused(put(shop, AX_CALLEE, {"privateNum": bound["x"]}), "1010040")
