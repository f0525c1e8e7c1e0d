"""From plain values to an audio port."""

from __future__ import annotations

from drivers.audio.port import AudioPort
from drivers.audio.serialpcm import SerialPcm
from drivers.errors import DriverError
from drivers.modem import AudioSpec


def open_port(spec: AudioSpec) -> AudioPort:
    """Return the port that ``spec`` describes, not yet opened.

    Raises DriverError for a specification that no port can follow.
    """
    if spec.kind == "serial":
        try:
            return SerialPcm(spec.address, spec.rate)
        except ValueError as error:
            raise DriverError(f"{spec.address}: {error}") from error
    # A box whose modems all speak over serial ports needs no sound library.
    from drivers.audio.alsa import AlsaPort

    return AlsaPort(spec)
