from __future__ import annotations

import numpy as np

from appliance.media.levels import EVERY, LevelWatch
from appliance.media.tones import silence, sine
from drivers.audio.port import SILENCE
from tests.media.rig import cut
from tests.media.voices import spoken

CLIPPED = np.where(sine(300.0, 0.02) > 0, 32767, -32768).astype("<i2").tobytes()
SPOKEN = list(cut(sine(300.0, 0.02, -15.0)))[0]  # noqa: RUF015


def notes(watch: LevelWatch, frame: bytes, count: int) -> list[str]:
    return [note for _ in range(count) if (note := watch.frame(frame)) is not None]


def test_clipping_is_told_once_per_spell() -> None:
    watch = LevelWatch()

    assert notes(watch, CLIPPED, 200) == ["clipping"]
    assert notes(watch, SPOKEN, 200) == []
    assert notes(watch, SILENCE, EVERY) == []
    assert notes(watch, CLIPPED, 200) == ["clipping"]


def test_ten_seconds_of_nothing_are_told_once_per_spell() -> None:
    watch = LevelWatch()

    assert notes(watch, SILENCE, 495) == []
    assert notes(watch, SILENCE, 500) == ["silence"]
    assert notes(watch, SPOKEN, EVERY) == []
    assert notes(watch, SILENCE, 505) == ["silence"]


HELLO = "Hello?"
GREETING = (
    "You have reached the voicemail of Lee and Sons please leave your name and your number and"
    " the reason of your call after the tone and we will call you back as soon as we possibly can"
)


def answered(words: str) -> list[str]:
    """Return what is told of a called leg on which somebody says this a second after the answer."""
    said = np.concatenate([silence(1.0), spoken("en-us", words), silence(6.0)])
    hiss = np.random.default_rng(5).normal(0, 30, len(said)).astype(np.int16)
    watch = LevelWatch(called=True)
    return [note for frame in cut(said + hiss) if (note := watch.frame(frame)) is not None]


def test_ordinary_speech_is_told_nothing_about() -> None:
    watch = LevelWatch()
    said = list(cut(np.concatenate([spoken("en-us", GREETING), silence(0.5)])))
    assert [note for frame in said * 4 if (note := watch.frame(frame)) is not None] == []


def test_noise_that_never_ceases_is_told_once_per_spell() -> None:
    watch = LevelWatch()
    noise = list(cut(np.random.default_rng(4).normal(0, 600, 8000 * 25).astype(np.int16)))

    assert [note for frame in noise if (note := watch.frame(frame)) is not None] == ["noise"]
    assert notes(watch, SILENCE, EVERY) == []
    assert [note for frame in noise if (note := watch.frame(frame)) is not None] == ["noise"]


def test_a_machine_that_answers_talks_on_and_a_person_waits() -> None:
    assert answered(GREETING) == ["announcement"]
    assert answered(HELLO) == []
    assert answered("Lee and Sons, good morning, this is Anna speaking.") == []
    caller = LevelWatch()
    talk = list(cut(spoken("en-us", GREETING)))
    assert [note for frame in talk if (note := caller.frame(frame)) is not None] == []


def test_a_stall_is_told_once_until_frames_come_again() -> None:
    watch = LevelWatch()

    assert [watch.stalled(s) for s in (0.5, 1.0, 1.5)] == [None, "stalled", None]
    watch.frame(SPOKEN)
    assert watch.stalled(1.2) == "stalled"
