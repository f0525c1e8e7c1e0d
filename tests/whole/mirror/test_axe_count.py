"""QueryAXEBindingCount: requests.md §6.6."""

from __future__ import annotations

from tests.whole.mirror.modes import AXE_COUNT, get
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


def test_one_number_or_all_in_pages(mall: Shop, full: list[Json]) -> None:
    x, other = mall.mine
    body = check_accepted(get(mall, AXE_COUNT, number=x, cursor="77", limit=1))  # both ignored
    (one,) = body["virtualNumList"]
    assert (one["virtualNum"], one["bindCount"]) == (x, len(full))
    first = check_accepted(get(mall, AXE_COUNT, cursor="0", limit=1))
    rest = check_accepted(get(mall, AXE_COUNT, cursor=first["nextCursor"], limit=1))
    assert first["nextCursor"].isdigit()
    assert "nextCursor" not in rest
    found = first["virtualNumList"] + rest["virtualNumList"]
    assert {each["virtualNum"]: each["bindCount"] for each in found} == {x: 9, other: 0}
    assert check_accepted(get(mall, AXE_COUNT))["virtualNumList"] == found


def test_what_cannot_be(mall: Shop, shop: Shop, x: str) -> None:
    for wrong in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"number": "17012340001"}):
        check_refused(get(mall, AXE_COUNT, **wrong), "1010002")
    check_refused(get(mall, AXE_COUNT, number=x), "1012001")
    check_refused(get(shop, AXE_COUNT), "1010040")
