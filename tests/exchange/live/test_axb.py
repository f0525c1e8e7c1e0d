"""AXB with live calls: either of the two reaches the other over X."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from appliance.media import tones, wav
from appliance.model import call_plan
from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.hearing import hears
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.rows import covers, events
from tests.exchange.live.town import AX, AXB, PATIENCE, TRUNK

FIXED = "+8675528001234"


@covers(
    *events("AXB"),
    "5.1/0",
    "6.1/both phones see X",
    "6.1/effect at once",
    "6.1/no unbind on hang-up",
    "6.2/AXB either way",
    "6.2/AXB pairs on one X",
)
def test_either_of_the_two_reaches_the_other(house: ModeHouse) -> None:
    a, b, binding = house.bind()
    c, d, _ = house.bind()
    a.do("auto", answer_after=0.02)
    for caller, callee in ((a, b), (b, a), (c, d)):
        told = house.talks(caller, AXB)
        assert told.kinds == ALL
        assert told.code == 0
        callin, answer, fee = told.info("callin"), told.info("answer"), told.info("fee")
        assert (callin["caller"], callin["called"]) == (caller.msisdn, AXB)
        assert (answer["caller"], answer["called"]) == (AXB, callee.msisdn)
        assert (fee["bindNum"], fee["fwdDisplayNum"]) == (AXB, AXB)
        assert (fee["callerNum"], fee["fwdDstNum"]) == (caller.msisdn, callee.msisdn)
        assert callee.look()["calls"][-1]["number"] == AXB
        assert (fee["subscriptionId"] == binding.subscription_id) == (caller is not c)


@covers("7/waiting, A calls", "7/waiting, others call", "7/once, never looped")
def test_each_side_hears_the_waiting_tone_that_is_its_own(house: ModeHouse) -> None:
    a, b, _ = house.bind(pre_voice_caller="wait.wav", pre_voice_callee="callee-wait.wav")
    house.talks(a, AXB)
    assert hears(a, "wait.wav")
    assert not hears(a, "callee-wait.wav")
    assert not hears(b, "wait.wav")
    house.app(Mode.AXB, settings={"connect": ["bridge"]})
    a.do("auto", answer_after=0.7)
    house.dials(b, AXB)
    house.talking(b)
    assert hears(b, "callee-wait.wav")
    heard = house.seconds_of(b, "callee-wait.wav")
    assert heard < 0.7  # 0.4 s once; A's phone rang for much longer
    b.do("hangup")
    assert house.told(b).kinds == ALL


@covers("6.1/waiting tone is cut")
def test_a_long_waiting_tone_is_cut(house: ModeHouse) -> None:
    a, _, _ = house.bind(pre_voice_caller="long.wav")
    record = house.talks(a, AXB).record
    assert record.forward_at is not None
    assert record.call_in_at is not None
    waited = record.forward_at - record.call_in_at
    assert timedelta(seconds=house.settings.limits.say) <= waited
    assert waited < timedelta(seconds=house.LONG)


@covers(
    "6.1/recording is announced",
    "6.8/recording",
    "6.8/below three seconds",
    "6.8/both switches",
    "7/recording notice",
)
def test_a_recording_is_announced_to_both_and_kept_from_three_seconds_on(house: ModeHouse) -> None:
    a, b, _ = house.bind(record=True, record_hint="notice.wav")
    house.dials(a, AXB)
    house.talking(a)
    assert b.look()["shown"] == TRUNK  # recorded calls go through the box
    house.until(lambda: seconds_recorded(house) > 3.1, PATIENCE, "three seconds of recording")
    a.do("hangup")
    told = house.told(a)
    assert hears(a, "notice.wav")
    assert hears(b, "notice.wav")
    fee = told.info("fee")
    assert fee["recordFlag"] == 1
    assert (house.folder / "recordings" / fee["recordObjectName"]).stat().st_size > 3 * 8000
    short = house.talks(a, AXB)
    assert short.info("fee")["recordFlag"] == 0
    assert "recordObjectName" not in short.info("fee")
    house.app(Mode.AXB, record=False)
    assert house.talks(a, AXB).info("fee")["recordFlag"] == 0
    assert not hears(a, "notice.wav")


def seconds_recorded(house: ModeHouse) -> float:
    """Return the length of the recording that is being made."""
    growing = list((house.folder / "recordings").rglob("*.part"))
    return max((part.stat().st_size / tones.RATE for part in growing), default=0.0)


@covers("5.1/8010", "6.1/maxDuration", "6.1/last minute", "7/last minute")
def test_both_hear_the_last_minute_and_the_limit_ends_the_call(
    house: ModeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_plan, "MINUTE", 0.7)
    a, b, _ = house.bind(max_minutes=2, last_minute_voice="minute.wav")
    house.app(Mode.AXB, settings={"connect": ["bridge"]})
    house.dials(a, AXB)
    told = house.told(a)
    assert (told.code, told.record.ended_by) == (8010, "box")
    assert told.info("fee")["ulFailReason"] == 8010
    assert hears(a, "minute.wav")
    assert hears(b, "minute.wav")


@pytest.fixture
def heard_box(house: ModeHouse) -> Iterator[ModeHouse]:
    """AXB's line as one whose commissioning found that the box is heard in a multiparty."""
    number = house.store.numbers.by_msisdn(AXB)
    assert number is not None

    def set_to(heard: bool | None) -> None:
        found = {"host_audio_in_multiparty": heard}
        house.store.write(
            lambda db: house.store.numbers.update(db, number.number_id, settings=found)
        )

    set_to(True)
    yield house
    set_to(None)


def test_where_the_box_is_heard_in_a_multiparty_it_records_and_speaks_there(
    heard_box: ModeHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody else's number is shown, and no second line is taken."""
    monkeypatch.setattr(call_plan, "MINUTE", 2.9)
    house = heard_box
    a, b, _ = house.bind(
        record=True, record_hint="notice.wav", max_minutes=2, last_minute_voice="minute.wav"
    )
    house.dials(a, AXB)
    assert house.talking(a).strategy == "conference"
    assert b.look()["shown"] == AXB
    for person, hertz in ((a, 1700), (b, 1900)):
        wav.write_pcm(tmp_path / "words.wav", tones.make(f"tone:{hertz}/0.6"))
        person.say((tmp_path / "words.wav").read_bytes())
    for person in (a, b):
        assert hears(person, "notice.wav")
        house.until(lambda who=person: hears(who, "minute.wav"), PATIENCE, "the last minute")
    house.until(lambda: seconds_recorded(house) > 3.1, PATIENCE, "three seconds of recording")
    a.do("hangup")
    told = house.told(a)
    kept = house.folder / "recordings" / told.info("fee")["recordObjectName"]
    recorded = wav.read(kept).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(recorded)) / len(recorded)
    place = np.fft.rfftfreq(len(recorded), 1 / tones.RATE)
    usual = float(np.median(spectrum[(place > 300) & (place < 3000)]))
    for said in (1700, 1900):  # both people are in it
        assert spectrum[np.abs(place - said) < 5].max() > 50 * usual, said


@covers("5.1/8016", "6.2/AXB direction")
def test_only_the_side_that_may_call_gets_through(house: ModeHouse) -> None:
    house.app(Mode.AXB, settings={"prompts": {}})
    for direction, good in ((1, 0), (2, 1)):
        pair = house.bind(direction=direction)[:2]
        for phone in pair:
            phone.do("auto", answer_after=0.02)
        assert house.talks(pair[good], AXB).code == 0
        assert house.refused(pair[1 - good], AXB).code == 8016


@covers("5.1/8014", "6.2/AXB stranger", "7/binding missing", "7/unset is silent")
def test_a_stranger_is_told_so_or_dropped(house: ModeHouse) -> None:
    house.bind()
    stranger = house.person()
    told = house.refused(stranger, AXB)
    assert (told.kinds, told.code) == (["callin", "disconnect", "fee"], 8014)
    for kind in told.kinds:
        assert told.info(kind)["subscriptionId"] == ""
    assert hears(stranger, "missing.wav")
    house.app(Mode.AXB, settings={"prompts": None})
    assert house.refused(stranger, AXB).code == 8014
    assert stranger.look()["calls"][-1]["answered"] is None


@covers("6.1/unbound during a call", "6.1/expired during a call", "6.1/duration")
def test_a_call_outlives_its_relation_and_the_next_one_fails(house: ModeHouse) -> None:
    house.app(Mode.AXB, settings={"prompts": None})
    a, _, binding = house.bind()
    house.dials(a, AXB)
    house.talking(a)
    app = house.apps[Mode.AXB]
    house.store.write(lambda db: house.store.bindings.remove(db, app, binding.subscription_id))
    a.do("hangup")
    assert (house.told(a).code, house.told(a).kinds) == (0, ALL)
    assert house.refused(a, AXB).code == 8014

    a, _, binding = house.bind(duration=1)
    house.dials(a, AXB)
    house.talking(a)
    assert binding.expires is not None
    house.until(lambda: house.clock.now() > binding.expires, PATIENCE, "the end of the relation")
    assert a.look()["state"] == "active"
    a.do("hangup")
    assert house.told(a).info("fee")["subscriptionId"] == binding.subscription_id
    assert house.refused(a, AXB).code == 8014


@covers(
    "6.1/fixed line is called", "6.1/fixed line may not dial", "6.2/AXB fixed line A", "5.1/8023"
)
def test_a_fixed_line_can_be_called_and_cannot_call(house: ModeHouse) -> None:
    house.app(Mode.AXB, settings={"prompts": None})
    fixed = house.person(answers=0.02, number=FIXED)
    _, b, _ = house.bind(a=FIXED)
    assert house.talks(b, AXB).info("answer")["called"] == FIXED
    assert house.refused(fixed, AXB).code == 8023
    house.app(Mode.AX, settings={"prompts": None})
    house.ax()
    told = house.refused(fixed, AX)  # nor where anybody else may
    assert (told.kinds, told.code) == (["callin", "disconnect", "fee"], 8023)


@covers("5.1/8102", "6.7/second caller")
def test_a_second_caller_meets_a_busy_line_and_its_application_hears_of_it(
    house: ModeHouse,
) -> None:
    a, _, _ = house.bind()
    c, _, other = house.bind()
    house.dials(a, AXB)
    house.talking(a)
    house.dials(c, AXB)
    c.until("idle")
    a.do("hangup")
    told = house.told(c)
    assert (told.kinds, told.code) == (["callin", "disconnect", "fee"], 8102)
    assert told.info("callin")["subscriptionId"] == other.subscription_id
    assert house.told(a).code == 0
