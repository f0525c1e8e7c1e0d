from __future__ import annotations

import numpy as np
import pytest

from drivers.audio.resample import Down, Up


def sine(hertz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    at = np.arange(round(rate * seconds))
    return np.round(8000 * np.sin(2 * np.pi * hertz / rate * at)).astype(np.int16)


def db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.std(samples[500:-500].astype(float)) * np.sqrt(2) / 8000 + 1e-9))


@pytest.mark.parametrize("ratio", [2, 6])
@pytest.mark.parametrize("hertz", [300, 1000, 2000, 3000])
def test_speech_keeps_its_level_there_and_back(ratio: int, hertz: int) -> None:
    up, down = Up(ratio), Down(ratio)
    spoken = sine(hertz, 8000)
    card = up.frame(spoken)

    assert len(card) == ratio * len(spoken)
    assert abs(db(card)) < 0.1
    assert abs(db(down.frame(card))) < 0.1


@pytest.mark.parametrize("ratio", [2, 6])
@pytest.mark.parametrize("hertz", [4700, 5500, 7000])
def test_what_lies_above_the_band_does_not_fold_into_it(ratio: int, hertz: int) -> None:
    assert db(Down(ratio).frame(sine(hertz, 8000 * ratio))) < -55.0


@pytest.mark.parametrize("ratio", [2, 6])
def test_frame_by_frame_is_the_same_as_at_once(ratio: int) -> None:
    spoken = sine(700, 8000, 0.2)
    up, down = Up(ratio), Down(ratio)
    cards = [up.frame(spoken[at : at + 160]) for at in range(0, 1600, 160)]
    back = [down.frame(card) for card in cards]

    assert (np.concatenate(cards) == Up(ratio).frame(spoken)).all()
    assert all(len(frame) == 160 for frame in back)
    assert (np.concatenate(back) == Down(ratio).frame(np.concatenate(cards))).all()


@pytest.mark.parametrize("ratio", [2, 6])
def test_the_delay_there_and_back_is_three_milliseconds(ratio: int) -> None:
    click = np.zeros(800, np.int16)
    click[100] = 20000
    back = Down(ratio).frame(Up(ratio).frame(click))

    assert 20 <= int(np.argmax(back)) - 100 <= 26


def test_full_scale_is_limited_not_wrapped() -> None:
    square = np.repeat(np.tile(np.array([32767, -32768], np.int16), 20), 40)
    out = Up(2).frame(square).astype(int)
    delay = 24  # samples at 16 kHz

    assert out.max() == 32767
    assert out.min() == -32768
    middles = out[delay + 40 :: 80][:30]
    assert (np.sign(middles) == np.tile([1, -1], 15)).all()
