"""WAV files that people speak."""

from __future__ import annotations

import contextlib
import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.audio import RATE, tone
from drivers.virtual.errors import BadRequest
from drivers.virtual.wav import read, write
from tests.drivers.virtual.town import level


def riff(form: int, bits: int, rate: int, data: bytes, channels: int = 1) -> bytes:
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", form, channels, rate, rate * block, block, bits)
    body = b"WAVE" + b"fmt " + struct.pack("<I", 16) + fmt
    body += b"LIST" + struct.pack("<I", 3) + b"abc\0"
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def sine(rate: int, seconds: float = 1.0) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * 700 * np.arange(int(rate * seconds)) / rate)).astype("<i2")


def test_what_was_written_is_read_back() -> None:
    sound = tone([(440, -10)], 1600)
    assert (read(write([sound.astype("<i2").tobytes()])) == sound).all()


def test_the_standard_library_reads_what_is_written() -> None:
    with wave.open(io.BytesIO(write([bytes(320)] * 3))) as file:
        assert (file.getnframes(), file.getframerate()) == (480, RATE)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_any_rate_becomes_8_khz_at_the_same_level_and_length(rate: int) -> None:
    sound = read(riff(1, 16, rate, sine(rate).tobytes()))
    assert len(sound) == pytest.approx(8000, abs=2)
    assert level(sound[800:7200], 700) == pytest.approx(20 * np.log10(8000 / 32767) + 3.14, abs=0.1)


def test_two_channels_are_mixed() -> None:
    both = np.stack([sine(8000), np.zeros(8000, "<i2")], axis=1)
    sound = read(riff(1, 16, 8000, both.astype("<i2").tobytes(), channels=2))
    assert int(sound.max()) == pytest.approx(4000, abs=5)


def test_eight_bits() -> None:
    data = (sine(8000) / 256 + 128).round().astype(np.uint8).tobytes()
    assert level(read(riff(1, 8, 8000, data)), 700) == pytest.approx(-9.1, abs=0.3)


@pytest.mark.parametrize(
    ("form", "octet", "value"),
    [
        (6, 0x55, -8),
        (6, 0xD5, 8),
        (6, 0x2A, -32256),
        (6, 0xAA, 32256),
        (6, 0x80, 5504),
        (7, 0xFF, 0),
        (7, 0x7F, 0),
        (7, 0x80, 32124),
        (7, 0x00, -32124),
        (7, 0xF0, 120),
    ],
)
def test_g711_decodes_as_its_tables_say(form: int, octet: int, value: int) -> None:
    assert int(read(riff(form, 8, 8000, bytes([octet] * 10)))[0]) == value


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "not a WAV"),
        (b"RIFF\0\0\0\0WAVE", "lacks"),
        (riff(1, 16, 8000, b""), "no sound"),
        (riff(2, 16, 8000, bytes(10)), "format 2"),
        (riff(1, 24, 8000, bytes(12)), "24 bits"),
        (riff(1, 16, 100, bytes(12)), "100 Hz"),
        (riff(1, 16, 8000, bytes(12), channels=9), "9 channels"),
        (riff(6, 8, 4000, bytes(4000 * 601)), "longer"),
    ],
)
def test_what_is_not_taken_is_refused_in_words(octets: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        read(octets)


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_octets_do_harm(noise: bytes, keep: int) -> None:
    with contextlib.suppress(BadRequest):
        assert read(riff(1, 16, 8000, bytes(100))[:keep] + noise).dtype == np.int16
