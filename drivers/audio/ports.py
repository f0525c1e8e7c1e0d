"""From plain values to an open-able audio port."""

from __future__ import annotations

from drivers.audio.port import SAMPLE_RATE, AudioPort
from drivers.errors import DriverError
from drivers.modem import AudioSpec


def open_port(spec: AudioSpec) -> AudioPort:
    """Return the port that ``spec`` describes, not yet opened.

    Raises DriverError for a specification that no port can follow.
    """
    if spec.kind == "serial":
        from drivers.audio.serialpcm import SerialPcmPort

        if spec.rate != SAMPLE_RATE:
            raise DriverError(f"serial voice runs at {SAMPLE_RATE} Hz, not {spec.rate}")
        return SerialPcmPort(spec)
    # A box whose modems all speak over serial ports needs no sound library.
    from drivers.audio.alsa import AlsaPort

    return AlsaPort(spec)
