from __future__ import annotations

import numpy as np

from appliance.media.levels import EVERY, LevelWatch
from appliance.media.tones import sine
from drivers.audio.port import SILENCE
from tests.media.rig import cut

CLIPPED = np.where(sine(300.0, 0.02) > 0, 32767, -32768).astype("<i2").tobytes()
SPOKEN = list(cut(sine(300.0, 0.02, -15.0)))[0]  # noqa: RUF015


def notes(watch: LevelWatch, frame: bytes, count: int) -> list[str]:
    return [note for _ in range(count) if (note := watch.frame(frame)) is not None]


def test_clipping_is_told_once_per_spell() -> None:
    watch = LevelWatch()

    assert notes(watch, CLIPPED, 200) == ["clipping"]
    assert notes(watch, SPOKEN, 200) == []
    assert notes(watch, CLIPPED, 200) == ["clipping"]


def test_ten_seconds_of_nothing_are_told_once_per_spell() -> None:
    watch = LevelWatch()

    assert notes(watch, SILENCE, 495) == []
    assert notes(watch, SILENCE, 500) == ["silence"]
    assert notes(watch, SPOKEN, EVERY) == []
    assert notes(watch, SILENCE, 505) == ["silence"]


def test_ordinary_speech_is_told_nothing_about() -> None:
    assert notes(LevelWatch(), SPOKEN, 2000) == []


def test_a_stall_is_told_once_until_frames_come_again() -> None:
    watch = LevelWatch()

    assert [watch.stalled(s) for s in (0.5, 1.0, 1.5)] == [None, "stalled", None]
    watch.frame(SPOKEN)
    assert watch.stalled(1.2) == "stalled"
