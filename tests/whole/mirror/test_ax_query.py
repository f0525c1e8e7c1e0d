"""QueryAXBinding: requests.md §5.4."""

from __future__ import annotations

from tests.whole.mirror.modes import AX, AXE, UNKNOWN, check_turned_down, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import AXB, Shop, check_accepted, check_refused


def test_an_element_has_its_keys_in_their_types(cab: Shop) -> None:
    a, x = person(), cab.mine[1]
    terms = {
        "privateSms": "true",
        "callDirection": 2,
        "maxDuration": 30,
        "userData": "order-1",
        "calleeNumDisplay": "0",
    }
    made = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x, **terms}))
    body = check_accepted(get(cab, AX, subscriptionId=made["subscriptionId"]))
    assert list(body) == ["resultcode", "resultdesc", "privateNumList"]
    assert body["privateNumList"] == [
        {
            "origNum": a,
            "privateNum": x,
            "subscriptionId": made["subscriptionId"],
            "turnFlag": "on",
            "recordFlag": "false",
            **terms,
        }
    ]
    check_accepted(delete(cab, AX, privateNum=x))


def test_the_id_wins_over_a_and_a_over_x(cab: Shop, bound_ax: dict[str, str]) -> None:
    a, x = person(), cab.mine[1]
    second = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x}))["subscriptionId"]

    def found(**selector: str) -> list[str]:
        listed = check_accepted(get(cab, AX, **selector))["privateNumList"]
        return [one["subscriptionId"] for one in listed]

    assert found(subscriptionId=second, origNum=bound_ax["a"], privateNum=bound_ax["x"]) == [second]
    assert found(origNum=bound_ax["a"], privateNum=x) == [bound_ax["id"]]
    assert found(privateNum=x) == [second]
    bare = cab.send("GET", f"{AX}?privateNum={x}")  # a plus that nobody escaped
    assert check_accepted(bare)["privateNumList"][0]["origNum"] == a
    check_accepted(delete(cab, AX, privateNum=x))


def test_what_is_not_there(cab: Shop, shop: Shop, x: str, bound_ax: dict[str, str]) -> None:
    check_refused(get(cab, AX, subscriptionId=UNKNOWN), "1012007")
    check_refused(get(cab, AX, origNum=person()), "1012007")
    check_turned_down(get(cab, AX, privateNum=x), "1011001")
    check_refused(get(cab, AX), "1010002")
    for path in (AXB, AXE):
        check_refused(get(cab, path, subscriptionId=bound_ax["id"]), "1010040")
    check_refused(get(shop, AX, subscriptionId=bound_ax["id"]), "1010040")
