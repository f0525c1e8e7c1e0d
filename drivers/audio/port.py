"""The contract of a modem's voice: frames of 20 ms in, frames of 20 ms out."""

from __future__ import annotations

from typing import Final, Protocol

SAMPLE_RATE: Final = 8000  # samples per second inside the box
FRAME_SECONDS: Final = 0.02
FRAME_SAMPLES: Final = 160
FRAME_OCTETS: Final = 320  # S16LE mono
SILENCE: Final = bytes(FRAME_OCTETS)


class AudioPort(Protocol):
    """One leg's voice. One thread reads, one thread writes; they may be the same one."""

    @property
    def usual(self) -> int:
        """Octets that wait in it (see ``queued``) when all is well, right after a write."""

    def open(self) -> None:
        """Open the port and flush what lies in it. Raises PortLost."""

    def close(self) -> None:
        """Close the port; a blocked read ends with PortLost. Harmless when closed."""

    def read(self, timeout: float) -> bytes | None:
        """Return one frame (320 octets) as soon as it is whole, or None after ``timeout`` seconds.

        Raises PortLost when the port is gone. A gap reported by the hardware is None, never data.
        """

    def write(self, frame: bytes) -> bool:
        """Send one frame (320 octets) without blocking longer than a frame.

        Returns False if it had to be dropped because the port did not take it. Raises PortLost.
        """

    def queued(self) -> int:
        """Return the octets written that the modem has not taken yet, so far as the port knows."""

    def flush(self) -> None:
        """Throw away what was received but not read, and what was written but not sent."""
