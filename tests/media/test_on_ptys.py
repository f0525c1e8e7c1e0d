"""Calls over real serial ports: ptys, in real time where time is what is tested."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.media import (
    Attached,
    DigitHeard,
    LevelNote,
    Media,
    PortFailed,
    Recorded,
    wav,
)
from appliance.media.listening import CHIRP_A, CHIRP_B, Chirp, Heard, absent, find
from appliance.media.tones import keys
from drivers.audio.port import FRAME_SAMPLES, FRAME_SECONDS
from drivers.audio.ports import open_port
from drivers.clock import SystemClock
from tests.media.ptymodem import PtyModem, pause
from tests.media.rig import Room, cut, joined, until
from tests.media.tries import within_tries

Make = Callable[..., PtyModem]
alone = pytest.mark.alone


@pytest.fixture
def modem() -> Iterator[Make]:
    made: list[PtyModem] = []

    def make(**settings: float) -> PtyModem:
        made.append(PtyModem(**settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Room]:
    """The media room in real time on real ports."""
    room = Room(tmp_path)
    before = set(threading.enumerate())  # another test's box may live in this process
    room.media = Media(
        room._take,
        clock=SystemClock(),
        prompts=room.prompts,
        recordings=room.recordings,
    )
    room.media.start()
    yield room
    room.media.stop(5.0)
    new = set(threading.enumerate()) - before
    assert not [thread.name for thread in new if thread.name.startswith("media-")]


def call(room: Room, a: PtyModem, b: PtyModem) -> None:
    for each in (a, b):
        each.start()
    room.media.attach("c", "a", a.spec)
    room.media.attach("c", "b", b.spec)
    room.wait(Attached, 2)
    room.media.bridge("c", on=True)


def heard_by(modem: PtyModem, chirp: Chirp, since: int = 0, seconds: float = 6.0) -> Heard:
    """Wait until a modem has heard a chirp out, in what it heard after so many frames."""
    found: list[Heard | None] = [None]
    frames = len(modem.heard)

    def whole() -> bool:
        nonlocal frames
        if len(modem.heard) < frames + 10:
            return False
        frames = len(modem.heard)
        found[0] = find(modem.recorded()[since * FRAME_SAMPLES :], chirp)
        return found[0] is not None and (frames - since) * FRAME_SECONDS > found[0].at + 2.1

    until(whole, "the chirp to be heard", seconds)
    assert found[0] is not None
    return found[0]


def test_frame_by_frame_through_real_ports(tmp_path: Path, modem: Make) -> None:
    """The test is the clock: a chirp passes both ways, bit by bit, as fast as the machine can."""
    a, b = modem(), modem()
    room = Room(tmp_path)
    room.media = Media(
        room._take,
        clock=room.clock,
        prompts=room.prompts,
        recordings=room.recordings,
        open_port=open_port,
    )
    room.media.start()
    try:
        opened = _lockstep(room, a, b, pause(0.0), pause(0.0), 3)
        room.media.bridge("c", on=True)
        at_a, at_b = _lockstep(room, a, b, CHIRP_A.samples(), CHIRP_B.samples(), 110)
    finally:
        room.media.stop(5.0)
    assert not opened[0].any()
    for ear, theirs, own in ((at_a, CHIRP_B, CHIRP_A), (at_b, CHIRP_A, CHIRP_B)):
        found = find(ear, theirs)
        assert found is not None
        assert found.clean
        assert found.level_db == pytest.approx(0.0, abs=0.1)
        assert absent(ear, own)


def _lockstep(
    room: Room, a: PtyModem, b: PtyModem, one: np.ndarray, two: np.ndarray, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    if not room.media.figures():
        room.media.attach("c", "a", a.spec)
        room.media.attach("c", "b", b.spec)
        # A port is flushed when it is opened: the first frame has to come after that.
        for each in (a, b):
            until(lambda each=each: _answers(each), "the port to be open")
    mine, yours = list(cut(one)), list(cut(two))
    heard: tuple[list[bytes], list[bytes]] = ([], [])
    for index in range(frames):
        room.clock.advance(FRAME_SECONDS)
        for modem, said, ear in ((a, mine, heard[0]), (b, yours, heard[1])):
            modem.put(said[index] if index < len(said) else bytes(320))
            ear.append(modem.take())
    return joined(heard[0]), joined(heard[1])


def _answers(modem: PtyModem) -> bool:
    modem.put(bytes(320))
    try:
        modem.take(0.2)
    except AssertionError:
        return False
    return True


@alone
def test_two_people_hear_each_other_in_real_time(live: Room, modem: Make) -> None:
    a, b = modem(), modem()
    call(live, a, b)

    def conversation() -> None:
        said_a, said_b = len(a.heard), len(b.heard)
        a.say(np.concatenate([pause(0.3), CHIRP_A.samples()]))
        b.say(np.concatenate([pause(0.3), CHIRP_B.samples()]))
        at_b, at_a = heard_by(b, CHIRP_A, said_b), heard_by(a, CHIRP_B, said_a)
        for found in (at_b, at_a):
            assert found.longest_gap <= 0.04
            assert abs(found.level_db) < 1.0
            assert found.at - 0.3 < 0.15

    within_tries(conversation)
    assert absent(a.recorded(), CHIRP_A)
    assert absent(b.recorded(), CHIRP_B)


@alone
def test_a_recording_made_in_real_time_holds_both(live: Room, modem: Make) -> None:
    a, b = modem(), modem()
    call(live, a, b)
    names: list[str] = []

    def recording() -> None:
        names.append(f"{len(names)}.wav")
        before, said_a, said_b = len(a.heard), len(b.heard), len(a.heard)
        live.media.record("c", names[-1])
        a.say(np.concatenate([pause(0.5), CHIRP_A.samples(), pause(0.7)]))
        b.say(np.concatenate([pause(0.8), CHIRP_B.samples(), pause(0.4)]))
        heard_by(b, CHIRP_A, said_a)
        heard_by(a, CHIRP_B, said_b)
        until(lambda: len(a.heard) > before + 170, "three seconds", 6.0)
        live.media.stop_record("c")
        done = live.wait(Recorded, len(names))
        recorded = wav.read(live.recordings / names[-1])

        assert done.seconds >= 3.0
        for chirp in (CHIRP_A, CHIRP_B):
            found = find(recorded, chirp)
            assert found is not None
            assert found.longest_gap <= 0.04
            assert abs(found.level_db) < 1.0

    within_tries(recording)


@alone
def test_frames_that_come_late_by_chance_leave_no_gap(live: Room, modem: Make) -> None:
    a, b = modem(jitter=0.015, seed=3), modem(jitter=0.015, seed=4)
    call(live, a, b)

    def speech() -> None:
        began = len(b.heard)
        a.say(np.concatenate([pause(0.3), CHIRP_A.samples()]))
        found = heard_by(b, CHIRP_A, began)
        assert found.longest_gap <= 0.04
        assert abs(found.level_db) < 1.0

    within_tries(speech)


@alone
def test_an_unplugged_modem_is_told_and_the_other_ear_gets_silence(live: Room, modem: Make) -> None:
    a, b = modem(), modem()
    call(live, a, b)
    b.unplug()
    failed = live.wait(PortFailed)
    frames = len(a.heard)
    until(lambda: len(a.heard) >= frames + 25, "half a second more", 5.0)

    assert (failed.call, failed.leg) == ("c", "b")
    assert failed.cause
    assert not np.frombuffer(b"".join(a.heard[frames + 5 :]), "<i2").any()


@alone
def test_a_modem_that_freezes_does_not_hold_up_the_other_and_comes_back_undelayed(
    live: Room, modem: Make
) -> None:
    a, b = modem(), modem()
    call(live, a, b)
    until(lambda: len(a.heard) > 10, "voice", 5.0)
    dry = a.dry
    b.freeze(1.5)
    during = a.dry - dry
    note = live.wait(LevelNote)
    b.deepest = 0
    a.say(np.concatenate([pause(0.5), CHIRP_A.samples()]))
    began = len(b.heard)
    found = heard_by(b, CHIRP_A)

    assert (note.leg, note.note) == ("b", "stalled")
    assert during <= 3
    assert found.longest_gap <= 0.04
    assert b.deepest <= 8
    assert found.at - began * FRAME_SECONDS - 0.5 <= 0.3


@alone
def test_keys_pressed_during_a_call_are_heard(live: Room, modem: Make) -> None:
    a, b = modem(), modem()
    call(live, a, b)
    live.media.listen("c", "a", on=True)
    a.say(keys("159#", on=0.08, off=0.06))
    live.wait(DigitHeard, 4)

    assert "".join(event.digit for event in live.events(DigitHeard)) == "159#"
