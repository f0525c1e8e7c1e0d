"""A-law (ITU-T G.711) by table, on whole arrays."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

_EDGES: Final = (0x20, 0x40, 0x80, 0x100, 0x200, 0x400)  # where a coarser segment begins


def _decoding_table() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 7
    step = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _encoding_table() -> NDArray[np.uint8]:
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    # Twelve bits of magnitude; one's complement below zero, so that both signs have equal steps.
    magnitude = np.where(sample >= 0, sample, ~sample) >> 4
    doublings = sum((magnitude >= edge).astype(np.int32) for edge in _EDGES)
    # The two lowest segments share the finest step; from the third on each doubles it.
    code = np.where(
        magnitude < _EDGES[0],
        magnitude,
        ((doublings + 1) << 4) | ((magnitude >> doublings) & 0x0F),
    )
    sign = np.where(sample >= 0, 0x80, 0)
    return ((code | sign) ^ 0x55).astype(np.uint8)


_DECODED = _decoding_table()
_ENCODED = _encoding_table()


def encode(samples: Samples) -> bytes:
    """Return one A-law octet per 16-bit sample."""
    return _ENCODED[samples.view(np.uint16)].tobytes()


def decode(octets: bytes) -> Samples:
    """Return one 16-bit sample per A-law octet."""
    return _DECODED[np.frombuffer(octets, dtype=np.uint8)]
