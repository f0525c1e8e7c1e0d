"""A line commissioned on the virtual bank: real modems' dialogue, real voice, real texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import NotFound, Refused
from appliance.exchange import commission, commission_phone
from appliance.exchange.commission import Commission
from appliance.exchange.commission_line import Station
from appliance.exchange.tone_call import Toned
from appliance.media import wav
from appliance.media.listening import CHIRP_A, FOUND, find
from appliance.model.commission import Report
from appliance.model.numbers import mask
from appliance.model.records import Role
from tests.exchange.bank_box import BankBox

X, ONE, TWO = "+8617000000001", "+8617000000002", "+8617000000003"
A, B = "+8613800000001", "+8613800000002"


def opened(folder: Path, **line: object) -> BankBox:
    """Return a box with such a line as X, a trunk ONE, and TWO, which is not enrolled."""
    others = [{"msisdn": ONE, "personality": "sim7600"}, {"msisdn": TWO, "personality": "ec25"}]
    box = BankBox(folder, [{"msisdn": X, **line}, *others])
    box.enrol(X)
    box.enrol(ONE, Role.TRUNK)
    return box


def test_what_a_line_can_is_found_kept_and_gone_by(tmp_path: Path) -> None:
    """Its SIM holds but joins nothing: the next call is a bridge at once."""
    box = opened(tmp_path, personality="ec25", multiparty=False)
    try:
        box.bind(X, A, B)
        box.start()
        assert box.exchange is not None
        commissionings = box.exchange.commissionings
        with pytest.raises(NotFound, match="not enrolled"):
            commissionings.run(TWO, [], tmp_path / "recordings", box.clock.now())
        box.enrol(TWO, Role.TRUNK)
        box.exchange.enrolment_changed()
        assert commissionings.report(X) is None
        made = commissionings.run(X, [ONE, TWO], tmp_path / "recordings", box.clock.now())
        judged(made)
        assert commissionings.report(X) == (made, False)
        assert not list((tmp_path / "recordings").iterdir())
        box.until(box.idle, 15, "free lines")
        assert not box.store.calls.recent(10)

        box.phone(A).do("dial", to=X)
        box.phone(B, answers=0.2)
        box.until(lambda: any(r.answered_at for r in box.store.calls.unfinished()), 30, "a talk")
        with pytest.raises(Refused, match="in use"):
            commissionings.run(X, [ONE, TWO], tmp_path / "recordings", box.clock.now())
        box.phone(A).do("hangup")
        record = box.over()
        assert record.strategy == "bridge"
        assert box.commands(X).count("AT+CHLD=3") <= 1  # the trial's own
    finally:
        box.stop()


def judged(made: Report) -> None:
    works = {finding.check: finding.works for finding in made.findings}
    assert works == {
        "answer": True, "call": True, "uplink": True, "downlink": True, "delay": True,
        "digits-reported": True, "digits-heard": True, "hold": True, "multiparty": False,
        "transfer": False, "text-out": True, "text-report": True, "text-in": True,
    }  # fmt: skip
    assert made.strategies() == ("bridge",)
    assert made.firmware
    assert made.partners == (ONE, TWO)


def test_a_false_answer_and_who_is_left_without_voice_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An E1550 whose family were not known to break, on firmware that claims answers too early."""
    begin = Station.begin

    def unknown(station: Station) -> None:
        begin(station)
        station.facts = replace(station.facts, multiparty=True)

    monkeypatch.setattr(Station, "begin", unknown)
    monkeypatch.setattr(Commission, "_try_texts", lambda _: None)  # the first test's
    monkeypatch.setattr(commission, "UP", 6.0)  # voice that does not begin is waited for
    box = opened(tmp_path, personality="e1550", false_answer=True)
    try:
        box.enrol(TWO, Role.TRUNK)
        box.start()
        assert box.exchange is not None
        made = box.exchange.commissionings.run(
            X, [ONE, TWO], tmp_path / "recordings", box.clock.now()
        )
        found = {each.check: (each.works, each.detail) for each in made.findings}
        assert found["answer"] == (False, "told before the answer")
        assert found["multiparty"] == (False, "who was left had no voice")
        assert found["uplink"][0] is found["downlink"][0] is True
        assert made.strategies() == ("bridge",)
        kept = box.store.numbers.by_msisdn(X)
        assert kept is not None
        assert (kept.settings["answered_is_true"], kept.settings["multiparty"]) == (False, False)
    finally:
        box.stop()


def test_a_test_number_outside_shows_what_one_end_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that answers, gives back what it heard and presses keys; then one that is off."""
    box = BankBox(tmp_path, [{"msisdn": X, "personality": "ec25"}])
    folder = tmp_path / "recordings"
    try:
        box.enrol(X)
        box.start()
        assert box.exchange is not None
        echo = box.phone(A, answers=0.1)
        chirp = tmp_path / "chirp.wav"
        wav.write_pcm(chirp, CHIRP_A.samples())
        monkeypatch.setattr(commission_phone, "TALK", 9.0)

        def answer() -> None:
            echo.until("active")
            box.until(
                lambda: np.abs(wav.parse(echo.heard())).max(initial=0) > 1000,
                30,
                "the box's voice",
            )
            echo.say(chirp.read_bytes())
            echo.do("digits", digits="1515")
            echo.do("sms", to=X, text="heard you")

        with ThreadPoolExecutor(1) as person:
            answering = person.submit(answer)
            made = box.exchange.commissionings.run(X, [A], folder, box.clock.now())
            answering.result(10)
        found = {each.check: (each.works, each.detail) for each in made.findings}
        assert found["call"] == (True, "")
        assert found["answer"][0] is None
        assert found["uplink"] == found["downlink"] == (True, "it came back")
        assert found["delay"][1].endswith(" ms")
        assert found["digits-heard"][0] is True  # one may be lost where the machine is busy
        assert set(found["digits-heard"][1]) <= {"1", "5"}
        assert found["hold"][0] is True
        assert found["multiparty"][0] is found["transfer"][0] is None
        assert found["text-out"][0] is found["text-report"][0] is True
        assert made.partners == (mask(A),)
        at_phone = find(wav.parse(echo.heard()), CHIRP_A)
        assert at_phone is not None
        assert at_phone.score >= FOUND
        assert echo.look()["inbox"][-1]["text"] == "simveil"
        assert box.exchange.commissionings.report(X) == (made, False)
        assert made.strategies() == ("bridge",)

        box.until(box.idle, 15, "a free line")
        assert box.exchange.commissionings.tone_call(X, A, 0.3, 20.0) == Toned(True, True)
        box.until(box.idle, 15, "a free line")
        rung = box.exchange.desk.ring(X, A, 20.0)
        assert (rung.rang, rung.answered, rung.hold, rung.why) == (True, True, True, None)
        box.until(box.idle, 15, "a free line")
        echo.do("power", on=False)
        assert box.exchange.commissionings.tone_call(X, A, 0.3, 20.0).why
        assert box.exchange.desk.ring(X, A, 20.0).why
        monkeypatch.setattr(commission_phone, "UP", 2.0)  # what does not come is waited for
        monkeypatch.setattr(commission_phone, "TEXT", 10.0)
        made = box.exchange.commissionings.run(X, [A], folder, box.clock.now())
        assert [each.check for each in made.findings if each.works] == ["text-out"]
        assert not list(folder.iterdir())
    finally:
        box.stop()
