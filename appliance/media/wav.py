"""WAV files: reading what an operator uploads, and the header of a growing recording."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from appliance.errors import BadInput
from appliance.media import g711
from appliance.media.g711 import Samples

RATE: Final = 8000
LARGEST: Final = 6 * 1024 * 1024  # octets of a file that is read; the cloud suggests the same limit
A_LAW_HEADER: Final = 58  # octets in front of the samples of a file that this module writes

_PCM, _ALAW, _EXTENSIBLE = 0x0001, 0x0006, 0xFFFE
_RATES: Final = range(4000, 192001)


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate: int
    bits: int


def alaw_header(samples: int, channels: int = 1) -> bytes:
    """Return the 58 octets of header for ``samples`` (≥ 0) of A-law, 8 kHz, on each channel."""
    octets = samples * channels
    data = octets + (octets & 1)
    form = (_ALAW, channels, RATE, RATE * channels, channels, 8, 0)
    return (
        struct.pack("<4sI4s", b"RIFF", A_LAW_HEADER - 8 + data, b"WAVE")
        + struct.pack("<4sIHHIIHHH", b"fmt ", 18, *form)
        + struct.pack("<4sII", b"fact", 4, samples)
        + struct.pack("<4sI", b"data", octets)
    )


def alaw_channels(header: bytes) -> int:
    """Return the channels (1 or 2) that a header of :func:`alaw_header` tells; 1 for a torn one."""
    return 2 if header[22:24] == b"\2\0" else 1


def write_alaw(path: Path, samples: Samples) -> None:
    """Write 8 kHz mono samples as an A-law WAV."""
    padding = b"\0" * (len(samples) & 1)
    path.write_bytes(alaw_header(len(samples)) + g711.encode(samples) + padding)


def write_pcm(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write mono samples as a 16-bit PCM WAV of ``rate`` samples per second."""
    octets = samples.astype("<i2").tobytes()
    path.write_bytes(
        struct.pack("<4sI4s", b"RIFF", 36 + len(octets), b"WAVE")
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, 1, rate, rate * 2, 2, 16)
        + struct.pack("<4sI", b"data", len(octets))
        + octets
    )


def read(path: Path, largest: int | None = LARGEST) -> Samples:
    """Return a WAV file as 8 kHz mono samples.

    Args:
        path: A-law, 8- or 16-bit PCM, any number of channels (averaged), 4 000 to 192 000 Hz.
        largest: Octets that the file may have; None for the box's own recordings.

    Raises BadInput, with what was expected and what came.
    """
    try:
        if largest is not None and (size := path.stat().st_size) > largest:
            raise BadInput(f"{path.name}: {size} octets, at most {largest} allowed")
        octets = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path.name}: cannot be read ({error.strerror})") from error
    return parse(octets, path.name)


def parse(octets: bytes, name: str = "WAV") -> Samples:
    """Return the 8 kHz mono samples in a WAV file's octets. Raises BadInput with ``name``."""
    if octets[:4] != b"RIFF" or octets[8:12] != b"WAVE":
        raise BadInput(f"{name}: not a WAV file (begins with {octets[:4].hex() or 'nothing'})")
    form: _Format | None = None
    at = 12
    while at + 8 <= len(octets):
        kind, size = struct.unpack_from("<4sI", octets, at)
        body = octets[at + 8 : at + 8 + size]
        if kind == b"fmt ":
            form = _format(body, name)
        elif kind == b"data":
            if form is None:
                raise BadInput(f"{name}: its samples come before their format")
            return _to_box(body, form)
        at += 8 + size + (size & 1)
    raise BadInput(f"{name}: holds no samples")


def channels(path: Path) -> list[Samples]:
    """Return each channel of one of the box's own recordings. Raises OSError."""
    octets = path.read_bytes()
    count = alaw_channels(octets)
    samples = g711.decode(octets[A_LAW_HEADER:])
    whole = samples[: len(samples) // count * count].reshape(-1, count)
    return [whole[:, channel].copy() for channel in range(count)]


def _format(body: bytes, name: str) -> _Format:
    if len(body) < 16:
        raise BadInput(f"{name}: format of {len(body)} octets, at least 16 expected")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if (tag, bits) not in ((_PCM, 8), (_PCM, 16), (_ALAW, 8)):
        raise BadInput(f"{name}: A-law or PCM of 8 or 16 bits expected, format {tag}/{bits} found")
    if channels not in range(1, 9) or rate not in _RATES:
        raise BadInput(f"{name}: {channels} channels at {rate} Hz are out of range")
    return _Format(tag, channels, rate, bits)


def _to_box(body: bytes, form: _Format) -> Samples:
    if form.tag == _ALAW:
        samples = g711.decode(body)
    elif form.bits == 8:
        samples = ((np.frombuffer(body, np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)
    else:
        samples = np.frombuffer(body[: len(body) & ~1], "<i2").astype(np.int16)
    if form.channels > 1:
        whole = samples[: len(samples) // form.channels * form.channels]
        samples = whole.reshape(-1, form.channels).mean(axis=1).astype(np.int16)
    return resample(samples, form.rate, RATE)


def resample(samples: Samples, source: int, target: int) -> Samples:
    """Return samples at ``target`` Hz instead of ``source`` Hz, band-limited."""
    if source == target or not len(samples):
        return samples
    converted: Samples = soxr.resample(samples, source, target, quality="HQ")
    return converted
