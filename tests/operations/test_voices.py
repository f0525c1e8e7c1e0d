"""Voice files: uploaded, approved, replaced, removed; nothing outside the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.errors import BadInput, NotFound
from appliance.media import wav
from appliance.operations.voices import Voices


@pytest.fixture
def upload(tmp_path: Path) -> bytes:
    path = tmp_path / "upload.wav"
    wav.write_pcm(path, np.arange(16000, dtype=np.int16), 16000)
    return path.read_bytes()


def test_a_file_is_usable_once_approved(tmp_path: Path, upload: bytes) -> None:
    voices = Voices(tmp_path / "voices")
    voices.add(7, "hint.wav", upload)
    assert not voices.exists(7, "hint.wav")

    voices.approve(7, "hint.wav")

    assert voices.exists(7, "hint.wav")
    assert not voices.exists(8, "hint.wav")
    assert len(wav.read(tmp_path / "voices" / "7" / "hint.wav")) == 8000


def test_a_replacement_waits_beside_the_old_one(tmp_path: Path, upload: bytes) -> None:
    voices = Voices(tmp_path / "voices")
    voices.add(7, "hint.wav", upload)
    voices.approve(7, "hint.wav")
    voices.add(7, "hint.wav", upload)

    assert [file.state for file in voices.all(7)] == ["approved", "pending"]
    voices.remove(7, "hint.wav")
    assert voices.all(7) == []


@pytest.mark.parametrize(
    "name", ["../x.wav", "a/b.wav", ".x.wav", "x.mp3", "x", "", "中.wav", "a b.wav", "x" * 130]
)
def test_names_that_are_none(tmp_path: Path, upload: bytes, name: str) -> None:
    voices = Voices(tmp_path / "voices")

    assert not voices.exists(7, name)
    with pytest.raises(BadInput, match="no voice file's name"):
        voices.add(7, name, upload)


def test_what_is_no_wav_or_too_long_is_refused(tmp_path: Path, upload: bytes) -> None:
    voices = Voices(tmp_path / "voices")
    with pytest.raises(BadInput):
        voices.add(7, "x.wav", b"RIFF")
    with pytest.raises(BadInput, match="at most"):
        voices.add(7, "x.wav", bytes(7 << 20))
    with pytest.raises(NotFound):
        voices.approve(7, "x.wav")
    with pytest.raises(NotFound):
        voices.remove(7, "x.wav")
    assert voices.all(7) == []
