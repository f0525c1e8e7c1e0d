"""What a phone heard, in tenths of a second."""

from __future__ import annotations

import numpy as np

from appliance.demo import ears
from appliance.demo.people import Phone

BUSY_TONE = 450.0  # Hz

_TENTH = ears.RATE // 10
_LOUD = 300.0  # of 32768


def tenths(phone: Phone, hertz: float) -> tuple[int, int]:
    """Return for how many tenths a phone heard a tone, and for how many anything else."""
    samples = ears.recording(phone)
    frames = samples[: len(samples) // _TENTH * _TENTH].reshape(-1, _TENTH).astype(np.float64)
    power = np.abs(np.fft.rfft(frames * np.hanning(_TENTH), axis=1)) ** 2
    near = np.abs(np.fft.rfftfreq(_TENTH, 1 / ears.RATE) - hertz) <= 20
    pure = power[:, near].sum(axis=1) > 0.9 * power.sum(axis=1)
    loud = np.sqrt((frames**2).mean(axis=1)) > _LOUD
    return int((pure & loud).sum()), int((~pure & loud).sum())
