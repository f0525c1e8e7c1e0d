"""CreateAXEBinding: requests.md §6.1."""

from __future__ import annotations

from typing import Any

from tests.whole.mirror.modes import AXE, check_turned_down, delete, post
from tests.whole.mirror.town import person
from tests.whole.mirror.wire import Json, Shop, check_accepted, check_refused

BOUND = [
    "resultcode",
    "resultdesc",
    "subscriptionId",
    "virtualNum",
    "extendNum",
    "bindExpiredTime",
    "callbackExpiredTime",
]


def test_every_extension_is_given_out_once(mall: Shop, full: list[Json]) -> None:
    assert list(full[0]) == BOUND
    assert (full[0]["bindExpiredTime"], full[0]["callbackExpiredTime"]) == (600, 0)
    assert sorted(one["extendNum"] for one in full) == list("123456789")
    body = {"virtualNum": mall.mine[0], "bindNum": person()}
    check_turned_down(post(mall, AXE, body), "1020167")
    check_turned_down(post(mall, AXE, {**body, "extendNum": "5"}), "1016002")
    elsewhere = {"bindNum": person(), "areaCode": "0755"}
    made = check_accepted(post(mall, AXE, elsewhere))
    assert made["virtualNum"] == mall.mine[1]
    check_accepted(delete(mall, AXE, virtualNum=mall.mine[1], extendNum=made["extendNum"]))
    check_refused(post(mall, AXE, {**elsewhere, "areaCode": "010"}), "1012008")


def test_what_was_asked_for_is_answered(mall: Shop) -> None:
    for given, told in (
        ({"extendNum": "7"}, ("7", 0, 0)),
        ({"extendNum": "", "callbackTone": "none.wav"}, (None, 0, 0)),
        ({"bindExpiredTime": 720, "callbackExpiredTime": "720"}, (None, 720, 720)),
        ({"timeUnit": "1", "bindExpiredTime": 43200}, (None, 43200, 0)),
        ({"timeUnit": 0, "callbackExpiredTime": 9, "displayNumMode": "0"}, (None, 0, 9)),
        ({"callbackNum": "+8675528000001", "userData": "order-1"}, (None, 0, 0)),
        ({"areaCode": "010", "areaMatchMode": "0"}, (None, 0, 0)),  # the number that is named wins
    ):
        body: Json = {"virtualNum": mall.mine[1], "bindNum": person(), **given}
        made = check_accepted(post(mall, AXE, body))
        assert list(made) == BOUND
        assert made["virtualNum"] == mall.mine[1]
        assert (made["bindExpiredTime"], made["callbackExpiredTime"]) == told[1:]
        assert made["extendNum"] in ((told[0],) if told[0] else tuple("123456789"))
        check_accepted(delete(mall, AXE, subscriptionId=made["subscriptionId"]))


def test_what_cannot_be(mall: Shop, shop: Shop, x: str) -> None:
    body: dict[str, Any] = {"virtualNum": mall.mine[1], "bindNum": person()}
    both = "callbackTone and callbackNum exclude each other"
    for wrong, detail in (
        ({"bindNum": None}, "bindNum"),
        ({"bindNum": "+864008001234"}, "bindNum"),
        ({"virtualNum": None}, "virtualNum"),
        ({"virtualNum": "17012340001"}, "virtualNum"),
        ({"areaMatchMode": "1"}, "areaCode"),
        ({"extendNum": "0"}, "extendNum"),
        ({"extendNum": "12"}, "extendNum"),
        ({"extendNum": "a"}, "extendNum"),
        ({"displayNumMode": "2"}, "displayNumMode"),
        ({"timeUnit": "2"}, "timeUnit"),
        ({"bindExpiredTime": 721}, "bindExpiredTime"),
        ({"timeUnit": "1", "bindExpiredTime": 43201}, "bindExpiredTime"),
        ({"bindExpiredTime": 1, "callbackExpiredTime": 2}, "callbackExpiredTime"),
        ({"callbackTone": "none.wav", "callbackNum": person()}, both),
        ({"callbackTone": "no.wav"}, "no.wav does not exist"),
        ({"userData": "a}"}, "userData"),
    ):
        check_refused(post(mall, AXE, {**body, **wrong}), "1010002", detail)
    check_refused(post(mall, AXE, {**body, "recordFlag": "true"}), "1012012")
    for number in (x, "+8617199999999"):
        check_refused(post(mall, AXE, {**body, "virtualNum": number}), "1012001")
    check_refused(post(shop, AXE, body), "1010040")
