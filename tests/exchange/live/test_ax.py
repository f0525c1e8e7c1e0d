"""AX with live calls: anybody reaches A, A reaches whom it was given for the moment."""

from __future__ import annotations

from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.hearing import hears
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.rows import covers, events
from tests.exchange.live.town import AX

SERVICE = "+8695588"
SWITCHBOARD = "+864001234567"


@covers(
    *events("AX"),
    "6.3/AX anybody reaches A",
    "6.1/service numbers as the other side",
    "6.3/AX direction",
    "6.3/AX turnFlag",
)
def test_anybody_reaches_a_who_sees_x(house: ModeHouse) -> None:
    a, binding = house.ax(pre_voice_callee="callee-wait.wav")
    for caller in (house.person(), house.person(number=SERVICE)):
        told = house.talks(caller, AX)
        assert told.kinds == ALL
        assert told.info("callin")["subscriptionId"] == binding.subscription_id
        assert told.info("fee")["serviceType"] == "003"
        assert told.info("fee")["fwdDstNum"] == a.msisdn
        assert a.look()["calls"][-1]["number"] == AX
        assert hears(caller, "callee-wait.wav")
    app, now = house.apps[Mode.AX], house.clock.now()
    house.app(Mode.AX, settings={"prompts": None})
    for change, code in (({"direction": 1}, 8016), ({"direction": 0, "on": False}, 8104)):
        house.store.write(
            lambda db, change=change: house.store.ax.modify(db, app, change, now, x=AX)
        )
        assert house.refused(caller, AX).code == code


@covers(
    "5.1/8013",
    "6.3/AX A reaches its temporary callee",
    "6.3/AX a new callee overwrites",
    "6.3/AX life of the callee",
    "6.3/AX no callee",
    "6.3/AX service number as callee",
    "6.7/AX one call at a time",
)
def test_a_reaches_the_callee_of_the_moment(house: ModeHouse) -> None:
    house.app(Mode.AX, settings={"prompts": None})
    a, _ = house.ax(pre_voice_caller="wait.wav", user_data="relation")
    assert house.refused(a, AX).code == 8013
    first, second = house.person(answers=0.02), house.person(answers=0.02)
    house.set_callee(first.msisdn, user_data="order-7")
    told = house.talks(a, AX)
    assert (told.kinds, told.info("fee")["fwdDstNum"]) == (ALL, first.msisdn)
    assert told.info("callin")["userData"] == "order-7"
    assert first.look()["calls"][-1]["number"] == AX
    assert hears(a, "wait.wav")
    house.set_callee(second.msisdn)
    house.dials(a, AX)
    house.talking(a)
    other = house.person()
    house.dials(other, AX)
    other.until("idle")
    a.do("hangup")
    assert house.told(a).info("fee")["fwdDstNum"] == second.msisdn
    assert house.told(other).code == 8102  # one call at a time
    callee = house.person(answers=0.02, number=SWITCHBOARD)
    house.set_callee(callee.msisdn)
    assert house.talks(a, AX).info("fee")["fwdDstNum"] == SWITCHBOARD
    house.lapses("temporary_callees")
    assert house.refused(a, AX).code == 8013


@covers("5.1/8018")
def test_a_number_without_a_relation_reaches_nobody(house: ModeHouse) -> None:
    caller = house.person()
    told = house.refused(caller, AX)
    assert (told.code, told.info("fee")["ulFailReason"]) == (8018, 7104)
    assert hears(caller, "missing.wav")
