"""Speak texts.toml into the WAV files beside it: ``python -m sounds.make_sounds [--check]``.

Needs ``espeak-ng``. The files are the same on every run with the same version of it. With
``--check`` nothing is written: the exit status is 1 if a file is missing, too many, or not what
would be made.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from appliance.media import wav
from appliance.media.g711 import Samples, encode
from appliance.media.tones import RATE, amplitude, level

FOLDER: Final = Path(__file__).resolve().parent
# Language: voice, words a minute, pitch (0-99).
VOICES: Final = {"zh-CN": ("cmn+f2", 240, 50), "en": ("en-gb+f2", 175, 50)}
ACTIVE_LEVEL: Final = -16.0  # dBm0 while somebody speaks: a telephone's nominal speech
LIMIT: Final = amplitude(-1.0)  # peak that a soft knee keeps to
BEFORE: Final = 0.06  # seconds of silence in front
AFTER: Final = 0.20  # … and behind
_SPAN: Final = RATE // 50


def texts() -> dict[str, dict[str, str]]:
    """Return the texts: slot → language → text."""
    return tomllib.loads((FOLDER / "texts.toml").read_text(encoding="utf-8"))


def speak(text: str, language: str) -> Samples:
    """Return a text as speech: 8 kHz, trimmed, at the nominal level."""
    voice, speed, pitch = VOICES[language]
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    spoken = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    # A WAV written to a pipe has no true sizes: its samples follow the 44 octets of header.
    rate = int.from_bytes(spoken[24:28], "little")
    raw = np.frombuffer(spoken[44 : len(spoken) & ~1], dtype="<i2").astype(np.float64)
    return normalised(_trimmed(soxr.resample(raw, rate, RATE, quality="VHQ")))


def normalised(wave: np.ndarray) -> Samples:
    """Bring the parts that are speech to :data:`ACTIVE_LEVEL`, peaks bent below :data:`LIMIT`."""
    spans = wave[: len(wave) // _SPAN * _SPAN].reshape(-1, _SPAN)
    loudness = np.sqrt(np.mean(np.square(spans), axis=1))
    active = spans[loudness > 0.1 * loudness.max()].ravel()
    gain = 10.0 ** ((ACTIVE_LEVEL - level(active.astype(np.int16))) / 20.0)
    bent = np.tanh(wave * gain / LIMIT) * LIMIT
    edges = [np.zeros(round(seconds * RATE)) for seconds in (BEFORE, AFTER)]
    return np.round(np.concatenate([edges[0], bent, edges[1]])).astype(np.int16)


def _trimmed(wave: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(wave) > 0.01 * np.abs(wave).max())
    return wave[loud[0] : loud[-1] + 1]


def main(arguments: list[str]) -> int:
    """Make or check every file; return the exit status."""
    check = "--check" in arguments
    wrong: list[str] = []
    expected: set[Path] = set()
    for slot, versions in texts().items():
        for language, text in versions.items():
            path = FOLDER / f"{slot}.{language}.wav"
            expected.add(path)
            samples = speak(text, language)
            if not check:
                wav.write_alaw(path, samples)
            elif not path.is_file() or encode(wav.read(path)) != encode(samples):
                wrong.append(path.name)
    extra = set(FOLDER.glob("*.wav")) - expected
    wrong += [path.name for path in extra]
    if not check:
        for path in extra:
            path.unlink()
        total = sum(path.stat().st_size for path in expected)
        print(f"{len(expected)} files, {total} octets")
        return 0
    print("\n".join(wrong) if wrong else f"{len(expected)} files are as made")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
