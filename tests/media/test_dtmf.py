from __future__ import annotations

import itertools

import numpy as np
import pytest

from appliance.media.dtmf import Detector, Press
from appliance.media.g711 import Samples, decode, encode
from appliance.media.tones import KEYS, amplitude, keys, silence, sine
from tests.media.rig import cut

ORDERS = ["123A456B789C*0#D", "D#0*C987B654A321", "1A7D2B8#3C90456*"]


def presses(samples: Samples) -> list[Press]:
    detector = Detector()
    return [press for frame in cut(np.concatenate([samples, silence(0.1)]))
            for press in detector.feed(frame)]  # fmt: skip


def heard(samples: Samples) -> str:
    return "".join(press.digit for press in presses(samples))


def shifted(samples: Samples, by: int) -> Samples:
    return np.concatenate([np.zeros(by, np.int16), samples])


def noisy(samples: Samples, dbm0: float, seed: int = 7) -> Samples:
    noise = np.random.default_rng(seed).normal(0, amplitude(dbm0) / np.sqrt(2), len(samples))
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("by", range(0, 160, 13))
@pytest.mark.parametrize("order", ORDERS)
def test_all_sixteen_keys_at_the_shortest_press_and_pause(order: str, by: int) -> None:
    assert heard(shifted(keys(order, on=0.04, off=0.04), by)) == order


@pytest.mark.parametrize("twist", [-10.0, -8.0, -4.0, 4.0, 8.0, 10.0])
@pytest.mark.parametrize("offset", [-0.015, 0.0, 0.015])
def test_twist_and_frequency_at_their_limits(twist: float, offset: float) -> None:
    made = keys(KEYS, on=0.04, off=0.04, dbm0=-13.0, twist=twist, offset=offset)
    assert heard(shifted(made, 71)) == KEYS


@pytest.mark.parametrize("by", [0, 71])
@pytest.mark.parametrize("twist", [-8.0, 8.0])
@pytest.mark.parametrize("offset", [-0.015, 0.015])
def test_all_limits_at_once(offset: float, twist: float, by: int) -> None:
    made = keys(KEYS, on=0.04, off=0.04, dbm0=-25.0, twist=twist, offset=offset)
    assert heard(shifted(made, by)) == KEYS


@pytest.mark.parametrize("dbm0", [0.0, -10.0, -25.0, -30.0])
def test_levels_from_loud_to_faint(dbm0: float) -> None:
    assert heard(keys(KEYS, on=0.04, off=0.04, dbm0=dbm0)) == KEYS


@pytest.mark.parametrize("offset", [-0.06, -0.05, -0.035, 0.035, 0.04, 0.05])
def test_frequencies_out_of_tolerance_are_refused(offset: float) -> None:
    assert heard(keys(KEYS, on=0.1, off=0.06, offset=offset)) == ""


@pytest.mark.parametrize("twist", [-13.0, 13.0])
def test_too_much_twist_is_refused(twist: float) -> None:
    assert heard(keys(KEYS, on=0.1, off=0.06, dbm0=-14.0, twist=twist)) == ""


@pytest.mark.parametrize("by", range(0, 160, 7))
def test_bursts_too_short_to_be_presses_are_refused(by: int) -> None:
    assert heard(shifted(keys(KEYS, on=0.023, off=0.06), by)) == ""


def test_what_is_fainter_than_any_phone_is_refused() -> None:
    assert heard(keys(KEYS, dbm0=-42.0)) == ""


def test_noise_fifteen_decibels_below_is_borne() -> None:
    assert heard(noisy(keys(ORDERS[1], on=0.05, off=0.05, dbm0=-9.0), -21.0)) == ORDERS[1]


def test_a_law_and_a_dial_tone_below_are_borne() -> None:
    made = decode(encode(keys(KEYS, on=0.05, off=0.05)))
    dial = sine(450.0, len(made) / 8000, -27.0)
    assert heard(made + dial[: len(made)]) == KEYS


@pytest.mark.parametrize("at", range(200, 480, 37))
def test_a_break_of_ten_milliseconds_does_not_make_two_presses(at: int) -> None:
    made = keys("5", on=0.1, off=0.05)
    made[at + 160 : at + 240] = 0
    assert heard(made) == "5"


def test_the_same_key_twice_and_keys_without_a_pause() -> None:
    assert heard(keys("5555", on=0.05, off=0.045)) == "5555"
    assert heard(keys("159D", on=0.08, off=0.0)) == "159D"


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.25, 1.0])
def test_the_length_of_a_press(seconds: float) -> None:
    (press,) = presses(keys("8", on=seconds))
    assert abs(press.milliseconds - seconds * 1000) <= 20


def test_single_tones_and_other_pairs_are_no_keys() -> None:
    singles = [sine(hertz, 0.2) for hertz in (697.0, 941.0, 1209.0, 1633.0, 450.0, 1004.0)]
    pairs = [
        sine(low, 0.2) // 2 + sine(high, 0.2) // 2
        for low, high in itertools.combinations((350.0, 440.0, 480.0, 620.0, 730.0, 1270.0), 2)
    ]
    assert heard(np.concatenate([*singles, *pairs])) == ""


def test_noise_is_no_key() -> None:
    noise = np.random.default_rng(3).normal(0, 4000, 8000 * 60)
    assert heard(np.clip(noise, -32768, 32767).astype(np.int16)) == ""


def test_it_says_early_what_a_bridge_must_keep_back() -> None:
    detector = Detector()
    frames = list(cut(shifted(keys("1", on=0.1, off=0.1), 37)))
    first_tone = 800 // 160
    suspected = []
    for frame in frames:
        detector.feed(frame)
        suspected.append(detector.suspected)

    assert not any(suspected[:first_tone])
    assert all(suspected[first_tone + 1 : first_tone + 5])
    assert detector.sounding is None
