"""The five AX interfaces, written from the cloud's documents."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.model.records import Mode
from tests.api.client import Customer
from tests.api.conftest import X1, X2, X3, A, B, C, House

AX = "/rest/provision/caas/privatenumber/v1.0"
CALLEE = "/rest/caas/privatenumber/calleenumber/v1.0"
NOTHING = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"
PLAIN = b'{"resultcode":"0","resultdesc":"Success"}'


@pytest.fixture
def cab(house: House) -> Customer:
    """An AX application with recording and texts, three numbers in two cities, four tones."""
    app = house.app("cab", Mode.AX, record=True, sms=True)
    for x, city in ((X1, "0755"), (X2, "010"), (X3, "020")):
        house.number(x, app, city=city, sms=True)
    house.voice_files("cab", "hint.wav", "last.wav", "a.wav", "b.wav")
    return house.customer(app)


def bind(cab: Customer, **more: Any) -> Any:
    return cab.send("POST", AX, {"origNum": A, "privateNum": X1, **more})


def bound(cab: Customer, **more: Any) -> str:
    reply = bind(cab, **more)
    assert reply.outcome == (200, "0"), reply.octets
    return str(reply.json["subscriptionId"])


def one(cab: Customer, **selector: str) -> dict[str, Any]:
    reply = cab.send("GET", AX, **selector)
    assert reply.outcome == (200, "0"), reply.octets
    (element,) = reply.json["privateNumList"]
    assert isinstance(element, dict)
    return element


def test_bind_and_query_answer_in_the_documented_shape(cab: Customer) -> None:
    reply = bind(cab)

    identity = reply.json["subscriptionId"]
    assert (
        reply.octets
        == (
            f'{{"resultcode":"0","resultdesc":"Success","origNum":"{A}","privateNum":"{X1}",'
            f'"subscriptionId":"{identity}"}}'
        ).encode()
    )
    assert (
        cab.send("GET", AX, subscriptionId=identity).octets
        == (
            '{"resultcode":"0","resultdesc":"Success","privateNumList":[{'
            f'"origNum":"{A}","privateNum":"{X1}","subscriptionId":"{identity}","callDirection":0,'
            '"turnFlag":"on","recordFlag":"false","maxDuration":0,"calleeNumDisplay":"0"}]}'
        ).encode()
    )


def test_every_term_is_set_at_bind_and_changed_by_modify(cab: Customer) -> None:
    terms = {
        "privateSms": "false",
        "callDirection": "1",
        "recordFlag": True,
        "recordHintTone": "hint.wav",
        "maxDuration": "5",
        "lastMinVoice": "last.wav",
        "preVoice": [{"callerHintTone": "a.wav"}, {"calleeHintTone": "b.wav"}],
        "userData": "order=7",
    }
    identity = bound(cab, calleeNumDisplay="1", **terms)
    expected = {
        "origNum": A,
        "privateNum": X1,
        "subscriptionId": identity,
        "privateSms": "false",
        "callDirection": 1,
        "turnFlag": "on",
        "recordFlag": "true",
        "recordHintTone": "hint.wav",
        "maxDuration": 5,
        "lastMinVoice": "last.wav",
        "preVoice": {"callerHintTone": "a.wav", "calleeHintTone": "b.wav"},
        "userData": "order=7",
        "calleeNumDisplay": "1",
    }
    assert one(cab, privateNum=X1) == expected
    assert list(one(cab, privateNum=X1)) == list(expected)

    changes = {
        "origNum": B,
        "privateSms": True,
        "callDirection": 2,
        "recordFlag": "false",
        "maxDuration": 0,
        "lastMinVoice": "",
        "turnFlag": "off",
        "userData": "order=8",
        "preVoice": {"callerHintTone": "", "calleeHintTone": "a.wav"},
    }
    for name, value in changes.items():
        selector = {"subscriptionId": identity} if name < "p" else {"privateNum": X1}
        assert cab.send("PUT", AX, {**selector, name: value}).octets == PLAIN, name
    expected |= {
        "origNum": B,
        "privateSms": "true",
        "callDirection": 2,
        "recordFlag": "false",
        "maxDuration": 0,
        "turnFlag": "off",
        "userData": "order=8",
        "preVoice": {"calleeHintTone": "a.wav"},
    }
    del expected["lastMinVoice"]
    assert one(cab, subscriptionId=identity) == expected


BAD: list[tuple[dict[str, Any], str]] = [
    ({"origNum": None}, "origNum is missing"),
    ({"origNum": "13912340001"}, "origNum is invalid"),
    ({"origNum": "+864008001234"}, "origNum is invalid"),
    ({"origNum": "+85291234567"}, "origNum is invalid"),
    ({"privateNum": None}, "privateNum or areaCode is missing"),
    ({"privateNum": None, "areaCode": "0755"}, "privateNumType is missing"),
    ({"privateNum": None, "privateNumType": "mobile-virtual"}, "privateNum or areaCode"),
    ({"privateNumType": "fixed"}, "privateNumType is invalid"),
    ({"areaMatchMode": "1"}, "areaCode is missing"),
    ({"areaMatchMode": "2", "areaCode": "0755"}, "areaMatchMode is invalid"),
    ({"areaCode": "755"}, "areaCode is invalid"),
    ({"calleeNumDisplay": "2"}, "calleeNumDisplay is invalid"),
    ({"callDirection": 3}, "callDirection is invalid"),
    ({"maxDuration": 1441}, "maxDuration is invalid"),
    ({"recordFlag": "1"}, "recordFlag is invalid"),
    ({"recordHintTone": "no.wav"}, "no.wav does not exist"),
    ({"userData": "{}"}, "userData is invalid"),
    ({"preVoice": {"calleeHintTone": "no.wav"}}, "no.wav does not exist"),
]


def test_a_bad_parameter_of_bind_is_named(cab: Customer) -> None:
    for changes, detail in BAD:
        reply = bind(cab, **changes)
        assert reply.outcome == (403, "1010002"), changes
        assert reply.json["resultdesc"].startswith(f"Invalid request.{detail}"), changes
    assert cab.send("GET", AX, privateNum=X1).outcome == (403, "1012007")


def test_an_x_is_chosen_by_city_and_private_num_wins(cab: Customer) -> None:
    kind = {"privateNum": None, "privateNumType": "mobile-virtual"}
    by_city = bind(cab, areaCode="010", **kind)
    both = bind(cab, areaCode="010", areaMatchMode="0")
    strict = bind(cab, areaCode="010", **kind)
    relaxed = bind(cab, areaCode="0755", areaMatchMode=1, **kind)
    none_left = bind(cab, areaCode="0755", areaMatchMode="1", **kind)

    assert by_city.json["privateNum"] == X2
    assert both.json["privateNum"] == X1
    assert strict.outcome == (403, "1011002")
    assert relaxed.json["privateNum"] == X3
    assert none_left.outcome == (403, "1011002")


def test_who_may_have_which_x(house: House, cab: Customer) -> None:
    app = house.apps["cab"]
    more = [f"+86170123410{last:02d}" for last in range(4)]
    for x in more:
        house.number(x, app)
    other = house.app("other", Mode.AX)
    house.number("+8617012342000", other)
    for x in (X1, X2, X3, *more[:2]):
        bound(cab, privateNum=x)

    assert bind(cab, origNum=B).outcome == (403, "1011005")
    assert bind(cab).outcome in {(403, "1011005"), (403, "1011003")}
    assert bind(cab, privateNum=more[2]).outcome == (403, "1011003")
    for unknown in ("+8617012342000", "+8617099999999", "17012340001", "+86 17012340001"):
        assert bind(cab, origNum=B, privateNum=unknown).outcome == (403, "1011001"), unknown
    identity = bound(cab, origNum=B, privateNum=more[3])
    taken = cab.send("PUT", AX, {"subscriptionId": identity, "origNum": A})
    assert taken.outcome == (403, "1011003")
    assert len(cab.send("GET", AX, origNum=A).json["privateNumList"]) == 5


def test_unbinding_in_all_spellings(house: House, cab: Customer) -> None:
    house.number("+8617012342000", house.app("other", Mode.AX))
    by_id, pair = bound(cab), bound(cab, privateNum=X2, origNum=B)
    bound(cab, privateNum=X3, origNum=C)

    assert cab.send("DELETE", AX, origNum=A, privateNum=X2).outcome == (403, "1011004")
    assert one(cab, privateNum=X2)["subscriptionId"] == pair
    assert cab.send("DELETE", AX, subscriptionId=by_id, privateNum=X2).octets == PLAIN
    target = f"{AX}?origNum=+{B[1:]}&privateNum=%2B{X2[1:]}&privateNumType=mobile-virtual"
    assert cab.raw("DELETE", target).octets == PLAIN
    assert cab.send("DELETE", AX, privateNum=X3).octets == PLAIN
    for gone in ({"subscriptionId": by_id}, {"privateNum": X1}, {"privateNum": "+8617099999999"}):
        assert cab.send("DELETE", AX, **gone).outcome == (403, "1011004"), gone
    assert cab.send("DELETE", AX, privateNum="+8617012342000").outcome == (403, "1012001")
    for nothing in ({}, {"origNum": A}):
        assert cab.send("DELETE", AX, **nothing).outcome == (403, "1010002")


def test_selectors_of_query_modify_and_temporary_callee(house: House, cab: Customer) -> None:
    identity = bound(cab)
    bound(cab, privateNum=X2, origNum=B)
    house.number("+8617012342000", house.app("other", Mode.AX))
    stranger = house.customer(house.apps["other"])

    assert one(cab, subscriptionId=identity, origNum=B, privateNum=X2)["privateNum"] == X1
    assert one(cab, origNum=B, privateNum=X1)["privateNum"] == X2
    assert cab.raw("GET", f"{AX}?privateNum=+{X1[1:]}").outcome == (200, "0")
    assert cab.send("GET", AX).outcome == (403, "1010002")
    assert cab.send("GET", AX, origNum=C).outcome == (403, "1012007")
    assert cab.send("GET", AX, privateNum=X3).outcome == (403, "1012007")
    for customer, selector, code in (
        (cab, {"subscriptionId": NOTHING}, "1012007"),
        (cab, {"privateNum": X3}, "1012007"),
        (cab, {"privateNum": "+8617012342000"}, "1011001"),
        (cab, {"privateNum": "x"}, "1011001"),
        (stranger, {"subscriptionId": identity}, "1012007"),
        (stranger, {"privateNum": X1}, "1011001"),
        (cab, {}, "1010002"),
    ):
        modify = customer.send("PUT", AX, {**selector, "maxDuration": 1})
        callee = customer.send("PUT", CALLEE, {**selector, "calleeNum": C})
        assert modify.outcome == callee.outcome == (403, code), selector
    wins = cab.send("PUT", AX, {"subscriptionId": identity, "privateNum": X2, "maxDuration": 9})
    assert wins.octets == PLAIN
    assert one(cab, privateNum=X1)["maxDuration"] == 9
    for bad in ({"turnFlag": "maybe"}, {"maxDuration": -1}, {"origNum": "110"}):
        assert cab.send("PUT", AX, {"privateNum": X1, **bad}).outcome == (403, "1010002")


def test_the_temporary_callee(house: House, cab: Customer) -> None:
    bound(cab)

    def put(**body: Any) -> Any:
        return cab.send("PUT", CALLEE, {"privateNum": X1, "calleeNum": C, **body})

    def reaches() -> str | None:
        facts = house.store.bindings.route_facts(X1, A, house.clock.now())
        found = facts.by_mode.temporary  # type: ignore[union-attr]
        return found.callee if found and found.expires > house.clock.now() else None

    assert reaches() is None
    for ours in ({"origNum": C}, {"calleeNum": A}):  # by the request, and by the relation alone
        refused = put(**ours)
        assert refused.outcome == (403, "1010002")
        assert refused.json["resultdesc"] == "Invalid request.calleeNum is the same as origNum"
    assert put(origNum="whatever it says").octets == PLAIN
    assert reaches() == C
    for service in ("+864008001234", "+8695588", "+8675528000001"):
        assert put(calleeNum=service, origNum=A).octets == PLAIN
        assert reaches() == service
    house.clock.advance(59)
    assert reaches() == "+8675528000001"
    house.clock.advance(1)
    assert reaches() is None
    assert put(duration=259200, userData="u").octets == PLAIN
    house.clock.advance(259199)
    assert reaches() == C
    for bad in (
        {"calleeNum": None},
        {"calleeNum": A},
        {"calleeNum": B, "origNum": B},
        {"calleeNum": "13912340001"},
        {"calleeNum": "+86110"},
        {"calleeNum": X2},
        {"duration": 0},
        {"duration": 259201},
        {"userData": "{}"},
        {"userData": "中文"},
    ):
        assert put(**bad).outcome == (403, "1010002"), bad
    assert reaches() == C


def test_switches_of_the_application_and_state_of_the_number(house: House, cab: Customer) -> None:
    bare = house.app("bare", Mode.AX)
    house.number("+8617012342000", bare)
    customer, x = house.customer(bare), "+8617012342000"

    for name, code in (("recordFlag", "1012012"), ("privateSms", "1010002")):
        assert bind(customer, privateNum=x, **{name: "true"}).outcome == (403, code)
    bound(customer, privateNum=x)
    for name, code in (("recordFlag", "1012012"), ("privateSms", "1010002")):
        assert customer.send("PUT", AX, {"privateNum": x, name: True}).outcome == (403, code)
    number = house.store.numbers.by_msisdn(X1)
    assert number is not None
    house.store.write(lambda db: house.store.numbers.update(db, number.number_id, status=11))
    assert bind(cab).outcome == (403, "1012102")
