from __future__ import annotations

import hashlib
import threading

import numpy as np

from appliance.media import Attached, DigitHeard, LevelNote, PortFailed, Recorded, wav
from appliance.media.dtmf import Detector
from appliance.media.leg import Counts
from appliance.media.listening import CHIRP_A, CHIRP_B, absent, find
from appliance.media.tones import keys, level
from drivers.audio.port import FRAME_SECONDS
from tests.media.rig import Room, cut, until

SPOKEN_A = np.concatenate([np.zeros(1600, np.int16), CHIRP_A.samples()])
SPOKEN_B = np.concatenate([np.zeros(2400, np.int16), CHIRP_B.samples()])


def test_both_hear_each_other_whole_and_nobody_hears_himself(media_room: Room) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    at_a, at_b = media_room.talk(SPOKEN_A, SPOKEN_B)

    from_a, from_b = find(at_b, CHIRP_A), find(at_a, CHIRP_B)
    assert from_a is not None
    assert from_b is not None
    assert from_a.clean
    assert from_b.clean
    assert abs(from_a.level_db) < 0.1
    assert abs(from_b.level_db) < 0.1
    assert from_a.at - 0.2 <= 0.06
    assert from_b.at - 0.3 <= 0.06
    assert absent(at_a, CHIRP_A)
    assert absent(at_b, CHIRP_B)


def test_without_a_bridge_nobody_hears_anybody(media_room: Room) -> None:
    media_room.attach()
    at_a, at_b = media_room.talk(SPOKEN_A, SPOKEN_B)

    assert not at_a.any()
    assert not at_b.any()


def test_what_was_said_before_the_bridge_is_not_heard_after_it(media_room: Room) -> None:
    media_room.attach()
    media_room.talk(SPOKEN_A, SPOKEN_B)
    media_room.media.bridge("c", on=True)
    at_a, at_b = media_room.talk(frames=60)

    assert not at_a.any()
    assert not at_b.any()
    assert media_room.ports["one"].flushes == 1
    assert media_room.ports["two"].flushes == 1


def test_the_bridge_can_be_taken_down_again(media_room: Room) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.talk(frames=5)
    media_room.media.bridge("c", on=False)
    at_a, at_b = media_room.talk(SPOKEN_A, SPOKEN_B)

    assert not at_a.any()
    assert not at_b.any()


def test_a_port_that_dies_is_told_with_its_cause_and_the_other_leg_goes_on(
    media_room: Room,
) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.talk(SPOKEN_A)
    media_room.ports["two"].lost = "unplugged"
    failed = media_room.wait(PortFailed)
    heard = media_room.leg("one", 30, SPOKEN_A)

    assert (failed.call, failed.leg, failed.cause) == ("c", "b", "unplugged")
    assert len(heard) == 30 * 160
    assert media_room.ports["two"].closed.is_set()


def test_a_port_that_takes_nothing_does_not_hold_up_the_other_leg(media_room: Room) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.ports["two"].refuses_frames = True
    heard = []
    for _ in range(50):
        media_room.clock.advance(FRAME_SECONDS)
        media_room.ports["two"].said.put(b"\x10\x20" * 160)
        heard.append(media_room.step("one"))
    until(lambda: media_room.ports["two"].said.empty(), "b's frames to be read")
    # Which frame of his falls to which of hers depends on how the threads are run; what was read
    # last waits for her next ones.
    for _ in range(10):
        media_room.clock.advance(FRAME_SECONDS)
        heard.append(media_room.step("one"))

    assert b"\x10\x20" * 160 in heard[-20:]
    assert counts(media_room, "b").refused > 0
    assert counts(media_room, "a").refused == 0


def test_a_modem_that_falls_silent_is_noted_and_the_other_ear_gets_silence(
    media_room: Room,
) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.talk(frames=5)
    for _ in range(60):
        media_room.clock.advance(FRAME_SECONDS)
        heard = media_room.step("one")
    note = media_room.wait(LevelNote)

    assert (note.leg, note.note) == ("b", "stalled")
    assert heard == bytes(320)
    assert media_room.ports["two"].heard.qsize() <= 5


def test_uneven_delivery_is_smoothed_without_loss(media_room: Room) -> None:
    """A modem that hands over two frames at a time, every 40 ms, is heard without a gap."""
    media_room.attach()
    media_room.media.bridge("c", on=True)
    octets = SPOKEN_A.astype("<i2").tobytes()
    frames = [octets[at : at + 320].ljust(320, b"\0") for at in range(0, len(octets), 320)]
    frames += [bytes(320)] * 10
    heard = []
    for index in range(0, len(frames) - 1, 2):
        for late in (0, 1):
            media_room.clock.advance(FRAME_SECONDS)
            if late:
                media_room.step("one", frames[index])
                media_room.step("one", frames[index + 1])
            heard.append(media_room.step("two"))

    found = find(np.frombuffer(b"".join(heard), "<i2").astype(np.int16), CHIRP_A)
    assert found is not None
    assert found.clean


def test_a_full_port_gets_no_more(media_room: Room) -> None:
    media_room.attach()
    media_room.ports["one"].backlog = 10 * 320
    media_room.ports["one"].said.put(bytes(320))
    media_room.clock.advance(FRAME_SECONDS)
    until(lambda: counts(media_room, "a").refused == 1, "the frame to be dropped")

    assert media_room.ports["one"].heard.empty()


def test_digits_across_a_bridge_are_reported_and_not_passed_on(media_room: Room) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.media.listen("c", "a", on=True)
    _, at_b = media_room.talk(keys("42#", on=0.1, off=0.1))
    digits = "".join(event.digit for event in media_room.events(DigitHeard))

    assert digits == "42#"
    assert {event.leg for event in media_room.events(DigitHeard)} == {"a"}
    detector = Detector()
    assert not [press for frame in cut(at_b) for press in detector.feed(frame)]
    assert level(at_b) < -20.0


def test_first_frames_are_told_once_per_leg(media_room: Room) -> None:
    media_room.attach()
    media_room.talk(frames=3)

    assert {(event.call, event.leg) for event in media_room.events(Attached)} == {
        ("c", "a"),
        ("c", "b"),
    }
    assert len(media_room.events(Attached)) == 2


def test_a_recording_holds_both_people_and_no_prompt(media_room: Room) -> None:
    media_room.attach()
    media_room.media.bridge("c", on=True)
    media_room.talk(frames=5)
    media_room.media.record("c", "2026/c.wav")
    media_room.media.play("c", "a", 1, ("tone:1004/3",), mix=True)
    media_room.talk(SPOKEN_A, SPOKEN_B, frames=200)
    media_room.media.stop_record("c")
    done = media_room.wait(Recorded)
    path = media_room.recordings / "2026/c.wav"
    recorded = wav.read(path)

    for chirp in (CHIRP_A, CHIRP_B):
        found = find(recorded, chirp)
        assert found is not None
        assert found.clean
        assert abs(found.level_db) < 0.5
    assert (done.call, done.name) == ("c", "2026/c.wav")
    assert abs(done.seconds - 4.0) < 0.1
    assert done.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not list(media_room.recordings.rglob("*.part"))
    spectrum = np.abs(np.fft.rfft(recorded[:8000].astype(float)))
    assert spectrum[1004] < 0.05 * np.abs(np.fft.rfft(CHIRP_A.samples()[:8000].astype(float))).max()


def test_threads_bear_the_legs_names(media_room: Room) -> None:
    media_room.attach()
    names = {thread.name for thread in threading.enumerate()}

    assert {"media-a-c", "media-b-c", "media-recorder", "media-loader"} <= names


def counts(room: Room, leg: str) -> Counts:
    return next(f.counts for f in room.media.figures() if f.leg == leg)
