"""Tones that the box makes itself: those of the national tone plan, test tones, and keys.

Levels are in dBm0: a sine of +3.14 dBm0 just reaches full scale (ITU-T G.711 §8).
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from appliance.errors import BadInput
from appliance.media.g711 import Samples
from appliance.media.tone_plans import HOME, NAMES, plan

RATE: Final = 8000
LEVEL: Final = -10.0  # dBm0, the tone plan's nominal level
LONGEST: Final = 600.0  # seconds of one tone or silence
_OVERLOAD: Final = 3.14  # dBm0 of a full-scale sine
_RAMP: Final = 40  # samples of fade at each edge (5 ms), against clicks

ROWS: Final = (697.0, 770.0, 852.0, 941.0)  # Hz, ITU-T Q.23
COLUMNS: Final = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS: Final = "123A456B789C*0#D"  # row by row

_FREE: Final = re.compile(r"(\d{2,4}(?:\.\d+)?)/(\d{1,3}(?:\.\d+)?)")
_TIME: Final = re.compile(r"\d{1,3}(?:\.\d+)?")


def amplitude(dbm0: float) -> float:
    """Return the peak, in 16-bit units, of a sine of ``dbm0``."""
    return float(32767.0 * 10.0 ** ((dbm0 - _OVERLOAD) / 20.0))


def level(samples: Samples) -> float:
    """Return the level of samples in dBm0; silence is -99."""
    power = float(np.mean(np.square(samples.astype(np.float64)))) if len(samples) else 0.0
    if power <= 0.0:
        return -99.0
    return float(10.0 * np.log10(2.0 * power / 32767.0**2)) + _OVERLOAD


def sine(hertz: float, seconds: float, dbm0: float = LEVEL) -> Samples:
    """Return a tone that begins at phase zero, unfaded."""
    at = np.arange(round(seconds * RATE))
    wave = np.sin(2.0 * np.pi * hertz / RATE * at) * amplitude(dbm0)
    samples: Samples = np.round(wave).astype(np.int16)
    return samples


def silence(seconds: float) -> Samples:
    """Return nothing, for ``seconds``."""
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def make(source: str, region: str = HOME) -> Samples:
    """Return what ``tone:NAME``, ``tone:HERTZ/SECONDS`` or ``silence:SECONDS`` stands for.

    A named tone is that of the ``region`` (two letters), one turn of its cadence, fit to be looped.
    Raises BadInput.
    """
    kind, _, rest = source.partition(":")
    if kind == "silence" and _TIME.fullmatch(rest) and float(rest) <= LONGEST:
        return silence(float(rest))
    if kind == "tone" and rest in NAMES:
        tone = plan(region)[rest]
        return np.concatenate([_burst(tone.hertz, on, off) for on, off in tone.cadence])
    if kind == "tone" and (match := _FREE.fullmatch(rest)):
        hertz, seconds = float(match[1]), float(match[2])
        if 20.0 <= hertz <= 3900.0 and seconds <= LONGEST:
            return _burst((hertz,), seconds, 0.0)
    raise BadInput(f"{source}: a tone's name, HERTZ/SECONDS or silence:SECONDS expected")


def keys(
    digits: str,
    on: float = 0.1,
    off: float = 0.1,
    *,
    dbm0: float = -9.0,
    twist: float = 0.0,
    offset: float = 0.0,
) -> Samples:
    """Return the tones of pressed keys, each followed by ``off`` seconds of silence.

    Args:
        digits: ``0-9 * # A-D``.
        on: Seconds of each key.
        off: Seconds between keys.
        dbm0: Level of the row's tone.
        twist: dB by which the column's tone is louder than the row's.
        offset: Relative error of both frequencies (0.015 is 1.5 %).
    """
    parts = [silence(off)]
    for digit in digits:
        row, column = divmod(KEYS.index(digit), 4)
        low = sine(ROWS[row] * (1.0 + offset), on, dbm0).astype(np.int32)
        high = sine(COLUMNS[column] * (1.0 + offset), on, dbm0 + twist)
        parts += [np.clip(low + high, -32768, 32767).astype(np.int16), silence(off)]
    return np.concatenate(parts)


def _burst(hertz: tuple[float, ...], on: float, off: float) -> Samples:
    each = LEVEL - 10.0 * float(np.log10(len(hertz)))  # two tones together are as loud as one
    tone = np.sum([sine(f, on, each).astype(np.float64) for f in hertz], axis=0)
    if off > 0.0 and len(tone) >= 2 * _RAMP:
        ramp = np.linspace(0.0, 1.0, _RAMP)
        tone[:_RAMP] *= ramp
        tone[-_RAMP:] *= ramp[::-1]
    return np.concatenate([np.round(tone).astype(np.int16), silence(off)])
