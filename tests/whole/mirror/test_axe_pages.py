"""QueryAXEBinding v2.0: requests.md §6.5."""

from __future__ import annotations

import re

import pytest

from tests.whole.mirror.modes import AXE, AXE_PAGES, check_turned_down, get
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 100])
def test_pages_hold_everything_once(mall: Shop, full: list[Json], limit: int) -> None:
    cursor, seen, pages = "0000000000000_0", [], 0
    while cursor:
        assert re.fullmatch(r"\d{13}_\d{1,20}", cursor)
        body = check_accepted(
            get(mall, AXE_PAGES, virtualNum=mall.mine[0], cursor=cursor, limit=limit)
        )
        assert len(body["extendNumList"]) <= limit
        seen += [one["subscriptionId"] for one in body["extendNumList"]]
        cursor = body.get("nextCursor", "")
        assert body.get("nextCusor", "") == cursor  # printed in both spellings
        pages += 1
    assert seen == [one["subscriptionId"] for one in full]
    assert pages == -(-9 // limit)


def test_one_relation_needs_no_cursor(mall: Shop, full: list[Json]) -> None:
    pair = {"virtualNum": mall.mine[0], "extendNum": full[2]["extendNum"]}
    flat = check_accepted(get(mall, AXE, **pair))
    alone = {key: value for key, value in flat.items() if not key.startswith("result")}
    for selector in (pair, {"subscriptionId": full[2]["subscriptionId"]}):
        body = check_accepted(get(mall, AXE_PAGES, **selector, cursor="1234567890123_99"))
        assert list(body) == ["resultcode", "resultdesc", "extendNumList"]
        assert body["extendNumList"] == [alone]


def test_what_cannot_be(mall: Shop, shop: Shop) -> None:
    for wrong in ({"cursor": "0"}, {"cursor": "1_1"}, {"limit": 0}, {"limit": 101}):
        check_refused(get(mall, AXE_PAGES, virtualNum=mall.mine[0], **wrong), "1010002")
    check_refused(get(mall, AXE_PAGES), "1010002")
    check_turned_down(get(mall, AXE_PAGES, virtualNum="+8617199999999"), "1016001")
    check_refused(get(shop, AXE_PAGES, virtualNum=mall.mine[0]), "1010040")
