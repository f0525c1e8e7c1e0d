from __future__ import annotations

import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import BadInput
from appliance.media import wav
from appliance.media.tones import level, sine

TONE = sine(1004.0, 0.5)


def test_pcm_goes_through_the_standard_library_both_ways(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.wav", tmp_path / "theirs.wav"
    wav.write_pcm(ours, TONE)
    with wave.open(str(ours)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.readframes(file.getnframes()) == TONE.astype("<i2").tobytes()
    with wave.open(str(theirs), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(TONE.astype("<i2").tobytes())

    assert (wav.read(theirs) == TONE).all()


@pytest.mark.parametrize("samples", [TONE, TONE[:-1], TONE[:0]], ids=["even", "odd", "empty"])
def test_sox_reads_our_a_law(tmp_path: Path, samples: np.ndarray) -> None:
    path = tmp_path / "a.wav"
    wav.write_alaw(path, samples)
    raw = subprocess.run(
        ["sox", str(path), "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"],
        capture_output=True,
        check=True,
        timeout=20,
    )

    assert raw.stderr == b""
    assert np.frombuffer(raw.stdout, "<i2").tolist() == wav.read(path).tolist()
    assert len(wav.read(path)) == len(samples)


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_other_rates_and_channels_become_eight_kilohertz_mono(
    tmp_path: Path, rate: int, channels: int
) -> None:
    path = tmp_path / "x.wav"
    at = np.arange(rate)
    one = np.round(8000 * np.sin(2 * np.pi * 1004 / rate * at)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(np.repeat(one, channels).tobytes())
    samples = wav.read(path)

    assert abs(len(samples) - 8000) <= 1
    assert abs(level(samples[400:-400]) - level(one)) < 0.1
    assert int(np.argmax(np.abs(np.fft.rfft(samples[:8000].astype(float))))) in range(1002, 1007)


def test_chunks_that_mean_nothing_here_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    wav.write_pcm(path, TONE)
    octets = path.read_bytes()
    odd = struct.pack("<4sI", b"LIST", 3) + b"abc\0"

    assert (wav.parse(octets[:12] + odd + octets[12:]) == TONE).all()


def test_a_stream_without_true_sizes_is_read_to_its_end() -> None:
    header = struct.pack("<4sI4s", b"RIFF", 0xFFFFFFFF, b"WAVE")
    header += struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    header += struct.pack("<4sI", b"data", 0xFFFFFFFF)

    assert (wav.parse(header + TONE.astype("<i2").tobytes()) == TONE).all()


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"", "not a WAV file .begins with nothing."),
        (b"ID3\x04" + bytes(60), "not a WAV file .begins with 49443304."),
        (b"RIFF\0\0\0\0WAVE", "holds no samples"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "samples come before their format"),
        (b"RIFF\0\0\0\0WAVEfmt \2\0\0\0\1\0", "format of 2 octets, at least 16"),
        (
            b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 2, 1, 8000, 4000, 1, 4),
            "format 2/4 found",
        ),
        (
            b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 0, 8000, 0, 0, 16),
            "0 channels at 8000 Hz",
        ),
    ],
)
def test_what_is_no_usable_wav_is_refused_with_what_was_found(octets: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        wav.parse(octets, "upload.wav")


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.wav"
    with path.open("wb") as file:
        file.truncate(wav.LARGEST + 1)

    with pytest.raises(BadInput, match="6291457 octets, at most 6291456"):
        wav.read(path)


@given(st.binary(max_size=200))
def test_hostile_octets_are_refused_or_read_but_never_break(octets: bytes) -> None:
    try:
        samples = wav.parse(b"RIFF\0\0\0\0WAVE" + octets)
    except BadInput:
        return
    assert samples.dtype == np.int16
