"""A voice port that is a tty: 8 kHz S16LE mono, raw, in both directions.

Frames are cut from whatever the modem sends, whole, in bursts or split inside a sample. Writing
never blocks: a frame that does not fit is dropped, so that a modem that stops draining costs sound,
not time.
"""

from __future__ import annotations

import array
import contextlib
import errno
import fcntl
import os
import select
import termios
import threading
import time
from typing import Final

import serial

from drivers.at.port import close_tty, open_tty
from drivers.audio.port import FRAME_OCTETS
from drivers.errors import PortLost

MAX_QUEUED: Final = 5 * FRAME_OCTETS  # octets in the system's buffer; more would be delay
READ_CHUNK: Final = 8 * FRAME_OCTETS


class SerialPcm:
    """One leg's voice on a tty; implements :class:`drivers.audio.port.AudioPort`.

    Args:
        address: Path of the tty.
        rate: Samples per second; 8000 only, as these ports have no other.
    """

    usual: Final = FRAME_OCTETS

    def __init__(self, address: str, rate: int = 8000) -> None:
        if rate != 8000:
            raise ValueError(f"rate {rate}, expected 8000: a serial voice port has no other")
        self.address = address
        self._tty: serial.Serial | None = None
        self._fd = -1
        self._wake_read, self._wake_write = -1, -1
        self._closing = True
        self._life = threading.Lock()  # one opening or closing at a time
        self._reading = threading.Lock()  # held while the port is read: it is not closed under it
        self._writing = threading.Lock()  # the same for writing
        self._unread = bytearray()
        self._stale = False  # what was read before a flush is to be thrown away
        self._rest = b""  # of a frame that the system took in part
        self.dropped_out = 0  # frames not taken

    def open(self) -> None:
        """Open the port and flush what lies in it. Raises PortLost."""
        with self._life:
            if self._tty is not None:
                return
            tty = open_tty(self.address, handshake=False)
            self._wake_read, self._wake_write = os.pipe()
            self._tty, self._fd = tty, tty.fileno()
            self._unread.clear()
            self._rest = b""
            self._closing = False

    def close(self) -> None:
        """Close the port; a blocked read ends with PortLost. Harmless when closed."""
        with self._life:
            tty, self._tty = self._tty, None
            if tty is None:
                return
            self._closing = True
            os.write(self._wake_write, b"\0")
            with self._reading, self._writing:
                self._fd = -1
                os.close(self._wake_write)
                os.close(self._wake_read)
                close_tty(tty)

    def read(self, timeout: float) -> bytes | None:
        """Return one frame (320 octets), or None after ``timeout`` seconds. Raises PortLost."""
        deadline = time.monotonic() + timeout
        with self._reading:
            if self._stale:
                self._stale = False
                self._unread.clear()
            while len(self._unread) < FRAME_OCTETS:
                if not self._wait(max(0.0, deadline - time.monotonic())):
                    return None
                self._take_in()
            frame = bytes(self._unread[:FRAME_OCTETS])
            del self._unread[:FRAME_OCTETS]
            return frame

    def _wait(self, seconds: float) -> bool:
        self._opened()
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        ready = [fd for fd, _ in poll.poll(seconds * 1000)]
        self._opened()
        return self._fd in ready

    def _take_in(self) -> None:
        try:
            octets = os.read(self._fd, READ_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise self._lost("reading", error) from error
        if not octets:
            raise PortLost(f"{self.address}: hung up")
        self._unread += octets

    def write(self, frame: bytes) -> bool:
        """Send one frame without blocking; False if it was dropped. Raises PortLost."""
        with self._writing:
            self._opened()
            if self._queued() > MAX_QUEUED or not self._send(frame):
                self.dropped_out += 1
                return False
            return True

    def _send(self, frame: bytes) -> bool:
        """Send what is left of the frame before, then this one; False if it does not fit."""
        if self._rest:
            self._rest = self._rest[self._push(self._rest) :]
            if self._rest:
                return False
        sent = self._push(frame)
        if sent == 0:
            return False
        # What has begun must be finished, or every sample behind it is torn in two.
        self._rest = frame[sent:]
        return True

    def _push(self, octets: bytes) -> int:
        try:
            return os.write(self._fd, octets)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise self._lost("writing", error) from error

    def queued(self) -> int:
        """Return the octets written that the modem has not taken yet. Raises PortLost."""
        with self._writing:
            self._opened()
            return self._queued()

    def _queued(self) -> int:
        waiting = array.array("i", [0])
        try:
            fcntl.ioctl(self._fd, termios.TIOCOUTQ, waiting)
        except OSError as error:
            if error.errno in {errno.ENOTTY, errno.EINVAL}:
                return len(self._rest)
            raise self._lost("asking", error) from error
        return waiting[0] + len(self._rest)

    def flush(self) -> None:
        """Throw away what was received but not read, and what was written but not sent."""
        with self._writing:
            self._stale = True
            self._rest = b""
            if not self._closing:
                with contextlib.suppress(OSError, termios.error):
                    termios.tcflush(self._fd, termios.TCIOFLUSH)

    def _opened(self) -> None:
        if self._closing:
            raise PortLost(f"{self.address}: closed")

    def _lost(self, doing: str, error: OSError) -> PortLost:
        return PortLost(f"{self.address}: {doing} failed: {error.strerror}")
