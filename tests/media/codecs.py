"""The radio's speech codecs, by sox (libgsm, opencore-amr): what a voice is after the air."""

from __future__ import annotations

import subprocess

import numpy as np

from appliance.media.g711 import Samples

_RAW = ("-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-")

CODECS: dict[str, tuple[str, ...]] = {
    "gsm-fr": ("-t", "gsm"),  # 13 kbit/s, 3GPP TS 46.010
    "amr-12.2": ("-C", "7", "-t", "amr-nb"),  # 3GPP TS 26.071, as most calls have it
    "amr-6.7": ("-C", "3", "-t", "amr-nb"),  # … where a full cell has taken half of it back
}
LOWEST: dict[str, tuple[str, ...]] = {
    "amr-5.9": ("-C", "2", "-t", "amr-nb"),
    "amr-5.15": ("-C", "1", "-t", "amr-nb"),
    "amr-4.75": ("-C", "0", "-t", "amr-nb"),  # the least that a network ever gives
}


def over_the_air(samples: Samples, codec: str) -> Samples:
    """Encode and decode samples. A few tens of milliseconds of delay come with it."""
    options = (CODECS | LOWEST)[codec]
    coded = _sox((*_RAW, *options, "-"), samples.astype("<i2").tobytes())
    octets = _sox((*options[-2:], "-", *_RAW), coded)
    return np.frombuffer(octets, dtype="<i2").astype(np.int16)


def _sox(arguments: tuple[str, ...], octets: bytes) -> bytes:
    command = ["sox", "-D", *arguments]
    return subprocess.run(command, input=octets, capture_output=True, check=True, timeout=60).stdout
