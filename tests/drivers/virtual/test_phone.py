"""A person's handset."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator

import numpy as np
import pytest

from drivers.virtual.errors import BadRequest, NotNow
from drivers.virtual.phone import Phone
from tests.drivers.virtual.town import A, B, C, Town, X, level


@pytest.fixture
def town() -> Iterator[Town]:
    with Town() as town:
        yield town


@pytest.fixture
def a(town: Town) -> Phone:
    return Phone(town.network, A)


@pytest.fixture
def b(town: Town) -> Phone:
    return Phone(town.network, B)


def call(town: Town, a: Phone, b: Phone) -> None:
    a.dial(b.msisdn)
    town.wait(4)
    b.answer()
    town.wait(1)


def heard(phone: Phone) -> np.ndarray:
    with wave.open(io.BytesIO(phone.heard())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def test_a_person_appears_switched_on_and_idle(a: Phone) -> None:
    shown = a.describe()
    assert (shown["state"], shown["registered"], shown["shown"]) == ("idle", True, None)
    assert shown["inbox"] == shown["calls"] == []


def test_the_states_of_a_call_on_both_phones(town: Town, a: Phone, b: Phone) -> None:
    a.dial("139 0000 0002")
    assert a.state == "dialling"
    town.wait(4)
    assert (a.state, a.describe()["alerting"]) == ("dialling", True)
    assert (b.state, b.describe()["shown"]) == ("ringing", A)
    b.answer()
    assert b.state == "active"
    town.wait(1)
    assert a.state == "active"
    b.hang_up()
    town.wait(1)
    assert (a.state, b.state) == ("idle", "idle")
    (mine,), (theirs,) = a.history, b.history
    assert (mine["direction"], mine["number"], mine["cause"]) == ("out", "139 0000 0002", 16)
    assert (theirs["direction"], theirs["number"], theirs["cause"]) == ("in", A, 16)
    for entry in (mine, theirs):
        assert entry["started"] < entry["answered"] < entry["ended"]


def test_a_withheld_number_is_not_shown(town: Town, a: Phone, b: Phone) -> None:
    a.dial(B, withhold=True)
    town.wait(4)
    assert (b.describe()["shown"], b.describe()["withheld"]) == (None, True)


def test_a_rejected_call_is_cause_21(town: Town, a: Phone, b: Phone) -> None:
    a.dial(B)
    town.wait(4)
    b.reject()
    town.wait(1)
    assert a.history[0]["cause"] == 21
    assert a.history[0]["answered"] is None


def test_a_second_caller_gets_busy(town: Town, a: Phone, b: Phone) -> None:
    call(town, a, b)
    c = Phone(town.network, C)
    c.dial(B)
    town.wait(4)
    assert c.history[0]["cause"] == 17
    assert (b.state, len(b.history)) == ("active", 1)


def test_a_phone_answers_by_itself_when_told_to(town: Town, a: Phone, b: Phone) -> None:
    b.answer_after(2.0)
    a.dial(B)
    town.wait(3.1)
    assert b.state == "ringing"
    town.wait(2.1)
    assert b.state == "active"


def test_a_caller_who_gives_up_is_not_answered_later(town: Town, a: Phone, b: Phone) -> None:
    b.answer_after(2.0)
    a.dial(B)
    town.wait(3.1)
    a.hang_up()
    town.wait(10)
    assert b.state == "idle"
    b.answer_after(None)
    a.dial(B)
    town.wait(30)
    assert b.state == "ringing"


def test_a_held_phone_shows_it(town: Town, a: Phone) -> None:
    (x,) = town.join(X)
    a.dial(X)
    town.wait(4)
    x.answer(x.calls[0])
    town.wait(1)
    town.ask(x, "2")
    assert a.state == "held"
    town.ask(x, "2")
    assert a.state == "active"


@pytest.mark.parametrize("action", ["answer", "reject", "hang_up"])
def test_what_needs_a_call_is_refused_without_one(a: Phone, action: str) -> None:
    with pytest.raises(NotNow):
        getattr(a, action)()


def test_what_can_not_be_now_is_refused(town: Town, a: Phone, b: Phone) -> None:
    with pytest.raises(NotNow, match="not in a call"):
        a.press("1")
    with pytest.raises(NotNow, match="not in a call"):
        a.say_tone(440, 1, lambda _begun: None)
    with pytest.raises(BadRequest, match="no key"):
        a.press("1x")
    a.dial(B)
    with pytest.raises(NotNow, match="is in a call"):
        a.dial(B)
    b.power(False)
    with pytest.raises(NotNow, match="switched off"):
        b.dial(A)
    b.power(True)
    with pytest.raises(NotNow, match="no network yet"):
        b.dial(A)


def test_power_off_ends_the_call_and_shows(town: Town, a: Phone, b: Phone) -> None:
    call(town, a, b)
    b.power(False)
    town.wait(1)
    assert (a.state, b.state) == ("idle", "off")
    assert a.history[0]["cause"] == 16
    b.power(True)
    b.power(True)
    town.wait(6)
    assert (b.state, b.describe()["registered"]) == ("idle", True)


def test_a_person_who_left_is_an_unknown_number(town: Town, a: Phone, b: Phone) -> None:
    b.leave()
    a.dial(B)
    town.wait(4)
    assert a.history[0]["cause"] == 1


def test_both_speak_at_once_and_each_hears_the_other(town: Town, a: Phone, b: Phone) -> None:
    call(town, a, b)
    begun: list[str] = []
    a.say_tone(600, 1, lambda _: begun.append("a"))
    b.say_tone(1100, 1, lambda _: begun.append("b"))
    assert begun == []
    town.talk(1)
    assert sorted(begun) == ["a", "b"]
    at_a, at_b = heard(a)[-8000:], heard(b)[-8000:]
    assert level(at_a, 1100) == pytest.approx(-10, abs=0.5)
    assert level(at_a, 600) < -60
    assert level(at_b, 600) == pytest.approx(-10, abs=0.5)
    assert level(at_b, 1100) < -60


def test_sounds_are_said_one_after_the_other(town: Town, a: Phone, b: Phone) -> None:
    call(town, a, b)
    begun: list[tuple[str, bool]] = []
    a.say_tone(600, 0.2, lambda yes: begun.append(("first", yes)))
    a.say_tone(900, 0.2, lambda yes: begun.append(("second", yes)))
    town.talk(0.1)
    assert begun == [("first", True)]
    assert a.describe()["speaking"]
    a.hang_up()
    assert begun == [("first", True), ("second", False)]
    assert not a.describe()["speaking"]


def test_the_record_begins_with_the_call_and_has_the_ringing_tone(
    town: Town, a: Phone, b: Phone
) -> None:
    a.dial(B)
    town.talk(0.5)
    town.wait(4)
    town.talk(1)
    b.answer()
    town.wait(1)
    town.talk(0.5)
    sound = heard(a)
    assert len(sound) == 16000
    assert not sound[:4000].any()
    assert level(sound[4000:12000], 450) == pytest.approx(-10, abs=1)
    assert not sound[12000:].any()
    assert len(heard(b)) == 4000


def test_the_record_is_that_of_the_last_call(town: Town, a: Phone, b: Phone) -> None:
    call(town, a, b)
    town.talk(1)
    a.hang_up()
    town.wait(1)
    kept = heard(b)
    town.talk(1)
    assert len(heard(b)) == len(kept) == 8000
    call(town, a, b)
    assert len(heard(b)) == 0


def test_keys_are_remembered(town: Town, a: Phone, b: Phone) -> None:
    call(town, a, b)
    a.press("123#")
    town.talk(1)
    assert b.describe()["digits"] == "123#"
    assert a.describe()["digits"] == ""


@pytest.mark.parametrize(
    "text", ["Hi", "", "{€}" * 100, "你好" * 70, "😀" * 50, "x" * 160, "x" * 161, "\ud800"]
)
def test_texts_arrive_whole(town: Town, a: Phone, b: Phone, text: str) -> None:
    done: list[tuple[list[int], int | None]] = []
    a.send_text("13900000002", text, False, lambda *outcome: done.append(outcome))
    town.wait(60)
    (outcome,) = done
    assert outcome[1] is None
    (item,) = b.inbox.texts
    assert (item["from"], item["text"]) == (A, text.replace("\ud800", "\ufffd"))


def test_an_incomplete_text_is_not_shown(town: Town, a: Phone, b: Phone) -> None:
    a.send_text(B, "long " * 90, False, lambda *_: None)
    town.wait(9)
    assert b.inbox.texts == []
    town.wait(20)
    assert [item["text"] for item in b.inbox.texts] == ["long " * 90]


def test_a_report_comes_back_when_asked_for(town: Town, a: Phone, b: Phone) -> None:
    taken: list[int] = []
    a.send_text(B, "Hi", True, lambda references, _: taken.extend(references))
    town.wait(30)
    assert a.reports == [{"to": B, "reference": taken[0], "status": 0}]


def test_a_refusal_stops_the_rest(town: Town, a: Phone) -> None:
    town.network.smsc.faults.refuse, town.network.smsc.faults.refusals = 21, 1
    done: list[tuple[list[int], int | None]] = []
    a.send_text(B, "x" * 400, False, lambda *outcome: done.append(outcome))
    town.wait(60)
    assert done == [([], 21)]


def test_texts_that_can_not_be_sent_are_refused(town: Town, a: Phone) -> None:
    with pytest.raises(BadRequest, match="can't be sent"):
        a.send_text(B, "x" * 40_000, False, lambda *_: None)
    a.power(False)
    with pytest.raises(NotNow, match="no network"):
        a.send_text(B, "x", False, lambda *_: None)


def test_octets_that_are_no_text_are_refused(a: Phone) -> None:
    assert a.deliver(b"\x00", "") == 111
    assert a.inbox.texts == []
