"""The four AXB interfaces, written from the cloud's documents."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.client import AXB, Customer
from tests.api.conftest import X1, X2, X3, A, B, C, D, House

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def bound(shop: Customer, **more: Any) -> str:
    reply = shop.bind(**{"relationNum": X1, "callerNum": A, "calleeNum": B, **more})
    assert reply.outcome == (200, "0"), reply.octets
    return str(reply.json["subscriptionId"])


def test_bind_answers_in_the_documented_shape_octet_by_octet(shop: Customer) -> None:
    reply = shop.bind(relationNum=X1, callerNum=A, calleeNum=B, duration=86400, callDirection=0)

    identity = reply.json["subscriptionId"]
    assert UUID.fullmatch(identity)
    assert (
        reply.octets
        == (
            f'{{"resultcode":"0","resultdesc":"Success","relationNum":"{X1}",'
            f'"subscriptionId":"{identity}"}}'
        ).encode()
    )
    assert reply.headers["content-type"] == "application/json;charset=utf-8"


def test_query_answers_in_the_documented_shape(shop: Customer) -> None:
    identity = bound(shop, duration=86400, recordFlag="false")

    reply = shop.send("GET", AXB, subscriptionId=identity)

    assert (
        reply.octets
        == (
            f'{{"resultcode":"0","resultdesc":"Success","app_key":"{shop.key}","totalCount":1,'
            '"pageIndex":1,"pageSize":50,"relationNumList":[{'
            f'"subscriptionId":"{identity}","relationNum":"{X1}","callerNum":"{A}","calleeNum":"{B}",'
            '"callDirection":0,"duration":86400,"maxDuration":0,"recordFlag":"false",'
            '"subscribeTime":"2026-03-01 08:00:00"}]}'
        ).encode()
    )


def test_every_term_comes_back_in_a_query(house: House, shop: Customer) -> None:
    house.voice_files("shop", "hint.wav", "last.wav", "a.wav", "b.wav")
    identity = bound(
        shop,
        callDirection="1",
        duration="60",
        maxDuration=5,
        recordFlag=True,
        recordHintTone="hint.wav",
        lastMinVoice="last.wav",
        privateSms="false",
        preVoice={"callerHintTone": "a.wav", "calleeHintTone": "b.wav"},
        userData="order=7;x",
    )

    (element,) = shop.send("GET", AXB, subscriptionId=identity).json["relationNumList"]
    assert element == {
        "subscriptionId": identity,
        "relationNum": X1,
        "callerNum": A,
        "calleeNum": B,
        "callDirection": 1,
        "duration": 60,
        "maxDuration": 5,
        "recordFlag": "true",
        "recordHintTone": "hint.wav",
        "privateSms": "false",
        "lastMinVoice": "last.wav",
        "preVoice": {"callerHintTone": "a.wav", "calleeHintTone": "b.wav"},
        "userData": "order=7;x",
        "subscribeTime": "2026-03-01 08:00:00",
    }


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"callerNum": None}, "callerNum is missing"),
        ({"calleeNum": None}, "calleeNum is missing"),
        ({"callerNum": "13912340001"}, "callerNum is invalid"),
        ({"callerNum": 8613912340001}, "callerNum is invalid"),
        ({"callerNum": "+85291234567"}, "callerNum is invalid"),
        ({"calleeNum": "+864008001234"}, "calleeNum is invalid"),
        ({"calleeNum": "+8695588"}, "calleeNum is invalid"),
        ({"calleeNum": A}, "calleeNum is the same as callerNum"),
        ({"callDirection": 3}, "callDirection is invalid"),
        ({"callDirection": True}, "callDirection is invalid"),
        ({"callDirection": 1.5}, "callDirection is invalid"),
        ({"duration": 7776001}, "duration is invalid"),
        ({"duration": -1}, "duration is invalid"),
        ({"duration": "1h"}, "duration is invalid"),
        ({"maxDuration": 7200}, "maxDuration is invalid"),
        ({"recordFlag": "yes"}, "recordFlag is invalid"),
        ({"privateSms": 1}, "privateSms is invalid"),
        ({"relationNum": 5}, "relationNum is invalid"),
        ({"areaCode": "755", "relationNum": None}, "areaCode is invalid"),
        ({"areaMatchMode": "2"}, "areaMatchMode is invalid"),
        ({"userData": "{json}"}, "userData is invalid"),
        ({"userData": "caret^"}, "userData is invalid"),
        ({"userData": "中文"}, "userData is invalid"),
        ({"userData": "x" * 257}, "userData is invalid"),
        ({"preVoice": "a.wav"}, "preVoice is invalid"),
        ({"recordHintTone": "../etc/passwd"}, "recordHintTone is invalid"),
        ({"recordHintTone": "goodbye.wav"}, "goodbye.wav does not exist"),
        ({"preVoice": {"callerHintTone": "no.wav"}}, "no.wav does not exist"),
    ],
)
def test_a_bad_parameter_is_named_and_changes_nothing(
    shop: Customer, change: dict[str, Any], detail: str
) -> None:
    reply = shop.bind(**{"relationNum": X1, "callerNum": A, "calleeNum": B, **change})

    assert reply.status == 403
    assert reply.json == {"resultcode": "1010002", "resultdesc": f"Invalid request.{detail}"}
    assert list(reply.json) == ["resultcode", "resultdesc"]
    assert shop.send("GET", AXB, relationNum=X1).outcome == (403, "1012007")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"relationNum": "+8617099999999"}, "1012007"),
        ({"relationNum": "+86 17012340001"}, "1012007"),
        ({"relationNum": "17012340001"}, "1012007"),
        ({"relationNum": X3}, "1012001"),
        ({"relationNum": None, "areaCode": "0551"}, "1012008"),
    ],
)
def test_an_x_that_cannot_be_had(
    house: House, shop: Customer, change: dict[str, Any], code: str
) -> None:
    house.number(X3, house.app("other"))

    reply = shop.bind(**{"relationNum": X1, "callerNum": A, "calleeNum": B, **change})

    assert reply.outcome == (403, code)


def test_nobody_is_twice_on_one_x_in_any_role(shop: Customer) -> None:
    bound(shop)

    assert shop.bind(relationNum=X1, callerNum=B, calleeNum=C).outcome == (403, "1012010")
    assert shop.bind(relationNum=X1, callerNum=A, calleeNum=B).outcome == (403, "1012010")
    assert shop.bind(relationNum=X1, callerNum=C, calleeNum=D).outcome == (200, "0")


def test_x_is_chosen_by_city_and_relation_number_wins(shop: Customer) -> None:
    by_city = shop.bind(callerNum=A, calleeNum=B, areaCode="010")
    both = shop.bind(callerNum=A, calleeNum=B, areaCode="010", relationNum=X1)
    relaxed = shop.bind(callerNum=C, calleeNum=D, areaCode="0551", areaMatchMode="1")
    free = shop.bind(callerNum=C, calleeNum=D)

    assert by_city.json["relationNum"] == X2
    assert both.json["relationNum"] == X1
    assert relaxed.outcome == (200, "0")
    assert free.outcome == (200, "0")
    assert relaxed.json["relationNum"] != free.json["relationNum"]
    assert shop.bind(callerNum=C, calleeNum=D).outcome == (403, "1012008")


def test_unbinding_by_id_by_number_and_with_both(shop: Customer) -> None:
    first, second = bound(shop), bound(shop, callerNum=C, calleeNum=D)

    both = shop.send("DELETE", AXB, subscriptionId=first, relationNum=X1)
    assert both.octets == b'{"resultcode":"0","resultdesc":"Success"}'
    assert shop.send("GET", AXB, subscriptionId=second).outcome == (200, "0")
    assert shop.send("DELETE", AXB, subscriptionId=first).outcome == (403, "1012007")
    assert shop.send("DELETE", AXB, relationNum=X1).outcome == (200, "0")
    assert shop.send("DELETE", AXB, relationNum=X1).outcome == (403, "1012007")
    assert shop.send("DELETE", AXB).outcome == (403, "1010002")


def test_a_stranger_sees_and_removes_nothing(house: House, shop: Customer) -> None:
    identity = bound(shop)
    stranger = house.customer(house.app("stranger"))

    assert stranger.send("GET", AXB, subscriptionId=identity).outcome == (403, "1012007")
    assert stranger.send("DELETE", AXB, subscriptionId=identity).outcome == (403, "1012007")
    modify = stranger.send("PUT", AXB, {"subscriptionId": identity, "duration": 5})
    assert modify.outcome == (403, "1012007")
    assert stranger.send("GET", AXB, relationNum=X1).outcome == (403, "1012001")
    assert stranger.send("DELETE", AXB, relationNum=X1).outcome == (403, "1012001")
    assert shop.send("GET", AXB, subscriptionId=identity).outcome == (200, "0")


@pytest.mark.parametrize("spelling", ["%2B8617012340001", "+8617012340001"])
def test_an_escaped_and_a_bare_plus_name_the_same_number(shop: Customer, spelling: str) -> None:
    bound(shop)

    assert shop.raw("GET", f"{AXB}?relationNum={spelling}").outcome == (200, "0")


def test_modify_keeps_what_is_absent_and_restarts_the_clock_with_a_duration(
    house: House, shop: Customer
) -> None:
    identity = bound(shop, duration=100, callDirection=1, userData="u")
    house.clock.advance(90)

    reply = shop.send("PUT", AXB, {"subscriptionId": identity, "calleeNum": C, "duration": 100})
    assert reply.octets == b'{"resultcode":"0","resultdesc":"Success"}'
    house.clock.advance(90)

    (element,) = shop.send("GET", AXB, subscriptionId=identity).json["relationNumList"]
    assert (element["calleeNum"], element["callDirection"], element["userData"]) == (C, 1, "u")
    assert element["subscribeTime"] == "2026-03-01 08:01:30"
    house.clock.advance(11)
    assert shop.send("GET", AXB, subscriptionId=identity).outcome == (403, "1012007")


def test_modify_refuses_a_party_that_is_on_the_x_already(shop: Customer) -> None:
    identity = bound(shop)
    bound(shop, callerNum=C, calleeNum=D)

    taken = shop.send("PUT", AXB, {"subscriptionId": identity, "calleeNum": D})
    assert taken.outcome == (403, "1012010")
    assert shop.send("PUT", AXB, {"calleeNum": D}).outcome == (403, "1010002")
    same = shop.send("PUT", AXB, {"subscriptionId": identity, "calleeNum": A}).json
    assert same == {
        "resultcode": "1010002",
        "resultdesc": "Invalid request.calleeNum is the same as callerNum",
    }
    unknown = shop.send("PUT", AXB, {"subscriptionId": "no-such", "calleeNum": D})
    assert unknown.outcome == (403, "1012007")


def test_query_pages_and_an_odd_size_silently_becomes_fifty(shop: Customer) -> None:
    for number in range(12):
        caller, callee = f"+86139000{number:05d}", f"+86138000{number:05d}"
        bound(shop, callerNum=caller, calleeNum=callee)

    first = shop.send("GET", AXB, relationNum=X1, pageSize=10).json
    second = shop.send("GET", AXB, relationNum=X1, pageSize=10, pageIndex=2).json
    odd = [
        shop.send("GET", AXB, relationNum=X1, pageSize=size).json["pageSize"]
        for size in (9, 101, 0, -5)
    ]

    assert (first["totalCount"], len(first["relationNumList"])) == (12, 10)
    assert (second["pageIndex"], len(second["relationNumList"])) == (2, 2)
    assert odd == [50, 50, 50, 50]
    assert shop.send("GET", AXB, relationNum=X1, pageSize="ten").outcome == (403, "1010002")
    pair = shop.send(
        "GET", AXB, relationNum=X1, callerNum="+8613900000003", pageSize=10, pageIndex=7
    ).json
    assert [e["calleeNum"] for e in pair["relationNumList"]] == ["+8613800000003"]
    assert shop.send("GET", AXB, callerNum=A).outcome == (403, "1010002")


def test_recording_and_texts_need_the_applications_switch(house: House) -> None:
    app = house.app("plain")
    house.number(X3, app)
    customer = house.customer(app)
    terms = {"relationNum": X3, "callerNum": A, "calleeNum": B}

    assert customer.bind(**terms, recordFlag="true").outcome == (403, "1012012")
    assert customer.bind(**terms, privateSms="true").outcome == (403, "1010002")
    assert customer.bind(**terms, recordFlag="false").outcome == (200, "0")


def test_a_suspended_x_takes_no_binding(house: House, shop: Customer) -> None:
    number = house.store.numbers.by_msisdn(X1)
    assert number is not None
    house.store.write(lambda db: house.store.numbers.update(db, number.number_id, status=9))

    reply = shop.bind(relationNum=X1, callerNum=A, calleeNum=B)
    assert reply.outcome == (403, "1012102")
