"""A modem's voice as serial PCM: a second pseudo-terminal, 16-bit little-endian mono.

The network's 20 ms tick paces both ways. Queues are bounded, because a late word is worse than a
lost one: what the host does not read within 100 ms is dropped, and of what it writes ahead, all but
the last 100 ms.
"""

from __future__ import annotations

import array
import fcntl
import logging
import os
import struct
import sys
import termios
from dataclasses import asdict, dataclass

from drivers.virtual.at_port import open_pty
from drivers.virtual.reactor import Reactor

_log = logging.getLogger(__name__)

FRAME = 320  # octets of 20 ms at 8 kHz
SILENCE = bytes(FRAME)
LIMIT_FRAMES = 5  # 100 ms
CHUNK = 4096


@dataclass
class VoiceCounts:
    """What passed the voice port since it was opened, in frames of 20 ms.

    Args:
        to_host: Written for the host to read.
        unread: Dropped because the host had 100 ms waiting.
        from_host: Taken from the host and spoken.
        overrun: Dropped because the host wrote more than 100 ms ahead.
        starved: Silence spoken because the host had written nothing, while the voice was on.
    """

    to_host: int = 0
    unread: int = 0
    from_host: int = 0
    overrun: int = 0
    starved: int = 0


class Voice:
    """The voice port of one modem. Belongs to the reactor's thread.

    Args:
        reactor: The bank's loop.
        deaf: What the host writes is never taken, so that its port fills up.
    """

    def __init__(self, reactor: Reactor, *, deaf: bool = False) -> None:
        self._reactor = reactor
        self._deaf = deaf
        self._master = self._slave = -1
        self._queue = bytearray()
        self.path: str | None = None
        self.on = False
        self.wide = False  # 16 kHz on the wire
        self.octets_in = 0  # from the host since the port appeared
        self.counts = VoiceCounts()

    def open(self) -> None:
        """Make the pty. The bank keeps its slave side too, to see how much waits to be read."""
        self._master, self._slave, self.path = open_pty()
        self.counts, self.octets_in = VoiceCounts(), 0
        if not self._deaf:
            self._reactor.add_reader(self._master, self._readable)

    def close(self) -> None:
        """Take the pty away. Idempotent."""
        self.switch(False)
        if self._master >= 0:
            self._reactor.remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)
        self._master = self._slave = -1
        self.path = None

    def switch(self, on: bool) -> None:
        """Let voice pass, or stop it; what was queued is forgotten."""
        if on != self.on:
            self._queue.clear()
        self.on = on

    def refresh(self) -> None:
        """Forget what the host wrote before there was anybody to hear it."""
        self._queue.clear()

    def inject(self, text: str) -> None:
        """Write something that is not voice: what shares the port on some modems (NMEA)."""
        self._write(text.encode())

    def describe(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self.counts)

    # --- the network's tick -----------------------------------------------------------------------

    def take(self) -> bytes | None:
        """Return the next 20 ms from the host, None if there is none or voice is off."""
        size = self._frame_size
        if not self.on:
            return None
        if len(self._queue) < size:
            self.counts.starved += 1
            return None
        frame = bytes(self._queue[:size])
        del self._queue[:size]
        self.counts.from_host += 1
        return _halved(frame) if self.wide else frame

    def give(self, frame: bytes | None) -> None:
        """Pass 20 ms on to the host, silence for None; nothing while voice is off."""
        if not self.on or self._master < 0:
            return
        frame = frame or SILENCE
        if self._unread() + self._frame_size > LIMIT_FRAMES * self._frame_size:
            self.counts.unread += 1
            return
        self._write(_doubled(frame) if self.wide else frame)
        self.counts.to_host += 1

    # --- the host ---------------------------------------------------------------------------------

    @property
    def _frame_size(self) -> int:
        return FRAME * 2 if self.wide else FRAME

    def _unread(self) -> int:
        waiting = fcntl.ioctl(self._slave, termios.FIONREAD, struct.pack("i", 0))
        return int(struct.unpack("i", waiting)[0])

    def _write(self, octets: bytes) -> None:
        try:
            os.write(self._master, octets)
        except BlockingIOError:
            return
        except OSError as error:
            _log.warning("voice port %s: write failed: %s", self.path, error)

    def _readable(self) -> None:
        try:
            octets = os.read(self._master, CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            _log.warning("voice port %s: read failed: %s", self.path, error)
            self._reactor.remove_reader(self._master)
            return
        self.octets_in += len(octets)
        if not self.on:
            return
        self._queue += octets
        surplus = len(self._queue) - LIMIT_FRAMES * self._frame_size
        if surplus > 0:
            whole = -(-surplus // self._frame_size)
            self.counts.overrun += whole
            del self._queue[: whole * self._frame_size]


def _samples(frame: bytes) -> array.array[int]:
    samples = array.array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _octets(samples: array.array[int]) -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _doubled(frame: bytes) -> bytes:
    """Return 8 kHz as 16 kHz, each new sample halfway between its neighbours."""
    samples = _samples(frame)
    wide = array.array("h")
    for place, sample in enumerate(samples):
        following = samples[min(place + 1, len(samples) - 1)]
        wide.extend((sample, (sample + following) // 2))
    return _octets(wide)


def _halved(frame: bytes) -> bytes:
    """Return 16 kHz as 8 kHz, each sample the mean of two."""
    samples = _samples(frame)
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return _octets(array.array("h", [(one + two) // 2 for one, two in pairs]))
