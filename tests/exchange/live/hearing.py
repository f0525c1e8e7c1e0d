"""What phones have heard: every voice file of the house is a tone of its own."""

from __future__ import annotations

import numpy as np

from appliance.demo.people import Phone
from appliance.media import wav

TONES = {
    "wait.wav": 500,
    "callee-wait.wav": 600,
    "notice.wav": 700,
    "minute.wav": 800,
    "bye.wav": 900,
    "enter.wav": 1000,
    "wrong.wav": 1100,
    "wrong-end.wav": 1200,
    "none-end.wav": 1300,
    "missing.wav": 1400,
    "refused.wav": 1500,
    "error.wav": 1600,
}
"""Voice files of every application: each a tone of its own, to be told apart by ear."""
SECONDS = 0.4


def hears(phone: Phone, file: str) -> bool:
    """Return whether a phone has heard a voice file in its current or last call."""
    return sum(pitches(phone, TONES[file])) >= 2


def pitches(phone: Phone, hertz: float) -> list[bool]:
    """Return for every 100 ms that a phone has heard whether it was a tone of that pitch."""
    samples = wav.parse(phone.heard()).astype(np.float64)
    parts = samples[: len(samples) // 800 * 800].reshape(-1, 800)
    spectra = np.abs(np.fft.rfft(parts * np.hanning(800), axis=1))
    peaks = np.argmax(spectra, axis=1) * 10.0
    loud = spectra.max(axis=1, initial=0.0) > 5e4
    return [bool(hit) for hit in (np.abs(peaks - hertz) <= 10) & loud]
