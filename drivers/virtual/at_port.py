"""The modem's command port: a pseudo-terminal that any AT software can open, close and open again.

The bank keeps no descriptor of the slave side, so that the kernel reports the last close of it as a
hang-up of the master: that is how the modem sees a host drop DTR.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import termios
import tty
from collections.abc import Callable

from drivers.virtual.reactor import Handle, Reactor

_log = logging.getLogger(__name__)

REOPEN_POLL = 0.02  # seconds between looks for a host while nobody has the port open
CHUNK = 4096  # octets per read
WAITING_AT_MOST = 65536  # octets kept for a host that does not read; what comes then is lost


def open_pty() -> tuple[int, int, str]:
    """Return master (non-blocking), slave and the slave's path of a new raw pseudo-terminal."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave, os.ttyname(slave)


class AtPort:
    """One pty and who is at its other end. Belongs to the reactor's thread.

    Args:
        reactor: The bank's loop.
        received: Called with octets from the host.
        dropped: Called when the last host has closed the port.
    """

    def __init__(
        self,
        reactor: Reactor,
        received: Callable[[bytes], None],
        dropped: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._received = received
        self._dropped = dropped
        self._master = -1
        self._waiting = bytearray()
        self._poll: Handle | None = None
        self.path: str | None = None
        self.in_use = False
        self.octets_in = self.octets_out = 0  # from and to the host since the port appeared
        self.lost = 0  # octets that no host has read

    def open(self) -> None:
        """Make the pty; :attr:`path` is what a host opens."""
        self._master, slave, self.path = open_pty()
        os.close(slave)
        self.in_use = False
        self.octets_in = self.octets_out = 0
        self._look_for_host()

    def close(self) -> None:
        """Take the pty away; a host that has it open reads its end. Idempotent."""
        if self._master < 0:
            return
        if self._poll is not None:
            self._poll.cancel()
        self._reactor.remove_reader(self._master)
        self._reactor.remove_writer(self._master)
        os.close(self._master)
        self._waiting.clear()
        self._master, self.path, self.in_use = -1, None, False

    def write(self, octets: bytes) -> None:
        """Send to the host; lost if nobody has the port open."""
        if not self.in_use:
            self._look_once()
        if not self.in_use:
            self.lost += len(octets)
            return
        if len(self._waiting) + len(octets) > WAITING_AT_MOST:
            self.lost += len(octets)
            return
        self._waiting += octets
        self._flush()

    def _flush(self) -> None:
        while self._waiting:
            try:
                sent = os.write(self._master, self._waiting)
            except BlockingIOError:
                self._reactor.add_writer(self._master, self._flush)
                return
            except OSError as error:
                _log.warning("command port %s: write failed: %s", self.path, error)
                self._waiting.clear()
                break
            self.octets_out += sent
            del self._waiting[:sent]
        self._reactor.remove_writer(self._master)

    def _look_for_host(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
        self._look_once()
        if not self.in_use and self._master >= 0:
            self._poll = self._reactor.after(REOPEN_POLL, self._look_for_host)

    def _look_once(self) -> None:
        if self._master < 0 or self.in_use:
            return
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        events = poll.poll(0)
        if events and events[0][1] & select.POLLHUP and not events[0][1] & select.POLLIN:
            return
        self.in_use = True
        self._reactor.add_reader(self._master, self._readable)

    def _readable(self) -> None:
        try:
            octets = os.read(self._master, CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                _log.warning("command port %s: read failed: %s", self.path, error)
            self._hung_up()
            return
        if octets:
            self.octets_in += len(octets)
            self._received(octets)

    def _hung_up(self) -> None:
        self._reactor.remove_reader(self._master)
        self._reactor.remove_writer(self._master)
        self._waiting.clear()
        self.in_use = False
        with contextlib.suppress(termios.error):  # the next host begins with nothing of this one's
            termios.tcflush(self._master, termios.TCIOFLUSH)
        self._dropped()
        self._look_for_host()
