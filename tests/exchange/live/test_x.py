"""X mode with live calls: the application says where each one goes."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from appliance.media import recorder
from appliance.model import call_plan
from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.hearing import hears
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.rows import covers, events
from tests.exchange.live.town import ASKED, AXB, PATIENCE, TRUNK
from tests.exchange.receiver import Request

FIXED = "+8675528001234"


def connect(callee: str, **more: Any) -> dict[str, Any]:
    return {"operation": "connect", "connectInfo": {"calleeNum": callee, **more}}


@covers(
    *events("X"),
    "1.4/connect",
    "1.4/displayCalleeNum is X or absent",
    "1.4/calleeNum fixed line",
    "1.4/userData",
    "1.4/object or array of one",
    "1.4/callin is asked once",
    "1.4/the rest is Notify",
    "6.6/X asks about every call",
)
def test_the_application_names_the_callee(house: ModeHouse) -> None:
    caller, b = house.person(), house.person(answers=0.02)
    fixed = house.person(answers=0.02, number=FIXED)
    as_array = connect(fixed.msisdn, displayCalleeNum=ASKED, userData="order-8")
    as_array["connectInfo"] = [as_array["connectInfo"]]
    house.answers(connect(b.msisdn, userData="order-7"), as_array)
    for callee, user_data in ((b, "order-7"), (fixed, "order-8")):
        before = len(house.asked())
        told = house.talks(caller, ASKED)
        [question] = house.asked()[before:]
        assert question["eventType"] == "callin"
        info = question["statusInfo"]
        assert (info["caller"], info["called"]) == (caller.msisdn, ASKED)
        assert info["notifyMode"] == "Block"
        assert info["sessionId"] == told.record.session_id
        assert "subscriptionId" not in info
        assert told.kinds == ALL[1:]  # the question is not pushed once more
        assert all(told.info(kind)["notifyMode"] == "Notify" for kind in ALL[1:-1])
        assert told.info("answer")["called"] == callee.msisdn
        assert told.info("answer")["userData"] == user_data
        fee = told.info("fee")
        assert (fee["serviceType"], fee["notifyMode"]) == ("004", "Block")
        assert (fee["userData"], fee["fwdDstNum"]) == (user_data, callee.msisdn)
        assert callee.look()["calls"][-1]["number"] == ASKED


@covers(
    "1.4/maxDuration",
    "1.4/waitVoice",
    "1.4/recordFlag",
    "1.4/recordHintTone",
    "1.4/lastMinVoice",
    "6.6/X recording",
    "7/waiting X",
)
def test_the_application_says_what_is_heard_recorded_and_for_how_long(
    house: ModeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_plan, "MINUTE", 0.9)
    monkeypatch.setattr(recorder, "SHORTEST", 0.5)
    # An answer cuts the waiting tone.
    caller, b = house.person(answers=0.02), house.person(answers=0.6)
    said = {
        "maxDuration": 2,
        "waitVoice": "wait.wav",
        "recordFlag": "true",
        "recordHintTone": "notice.wav",
        "lastMinVoice": "minute.wav",
    }
    house.answers(connect(b.msisdn, **said), connect(caller.msisdn))
    house.dials(caller, ASKED)
    told = house.told(caller)
    assert (told.code, told.info("fee")["recordFlag"]) == (8010, 1)
    assert hears(caller, "wait.wav")
    for phone in (caller, b):
        assert hears(phone, "notice.wav")
        assert hears(phone, "minute.wav")
    # B was shown a second line, and calling that asks about X again.
    assert b.look()["calls"][-1]["number"] == TRUNK
    told = house.talks(b, TRUNK)
    assert house.asked()[-1]["statusInfo"]["called"] == ASKED
    assert (told.info("answer")["called"], told.info("fee")["bindNum"]) == (caller.msisdn, ASKED)


@covers("1.4/close", "1.4/closeHintTone", "1.4/closeInfo userData", "7/end by application")
def test_the_application_ends_the_call(house: ModeHouse) -> None:
    caller = house.person()
    close = {"operation": "close", "closeInfo": {"closeHintTone": "bye.wav", "userData": "no"}}
    house.answers(close, {"operation": "close"})
    told = house.refused(caller, ASKED)
    fee = told.info("fee")
    assert (told.code, fee["ulFailReason"], fee["userData"]) == (7516, 8017, "no")
    assert hears(caller, "bye.wav")
    assert house.refused(caller, ASKED).info("fee")["ulFailReason"] == 8017
    assert caller.look()["calls"][-1]["answered"] is None


@covers(
    "1.4/bad answer",
    "1.4/displayCalleeNum is another X",
    "5.1/7500",
    "5.1/8043",
    "5.1/8024",
    "6.1/foreign numbers",
)
def test_an_answer_that_cannot_be_used_ends_the_call(house: ModeHouse) -> None:
    house.app(Mode.X, settings={"prompts": None})
    caller, b = house.person(), house.person()
    bad: list[tuple[Any, int]] = [
        ({}, 8014),
        ({"operation": "playAndCollect"}, 8014),
        (connect("nobody"), 8014),
        (connect(b.msisdn, maxDuration=7200), 8014),
        (connect("110"), 8014),
        (connect("+85291234567"), 8043),
        (connect(AXB), 7500),
        (connect(b.msisdn, displayCalleeNum=AXB), 8024),
    ]
    house.answers(*(answer for answer, _ in bad))
    assert [house.refused(caller, ASKED).code for _ in bad] == [code for _, code in bad]
    assert not b.look()["calls"]


@covers("1.4/no answer")
def test_silence_is_answered_by_the_declared_policy(house: ModeHouse) -> None:
    house.app(Mode.X, settings={"prompts": None, "ask_timeout": 0.3})
    caller, desk = house.person(), house.person(answers=0.02)
    released = threading.Event()

    def late(request: Request) -> None:
        released.wait(10)
        request.answer(200)

    house.receiver.behave = late
    assert house.refused(caller, ASKED).code == 8014
    house.app(Mode.X, settings={"silent_callee": desk.msisdn})
    assert house.talks(caller, ASKED).info("answer")["called"] == desk.msisdn
    # Who hangs up meanwhile is not called for any more.
    house.app(Mode.X, settings={"ask_timeout": 5.0})
    asked = len(house.asked())
    house.dials(caller, ASKED)
    house.until(lambda: len(house.asked()) > asked, PATIENCE, "the question")
    caller.do("hangup")
    assert house.told(caller).code == 7516
    released.set()


def test_who_meets_a_busy_line_is_told_of_and_not_asked_about(house: ModeHouse) -> None:
    caller, b, c = house.person(), house.person(answers=0.02), house.person(answers=0.02)
    recorded = {"recordFlag": "true"}  # over a second line, which is another call back's
    house.answers(connect(b.msisdn, **recorded), connect(c.msisdn, **recorded))
    house.talks(caller, ASKED)
    assert b.look()["calls"][-1]["number"] == TRUNK
    house.dials(caller, ASKED)
    house.talking(caller)
    asked = len(house.asked())
    for other, dialled in ((house.person(), ASKED), (b, TRUNK)):
        told = house.refused(other, dialled)
        assert (told.code, told.kinds) == (8102, ["callin", "disconnect", "fee"])
        callin, fee = told.info("callin"), told.info("fee")
        assert (callin["notifyMode"], callin["caller"]) == ("Notify", other.msisdn)
        assert (callin["called"], fee["bindNum"], fee["calleeNum"]) == (ASKED, ASKED, ASKED)
        assert callin["timestamp"] == fee["callInTime"]
    assert len(house.asked()) == asked
    caller.do("hangup")
    house.told(caller)
