"""Uploads of any common kind are converted, checked, approved or rejected with a reason."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from appliance.errors import BadInput, NotFound
from appliance.media import wav
from appliance.operations.transcode import decode
from appliance.operations.voice_checks import check
from appliance.operations.voices import Voices

RATE = 44100


def speech(seconds: float = 2.0, level: float = 0.25, rate: int = RATE) -> np.ndarray:
    """A tone that comes and goes like syllables."""
    at = np.arange(int(seconds * rate)) / rate
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * at)
    return (32767 * level * swell * np.sin(2 * np.pi * 440 * at)).astype(np.int16)


def encoded(
    container: str, codec: str, rate: int = RATE, layout: str = "stereo", bit_rate: int = 96_000
) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        known = {"strict": "experimental"}  # as the encoder of Vorbis says of itself
        stream = out.add_stream(codec, rate=rate, options=known, layout=layout, bit_rate=bit_rate)
        assert isinstance(stream, av.AudioStream)
        sound = np.stack([speech(rate=rate)] * (2 if layout == "stereo" else 1))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), "s16p", layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format, layout, rate)
        for piece in resampler.resample(frame) + resampler.resample(None):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "told"),
    [
        ("mp3", "libmp3lame", "mp3"),
        ("ipod", "aac", "aac"),
        ("ogg", "libopus", "opus"),
        ("ogg", "vorbis", "vorbis"),
        ("asf", "wmav2", "wmav2"),
        ("flac", "flac", "flac"),
        ("wav", "pcm_s24le", "pcm_s24le"),
    ],
)
def test_any_common_kind_becomes_what_the_box_plays(
    tmp_path: Path, container: str, codec: str, told: str
) -> None:
    voices = Voices(tmp_path)

    file = voices.add(7, "hello.wav", encoded(container, codec, 48000), "greeting")

    assert file.description == "greeting"
    assert told in file.checks[0].words
    assert file.seconds == pytest.approx(2.0, abs=0.1)
    assert {one.verdict for one in file.checks} == {"ok"}
    voices.approve(7, "hello.wav")
    kept = wav.parse(voices.content(7, "hello.wav"))
    spectrum = np.abs(np.fft.rfft(kept.astype(float)))
    peak = float(np.argmax(spectrum)) * 8000 / len(kept)
    assert peak == pytest.approx(440, abs=6)


def test_a_recording_of_an_old_phone_is_taken(tmp_path: Path) -> None:
    octets = encoded("amr", "libopencore_amrnb", 8000, "mono", bit_rate=12_200)
    assert octets.startswith(b"#!AMR\n")
    file = Voices(tmp_path).add(7, "hello.wav", octets)
    assert "amr" in file.checks[0].words
    assert file.seconds == pytest.approx(2.0, abs=0.1)
    assert {one.verdict for one in file.checks} == {"ok"}


def test_what_is_no_sound_is_refused_in_words() -> None:
    for octets in (b"no sound at all" * 100, b"ID3" + bytes(2000)):
        with pytest.raises(BadInput, match=r"x: no sound file that can be read"):
            decode(octets, "x")


@pytest.mark.parametrize(
    ("samples", "name", "verdict", "words"),
    [
        (np.zeros(8000, np.int16), "level", "failed", "silent"),
        (speech(0.1, rate=8000), "length", "failed", "too short"),
        (speech(6.0, rate=8000), "length", "warning", "cut after 5 s"),
        (speech(2.0, 0.005, 8000), "level", "warning", "hard to hear"),
        (np.clip(speech(2.0, 0.9, 8000).astype(int) * 6, -32768, 32767).astype(np.int16),
         "distortion", "warning", "clipped"),
        (np.full(8000, 20000, np.int16) + speech(1.0, 0.1, 8000), "offset", "warning", "DC offset"),
        (np.concatenate([np.zeros(12000, np.int16), speech(1.0, rate=8000)]), "silence", "warning",
         "1.5 s of silence"),
    ],
)  # fmt: skip
def test_each_check_names_what_is_wrong(
    samples: np.ndarray, name: str, verdict: str, words: str
) -> None:
    (found,) = (one for one in check(samples, "WAV") if one.name == name)

    assert found.verdict == verdict
    assert words in found.words


def test_a_rejected_file_says_why_and_may_be_replaced(tmp_path: Path) -> None:
    voices = Voices(tmp_path)
    sound = tmp_path / "sound.wav"
    wav.write_pcm(sound, speech(1.0, rate=8000))
    voices.add(7, "a.wav", sound.read_bytes())

    rejected = voices.reject(7, "a.wav", "another firm's name")

    assert (rejected.state, rejected.reason) == ("rejected", "another firm's name")
    assert not voices.exists(7, "a.wav")
    with pytest.raises(NotFound):
        voices.reject(7, "a.wav", "again")
    voices.add(7, "a.wav", sound.read_bytes())
    assert [one.state for one in voices.all(7)] == ["pending", "rejected"]
    approved = voices.approve(7, "a.wav")
    assert (approved.state, approved.reason) == ("approved", None)
    voices.remove(7, "a.wav")
    assert voices.all(7) == []
    assert [path for path in (tmp_path / "7").rglob("*") if path.is_file()] == []


def test_what_failed_a_check_is_still_the_reviewer_s_to_approve(tmp_path: Path) -> None:
    voices = Voices(tmp_path)
    sound = tmp_path / "sound.wav"
    wav.write_pcm(sound, np.zeros(8000, np.int16))
    voices.add(7, "a.wav", sound.read_bytes())

    approved = voices.approve(7, "a.wav")

    assert approved.state == "approved"
    assert [one.words for one in approved.checks if one.verdict == "failed"] == ["it is silent"]
