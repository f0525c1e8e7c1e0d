"""People's voices, synthesised by espeak-ng."""

from __future__ import annotations

import subprocess

import numpy as np
import soxr

from appliance.media.g711 import Samples
from appliance.media.tones import RATE


def spoken(voice: str, words: str) -> Samples:
    """Return words as one of espeak-ng's voices says them, without loud corners."""
    command = ["espeak-ng", "-v", voice, "--stdout", words]
    octets = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    raw = np.frombuffer(octets[44 : len(octets) & ~1], "<i2").astype(np.float64) * 0.4
    return np.round(soxr.resample(raw, 22050, RATE)).astype(np.int16)
