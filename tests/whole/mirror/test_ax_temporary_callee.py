"""SetAXTemporaryCallee: requests.md §5.5."""

from __future__ import annotations

from typing import Any

from tests.whole.mirror.modes import AX_CALLEE, UNKNOWN, check_turned_down, put
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Shop, check_accepted, check_refused


def test_it_may_be_anybody_in_the_country(cab: Shop, bound_ax: dict[str, str]) -> None:
    for callee in ("+864008001234", "+8695588", "+8675528000001", person()):
        body = {"privateNum": bound_ax["x"], "calleeNum": callee}
        answer = put(cab, AX_CALLEE, body)
        assert list(check_accepted(answer)) == ["resultcode", "resultdesc"]
        for more in (
            {"origNum": bound_ax["a"], "duration": 259200},
            {"origNum": "ignored", "duration": 1, "userData": "order-1"},
            {"subscriptionId": bound_ax["id"], "privateNum": cab.mine[5], "duration": "90"},
            {"subscriptionId": ""},
        ):
            check_accepted(put(cab, AX_CALLEE, {**body, **more}))


def test_what_cannot_be(cab: Shop, shop: Shop, bound_ax: dict[str, str]) -> None:
    body = {"privateNum": bound_ax["x"], "calleeNum": person()}
    wrong: dict[str, Any]
    for wrong in (
        {"duration": 0},
        {"duration": 259201},
        {"calleeNum": bound_ax["a"]},
        {"calleeNum": None},
        {"calleeNum": "+85291234567"},
        {"calleeNum": "+86110"},
        {"calleeNum": cab.mine[1]},
        {"privateNum": None},
        {"userData": "{}"},
        {"userData": "订单"},
    ):
        check_refused(put(cab, AX_CALLEE, {**body, **wrong}), "1010002")
    check_refused(put(cab, AX_CALLEE, {**body, "subscriptionId": UNKNOWN}), "1012007")
    check_turned_down(put(cab, AX_CALLEE, {**body, "privateNum": "+8617199999999"}), "1011001")
    check_refused(put(shop, AX_CALLEE, body), "1010040")
