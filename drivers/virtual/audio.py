"""Voice as the network carries it: 20 ms frames of 8 kHz, 16-bit, mono; levels, tones, mixing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RATE = 8000  # samples per second
FRAME_SECONDS = 0.02
FRAME_SAMPLES = 160
FRAME_OCTETS = 320
SILENCE = bytes(FRAME_OCTETS)

_FULL_SCALE_DBM0 = 3.14  # a sine that just fills 16 bits (ITU-T G.711)
_LARGEST = 32767

Samples = npt.NDArray[np.int16]


def amplitude(dbm0: float) -> float:
    """Return the peak, in 16-bit steps, of a sine of ``dbm0`` (at most +3.14 dBm0)."""
    return float(_LARGEST * 10 ** ((min(dbm0, _FULL_SCALE_DBM0) - _FULL_SCALE_DBM0) / 20))


def tone(frequencies: Sequence[tuple[float, float]], samples: int) -> Samples:
    """Return the sum of sines given as (hertz, dBm0), each beginning at phase zero."""
    moments = np.arange(samples) / RATE
    total = np.zeros(samples)
    for hertz, level in frequencies:
        total += amplitude(level) * np.sin(2 * np.pi * hertz * moments)
    return saturate(total)


def saturate(samples: npt.NDArray[np.float64] | npt.NDArray[np.int32]) -> Samples:
    """Return ``samples`` cut off at what 16 bits hold."""
    return np.clip(np.rint(samples), -_LARGEST - 1, _LARGEST).astype(np.int16)


def frames(samples: Samples) -> list[bytes]:
    """Cut samples into frames; the last one is filled up with silence."""
    octets = samples.astype("<i2").tobytes()
    octets += bytes(-len(octets) % FRAME_OCTETS)
    return [octets[at : at + FRAME_OCTETS] for at in range(0, len(octets), FRAME_OCTETS)]


def mix(voices: Sequence[bytes]) -> bytes:
    """Return the saturated sum of frames; silence for none."""
    if not voices:
        return SILENCE
    if len(voices) == 1:
        return voices[0]
    total = np.zeros(FRAME_SAMPLES, dtype=np.int32)
    for voice in voices:
        total += np.frombuffer(voice, dtype="<i2")
    return saturate(total).astype("<i2").tobytes()


class Cadence:
    """A tone that comes and goes: what a network says while one waits.

    Args:
        hertz: Frequency; a multiple of 50, so that all frames of it are alike.
        on: Seconds of tone, a multiple of 0.02.
        off: Seconds of silence, a multiple of 0.02.
        level: dBm0.
    """

    def __init__(self, hertz: int, on: float, off: float, level: float) -> None:
        self._frame = frames(tone([(hertz, level)], FRAME_SAMPLES))[0]
        self._on = round(on / FRAME_SECONDS)
        self._period = round((on + off) / FRAME_SECONDS)

    def frame(self, turn: int) -> bytes:
        """Return frame number ``turn``, counted from 0 at the tone's beginning."""
        return self._frame if turn % self._period < self._on else SILENCE


RINGBACK = Cadence(450, on=1.0, off=4.0, level=-10.0)
"""Ringing tone of the mainland's networks (ITU-T E.180 supplement 2)."""

HOLD_TONE = Cadence(450, on=0.4, off=4.0, level=-15.0)
"""What a held party hears where the network has a tone for it."""
