"""What a reviewer would otherwise have to listen for: length, level, silence, distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from appliance.media.g711 import Samples

RATE: Final = 8000
SHORTEST: Final = 0.2
"""Seconds below which nobody hears a word."""
WAITING: Final = 5.0
"""Seconds after which a tone before the answer is cut. behaviour §6.1"""
SILENT: Final = -60.0
QUIET: Final = -35.0
LOUD: Final = -8.0
"""dBFS: the peak of nothing at all; the level of speech that is hard to hear, or distorts."""
_FULL: Final = 32768.0
_CLIPPED: Final = 32000
_CLIPPED_SHARE: Final = 0.001
_PAUSE: Final = 1.0  # seconds of silence in front of the first word
_FRAME: Final = 160
_DRIFT: Final = 0.02  # of full scale

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, how it came out, and a sentence."""

    name: str
    verdict: Verdict
    words: str


def check(samples: Samples, source: str) -> list[Check]:
    """Return every check of a file's 8 kHz mono samples.

    Args:
        source: What the upload was, in words.
    """
    return [
        Check("format", "ok", f"stored as A-law, 8000 Hz, mono; it was {source}"),
        _length(samples),
        *_level(samples),
    ]


def _length(samples: Samples) -> Check:
    seconds = len(samples) / RATE
    if seconds < SHORTEST:
        return Check("length", "failed", f"{seconds:.2f} s is too short to be heard")
    if seconds > WAITING:
        words = f"{seconds:.1f} s; as a waiting tone it is cut after {WAITING:g} s"
        return Check("length", "warning", words)
    return Check("length", "ok", f"{seconds:.1f} s")


def _level(samples: Samples) -> list[Check]:
    import numpy as np

    sound = samples.astype(np.float64)
    peak = float(np.abs(sound).max(initial=0.0))
    if _decibels(peak) < SILENT:
        return [Check("level", "failed", "it is silent")]
    whole = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    frames = np.sqrt((whole**2).mean(axis=1)) if len(whole) else np.array([peak])
    # Speech as ITU-T P.56 means it: the pauses between words do not count.
    active = frames[frames > frames.max() / 30]
    speech = _decibels(float(np.sqrt((active**2).mean())))
    clipped = float((np.abs(sound) >= _CLIPPED).mean())
    checks = [_loudness(speech), _distortion(clipped)]
    begins = float(np.argmax(frames > frames.max() / 30)) * _FRAME / RATE
    if begins > _PAUSE:
        words = f"{begins:.1f} s of silence before the first word"
        checks.append(Check("silence", "warning", words))
    if abs(float(sound.mean())) > _DRIFT * _FULL:
        checks.append(Check("offset", "warning", "the sound is not centred (DC offset)"))
    return checks


def _loudness(speech: float) -> Check:
    if speech < QUIET:
        return Check("level", "warning", f"speech at {speech:.0f} dBFS is hard to hear")
    if speech > LOUD:
        return Check("level", "warning", f"speech at {speech:.0f} dBFS is too loud for a telephone")
    return Check("level", "ok", f"speech at {speech:.0f} dBFS")


def _distortion(clipped: float) -> Check:
    if clipped > _CLIPPED_SHARE:
        return Check("distortion", "warning", f"{100 * clipped:.1f} % of it is clipped")
    return Check("distortion", "ok", "not clipped")


def _decibels(amplitude: float) -> float:
    import math

    return 20 * math.log10(max(amplitude, 1e-6) / _FULL)
