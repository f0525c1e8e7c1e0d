"""DeleteAXBinding: requests.md §5.2."""

from __future__ import annotations

from tests.whole.mirror.modes import AX, UNKNOWN, check_turned_down, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Shop, check_accepted, check_refused


def test_three_selectors(cab: Shop) -> None:
    x, other = cab.mine[1:3]
    for number in range(4):
        a = person()
        made = check_accepted(post(cab, AX, {"origNum": a, "privateNum": x}))
        identity = made["subscriptionId"]
        selector = (
            {"origNum": a, "privateNum": x},
            {"subscriptionId": identity},
            {"privateNum": x, "privateNumType": "mobile-virtual"},
            {"subscriptionId": identity, "origNum": person(), "privateNum": other},  # the id wins
        )[number]
        assert list(check_accepted(delete(cab, AX, **selector))) == ["resultcode", "resultdesc"]
        check_refused(get(cab, AX, subscriptionId=identity), "1012007")
        check_turned_down(delete(cab, AX, subscriptionId=identity), "1011004")


def test_an_unescaped_plus_names_the_number_too(cab: Shop) -> None:
    a, x = person(), cab.mine[1]
    check_accepted(post(cab, AX, {"origNum": a, "privateNum": x}))
    check_accepted(cab.send("DELETE", f"{AX}?origNum={a}&privateNum={x}"))


def test_what_is_not_there(cab: Shop, bound_ax: dict[str, str], x: str) -> None:
    check_turned_down(delete(cab, AX, subscriptionId=UNKNOWN), "1011004")
    check_turned_down(delete(cab, AX, privateNum=cab.mine[1]), "1011004")
    check_turned_down(delete(cab, AX, origNum=person(), privateNum=bound_ax["x"]), "1011004")
    check_refused(delete(cab, AX, privateNum=x), "1012001")  # another application's
    check_refused(delete(cab, AX), "1010002")
    check_refused(delete(cab, AX, origNum=bound_ax["a"]), "1010002")
    check_accepted(get(cab, AX, subscriptionId=bound_ax["id"]))
