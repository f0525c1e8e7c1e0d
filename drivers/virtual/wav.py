"""WAV files that people speak and listen to: PCM and G.711 in, 8 kHz 16-bit mono out."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import soxr

from drivers.virtual.audio import RATE, Samples, saturate
from drivers.virtual.errors import BadRequest

_PCM, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
_RATES = range(4000, 192_001)
_LONGEST = 600  # seconds


def read(octets: bytes) -> Samples:
    """Return a WAV file's sound at 8 kHz, its channels mixed to one.

    Args:
        octets: RIFF/WAVE with 8- or 16-bit PCM, A-law or µ-law, 4 to 192 kHz, up to 10 minutes.

    Raises:
        BadRequest: It is something else, or cut short.
    """
    fmt, data = _chunks(octets)
    if len(fmt) < 16:
        raise BadRequest("the WAV file has no complete fmt chunk")
    form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if form == _EXTENSIBLE and len(fmt) >= 26:
        form = struct.unpack_from("<H", fmt, 24)[0]
    if channels not in (1, 2) or rate not in _RATES:
        raise BadRequest(f"a WAV file of {channels} channels at {rate} Hz is not taken")
    sound = _samples(form, bits, data)
    sound = sound[: len(sound) // channels * channels].reshape(-1, channels).mean(axis=1)
    if not len(sound):
        raise BadRequest("the WAV file has no sound in it")
    if len(sound) > rate * _LONGEST:
        raise BadRequest(f"the WAV file is longer than {_LONGEST} s")
    if rate != RATE:
        sound = soxr.resample(sound, rate, RATE)
    return saturate(sound)


def write(frames: Iterable[bytes]) -> bytes:
    """Return frames (8 kHz S16LE mono) as a WAV file."""
    data = b"".join(frames)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16,
                       _PCM, 1, RATE, RATE * 2, 2, 16, b"data", len(data))  # fmt: skip
    return head + data


def _chunks(octets: bytes) -> tuple[bytes, bytes]:
    if octets[:4] != b"RIFF" or octets[8:12] != b"WAVE":
        raise BadRequest("this is not a WAV file")
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(octets):
        name, size = struct.unpack_from("<4sI", octets, at)
        found.setdefault(name, octets[at + 8 : at + 8 + size])
        at += 8 + size + (size & 1)
    if b"fmt " not in found or b"data" not in found:
        raise BadRequest("the WAV file lacks its fmt or data chunk")
    return found[b"fmt "], found[b"data"]


def _samples(form: int, bits: int, data: bytes) -> npt.NDArray[np.float64]:
    if form == _PCM and bits == 16:
        return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float64)
    if form == _PCM and bits == 8:
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) * 256
    if form in (_A_LAW, _MU_LAW) and bits == 8:
        table = _a_law_table() if form == _A_LAW else _mu_law_table()
        return table[np.frombuffer(data, dtype=np.uint8)]
    raise BadRequest(f"a WAV file of format {form} with {bits} bits is not taken: PCM or G.711 is")


def _a_law_table() -> npt.NDArray[np.float64]:
    """All 256 octets decoded (ITU-T G.711, table 1a), scaled to 16 bits."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = np.where(
        exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0)
    )
    return np.where(code & 0x80, size, -size).astype(np.float64)


def _mu_law_table() -> npt.NDArray[np.float64]:
    """All 256 octets decoded (ITU-T G.711, table 2a), scaled to 16 bits."""
    code = ~np.arange(256) & 0xFF
    size = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.float64)
