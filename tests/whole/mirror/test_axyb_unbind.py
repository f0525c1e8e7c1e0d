"""DeleteAXYBBinding: requests.md §7.2."""

from __future__ import annotations

from tests.whole.mirror.modes import AXYB, UNKNOWN, delete, get, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Reply, Shop, check_accepted, check_refused


def unbind(agency: Shop, **selector: str) -> Reply:
    return delete(agency, AXYB, app_key=agency.key, **selector)


def test_a_half_by_its_y_or_its_b_and_then_all(agency: Shop, ax: Json) -> None:
    identity = ax["subscriptionId"]
    halves = {}
    for b in (person(), person(), person()):
        made = post(
            agency, f"{AXYB}?app_key={agency.key}", {"subscriptionId": identity, "origNum": b}
        )
        halves[b] = check_accepted(made)["relationNumber"]
    first, second, third = halves

    def left() -> set[str]:
        body = check_accepted(get(agency, AXYB, app_key=agency.key, subscriptionId=identity))
        return {one["numB"] for one in body["xyRelationNumList"]}

    answer = unbind(agency, subscriptionId=identity, yNum=halves[first])
    assert list(check_accepted(answer)) == ["resultcode", "resultdesc"]
    assert left() == {second, third}
    check_refused(unbind(agency, subscriptionId=identity, bNum=first), "1012007")
    check_accepted(unbind(agency, subscriptionId=identity, yNum=halves[second], bNum=third))
    assert left() == {third}  # the Y wins over the B
    check_accepted(unbind(agency, subscriptionId=identity, bNum=third))
    assert left() == {""}
    check_accepted(unbind(agency, subscriptionId=identity))
    check_refused(unbind(agency, subscriptionId=identity), "1012007")


def test_what_cannot_be(agency: Shop, ax: Json) -> None:
    identity = ax["subscriptionId"]
    check_refused(unbind(agency), "1010002")
    check_refused(unbind(agency, subscriptionId=UNKNOWN), "1012007")
    check_refused(delete(agency, AXYB, subscriptionId=identity), "1010002")
    check_refused(delete(agency, AXYB, subscriptionId=identity, app_key="nobody"), "1010003")
    check_accepted(get(agency, AXYB, app_key=agency.key, subscriptionId=identity))
