from __future__ import annotations

import numpy as np
import pytest

import sounds
from appliance.media import DigitHeard, Played, wav
from appliance.media.g711 import Samples
from appliance.media.prompts import BETWEEN
from appliance.media.tones import RATE, keys, level, make, sine
from drivers.audio.port import FRAME_SAMPLES
from tests.media.rig import Room, until

NOTICE = sine(700.0, 0.5)
VOICE = sine(300.0, 4.0, -15.0)


@pytest.fixture
def prompt(media_room: Room) -> Room:
    wav.write_pcm(media_room.prompts / "notice.wav", NOTICE)
    media_room.attach()
    return media_room


def loud(samples: Samples, hertz: float) -> float:
    """Level in dBm0 of one frequency."""
    at = np.arange(len(samples)) * (2 * np.pi * hertz / 8000)
    part = samples @ np.exp(1j * at) * np.sqrt(2) / max(1, len(samples))
    return level(np.array([abs(part)], dtype=np.float64))


def await_clip(room: Room, leg: str = "a") -> None:
    """Wait for the loader, so that the test counts frames and not decoding time."""
    sessions = room.media._sessions
    until(
        lambda: (play := sessions["c"].legs[leg]._play) is None or play.clip is not None,
        "the prompt to be decoded",
    )


def test_a_prompt_reaches_its_ear_bit_by_bit_and_no_other(prompt: Room) -> None:
    prompt.media.play("c", "a", 7, ("notice.wav",))
    await_clip(prompt)
    at_a, at_b = prompt.talk(frames=40)

    assert (at_a[: len(NOTICE)] == NOTICE).all()
    assert not at_a[len(NOTICE) :].any()
    assert not at_b.any()
    assert prompt.wait(Played) == Played("c", "a", 7, interrupted=False)


def test_each_ear_its_own_prompt_at_the_same_time(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("notice.wav",))
    prompt.media.play("c", "b", 2, ("tone:1004/0.5",))
    await_clip(prompt, "a")
    await_clip(prompt, "b")
    at_a, at_b = prompt.talk(frames=25)

    assert loud(at_a, 700.0) > -12.0 > -40.0 > loud(at_a, 1004.0)
    assert loud(at_b, 1004.0) > -12.0 > -40.0 > loud(at_b, 700.0)


def test_several_sources_follow_each_other(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("tone:1004/0.2", "silence:0.1", "notice.wav"))
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=60)

    assert loud(at_a[:1600], 1004.0) > -12.0
    assert not at_a[1600:2400].any()
    assert (at_a[2400 : 2400 + len(NOTICE)] == NOTICE).all()
    assert len(prompt.events(Played)) == 1


def test_a_loop_goes_on_until_it_is_stopped(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("tone:ringback",), loop=True)
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=600)
    cadence = make("tone:ringback")

    assert (at_a == np.concatenate([cadence, cadence, cadence])[: len(at_a)]).all()
    assert not prompt.events(Played)
    prompt.media.stop_play("c", "a")
    assert prompt.wait(Played) == Played("c", "a", 1, interrupted=True)
    silent, _ = prompt.talk(frames=5)
    assert not silent.any()


def test_a_new_play_replaces_the_old_one_which_ends_once(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("tone:ringback",), loop=True)
    await_clip(prompt)
    prompt.talk(frames=10)
    prompt.media.play("c", "a", 2, ("notice.wav",))
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=40)

    assert (at_a[: len(NOTICE)] == NOTICE).all()
    assert [(e.play_id, e.interrupted) for e in prompt.events(Played)] == [(1, True), (2, False)]


def test_a_key_ends_an_interruptible_play_at_once(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("tone:1004/30",), interruptible=True)
    await_clip(prompt)
    at_a, _ = prompt.talk(keys("5", on=0.1, off=0.1))
    played = prompt.wait(Played)
    pressed = 800

    assert played == Played("c", "a", 1, interrupted=True)
    quiet_from = int(np.flatnonzero(at_a)[-1])
    assert quiet_from - pressed <= 3 * FRAME_SAMPLES
    assert [event.digit for event in prompt.events(DigitHeard)] == ["5"]


def test_a_key_does_not_end_other_plays(prompt: Room) -> None:
    prompt.media.listen("c", "a", on=True)
    prompt.media.play("c", "a", 1, ("tone:1004/30",))
    await_clip(prompt)
    prompt.talk(keys("5", on=0.1, off=0.1))

    assert [event.digit for event in prompt.events(DigitHeard)] == ["5"]
    assert not prompt.events(Played)


def test_nothing_is_detected_where_nobody_listens(prompt: Room) -> None:
    prompt.talk(keys("5", on=0.1, off=0.1))
    prompt.media.listen("c", "b", on=True)
    prompt.talk(keys("6", on=0.1, off=0.1))

    assert not prompt.events(DigitHeard)


def test_a_mixed_play_lies_over_a_lowered_voice(prompt: Room) -> None:
    prompt.media.bridge("c", on=True)
    before, _ = prompt.talk(two=VOICE[:8000])
    prompt.media.play("c", "a", 1, ("tone:1004/1",), mix=True)
    await_clip(prompt)
    during, _ = prompt.talk(two=VOICE[:8000], frames=50)
    after, _ = prompt.talk(two=VOICE[:8000])

    assert loud(during[1600:], 1004.0) > -13.0
    assert -12.0 < loud(during[1600:], 300.0) - loud(before[1600:8000], 300.0) < -8.0
    assert abs(loud(after[1600:8000], 300.0) - loud(before[1600:8000], 300.0)) < 0.5


def test_a_play_that_is_not_mixed_has_the_ear_alone_and_the_voice_comes_back_undelayed(
    prompt: Room,
) -> None:
    prompt.media.bridge("c", on=True)
    prompt.talk(two=VOICE[:1600], frames=10)
    prompt.media.play("c", "a", 1, ("notice.wav",))
    await_clip(prompt)
    during, _ = prompt.talk(two=VOICE, frames=25)
    waiting = next(f.waiting for f in prompt.media.figures() if f.leg == "a")

    assert (during == NOTICE).all()
    assert waiting <= 2


def test_a_prompt_that_is_missing_is_left_out_and_the_rest_is_played(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("gone.wav", "tone:nonsense", "../x.wav", "notice.wav"))
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=40)

    assert (at_a[: len(NOTICE)] == NOTICE).all()
    assert prompt.wait(Played) == Played("c", "a", 1, interrupted=False)


def test_a_play_of_nothing_is_over_with_the_next_frame(prompt: Room) -> None:
    prompt.media.play("c", "a", 1, ("gone.wav",), loop=True)
    await_clip(prompt)
    prompt.talk(frames=1)

    assert prompt.wait(Played) == Played("c", "a", 1, interrupted=False)


def test_a_replaced_upload_is_heard_at_its_next_play(prompt: Room) -> None:
    other = sine(1500.0, 0.25)
    prompt.media.play("c", "a", 1, ("notice.wav",))
    await_clip(prompt)
    prompt.talk(frames=30)
    wav.write_alaw(prompt.prompts / "notice.wav", other)
    prompt.media.play("c", "a", 2, ("notice.wav",))
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=15)

    assert loud(at_a[:2000], 1500.0) > -12.0


@pytest.mark.parametrize("language", ["", ":zh-CN", ":en"])
def test_default_prompts_are_played_by_slot(prompt: Room, language: str) -> None:
    expected = wav.read(sounds.default("recording-notice", language[1:] or "zh-CN"))
    prompt.media.play("c", "a", 1, (f"default:recording-notice{language}",))
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=60)

    assert (at_a[: min(len(expected), len(at_a))] == expected[: len(at_a)]).all()


def test_a_play_to_a_leg_that_is_not_there_is_over_at_once(media_room: Room) -> None:
    media_room.media.play("nobody", "a", 3, ("tone:busy",))

    assert media_room.wait(Played) == Played("nobody", "a", 3, interrupted=True)


def test_both_languages_of_a_prompt_are_said_in_turn(prompt: Room) -> None:
    parts = [wav.read(sounds.default("waiting", language)) for language in ("en", "zh-CN")]
    prompt.media.play("c", "a", 1, ("default:waiting:en+zh-CN",))
    await_clip(prompt)
    at_a, _ = prompt.talk(frames=sum(len(part) for part in parts) // 160 + 20)

    second = -(-len(parts[0]) // 160) * 160 + round(BETWEEN * RATE)
    assert (at_a[: len(parts[0])] == parts[0]).all()
    assert not at_a[len(parts[0]) : second].any()
    assert (at_a[second : second + len(parts[1])] == parts[1]).all()
    assert not at_a[second + len(parts[1]) :].any()
