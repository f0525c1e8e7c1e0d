from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import sounds
from appliance.media import wav
from appliance.media.tones import level
from sounds import make_sounds

FOLDER = Path(sounds.__file__).parent
# What the mirrored interface can be asked to say by default.
MIRRORED = [
    "no-permission", "business-error", "binding-missing", "waiting", "recording-notice",
    "last-minute", "extension-enter", "extension-wrong", "extension-wrong-end",
    "extension-none-end", "callback-missing", "application-end",
]  # fmt: skip
EVERY = [(slot, language) for slot in sounds.slots() for language in sounds.LANGUAGES]


def test_every_slot_has_a_text_and_a_file_in_every_language() -> None:
    texts = make_sounds.texts()

    assert sorted(texts) == sounds.slots()
    assert set(MIRRORED) <= set(texts)
    for slot, versions in texts.items():
        assert set(versions) == set(sounds.LANGUAGES), slot
        assert re.search("[一-鿿]", versions["zh-CN"]), slot
        assert not re.search("[一-鿿]", versions["en"]), slot


@pytest.mark.parametrize(("slot", "language"), EVERY)
def test_a_prompt_has_the_interfaces_format_a_speaking_level_and_no_click(
    slot: str, language: str
) -> None:
    path = sounds.default(slot, language)
    octets = path.read_bytes()
    samples = wav.parse(octets)
    spans = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(float)
    loudness = np.sqrt(np.mean(np.square(spans), axis=1))
    active = spans[loudness > 0.1 * loudness.max()].ravel()

    assert (octets[20:22], octets[22:24], octets[24:28]) == (b"\x06\0", b"\1\0", b"\x40\x1f\0\0")
    assert 1.0 <= len(samples) / 8000 <= 7.0
    assert -18.0 <= level(active) <= -14.0
    assert np.abs(samples).max() < 30000
    assert np.abs(samples[:80]).max() <= 8
    assert np.abs(samples[-80:]).max() <= 8


def test_all_of_them_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.wav")) < 1_500_000


def test_the_script_makes_every_file_again_and_says_which_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert make_sounds.main(["--check"]) == 0
    assert capsys.readouterr().out == f"{len(EVERY)} files are as made\n"

    texts = {"waiting": make_sounds.texts()["waiting"]}
    for language in sounds.LANGUAGES:
        name = f"waiting.{language}.wav"
        (tmp_path / name).write_bytes(sounds.default("waiting", language).read_bytes())
    (tmp_path / "waiting.en.wav").write_bytes(sounds.default("waiting", "zh-CN").read_bytes())
    (tmp_path / "nobody.en.wav").touch()
    monkeypatch.setattr(make_sounds, "FOLDER", tmp_path)
    monkeypatch.setattr(make_sounds, "texts", lambda: texts)
    assert make_sounds.main(["--check"]) == 1
    assert capsys.readouterr().out.split() == ["waiting.en.wav", "nobody.en.wav"]


@pytest.mark.parametrize(
    ("slot", "language"), [("nonsense", "en"), ("waiting", "fr"), ("../x", "en"), ("", "en")]
)
def test_what_is_not_there_is_refused_in_words(slot: str, language: str) -> None:
    with pytest.raises(KeyError, match="only"):
        sounds.default(slot, language)
