"""Proof by ear: coded chirps to send through a call, and what a recording says about them.

A chirp glides about within a band of its own, by a code of its own. In a recording it is found by
normalised cross-correlation within that band, so that ringback, prompts and the other party do not
hide it. Then every stretch of it is placed by itself: its level tells gaps, its place tells what
was dropped, put in or repeated.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.media import wav
from appliance.media.g711 import Samples
from appliance.media.tones import RATE, amplitude

SPEECH_LEVEL: Final = -12.0  # dBm0 of a chirp
FOUND: Final = 0.6  # score from which a chirp is there, whole or in pieces
ABSENT: Final = 0.3  # score below which it is not; noise and other chirps stay below 0.2
GLIDE: Final = 0.08  # seconds from one point of the band to the next
STRETCH: Final = 0.01  # seconds that are measured by themselves
WIDTH: Final = 0.12  # seconds around a stretch by which its place is found
REACH_SAMPLES: Final = 1600  # samples (200 ms) to either side that a stretch is searched
JUMP_PRICE: Final = 2.0  # correlation, summed over stretches, that a slip must be worth
SAMPLE_PRICE: Final = 0.02  # … that a step of one sample must be worth
GAP: Final = 0.3  # share of the usual level below which a stretch is missing
SLIP: Final = 0.005  # seconds of change of place that count as one
_STEP: Final = round(STRETCH * RATE)
_FLOOR: Final = amplitude(-60.0) / np.sqrt(2.0)  # RMS below which there is nothing to find

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chirp:
    """A recognisable sound.

    Args:
        low: Lower edge of its band in Hz.
        high: Upper edge of its band in Hz.
        code: Chooses its way through the band.
        seconds: Length (about; a whole number of glides).
    """

    low: float
    high: float
    code: int
    seconds: float = 2.0

    def samples(self) -> Samples:
        """Return the chirp at :data:`SPEECH_LEVEL`, 8 kHz."""
        made: Samples = np.round(_wave(self) * amplitude(SPEECH_LEVEL)).astype(np.int16)
        return made


CHIRP_A: Final = Chirp(400.0, 900.0, code=1)
CHIRP_B: Final = Chirp(1200.0, 2600.0, code=2)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the chirp, in seconds from its beginning."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording holds of a chirp.

    Args:
        score: Correlation at the best place, 0 to 1.
        at: Seconds from the beginning of the recording to that of the chirp.
        level_db: Level against the chirp as it was sent, in dB.
        gaps: Stretches that are missing or silent, by length.
        dropped: Places from which on the chirp comes earlier: something was cut out.
        inserted: Places from which on it comes later: something was put in or repeated.
    """

    score: float
    at: float
    level_db: float
    gaps: tuple[Span, ...]
    dropped: tuple[Span, ...]
    inserted: tuple[Span, ...]

    @property
    def longest_gap(self) -> float:
        """Seconds of the longest part missing, or put in between; 0 without one."""
        return max((span.seconds for span in (*self.gaps, *self.inserted)), default=0.0)

    @property
    def clean(self) -> bool:
        """True if the chirp is there with nothing missing, cut out or put in."""
        return self.score >= FOUND and not (self.gaps or self.dropped or self.inserted)


def load(path: Path) -> Samples:
    """Return a recording as 8 kHz mono samples. Raises BadInput."""
    return wav.read(path, largest=None)


def score(recording: Samples, chirp: Chirp) -> float:
    """Return how well a chirp fits anywhere in a recording, 0 to 1; below ABSENT it is not."""
    return _best(_within(recording, chirp), _within(chirp.samples(), chirp))[0]


def absent(recording: Samples, chirp: Chirp) -> bool:
    """Tell whether a recording is free of a chirp, however faint."""
    return score(recording, chirp) < ABSENT


def find(recording: Samples, chirp: Chirp) -> Heard | None:
    """Find a chirp in a recording, whole or mangled; None when it is not there."""
    there = _within(recording, chirp)
    sent = _within(chirp.samples(), chirp)
    whole, start = _best(there, sent)
    if whole < ABSENT:
        return None
    scores = _local_scores(there, sent, start)
    shifts = _track(scores) - REACH_SAMPLES
    local = float(np.mean(scores[np.arange(len(shifts)), shifts + REACH_SAMPLES]))
    if max(whole, local) < FOUND:
        return None
    gains = _gains(there, sent, start + shifts)
    usual = float(np.median(gains[gains > GAP * np.max(gains)]))
    dropped, inserted = _slips(shifts)
    return Heard(
        score=max(whole, local),
        at=float(start + shifts[0]) / RATE,
        level_db=float(20.0 * np.log10(max(usual, 1e-6))),
        gaps=_runs(gains < GAP * usual),
        dropped=dropped,
        inserted=inserted,
    )


def _wave(chirp: Chirp) -> Floats:
    """Glide from point to point of the band as the code chooses, each far from the last."""
    chance = random.Random(chirp.code)  # noqa: S311
    points = [0.0]
    for _ in range(max(1, round(chirp.seconds / GLIDE))):
        here = points[-1]
        points.append((here + chance.uniform(0.35, 0.65)) % 1.0)
    hertz = chirp.low + (chirp.high - chirp.low) * np.array(points)
    length = round(GLIDE * RATE)
    at = np.arange(length * (len(points) - 1)) / length
    phase = 2.0 * np.pi * np.cumsum(np.interp(at, np.arange(len(points)), hertz)) / RATE
    edge = np.minimum(np.arange(len(phase)), np.arange(len(phase))[::-1])
    wave: Floats = np.sin(phase) * np.minimum(1.0, edge / 40.0)
    return wave


def _within(samples: Samples, chirp: Chirp) -> Floats:
    """Keep of some samples what lies within the chirp's band, with soft edges of 60 Hz."""
    wave = samples.astype(np.float64)
    size = 1 << (len(wave) + RATE // 4).bit_length()
    spectrum = np.fft.rfft(wave, size)
    hertz = np.fft.rfftfreq(size, 1.0 / RATE)
    rise = np.clip((hertz - (chirp.low - 80.0)) / 60.0, 0.0, 1.0)
    fall = np.clip(((chirp.high + 80.0) - hertz) / 60.0, 0.0, 1.0)
    kept: Floats = np.fft.irfft(spectrum * rise * fall, size)[: len(wave)]
    return kept


def _best(there: Floats, sent: Floats) -> tuple[float, int]:
    """Return the best score and its place (which may be negative by a little)."""
    margin = np.zeros(len(sent) // 2)
    padded = np.concatenate([margin, there, margin, np.zeros(max(0, len(sent) - len(there)))])
    scores = _correlate(padded, sent)
    place = int(np.argmax(scores))
    return float(scores[place]), place - len(margin)


def _correlate(there: Floats, sent: Floats) -> Floats:
    """Return the normalised correlation of ``sent`` at every place of ``there`` where it fits."""
    size = 1 << (len(there) + len(sent)).bit_length()
    product = np.fft.rfft(there, size) * np.conj(np.fft.rfft(sent, size))
    places = len(there) - len(sent) + 1
    raw = np.fft.irfft(product, size)[:places]
    energy = np.concatenate([[0.0], np.cumsum(np.square(there))])
    window = energy[len(sent) :] - energy[:places]
    least = _FLOOR**2 * len(sent)
    found: Floats = raw / np.sqrt(np.maximum(window, least) * float(sent @ sent))
    return found


def _local_scores(there: Floats, sent: Floats, start: int) -> Floats:
    """Return, for every stretch of what was sent, its correlation at every shift within REACH."""
    half = round(WIDTH * RATE) // 2
    space = np.zeros(REACH_SAMPLES + abs(start) + len(sent))
    padded = np.concatenate([space, there, space])
    rows = []
    for at in range(_STEP // 2, len(sent) - _STEP // 2 + 1, _STEP):
        middle = min(max(at, half), len(sent) - half)
        first = len(space) + start + middle - half - REACH_SAMPLES
        piece = sent[middle - half : middle + half]
        rows.append(_correlate(padded[first : first + 2 * (half + REACH_SAMPLES)], piece))
    return np.stack(rows)


def _track(scores: Floats) -> NDArray[np.int64]:
    """Return the likeliest shift of each stretch, where to change it has a price.

    The price keeps a stretch that by chance fits elsewhere from being taken for a slip; a step of
    one sample is nearly free, so that clocks which differ are followed.
    """
    total = scores[0].copy()
    places = np.arange(scores.shape[1])
    origins = []
    for row in scores[1:]:
        jump = int(np.argmax(total))
        origin, reached = places.copy(), total.copy()
        for step in (-1, 1):
            beside = np.roll(total, step) - SAMPLE_PRICE
            better = beside > reached
            origin = np.where(better, (places - step) % len(places), origin)
            reached = np.where(better, beside, reached)
        jumped = total[jump] - JUMP_PRICE > reached
        origins.append(np.where(jumped, jump, origin))
        total = np.where(jumped, total[jump] - JUMP_PRICE, reached) + row
    path = [int(np.argmax(total))]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1], dtype=np.int64)


def _gains(there: Floats, sent: Floats, places: NDArray[np.int64]) -> Floats:
    """Return each stretch's level against what was sent."""
    space = int(np.abs(places).max()) + len(sent)
    padded = np.concatenate([np.zeros(space), there, np.zeros(space)])
    gains = []
    for index, place in enumerate(places):
        at = index * _STEP
        got = padded[space + place + at : space + place + at + _STEP]
        part = sent[at : at + _STEP]
        gains.append(float(np.sqrt((got @ got) / (part @ part))))
    return np.array(gains)


def _runs(missing: NDArray[np.bool_]) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(np.int8), [0]])))
    return tuple(
        Span(float(begin * STRETCH), float((end - begin) * STRETCH))
        for begin, end in edges.reshape(-1, 2)
    )


def _slips(shifts: NDArray[np.int64]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return where the chirp's place changes at a stroke: earlier (dropped), later (inserted)."""
    changes = np.diff(shifts) / RATE
    spans = [
        (change, Span(float((index + 1) * STRETCH), float(abs(change))))
        for index, change in enumerate(changes)
        if abs(change) >= SLIP
    ]
    dropped = tuple(span for change, span in spans if change < 0)
    return dropped, tuple(span for change, span in spans if change > 0)
