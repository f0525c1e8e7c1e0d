"""The six AXE interfaces, written from the cloud's documents."""

from __future__ import annotations

import re
from typing import Any

import pytest

from appliance.model.records import Mode
from tests.api.client import Customer
from tests.api.conftest import X1, X2, X3, A, B, C, House

AXE = "/rest/caas/extendnumber/v1.0"
PAGED = "/rest/caas/extendnumber/v2.0"
COUNT = "/rest/caas/virtualnumber/v1.0"
NOTHING = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"
PLAIN = b'{"resultcode":"0","resultdesc":"Success"}'


@pytest.fixture
def mall(house: House) -> Customer:
    """An AXE application with recording, three numbers in two cities, two tones."""
    app = house.app("mall", Mode.AXE, record=True)
    for x, city in ((X1, "0755"), (X2, "010"), (X3, "010")):
        house.number(x, app, city=city)
    house.voice_files("mall", "hint.wav", "none.wav")
    return house.customer(app)


def bind(mall: Customer, **more: Any) -> Any:
    return mall.send("POST", AXE, {"bindNum": A, "virtualNum": X1, **more})


def bound(mall: Customer, **more: Any) -> dict[str, Any]:
    reply = bind(mall, **more)
    assert reply.outcome == (200, "0"), reply.octets
    assert isinstance(reply.json, dict)
    return reply.json


def one(mall: Customer, **selector: str) -> dict[str, Any]:
    reply = mall.send("GET", AXE, **selector)
    assert reply.outcome == (200, "0"), reply.octets
    assert isinstance(reply.json, dict)
    return reply.json


def test_bind_and_query_answer_in_the_documented_shape(mall: Customer) -> None:
    reply = bind(mall, extendNum="0042", bindExpiredTime=0, callbackExpiredTime=0)

    identity = reply.json["subscriptionId"]
    assert (
        reply.octets
        == (
            f'{{"resultcode":"0","resultdesc":"Success","subscriptionId":"{identity}",'
            f'"virtualNum":"{X1}","extendNum":"0042","bindExpiredTime":0,"callbackExpiredTime":0}}'
        ).encode()
    )
    flat = (
        f'"subscriptionId":"{identity}","virtualNum":"{X1}","extendNum":"0042","bindNum":"{A}",'
        '"displayNumMode":"0","recordFlag":"false","timeUnit":"0","bindExpiredTime":0,'
        '"callbackExpiredTime":0'
    )
    top = '{"resultcode":"0","resultdesc":"Success",'
    assert mall.send("GET", AXE, subscriptionId=identity).octets == f"{top}{flat}}}".encode()
    paged = mall.send("GET", PAGED, virtualNum=X1).octets
    assert paged == f'{top}"extendNumList":[{{{flat}}}]}}'.encode()
    count = mall.send("GET", COUNT, number=X1).octets
    assert count == (f'{top}"virtualNumList":[{{"virtualNum":"{X1}","bindCount":1}}]}}').encode()


def test_every_term_comes_back(mall: Customer) -> None:
    made = bound(
        mall,
        displayNumMode="1",
        recordFlag=True,
        recordHintTone="hint.wav",
        callbackTone="none.wav",
        timeUnit="1",
        bindExpiredTime="43200",
        callbackExpiredTime=30,
        userData="order=7",
    )
    assert one(mall, virtualNum=X1, extendNum=made["extendNum"]) == {
        "resultcode": "0",
        "resultdesc": "Success",
        "subscriptionId": made["subscriptionId"],
        "virtualNum": X1,
        "extendNum": "0001",
        "bindNum": A,
        "displayNumMode": "1",
        "recordFlag": "true",
        "recordHintTone": "hint.wav",
        "callbackTone": "none.wav",
        "timeUnit": "1",
        "bindExpiredTime": 43200,
        "callbackExpiredTime": 30,
        "userData": "order=7",
    }
    service = bound(mall, callbackNum="+864008001234", callbackTone="", displayNumMode=0)
    found = one(mall, subscriptionId=service["subscriptionId"])
    assert (found["callbackNum"], "callbackTone" in found) == ("+864008001234", False)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"bindNum": None}, "bindNum is missing"),
    ({"bindNum": "13912340001"}, "bindNum is invalid"),
    ({"bindNum": "+864008001234"}, "bindNum is invalid"),
    ({"virtualNum": None}, "virtualNum or areaCode is missing"),
    ({"virtualNum": "17012340001"}, "virtualNum is invalid"),
    ({"areaMatchMode": "1"}, "areaCode is missing"),
    ({"areaCode": "755"}, "areaCode is invalid"),
    ({"extendNum": "42"}, "extendNum is invalid"),
    ({"extendNum": "00042"}, "extendNum is invalid"),
    ({"extendNum": "0000"}, "extendNum is invalid"),
    ({"extendNum": "4a"}, "extendNum is invalid"),
    ({"extendNum": 1234}, "extendNum is invalid"),
    ({"displayNumMode": "2"}, "displayNumMode is invalid"),
    ({"recordFlag": "yes"}, "recordFlag is invalid"),
    ({"callbackTone": "no.wav"}, "no.wav does not exist"),
    ({"callbackTone": "none.wav", "callbackNum": B}, "callbackTone and callbackNum exclude"),
    ({"callbackNum": "110"}, "callbackNum is invalid"),
    ({"timeUnit": "2"}, "timeUnit is invalid"),
    ({"bindExpiredTime": 721}, "bindExpiredTime is invalid"),
    ({"bindExpiredTime": 43201, "timeUnit": 1}, "bindExpiredTime is invalid"),
    ({"callbackExpiredTime": -1}, "callbackExpiredTime is invalid"),
    ({"bindExpiredTime": 1, "callbackExpiredTime": 2}, "bindExpiredTime is less than"),
    ({"userData": "{}"}, "userData is invalid"),
]


def test_a_bad_parameter_of_bind_is_named(mall: Customer) -> None:
    for changes, detail in BAD:
        reply = bind(mall, **changes)
        assert reply.outcome == (403, "1010002"), changes
        assert reply.json["resultdesc"].startswith(f"Invalid request.{detail}"), changes
    assert mall.send("GET", PAGED, virtualNum=X1).outcome == (403, "1016001")


def test_extensions_are_given_out_once(house: House, mall: Customer) -> None:
    small = house.app("small", Mode.AXE, extension_digits=1)
    for last, city in ((1, "0755"), (2, "0755")):
        house.number(f"+861701234200{last}", small, city=city)
    shop, x = house.customer(small), "+8617012342001"

    assert bound(mall)["extendNum"] == "0001"
    assert bound(mall)["extendNum"] == "0002"  # the same A once more
    assert bound(mall, extendNum="9999")["extendNum"] == "9999"
    assert bound(mall, extendNum="")["extendNum"] == "0003"
    assert bind(mall, bindNum=B, extendNum="0002").outcome == (403, "1016002")
    given = [bound(shop, virtualNum=x, bindNum=B)["extendNum"] for _ in range(9)]
    assert given == [str(digit) for digit in range(1, 10)]
    assert bind(shop, virtualNum=x).outcome == (403, "1020167")
    there: dict[str, Any] = {"virtualNum": None, "areaCode": "0755"}
    assert bound(shop, **there)["virtualNum"] == "+8617012342002"
    assert bind(shop, **there, extendNum="1").outcome == (403, "1012008")
    assert bind(shop, virtualNum=None, areaCode="010").outcome == (403, "1012008")
    assert bound(shop, virtualNum=None, areaCode="010", areaMatchMode="1")["extendNum"] == "2"
    for foreign in (x, "+8617099999999"):
        assert bind(mall, virtualNum=foreign).outcome == (403, "1012001")
    assert shop.send("DELETE", AXE, virtualNum=x, extendNum="5").octets == PLAIN
    assert bound(shop, virtualNum=x)["extendNum"] == "5"
    assert bind(shop, virtualNum=x, recordFlag="true").outcome == (403, "1012012")


def test_selectors_of_query_modify_and_unbind(house: House, mall: Customer) -> None:
    first, second = bound(mall), bound(mall, virtualNum=X2)
    house.number("+8617012342000", house.app("other", Mode.AXE))
    stranger = house.customer(house.apps["other"])
    pair = {"virtualNum": X1, "extendNum": first["extendNum"]}

    both = {"subscriptionId": second["subscriptionId"], **pair}
    assert one(mall, **both)["virtualNum"] == X2
    bare = f"{AXE}?virtualNum=+{X1[1:]}&extendNum={first['extendNum']}"
    assert mall.raw("GET", bare).json["subscriptionId"] == first["subscriptionId"]
    for customer, selector, code in (
        (mall, {"subscriptionId": NOTHING}, "1016001"),
        (mall, {**pair, "extendNum": "0777"}, "1016001"),
        (mall, {**pair, "virtualNum": "+8617099999999"}, "1016001"),
        (mall, {**pair, "virtualNum": "+8617012342000"}, "1012001"),
        (stranger, {"subscriptionId": first["subscriptionId"]}, "1016001"),
        (stranger, pair, "1012001"),
        (mall, {"virtualNum": X1}, "1010002"),
        (mall, {"extendNum": first["extendNum"]}, "1010002"),
        (mall, {}, "1010002"),
    ):
        assert customer.send("GET", AXE, **selector).outcome == (403, code), selector
        assert customer.send("DELETE", AXE, **selector).outcome == (403, code), selector
        modify = customer.send("PUT", AXE, {**selector, "displayNumMode": "1"})
        assert modify.outcome == (403, code), selector
    assert mall.send("DELETE", AXE, **both).octets == PLAIN
    assert mall.send("DELETE", AXE, **both).outcome == (403, "1016001")
    assert one(mall, **pair)["subscriptionId"] == first["subscriptionId"]


def test_modify_keeps_what_is_absent_and_query_shows_the_times_of_bind(
    house: House, mall: Customer
) -> None:
    made = bound(mall, timeUnit="1", bindExpiredTime=60, callbackExpiredTime=30)
    identity = {"subscriptionId": made["subscriptionId"]}
    before = one(mall, **identity)

    def modify(**changes: Any) -> Any:
        return mall.send("PUT", AXE, {**identity, **changes})

    assert modify(callbackNum=B, callbackTone="none.wav", recordFlag="true").octets == PLAIN
    assert one(mall, **identity) == {**before, "callbackNum": B, "recordFlag": "true"}
    assert modify(callbackTone="none.wav", bindNum=C, userData="u").octets == PLAIN
    found = one(mall, **identity)
    assert (found["bindNum"], found["callbackTone"], found["userData"]) == (C, "none.wav", "u")
    assert "callbackNum" not in found
    crossed = modify(bindExpiredTime=29).json["resultdesc"]
    assert crossed == "Invalid request.bindExpiredTime is less than callbackExpiredTime"
    for bad in (
        {"bindExpiredTime": 29},
        {"callbackExpiredTime": 61},
        {"timeUnit": "0", "bindExpiredTime": 721},
        {"callbackNum": "1"},
        {"recordHintTone": "no.wav"},
        {"bindNum": "110"},
        {"displayNumMode": "x"},
    ):
        assert modify(**bad).outcome == (403, "1010002"), bad
    house.clock.advance(30 * 60)
    assert modify(timeUnit="0", bindExpiredTime=2, callbackExpiredTime=1).octets == PLAIN
    shown = one(mall, **identity)
    assert (shown["timeUnit"], shown["bindExpiredTime"]) == ("1", 60)
    house.clock.advance(2 * 3600 - 1)
    assert one(mall, **identity)["bindNum"] == C
    house.clock.advance(1)
    assert mall.send("GET", AXE, **identity).outcome == (403, "1016001")
    assert bound(mall, extendNum=made["extendNum"])["extendNum"] == made["extendNum"]


def test_pages_by_cursor(mall: Customer) -> None:
    made = [bound(mall)["extendNum"] for _ in range(5)]
    bound(mall, virtualNum=X2)

    def page(**query: Any) -> Any:
        return mall.send("GET", PAGED, virtualNum=X1, **query)

    found, cursors = [], ["0000000000000_0"]
    while True:
        reply = page(cursor=cursors[-1], limit=2)
        assert reply.outcome == (200, "0"), reply.octets
        found += [element["extendNum"] for element in reply.json["extendNumList"]]
        if "nextCursor" not in reply.json:
            break
        assert reply.json["nextCursor"] == reply.json["nextCusor"]
        assert re.fullmatch(r"\d{13}_\d{1,20}", reply.json["nextCursor"])
        cursors.append(reply.json["nextCursor"])
    assert (found, len(cursors)) == (made, 3)
    assert len(page().json["extendNumList"]) == 5
    beyond = page(cursor="9999999999999_99999999999999999999")
    assert beyond.json["extendNumList"] == []
    for single in (
        {"virtualNum": X1, "extendNum": made[2], "cursor": "nonsense"},
        {"subscriptionId": one(mall, virtualNum=X1, extendNum=made[2])["subscriptionId"]},
    ):
        (element,) = mall.send("GET", PAGED, **single).json["extendNumList"]
        assert element["extendNum"] == made[2]
    for bad in ({"cursor": "0_0"}, {"cursor": "1"}, {"limit": 0}, {"limit": 101}, {"limit": "x"}):
        assert page(**bad).outcome == (403, "1010002"), bad
    assert mall.send("GET", PAGED, virtualNum=X3).outcome == (403, "1016001")
    assert mall.send("GET", PAGED, virtualNum="+8617099999999").outcome == (403, "1016001")
    assert mall.send("GET", PAGED).outcome == (403, "1010002")


def test_counts_by_number_and_in_pages(house: House, mall: Customer) -> None:
    house.number("+8617012342000", house.app("other", Mode.AXE))
    for x, times in ((X1, 3), (X2, 1)):
        for _ in range(times):
            bound(mall, virtualNum=x, timeUnit="1", bindExpiredTime=1 if x == X2 else 0)

    def count(**query: Any) -> Any:
        return mall.send("GET", COUNT, **query)

    assert count(number=X2, cursor="x", limit="y").json["virtualNumList"] == [
        {"virtualNum": X2, "bindCount": 1}
    ]
    house.clock.advance(60)
    whole = count().json
    assert [(each["virtualNum"], each["bindCount"]) for each in whole["virtualNumList"]] == [
        (X1, 3),
        (X2, 0),
        (X3, 0),
    ]
    assert "nextCursor" not in whole
    first = count(cursor="0", limit=2).json
    rest = count(cursor=first["nextCursor"], limit=2).json
    assert [each["virtualNum"] for each in first["virtualNumList"]] == [X1, X2]
    assert [each["virtualNum"] for each in rest["virtualNumList"]] == [X3]
    assert "nextCursor" not in rest
    assert count(number="+8617012342000").outcome == (403, "1012001")
    for bad in ({"cursor": "0000000000000_0"}, {"limit": 101}, {"limit": 0}, {"number": "1"}):
        assert count(**bad).outcome == (403, "1010002"), bad
