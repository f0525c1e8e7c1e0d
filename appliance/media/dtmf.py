"""Keys pressed on a telephone, heard in its voice (ITU-T Q.23, Q.24).

Windows of 20 ms every 10 ms are projected on the eight frequencies at once. Where one row and one
column stand out, the pair is fitted together (so that neither leaks into the other's measure) at
small offsets of frequency, and the share of the window's energy that the two tones explain must be
high: speech, which always carries other partials, fails there. The turn of phase from window to
window tells each frequency to a few hertz, and that refuses what lies outside the tolerance.

A mobile phone does not send its keys as sound: it signals them, and its network makes the tones
(3GPP TS 23.014), behind the radio's codec. So what is heard has mostly been through one codec, that
of the box's own leg. GSM full rate and AMR from 6.7 kbit/s up leave all sixteen keys intact at
every limit. At 5.9 to 4.75 kbit/s the codec makes another sound of some tones: the twelve keys of a
phone are still heard at their nominal level, but keys at the limits of twist or level are lost or,
if long, told twice. None is taken for another. To accept what those rates leave would be to accept
speech, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.media.tones import COLUMNS, KEYS, RATE, ROWS, amplitude

WEAKEST: Final = amplitude(-37.0)  # peak of the weaker tone; Q.24 asks for -25 dBm0 at the least
TWIST: Final = 10.0 ** (10.7 / 20.0)  # ratio of the amplitudes; administrations ask for 4 to 10 dB
TOLERANCE: Final = 0.025  # between the 1.5 % to be accepted and the 3.5 % to be refused
PURE: Final = 0.84  # share of the energy that makes a window a hit
PRESENT: Final = 0.5  # … that keeps a press going once it has begun
HITS: Final = 2  # windows in a row that make a press: 30 ms of tone; bursts under 24 ms never do
MISSES: Final = 3  # windows in a row that end it: breaks of 10 ms do not, pauses of 40 ms do

_WINDOW: Final = 160
_HOP: Final = 80
_TURN: Final = RATE / _HOP  # hertz that make one whole turn of phase per hop
_OFFSETS: Final = (0.0, -0.008, 0.008, -0.016, 0.016)
_ROUGH: Final = 0.25  # share of the energy on the nearest row and column worth a closer look

Floats = NDArray[np.float32]


def _basis(*hertz: float) -> NDArray[np.float64]:
    at = (np.arange(_WINDOW) - _WINDOW / 2) * (2.0 * np.pi / RATE)  # phases count from the middle
    return np.stack([wave(f * at) for f in hertz for wave in (np.cos, np.sin)], axis=1)


_ROUGH_BASIS: Final[Floats] = _basis(*ROWS, *COLUMNS).astype(np.float32)
_SHIFTS: Final = [(row, column) for row in _OFFSETS for column in _OFFSETS]
_PAIRS: Final = [
    [_basis(row * (1.0 + r), column * (1.0 + c)) for r, c in _SHIFTS]
    for row in ROWS
    for column in COLUMNS
]
# For each key and shift: a row-orthonormal basis to measure energy, and the fit of both tones.
_SPANS: Final[list[Floats]] = [
    np.concatenate([np.linalg.qr(pair)[0].T for pair in pairs]).astype(np.float32)
    for pairs in _PAIRS
]
_FITS: Final[list[Floats]] = [
    np.stack([np.linalg.pinv(pair) for pair in pairs]).astype(np.float32) for pairs in _PAIRS
]


@dataclass(frozen=True, slots=True)
class Press:
    """A key that was pressed and released."""

    digit: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one window shows: a key's index, how pure it is, and of both tones hertz and phase."""

    key: int
    share: float
    hertz: tuple[float, float]
    phases: tuple[float, float]


class Detector:
    """Hears the keys of one leg. Not thread-safe: it belongs to the leg's own thread."""

    def __init__(self) -> None:
        self._window = np.zeros(_WINDOW + _HOP, dtype=np.float32)
        self._before: _Seen | None = None
        self._run = 0
        self._key: int | None = None
        self._windows = 0
        self._misses = 0

    @property
    def sounding(self) -> str | None:
        """The key that is being pressed right now."""
        return None if self._key is None else KEYS[self._key]

    @property
    def suspected(self) -> bool:
        """True while a key sounds or may be about to: what a bridge does not pass on."""
        return self._key is not None or self._run > 0

    def feed(self, frame: bytes) -> list[Press]:
        """Take 20 ms of voice (320 octets); return the presses that ended in it, mostly none."""
        self._window[:_HOP] = self._window[-_HOP:]
        self._window[_HOP:] = np.frombuffer(frame, dtype="<i2")
        steps = [self._step(self._window[start : start + _WINDOW]) for start in (0, _HOP)]
        return [press for press in steps if press is not None]

    def _step(self, window: Floats) -> Press | None:
        seen = _look(window)
        hit = seen if seen is not None and seen.share >= PURE else None
        follows = hit is not None and self._before is not None and _continues(self._before, hit)
        self._run = self._run + 1 if follows else int(hit is not None)
        self._before = hit
        press = None
        if self._key is not None:
            press = self._go_on(seen)
        if self._run >= HITS and hit is not None and self._key != hit.key:
            press = press or self._ended()
            self._key, self._windows, self._misses = hit.key, self._run, 0
        return press

    def _go_on(self, seen: _Seen | None) -> Press | None:
        if seen is not None and seen.key == self._key and seen.share >= PRESENT:
            self._windows += 1 + self._misses
            self._misses = 0
            return None
        self._misses += 1
        return self._ended() if self._misses >= MISSES else None

    def _ended(self) -> Press | None:
        if self._key is None:
            return None
        press = Press(KEYS[self._key], self._windows * 10)
        self._key = None
        return press


def _look(window: Floats) -> _Seen | None:
    """Find the one key that a window may show, or None."""
    energy = float(window @ window)
    if energy < _WINDOW * WEAKEST**2:
        return None
    powers = np.square(window @ _ROUGH_BASIS).reshape(8, 2).sum(axis=1)
    row, column = int(powers[:4].argmax()), int(powers[4:].argmax())
    if float(powers[row] + powers[4 + column]) * 2.0 / _WINDOW < _ROUGH * energy:
        return None
    key = row * 4 + column
    explained = np.square(_SPANS[key] @ window).reshape(len(_SHIFTS), 4).sum(axis=1)
    best = int(explained.argmax())
    cos_row, sin_row, cos_column, sin_column = (_FITS[key][best] @ window).tolist()
    low, high = math.hypot(cos_row, sin_row), math.hypot(cos_column, sin_column)
    if min(low, high) < WEAKEST or max(low, high) > TWIST * min(low, high):
        return None
    shift = _SHIFTS[best]
    return _Seen(
        key,
        float(explained[best]) / energy,
        (ROWS[row] * (1.0 + shift[0]), COLUMNS[column] * (1.0 + shift[1])),
        (math.atan2(sin_row, cos_row), math.atan2(sin_column, cos_column)),
    )


def _continues(before: _Seen, seen: _Seen) -> bool:
    """Tell whether two neighbouring windows carry one key, each tone within its tolerance."""
    if before.key != seen.key:
        return False
    row, column = divmod(seen.key, 4)
    for nominal, hertz, old, new in zip(
        (ROWS[row], COLUMNS[column]), seen.hertz, before.phases, seen.phases, strict=True
    ):
        turned = (old - new) / (2.0 * math.pi * _HOP / RATE)  # hertz, but for whole turns per hop
        apart = (turned - hertz + _TURN / 2) % _TURN - _TURN / 2
        if abs(hertz + apart - nominal) > TOLERANCE * nominal:
            return False
    return True
