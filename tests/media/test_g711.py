from __future__ import annotations

import subprocess

import numpy as np

from appliance.media import g711
from appliance.media.tones import sine


def test_published_values_of_the_code() -> None:
    # ITU-T G.711 table 1: smallest and largest values of either sign, alternate bits inverted.
    samples = np.array([0, -1, 32767, -32768, 4032 * 8, 8, -8], dtype=np.int16)

    assert g711.encode(samples) == bytes([0xD5, 0x55, 0xAA, 0x2A, 0xAA, 0xD5, 0x55])
    assert g711.decode(bytes([0xD5, 0x55, 0xAA, 0x2A])).tolist() == [8, -8, 32256, -32256]


def test_every_code_survives_decoding_and_encoding() -> None:
    every = bytes(range(256))

    assert g711.encode(g711.decode(every)) == every


def test_every_sample_comes_back_within_its_step() -> None:
    every = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    back = g711.decode(g711.encode(every)).astype(np.int32)
    wrong = np.abs(back - every)

    assert wrong.max() <= 512
    assert (wrong <= np.maximum(8, np.abs(every.astype(np.int32)) / 30)).all()
    assert (np.diff(back) >= 0).all()


def test_sox_agrees_on_every_code() -> None:
    every = bytes(range(256))
    command = ["sox", "-t", "raw", "-r", "8000", "-e", "a-law", "-b", "8", "-c", "1", "-"]
    command += ["-t", "raw", "-e", "signed", "-b", "16", "-L", "-"]
    decoded = subprocess.run(command, input=every, capture_output=True, check=True, timeout=20)

    assert np.frombuffer(decoded.stdout, "<i2").tolist() == g711.decode(every).tolist()


def test_quantisation_noise_of_a_tone_is_that_of_the_standard() -> None:
    tone = sine(1004.0, 1.0)
    noise = g711.decode(g711.encode(tone)).astype(float) - tone
    ratio = 10 * np.log10(np.mean(np.square(tone.astype(float))) / np.mean(np.square(noise)))

    assert ratio > 36.0
