"""AXYB with live calls: A dials Y, B dials X, and each sees the number that it knows."""

from __future__ import annotations

from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.hearing import hears
from tests.exchange.live.house import ModeHouse, slow
from tests.exchange.live.rows import covers, events
from tests.exchange.live.town import PATIENCE, X, Y


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
    b = house.person()
    for phone in (a, b):
        phone.do("auto", answer_after=0.4)  # an answer cuts the waiting tone
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


@covers("6.5/AXYB both at once")
def test_two_who_call_each_other_at_once_are_joined(house: ModeHouse) -> None:
    house.app(Mode.AXYB, settings={"prompts": None})
    a, binding = house.axyb()
    b = house.person()
    yb = house.yb(binding, b.msisdn)
    a.do("auto", answer_after=None)
    with slow(house, setup=(10.0, 10.0)):
        house.dials(b, binding.x)
        house.dials(a, yb.y)
        for phone in (a, b):
            phone.until("active")
    up = house.until(
        lambda: [each for each in house.store.calls.unfinished() if each.answered_at],
        PATIENCE,
        "a conversation",
    )
    assert len(up) == 1
    assert {up[0].caller, up[0].callee} == {a.msisdn, b.msisdn}
    # Nobody's phone rang: both had called.
    assert [call["direction"] for phone in (a, b) for call in phone.look()["calls"]] == ["out"] * 2
    b.do("say", tone=1700, seconds=0.6)
    house.until(lambda: house.hears_pitch(a, 1700), PATIENCE, "B's voice at A's ear")
    a.do("hangup")
    b.until("idle")
    house.until(house.idle, PATIENCE, "free lines")
    codes = [call.state_code for phone in (a, b) for call in house.calls(phone)]
    assert sorted(code or 0 for code in codes) in ([0], [0, 8102])
