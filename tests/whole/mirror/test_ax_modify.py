"""ModifyAXBinding: requests.md §5.3."""

from __future__ import annotations

from typing import Any

from tests.whole.mirror.modes import AX, UNKNOWN, check_turned_down, get, put
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


def relation(cab: Shop, **selector: str) -> Json:
    """Return the only relation that a query finds."""
    (found,) = check_accepted(get(cab, AX, **selector))["privateNumList"]
    assert isinstance(found, dict)
    return found


def test_what_is_named_changes_and_the_rest_stays(cab: Shop, bound_ax: dict[str, str]) -> None:
    before = relation(cab, subscriptionId=bound_ax["id"])
    one = {"subscriptionId": bound_ax["id"], "privateNum": cab.mine[1]}  # the id wins
    answer = put(cab, AX, {**one, "maxDuration": 7, "callDirection": "1", "userData": "order-9"})
    assert list(check_accepted(answer))[:2] == ["resultcode", "resultdesc"]
    told = {"maxDuration": 7, "callDirection": 1, "userData": "order-9"}
    assert relation(cab, subscriptionId=bound_ax["id"]) == before | told
    check_accepted(
        put(cab, AX, {"privateNum": bound_ax["x"], "turnFlag": "off", "privateSms": False})
    )
    told |= {"turnFlag": "off", "privateSms": "false"}
    assert relation(cab, privateNum=bound_ax["x"]) == before | told
    check_accepted(put(cab, AX, {"privateNum": bound_ax["x"], "turnFlag": "on", "maxDuration": 0}))
    assert relation(cab, privateNum=bound_ax["x"])["turnFlag"] == "on"


def test_a_new_a(cab: Shop, bound_ax: dict[str, str]) -> None:
    other = person()
    check_accepted(put(cab, AX, {"privateNum": bound_ax["x"], "origNum": other}))
    assert relation(cab, subscriptionId=bound_ax["id"])["origNum"] == other
    check_refused(get(cab, AX, origNum=bound_ax["a"]), "1012007")


def test_what_cannot_be(cab: Shop, bound_ax: dict[str, str], x: str) -> None:
    before = relation(cab, subscriptionId=bound_ax["id"])
    wrong: dict[str, Any]
    for wrong in (
        {"turnFlag": "maybe"},
        {"maxDuration": 1441},
        {"callDirection": 3},
        {"origNum": "+8695588"},
        {"recordHintTone": "no.wav"},
        {"lastMinVoice": "no.wav"},
        {"userData": "订单"},
    ):
        check_refused(put(cab, AX, {"subscriptionId": bound_ax["id"], **wrong}), "1010002")
    check_refused(put(cab, AX, {"turnFlag": "off"}), "1010002")
    check_refused(put(cab, AX, {"subscriptionId": bound_ax["id"], "recordFlag": True}), "1012012")
    check_refused(put(cab, AX, {"subscriptionId": UNKNOWN, "maxDuration": 1}), "1012007")
    check_turned_down(put(cab, AX, {"privateNum": x, "maxDuration": 1}), "1011001")
    assert relation(cab, subscriptionId=bound_ax["id"]) == before
