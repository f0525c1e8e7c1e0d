"""QueryAXBBinding: requests.md §4.4."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import AXB, Shop, check_accepted, check_refused

UNKNOWN = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"
TOP = [
    "resultcode",
    "resultdesc",
    "app_key",
    "totalCount",
    "pageIndex",
    "pageSize",
    "relationNumList",
]
ELEMENT = [
    "subscriptionId",
    "relationNum",
    "callerNum",
    "calleeNum",
    "callDirection",
    "duration",
    "maxDuration",
    "recordFlag",
]


@pytest.fixture(scope="module")
def many(town: Town, shop: Shop) -> tuple[str, list[dict[str, Any]]]:
    """An X with 23 relations, and what the binds were told, in their order."""
    number = town.number(shop)
    made = []
    for _ in range(23):
        body = {"relationNum": number, "callerNum": person(), "calleeNum": person()}
        made.append({**body, "id": check_accepted(shop.bind(**body))["subscriptionId"]})
    return number, made


def ids(body: dict[str, Any]) -> list[str]:
    return [one["subscriptionId"] for one in body["relationNumList"]]


def test_the_keys_and_their_order(shop: Shop, x: str, pair: tuple[str, str]) -> None:
    full = {
        "callDirection": 2,
        "duration": 86400,
        "maxDuration": 5,
        "recordFlag": "true",
        "recordHintTone": "hint.wav",
        "privateSms": "true",
        "lastMinVoice": "wait.wav",
        "preVoice": {"callerHintTone": "hint.wav", "calleeHintTone": "wait.wav"},
        "userData": "order-17",
    }
    before = datetime.now(UTC).replace(microsecond=0)
    made = check_accepted(shop.bind(relationNum=x, callerNum=pair[0], calleeNum=pair[1], **full))
    body = check_accepted(shop.query(subscriptionId=made["subscriptionId"]))
    assert list(body) == TOP
    assert body["app_key"] == shop.key
    assert (body["totalCount"], body["pageIndex"], body["pageSize"]) == (1, 1, 50)
    (one,) = body["relationNumList"]
    assert list(one)[: len(ELEMENT)] == ELEMENT
    assert list(one)[-1] == "subscribeTime"
    assert set(one) == {*ELEMENT, *full, "subscribeTime"}
    assert one["subscriptionId"] == made["subscriptionId"]
    assert {name: one[name] for name in full} == full
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", one["subscribeTime"])
    told = datetime.strptime(one["subscribeTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert before <= told <= datetime.now(UTC)


def test_without_options_there_are_only_the_plain_keys(shop: Shop, bound: dict[str, Any]) -> None:
    one = shop.relation(bound["id"])
    assert list(one) == [*ELEMENT, "subscribeTime"]
    assert one["duration"] == 0
    assert type(one["duration"]) is int


def test_all_relations_of_an_x(shop: Shop, many: tuple[str, list[dict[str, Any]]]) -> None:
    number, made = many
    body = check_accepted(shop.query(relationNum=number))
    assert (body["totalCount"], body["pageIndex"], body["pageSize"]) == (23, 1, 50)
    assert ids(body) == [one["id"] for one in made]


def test_pages(shop: Shop, many: tuple[str, list[dict[str, Any]]]) -> None:
    number, made = many
    seen: list[str] = []
    for index, length in ((1, 10), (2, 10), (3, 3)):
        body = check_accepted(shop.query(relationNum=number, pageIndex=index, pageSize=10))
        assert (body["totalCount"], body["pageIndex"], body["pageSize"]) == (23, index, 10)
        assert len(body["relationNumList"]) == length
        seen += ids(body)
    assert seen == [one["id"] for one in made]


@pytest.mark.parametrize(("given", "used"), [(10, 10), (11, 11), (100, 100)])
def test_page_sizes_within_their_range(
    shop: Shop, many: tuple[str, list[dict[str, Any]]], given: int, used: int
) -> None:
    body = check_accepted(shop.query(relationNum=many[0], pageSize=given))
    assert body["pageSize"] == used
    assert len(body["relationNumList"]) == min(23, used)


@pytest.mark.parametrize(
    "given", [0, 1, 9, 101, -10, 1000, 10**11, 10**12, 10**13, 10**18, 2**63, 2**64, 10**100]
)
def test_a_page_size_out_of_range_is_silently_50(
    shop: Shop, many: tuple[str, list[dict[str, Any]]], given: int
) -> None:
    body = check_accepted(shop.query(relationNum=many[0], pageSize=given))
    assert body["pageSize"] == 50
    assert len(body["relationNumList"]) == 23


def test_the_page_index_is_1_by_default(shop: Shop, many: tuple[str, list[dict[str, Any]]]) -> None:
    body = check_accepted(shop.query(relationNum=many[0], pageSize=10))
    assert body["pageIndex"] == 1
    assert len(body["relationNumList"]) == 10
    empty = check_accepted(
        shop.send("GET", f"{AXB}?relationNum=%2B{many[0][1:]}&pageIndex=&pageSize=")
    )
    assert (empty["pageIndex"], empty["pageSize"]) == (1, 50)


@pytest.mark.parametrize("given", ["x", "1.5", "ten", "+1", "１０", "0x10", "1e1", "[10]"])
@pytest.mark.parametrize("name", ["pageIndex", "pageSize"])
def test_a_page_that_is_no_integer(
    shop: Shop, many: tuple[str, list[dict[str, Any]]], name: str, given: str
) -> None:
    check_refused(shop.query(relationNum=many[0], **{name: given}), "1010002", name)


def test_paging_is_ignored_beside_an_id_or_a_party(
    shop: Shop, many: tuple[str, list[dict[str, Any]]]
) -> None:
    number, made = many
    for selector in (
        {"subscriptionId": made[3]["id"]},
        {"relationNum": number, "callerNum": made[3]["callerNum"]},
        {"relationNum": number, "calleeNum": made[3]["calleeNum"]},
    ):
        for page in ({"pageIndex": 3, "pageSize": 10}, {"pageIndex": "x", "pageSize": "y"}):
            body = check_accepted(shop.query(**selector, **page))
            assert ids(body) == [made[3]["id"]]
            assert body["totalCount"] == 1


def test_parties_narrow_by_their_role(shop: Shop, many: tuple[str, list[dict[str, Any]]]) -> None:
    number, made = many
    a, b = made[5]["callerNum"], made[5]["calleeNum"]
    assert ids(check_accepted(shop.query(relationNum=number, callerNum=a))) == [made[5]["id"]]
    assert ids(check_accepted(shop.query(relationNum=number, calleeNum=b))) == [made[5]["id"]]
    both = shop.query(relationNum=number, callerNum=a, calleeNum=b)
    assert ids(check_accepted(both)) == [made[5]["id"]]
    check_refused(shop.query(relationNum=number, callerNum=b), "1012007")
    check_refused(shop.query(relationNum=number, calleeNum=a), "1012007")
    other = made[6]["calleeNum"]
    check_refused(shop.query(relationNum=number, callerNum=a, calleeNum=other), "1012007")
    check_refused(shop.query(relationNum=number, callerNum=person()), "1012007")


def test_parties_alone_select_nothing(shop: Shop, bound: dict[str, Any]) -> None:
    check_refused(shop.query(callerNum=bound["a"]), "1010002")
    check_refused(shop.query(callerNum=bound["a"], calleeNum=bound["b"]), "1010002")
    check_refused(shop.send("GET", AXB), "1010002")
    check_refused(shop.send("GET", AXB + "?"), "1010002")


@pytest.mark.parametrize(
    "beside",
    [
        {"relationNum": "+8617199999999"},
        {"relationNum": "x"},
        {"callerNum": "+8613900000000", "calleeNum": "+8613900000001"},
        {"relationNum": "+" + "1" * 100, "callerNum": "y" * 500},
    ],
)
def test_an_id_wins_over_everything_else(
    shop: Shop, bound: dict[str, Any], beside: dict[str, str]
) -> None:
    assert ids(check_accepted(shop.query(subscriptionId=bound["id"], **beside))) == [bound["id"]]


def test_an_unknown_id_wins_too(shop: Shop, x: str, bound: dict[str, Any]) -> None:
    check_refused(shop.query(subscriptionId=UNKNOWN, relationNum=x), "1012007")
    check_refused(shop.query(subscriptionId="a" * 65, relationNum=x), "1010002")


def test_nothing_found_is_an_error(town: Town, shop: Shop, bare: Shop) -> None:
    check_refused(shop.query(relationNum=town.number(shop)), "1012007")
    check_refused(shop.query(relationNum="+8617199999999"), "1012007")
    check_refused(shop.query(relationNum=bare.mine[0]), "1012001")


def test_a_relation_of_another(bare: Shop, bound: dict[str, Any]) -> None:
    check_refused(bare.query(subscriptionId=bound["id"]), "1012007")


def test_a_bare_plus_is_understood(shop: Shop, many: tuple[str, list[dict[str, Any]]]) -> None:
    number, made = many
    bare = f"{AXB}?relationNum={number}&callerNum={made[0]['callerNum']}"
    assert ids(check_accepted(shop.send("GET", bare))) == [made[0]["id"]]


@pytest.mark.parametrize(
    "tail", ["&relationNum={x}", "&pageSize=10&pageSize=20", "&callerNum=a&callerNum=b"]
)
def test_a_key_that_is_there_twice(
    shop: Shop, x: str, bound: dict[str, Any], unchanged: Callable[[], None], tail: str
) -> None:
    number = "%2B" + x[1:]
    check_refused(
        shop.send("GET", f"{AXB}?relationNum={number}" + tail.format(x=number)), "1010002"
    )


def test_an_unknown_key_changes_nothing(shop: Shop, bound: dict[str, Any]) -> None:
    body = check_accepted(shop.query(subscriptionId=bound["id"], verbose="1", _="17"))
    assert ids(body) == [bound["id"]]


def test_what_is_over_is_not_counted(town: Town, shop: Shop) -> None:
    number = town.number(shop)
    stays = {"relationNum": number, "callerNum": person(), "calleeNum": person()}
    kept = check_accepted(shop.bind(**stays))["subscriptionId"]
    goes = {"relationNum": number, "callerNum": person(), "calleeNum": person(), "duration": 1}
    over = check_accepted(shop.bind(**goes))["subscriptionId"]
    assert shop.query(relationNum=number).json["totalCount"] == 2
    while shop.query(subscriptionId=over).code == "0":
        pass
    body = check_accepted(shop.query(relationNum=number))
    assert ids(body) == [kept]
    assert body["totalCount"] == 1
    check_refused(shop.query(relationNum=number, callerNum=goes["callerNum"]), "1012007")


def test_a_body_of_a_get_does_not_count(shop: Shop, bound: dict[str, Any]) -> None:
    check_refused(shop.send("GET", AXB, {"subscriptionId": bound["id"]}), "1010002")
