"""DeleteAXBBinding: requests.md §4.2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import AXB, Shop, check_accepted, check_refused, query_of

UNKNOWN = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"


@pytest.fixture
def crowd(town: Town, shop: Shop) -> Iterator[tuple[str, list[str]]]:
    """An X of its own with three relations: the X and their ids."""
    number = town.number(shop)
    ids = [
        check_accepted(shop.bind(relationNum=number, callerNum=person(), calleeNum=person()))[
            "subscriptionId"
        ]
        for _ in range(3)
    ]
    return number, ids


def ids_on(shop: Shop, number: str) -> list[str]:
    return [one["subscriptionId"] for one in shop.relations(number)]


def test_by_id_with_two_keys_in_the_answer(shop: Shop, bound: dict[str, Any]) -> None:
    reply = shop.unbind(subscriptionId=bound["id"])
    assert list(check_accepted(reply)) == ["resultcode", "resultdesc"]
    check_refused(shop.query(subscriptionId=bound["id"]), "1012007")


def test_a_second_time_there_is_nothing(shop: Shop, bound: dict[str, Any]) -> None:
    check_accepted(shop.unbind(subscriptionId=bound["id"]))
    check_refused(shop.unbind(subscriptionId=bound["id"]), "1012007")


def test_the_people_can_be_bound_again_at_once(shop: Shop, x: str, bound: dict[str, Any]) -> None:
    again = {"relationNum": x, "callerNum": bound["b"], "calleeNum": bound["a"]}
    check_refused(shop.bind(**again), "1012010")
    check_accepted(shop.unbind(subscriptionId=bound["id"]))
    assert check_accepted(shop.bind(**again))["subscriptionId"] != bound["id"]


def test_by_x_every_relation_of_it_goes(shop: Shop, x: str, crowd: tuple[str, list[str]]) -> None:
    others = shop.relations(x)
    check_accepted(shop.unbind(relationNum=crowd[0]))
    assert shop.relations(crowd[0]) == []
    assert shop.relations(x) == others
    check_refused(shop.unbind(relationNum=crowd[0]), "1012007")


def test_an_id_decides_over_an_x(shop: Shop, crowd: tuple[str, list[str]]) -> None:
    number, ids = crowd
    check_accepted(shop.unbind(relationNum=number, subscriptionId=ids[1]))
    assert ids_on(shop, number) == [ids[0], ids[2]]


@pytest.mark.parametrize("number", ["+8617199999999", "not a number", "+86", "+" + "1" * 60])
def test_an_id_decides_over_whatever_the_x_is(
    shop: Shop, bound: dict[str, Any], number: str
) -> None:
    check_accepted(shop.unbind(subscriptionId=bound["id"], relationNum=number))


def test_an_id_decides_over_an_x_of_another(shop: Shop, bare: Shop, bound: dict[str, Any]) -> None:
    check_accepted(shop.unbind(relationNum=bare.mine[0], subscriptionId=bound["id"]))


def test_an_unknown_id_beside_an_x_removes_nothing(
    shop: Shop, crowd: tuple[str, list[str]]
) -> None:
    number, ids = crowd
    check_refused(shop.unbind(subscriptionId=UNKNOWN, relationNum=number), "1012007")
    assert ids_on(shop, number) == ids


def test_an_x_with_a_bare_plus_is_understood(shop: Shop, crowd: tuple[str, list[str]]) -> None:
    check_accepted(shop.send("DELETE", f"{AXB}?relationNum={crowd[0]}"))
    assert shop.relations(crowd[0]) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "subscriptionId=",
        "relationNum=",
        "subscriptionId=&relationNum=",
        "callerNum=%2B8613912340001",
        "SubscriptionId=" + UNKNOWN,
        "subscriptionId",
        "&&&",
    ],
)
def test_one_of_the_two_is_required(shop: Shop, unchanged: Callable[[], None], query: str) -> None:
    check_refused(shop.send("DELETE", f"{AXB}?{query}"), "1010002")


@pytest.mark.parametrize(
    "query",
    [
        "subscriptionId=" + "a" * 65,
        "relationNum=" + "%2B" + "1" * 31,
        "relationNum=%2B86",
        f"subscriptionId={UNKNOWN}&subscriptionId={UNKNOWN}",
        "relationNum=%2B8617012340001&relationNum=%2B8617012340002",
        "subscriptionId=%FF%FE",
        "subscriptionId=%ZZ%",
        "subscriptionId=a%00b",
        "&".join(f"p{n}=1" for n in range(5000)) + "&subscriptionId=" + UNKNOWN,
    ],
)
def test_a_query_string_that_is_none(shop: Shop, unchanged: Callable[[], None], query: str) -> None:
    reply = shop.send("DELETE", f"{AXB}?{query}")
    assert reply.code in {"1010002", "1012007"}, reply
    check_refused(reply, reply.code)


def test_an_x_of_nobody_and_of_another(
    shop: Shop, bare: Shop, unchanged: Callable[[], None]
) -> None:
    check_refused(shop.unbind(relationNum="+8617199999999"), "1012007")
    check_refused(shop.unbind(relationNum=bare.mine[0]), "1012001")


def test_a_relation_of_another(shop: Shop, bare: Shop, bound: dict[str, Any]) -> None:
    check_refused(bare.unbind(subscriptionId=bound["id"]), "1012007")
    assert shop.relation(bound["id"])["callerNum"] == bound["a"]


def test_an_x_without_relations(town: Town, shop: Shop) -> None:
    check_refused(shop.unbind(relationNum=town.number(shop)), "1012007")


def test_a_relation_that_is_over_cannot_be_removed(shop: Shop, x: str) -> None:
    body = {"relationNum": x, "callerNum": person(), "calleeNum": person(), "duration": 1}
    over = check_accepted(shop.bind(**body))["subscriptionId"]
    while shop.query(subscriptionId=over).code == "0":
        pass
    check_refused(shop.unbind(subscriptionId=over), "1012007")
    check_accepted(shop.bind(**body))


def test_parameters_of_a_delete_travel_in_the_query_alone(
    shop: Shop, bound: dict[str, Any]
) -> None:
    check_refused(shop.send("DELETE", AXB, {"subscriptionId": bound["id"]}), "1010002")
    assert shop.relation(bound["id"])["calleeNum"] == bound["b"]
    target = f"{AXB}?{query_of({'subscriptionId': bound['id']})}"
    check_accepted(shop.send("DELETE", target, b'{"subscriptionId":'))


def test_ids_are_compared_as_they_stand(shop: Shop, bound: dict[str, Any]) -> None:
    check_refused(shop.unbind(subscriptionId=bound["id"][:-1]), "1012007")
    check_refused(shop.unbind(subscriptionId=bound["id"] + "0"), "1012007")
    check_refused(shop.unbind(subscriptionId="%"), "1012007")
    check_refused(shop.unbind(subscriptionId="' OR 1=1 --"), "1012007")
    assert shop.relation(bound["id"])
