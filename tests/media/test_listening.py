from __future__ import annotations

import numpy as np
import pytest

import sounds
from appliance.media import wav
from appliance.media.g711 import Samples, decode, encode
from appliance.media.listening import (
    ABSENT,
    CHIRP_A,
    CHIRP_B,
    Chirp,
    absent,
    find,
    load,
    score,
)
from appliance.media.tones import level, make

PROMPT = wav.read(sounds.default("recording-notice"))
RINGBACK = make("tone:ringback")
AT_A, AT_B = 90000, 90500


def laid(*parts: tuple[int, Samples]) -> Samples:
    total = np.zeros(160000, np.int32)
    for at, samples in parts:
        total[at : at + len(samples)] += samples
    return np.clip(total, -32768, 32767).astype(np.int16)


@pytest.fixture(scope="module")
def call() -> Samples:
    """Ringback, a prompt, then both people at once, through A-law."""
    everything = laid(
        (0, RINGBACK), (40000, PROMPT), (AT_A, CHIRP_A.samples()), (AT_B, CHIRP_B.samples())
    )
    return decode(encode(everything))


@pytest.mark.parametrize(("chirp", "at"), [(CHIRP_A, AT_A), (CHIRP_B, AT_B)])
def test_each_is_found_at_its_place_and_level_while_both_speak(
    call: Samples, chirp: Chirp, at: int
) -> None:
    found = find(call, chirp)

    assert found is not None
    assert found.clean
    assert found.score > 0.99
    assert abs(found.at - at / 8000) < 0.0005
    assert abs(found.level_db) < 0.1
    assert found.longest_gap == 0.0


def test_the_level_of_a_chirp_is_that_of_speech() -> None:
    assert abs(level(CHIRP_A.samples()) - -12.0) < 0.5


def test_absence_is_proved_amid_everything_else() -> None:
    others = laid((0, RINGBACK), (40000, PROMPT), (AT_B, CHIRP_B.samples()))
    noise = np.random.default_rng(5).normal(0, 3000, 80000).astype(np.int16)

    for recording in (others, noise, others[:0], np.zeros(8000, np.int16), others[:100]):
        assert absent(recording, CHIRP_A)
        assert find(recording, CHIRP_A) is None
    assert score(others, CHIRP_A) < ABSENT / 2


def test_a_faint_leak_is_no_absence() -> None:
    leak = (CHIRP_A.samples() / 100).astype(np.int16)
    assert not absent(laid((0, RINGBACK), (50000, leak)), CHIRP_A)


def test_half_the_amplitude_is_six_decibels(call: Samples) -> None:
    found = find((call // 2).astype(np.int16), CHIRP_B)
    assert found is not None
    assert abs(found.level_db - -6.02) < 0.1


@pytest.mark.parametrize("chirp", [CHIRP_A, CHIRP_B])
@pytest.mark.parametrize("milliseconds", [20, 60])
def test_what_was_cut_out_is_measured(call: Samples, chirp: Chirp, milliseconds: int) -> None:
    cut = milliseconds * 8
    found = find(np.concatenate([call[:98000], call[98000 + cut :]]), chirp)

    assert found is not None
    assert not found.clean
    assert not found.inserted
    (span,) = found.dropped
    assert abs(span.seconds - milliseconds / 1000) < 0.002
    start = AT_A if chirp is CHIRP_A else AT_B
    assert abs(span.at - (98000 - start) / 8000) < 0.06


@pytest.mark.parametrize("chirp", [CHIRP_A, CHIRP_B])
@pytest.mark.parametrize("repeated", [True, False])
def test_what_was_put_in_is_measured(call: Samples, chirp: Chirp, repeated: bool) -> None:
    extra = call[97840:98000] if repeated else np.zeros(160, np.int16)
    found = find(np.concatenate([call[:98000], extra, call[98000:]]), chirp)

    assert found is not None
    assert not found.clean
    (span,) = found.inserted
    assert abs(span.seconds - 0.02) < 0.002
    assert 0.015 <= found.longest_gap <= 0.03


@pytest.mark.parametrize("milliseconds", [20, 40, 60, 100])
def test_a_hole_is_measured(call: Samples, milliseconds: int) -> None:
    holed = call.copy()
    holed[98000 : 98000 + milliseconds * 8] = 0
    found = find(holed, CHIRP_A)

    assert found is not None
    assert abs(found.longest_gap - milliseconds / 1000) <= 0.01
    assert not found.dropped
    assert not found.inserted


def test_several_faults_are_told_apart(call: Samples) -> None:
    bad = np.concatenate([call[:95000], call[94840:101000], call[101160:]])
    found = find(bad, CHIRP_A)

    assert found is not None
    assert len(found.inserted) == 1
    assert len(found.dropped) == 1


def test_a_recording_is_loaded_from_its_file(tmp_path, call: Samples) -> None:
    path = tmp_path / "heard.wav"
    wav.write_pcm(path, call)
    assert (load(path) == call).all()
