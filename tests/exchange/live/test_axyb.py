"""AXYB with live calls: A dials Y, B dials X, and each sees the number that it knows."""

from __future__ import annotations

from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.house import ModeHouse, X, Y, hears
from tests.exchange.live.rows import covers, events


@covers(
    *events("AXYB"),
    "6.5/AXYB A dials Y",
    "6.5/AXYB B dials X",
    "6.5/AXYB tones",
    "6.5/AXYB direction",
    "7/waiting AXYB",
)
def test_each_sees_the_other_ones_number(house: ModeHouse) -> None:
    a, binding = house.axyb(pre_voice="wait.wav")
    b = house.person(answers=0.02)
    yb = house.yb(binding, b.msisdn, pre_voice="callee-wait.wav")
    x, y = binding.x, yb.y
    assert {x, y} == {X, Y}
    for caller, callee, dialled, seen in ((a, b, y, x), (b, a, x, y)):
        told = house.talks(caller, dialled)
        assert told.kinds == ALL
        assert told.info("callin")["called"] == dialled
        assert (told.info("answer")["caller"], told.info("answer")["called"]) == (
            seen,
            callee.msisdn,
        )
        fee = told.info("fee")
        assert (fee["bindNum"], fee["calleeNum"], fee["fwdDisplayNum"]) == (x, dialled, seen)
        assert (fee["serviceType"], fee["subscriptionId"]) == ("007", binding.subscription_id)
        assert callee.look()["calls"][-1]["number"] == seen
        assert hears(caller, "callee-wait.wav" if caller is a else "wait.wav")
    house.app(Mode.AXYB, settings={"prompts": None})
    for direction, caller, dialled in ((1, b, x), (2, a, y)):
        house.store.write(
            lambda db, way=direction: db.conn.execute(
                "UPDATE bindings SET direction = ? WHERE subscription_id = ?",
                (way, binding.subscription_id),
            )
        )
        assert house.refused(caller, dialled).code == 8016


@covers("5.1/8030", "5.1/8031", "5.1/8032", "6.5/AXYB Y is allocated", "6.5/AXYB own number")
def test_a_y_is_found_during_bs_first_call_if_there_is_one(house: ModeHouse) -> None:
    house.app(Mode.AXYB, settings={"prompts": None})
    a, binding = house.axyb()
    b = house.person(answers=0.02)
    other = Y if binding.x == X else X
    number = house.store.numbers.by_msisdn(other)
    assert number is not None
    house.store.write(lambda db: house.store.numbers.update(db, number.number_id, status=9))
    assert house.refused(b, binding.x).code == 8031
    house.store.write(lambda db: house.store.numbers.update(db, number.number_id, status=5))
    assert house.talks(b, binding.x).kinds == ALL
    assert a.look()["calls"][-1]["number"] == other
    assert house.talks(a, other).kinds == ALL
    stranger = house.person()
    for phone, dialled, code in ((a, binding.x, 8032), (b, other, 8032), (stranger, other, 8030)):
        assert house.refused(phone, dialled).code == code


@covers("6.5/AXYB YB unbound alone")
def test_a_y_that_is_unbound_leads_nowhere_and_x_finds_another(house: ModeHouse) -> None:
    house.app(Mode.AXYB, settings={"prompts": None})
    a, binding = house.axyb()
    b = house.person(answers=0.02)
    yb = house.yb(binding, b.msisdn)
    app, now = house.apps[Mode.AXYB], house.clock.now()
    house.store.write(
        lambda db: house.store.axyb.remove_yb(db, app, binding.subscription_id, now, y=yb.y)
    )
    assert house.refused(a, yb.y).code == 8030
    assert house.talks(b, binding.x).kinds == ALL
