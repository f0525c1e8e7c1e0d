"""Between a card's rate and the box's 8 kHz: short filters for whole ratios.

A streaming resampler of the general kind holds back 30 to 130 ms (its blocks are made for files);
in a call that is half of what a bridge may add. Ratios of 2 and 6 need no more than a polyphase
filter, which costs 3 ms there and back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

TAPS: Final = 24  # per sample of the box; the band ends between 3.4 and 4.6 kHz
_BETA: Final = 5.6  # Kaiser window: -58 dB beyond the band
_EDGE: Final = 0.97  # of 4 kHz, where the filter is down to half

Floats = NDArray[np.float32]


def _filter(ratio: int) -> Floats:
    length = TAPS * ratio
    at = (np.arange(length) - (length - 1) / 2.0) / ratio * _EDGE
    taps = np.sinc(at) * np.kaiser(length, _BETA)
    scaled: Floats = (taps / taps.sum()).astype(np.float32)
    return scaled


class Down:
    """From ``ratio`` × 8 kHz to 8 kHz, frame by frame.

    Args:
        ratio: 2 for 16 kHz, 6 for 48 kHz.
    """

    def __init__(self, ratio: int) -> None:
        self._ratio = ratio
        self._taps = _filter(ratio)
        self._past = np.zeros(TAPS * ratio - ratio, dtype=np.float32)

    def frame(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Take a multiple of ``ratio`` samples; return the rate's share of them."""
        wave = np.concatenate([self._past, samples.astype(np.float32)])
        self._past = wave[len(wave) - len(self._past) :]
        windows = np.lib.stride_tricks.sliding_window_view(wave, len(self._taps))
        return _limited(windows[:: self._ratio] @ self._taps)


class Up:
    """From 8 kHz to ``ratio`` × 8 kHz, frame by frame.

    Args:
        ratio: 2 for 16 kHz, 6 for 48 kHz.
    """

    def __init__(self, ratio: int) -> None:
        taps = _filter(ratio) * ratio
        # Column p makes the p-th of the new samples that follow each old one.
        self._phases = taps.reshape(TAPS, ratio)[::-1].copy()
        self._past = np.zeros(TAPS - 1, dtype=np.float32)

    def frame(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Take samples; return ``ratio`` times as many."""
        wave = np.concatenate([self._past, samples.astype(np.float32)])
        self._past = wave[len(wave) - len(self._past) :]
        windows = np.lib.stride_tricks.sliding_window_view(wave, TAPS)
        return _limited((windows @ self._phases).ravel())


def _limited(wave: Floats) -> NDArray[np.int16]:
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
