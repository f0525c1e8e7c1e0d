"""DeleteAXEBinding: requests.md §6.2."""

from __future__ import annotations

from tests.whole.mirror.modes import AXE, UNKNOWN, check_turned_down, delete, get
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


def test_by_number_and_extension(mall: Shop, bound_axe: Json) -> None:
    pair = {"virtualNum": bound_axe["virtualNum"], "extendNum": bound_axe["extendNum"]}
    assert list(check_accepted(delete(mall, AXE, **pair))) == ["resultcode", "resultdesc"]
    check_turned_down(get(mall, AXE, subscriptionId=bound_axe["subscriptionId"]), "1016001")
    check_turned_down(delete(mall, AXE, **pair), "1016001")


def test_by_id_which_wins(mall: Shop, full: list[Json], bound_axe: Json) -> None:
    identity = bound_axe["subscriptionId"]
    other = {"virtualNum": mall.mine[0], "extendNum": full[0]["extendNum"]}
    check_accepted(delete(mall, AXE, subscriptionId=identity, **other))
    check_turned_down(get(mall, AXE, subscriptionId=identity), "1016001")
    check_accepted(get(mall, AXE, **other))


def test_one_relation_has_to_be_named(mall: Shop, full: list[Json], x: str) -> None:
    for selector in ({}, {"virtualNum": mall.mine[0]}, {"extendNum": full[0]["extendNum"]}):
        check_refused(delete(mall, AXE, **selector), "1010002")
    check_turned_down(delete(mall, AXE, subscriptionId=UNKNOWN), "1016001")
    check_refused(delete(mall, AXE, virtualNum=x, extendNum="1"), "1012001")
