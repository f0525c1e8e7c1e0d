"""The three AXYB interfaces, written from the cloud's documents."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.model.records import Mode
from tests.api.client import Customer
from tests.api.conftest import X1, X2, X3, A, B, C, D, House

AXYB = "/rest/omp/xyrelationnumber/v1.0"
NOTHING = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"
PLAIN = b'{"resultcode":"0","resultdesc":"Success"}'


@pytest.fixture
def agency(house: House) -> Customer:
    """An AXYB application with recording, three numbers in two cities, three tones."""
    app = house.app("agency", Mode.AXYB, record=True)
    for x, city in ((X1, "0755"), (X2, "0755"), (X3, "010")):
        house.number(x, app, city=city)
    house.voice_files("agency", "hint.wav", "x.wav", "y.wav")
    return house.customer(app)


def bind(agency: Customer, **body: Any) -> Any:
    given = {"origNum": A, "areaCode": "0755", **body}
    return agency.send("POST", f"{AXYB}?app_key={agency.key}", given)


def bind_yb(agency: Customer, identity: str, **body: Any) -> Any:
    given = {"subscriptionId": identity, "origNum": B, **body}
    return agency.send("POST", f"{AXYB}?app_key={agency.key}", given)


def bound(agency: Customer, **body: Any) -> str:
    reply = bind(agency, **body)
    assert reply.outcome == (200, "0"), reply.octets
    return str(reply.json["subscriptionId"])


def query(agency: Customer, **selector: str) -> Any:
    return agency.send("GET", AXYB, app_key=agency.key, **selector)


def elements(agency: Customer, identity: str) -> list[dict[str, Any]]:
    reply = query(agency, subscriptionId=identity)
    assert reply.outcome == (200, "0"), reply.octets
    return list(reply.json["xyRelationNumList"])


def unbind(agency: Customer, **selector: str) -> Any:
    return agency.send("DELETE", AXYB, app_key=agency.key, **selector)


def test_two_steps_in_the_documented_shape(house: House, agency: Customer) -> None:
    reply = bind(agency)
    identity, x = reply.json["subscriptionId"], reply.json["relationNumber"]
    assert (
        reply.octets
        == (
            f'{{"resultcode":"0","resultdesc":"Success","subscriptionId":"{identity}",'
            f'"relationNumber":"{X1}"}}'
        ).encode()
    )
    assert (
        query(agency, subscriptionId=identity).octets
        == (
            '{"resultcode":"0","resultdesc":"Success","xyRelationNumList":[{'
            f'"bindId":"{identity}","numA":"{A}","numX":"{X1}","numY":"","numB":"",'
            '"recordFlag":"false","subscribeTime":"2026-03-01 08:00:00","callDirection":0,'
            '"duration":"7200","ybDuration":"0","preVoiceX":"","preVoiceY":"","userData":""}]}'
        ).encode()
    )
    house.clock.advance(5)
    second = bind_yb(agency, identity)
    assert second.json == {
        "resultcode": "0",
        "resultdesc": "Success",
        "subscriptionId": identity,
        "relationNumber": X2,
    }
    (element,) = elements(agency, identity)
    assert element["bindId"] == identity
    assert (element["numA"], element["numX"], element["numY"], element["numB"]) == (A, x, X2, B)
    assert element["subscribeTime"] == "2026-03-01 08:00:05"
    assert query(agency, relationNum=x).json["xyRelationNumList"] == [element]


def test_every_term_comes_back(agency: Customer) -> None:
    identity = bound(
        agency,
        areaMatchMode="0",
        callDirection="1",
        duration="7776000",
        ybDuration=600,
        recordFlag=True,
        recordHintTone="hint.wav",
        preVoiceX="x.wav",
        userData="order=7",
    )
    assert (
        bind_yb(
            agency,
            identity,
            areaCode="010",
            ybDuration="60",
            preVoiceY="y.wav",
            userData="order=7.1",
        ).json["relationNumber"]
        == X3
    )
    assert bind_yb(agency, identity, origNum=C).json["relationNumber"] == X2
    first, second = elements(agency, identity)
    assert first == {
        "bindId": identity,
        "numA": A,
        "numX": X1,
        "numY": X3,
        "numB": B,
        "recordFlag": "true",
        "recordHintTone": "hint.wav",
        "subscribeTime": "2026-03-01 08:00:00",
        "callDirection": 1,
        "duration": "7776000",
        "ybDuration": "60",
        "preVoiceX": "x.wav",
        "preVoiceY": "y.wav",
        "userData": "order=7.1",
    }
    assert (second["ybDuration"], second["preVoiceY"], second["userData"]) == (
        "600",
        "",
        "order=7",
    )


BAD_AX: list[tuple[dict[str, Any], str]] = [
    ({"origNum": None}, "origNum is missing"),
    ({"origNum": "13912340001"}, "origNum is invalid"),
    ({"areaCode": None}, "areaCode is missing"),
    ({"areaCode": "755"}, "areaCode is invalid"),
    ({"areaMatchMode": "2"}, "areaMatchMode is invalid"),
    ({"callDirection": 3}, "callDirection is invalid"),
    ({"duration": 59}, "duration is invalid"),
    ({"duration": "7776001"}, "duration is invalid"),
    ({"ybDuration": 1}, "ybDuration is invalid"),
    ({"recordFlag": "y"}, "recordFlag is invalid"),
    ({"preVoiceX": "no.wav"}, "no.wav does not exist"),
    ({"userData": "{}"}, "userData is invalid"),
]
BAD_YB: list[tuple[dict[str, Any], str]] = [
    ({"origNum": None}, "origNum is missing"),
    ({"origNum": "+864008001234"}, "origNum is invalid"),
    ({"origNum": A}, "origNum is the A of the relation"),
    ({"areaCode": "755"}, "areaCode is invalid"),
    ({"ybDuration": 59}, "ybDuration is invalid"),
    ({"preVoiceY": "no.wav"}, "no.wav does not exist"),
    ({"userData": "^"}, "userData is invalid"),
]


def test_a_bad_parameter_of_either_step_is_named(agency: Customer) -> None:
    for changes, detail in BAD_AX:
        reply = bind(agency, **changes)
        assert reply.json["resultdesc"] == f"Invalid request.{detail}", changes
        assert reply.outcome == (403, "1010002")
    identity = bound(agency)
    for changes, detail in BAD_YB:
        reply = bind_yb(agency, identity, **changes)
        assert reply.json["resultdesc"] == f"Invalid request.{detail}", changes
        assert reply.outcome == (403, "1010002")
    assert [element["numY"] for element in elements(agency, identity)] == [""]


def test_the_key_has_to_come_once_more(house: House, agency: Customer) -> None:
    identity = bound(agency)
    other = house.app("other", Mode.AXYB)
    body = {"origNum": A, "areaCode": "0755"}

    for key, code in ((None, "1010002"), (other.key, "1010003"), ("nobody", "1010003")):
        more = {} if key is None else {"app_key": key}
        target = AXYB if key is None else f"{AXYB}?app_key={key}"
        assert agency.send("POST", target, body).outcome == (403, code)
        assert agency.send("GET", AXYB, subscriptionId=identity, **more).outcome == (403, code)
        assert agency.send("DELETE", AXYB, subscriptionId=identity, **more).outcome == (403, code)
    stranger = house.customer(other)
    assert query(stranger, subscriptionId=identity).outcome == (403, "1012007")
    assert query(stranger, relationNum=X1).outcome == (403, "1012001")
    assert unbind(stranger, subscriptionId=identity).outcome == (403, "1012007")
    assert bind_yb(stranger, identity).outcome == (403, "1012007")


def test_numbers_are_x_or_y_and_run_out(house: House, agency: Customer) -> None:
    first = bound(agency)
    assert bind_yb(agency, first).json["relationNumber"] == X2
    assert bind_yb(agency, first).outcome == (403, "1012010")  # B has its Y
    assert bind(agency, origNum=C).outcome == (403, "1012008")  # 0755: one X, one Y
    second = bound(agency, origNum=C, areaMatchMode="1")
    assert query(agency, relationNum=X3).json["xyRelationNumList"][0]["numA"] == C
    # One Y serves many A. How its city is matched may be said where no city is.
    assert bind_yb(agency, second, areaMatchMode="1").json["relationNumber"] == X2
    assert bind_yb(agency, first, origNum=D).outcome == (403, "1012008")  # … and each A once
    assert bind_yb(agency, second, origNum=D, areaCode="010").outcome == (403, "1012008")
    for last in range(10, 16):
        house.number(f"+86170123410{last}", house.apps["agency"], city="020")
    for _ in range(4):
        bound(agency, areaCode="020")
    assert bind(agency, areaCode="020").outcome == (403, "1011003")
    house.app("bare", Mode.AXYB)
    bare = house.customer(house.apps["bare"])
    assert bind(bare, recordFlag="true").outcome == (403, "1012012")
    assert bind(bare).outcome == (403, "1012008")


def test_unbinding_one_half_and_everything(agency: Customer) -> None:
    identity = bound(agency)
    y = bind_yb(agency, identity).json["relationNumber"]
    other = bind_yb(agency, identity, origNum=C).json["relationNumber"]
    assert {y, other} == {X2, X3}

    wins = unbind(agency, subscriptionId=identity, yNum=y, bNum=C)
    assert wins.octets == PLAIN
    assert [each["numB"] for each in elements(agency, identity)] == [C]
    for gone in ({"yNum": y}, {"bNum": B}, {"yNum": "+8617099999999"}):
        assert unbind(agency, subscriptionId=identity, **gone).outcome == (403, "1012007")
    target = f"{AXYB}?app_key={agency.key}&subscriptionId={identity}&bNum=+{C[1:]}"
    assert agency.raw("DELETE", target).octets == PLAIN
    bind_yb(agency, identity)
    assert unbind(agency, subscriptionId=identity).octets == PLAIN
    for selector in ({"subscriptionId": identity}, {"relationNum": X1}):
        assert query(agency, **selector).outcome == (403, "1012007")
    assert query(agency, relationNum="+8617099999999").outcome == (403, "1012007")
    assert unbind(agency, subscriptionId=identity).outcome == (403, "1012007")
    for nothing in ({}, {"yNum": y}):
        assert unbind(agency, **nothing).outcome == (403, "1010002")
    assert query(agency).outcome == (403, "1010002")
    assert bind_yb(agency, NOTHING).outcome == (403, "1012007")


def test_each_half_has_a_life_and_none_outlives_the_whole(house: House, agency: Customer) -> None:
    identity = bound(agency, duration=120, ybDuration=600)
    bind_yb(agency, identity)
    bind_yb(agency, identity, origNum=C, ybDuration=60)
    assert [each["ybDuration"] for each in elements(agency, identity)] == ["120", "60"]
    house.clock.advance(60)
    assert [each["numB"] for each in elements(agency, identity)] == [B]
    assert bind_yb(agency, identity, origNum=C).outcome == (200, "0")
    house.clock.advance(60)
    assert query(agency, subscriptionId=identity).outcome == (403, "1012007")
    assert bind_yb(agency, identity, origNum=D).outcome == (403, "1012007")
    endless = bound(agency, duration=0)
    bind_yb(agency, endless)
    house.clock.advance(10**8)
    assert [each["numB"] for each in elements(agency, endless)] == [B]


def test_a_first_call_is_given_a_y_that_the_query_shows(house: House, agency: Customer) -> None:
    identity = bound(agency, ybDuration=60)
    app, store = house.apps["agency"], house.store
    now = house.clock.now()
    made = store.write(lambda db: store.axyb.allocate_y(db, app, identity, B, now))
    again = store.write(lambda db: store.axyb.allocate_y(db, app, identity, B, now))
    assert made == again
    assert made.automatic
    (element,) = elements(agency, identity)
    assert (element["bindId"], element["numY"], element["numB"]) == (identity, X2, B)
    assert element["ybDuration"] == "60"
