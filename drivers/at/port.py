"""A command port: opened for one owner, read and written without blocking.

Every mishap of the operating system leaves here as PortLost with its cause.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import termios
from typing import Final

import serial

from drivers.at.trace import log_octets
from drivers.errors import PortLost

BAUD: Final = 115200  # without meaning on USB, needed on UARTs
CHUNK: Final = 4096  # octets read at once


class _Tty(serial.Serial):
    """A pyserial port whose modem lines may be missing: ptys have none, some sticks refuse them."""

    def _update_rts_state(self) -> None:
        with _no_modem_lines():
            super()._update_rts_state()  # type: ignore[misc]

    def _update_dtr_state(self) -> None:
        with _no_modem_lines():
            super()._update_dtr_state()  # type: ignore[misc]


class _no_modem_lines(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a statement
    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, OSError) and error.errno in {
            errno.EINVAL,
            errno.ENOTTY,
            errno.EPIPE,
            errno.EIO,
        }


class _no_exclusion(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a statement
    """Some devices know no TIOCEXCL; pyserial's flock keeps other programs of good will out."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, OSError) and error.errno == errno.ENOTTY


def open_tty(path: str, *, handshake: bool = True) -> serial.Serial:
    """Open a tty raw, 115200 8N1, for us alone (TIOCEXCL and flock), without hang-up at close.

    Args:
        path: The tty.
        handshake: Use RTS/CTS, on real ports: a pty knows no such lines.

    Raises PortLost.
    """
    try:
        port = _Tty(
            port=path,
            baudrate=BAUD,
            timeout=0,
            write_timeout=0,
            exclusive=True,
            rtscts=handshake and not path.startswith("/dev/pts/"),
        )
    except (serial.SerialException, OSError, ValueError, termios.error) as error:
        raise PortLost(f"{path}: cannot open: {error}") from error
    try:
        _settle(port.fileno())
    except (OSError, termios.error) as error:
        port.close()
        raise PortLost(f"{path}: cannot set up: {error}") from error
    return port


def _settle(fd: int) -> None:
    with _no_exclusion():
        fcntl.ioctl(fd, termios.TIOCEXCL)
    mode = termios.tcgetattr(fd)
    # Closing a port must not drop DTR: a conference lives on without us.
    mode[2] &= ~termios.HUPCL
    # With VMIN 0 "nothing yet" and "hung up" would read alike.
    mode[6][termios.VMIN] = 1
    termios.tcsetattr(fd, termios.TCSANOW, mode)
    termios.tcflush(fd, termios.TCIOFLUSH)


def close_tty(port: serial.Serial) -> None:
    """Close a tty and let others open it again; harmless when it is gone."""
    with contextlib.suppress(OSError, serial.SerialException, termios.error):
        fcntl.ioctl(port.fileno(), termios.TIOCNXCL)
    with contextlib.suppress(OSError, serial.SerialException, termios.error):
        port.close()


class Port:
    """One open command port. Owned by its reader thread.

    Args:
        path: The tty.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._tty = open_tty(path)
        self._fd = self._tty.fileno()
        self._waiting = bytearray()

    def fileno(self) -> int:
        """Return the file descriptor, for poll."""
        return self._fd

    @property
    def pending(self) -> int:
        """Octets given to :meth:`write` that the system has not taken yet."""
        return len(self._waiting)

    def read(self) -> bytes:
        """Return what has arrived, at most 4096 octets; none is no octets. Raises PortLost."""
        try:
            octets = os.read(self._fd, CHUNK)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise PortLost(f"{self.path}: reading failed: {error.strerror}") from error
        if not octets:
            raise PortLost(f"{self.path}: hung up")
        log_octets(self.path, "<", octets)
        return octets

    def write(self, octets: bytes) -> None:
        """Send octets as far as the system takes them, and keep the rest. Raises PortLost."""
        log_octets(self.path, ">", octets)
        self._waiting += octets
        self.flush()

    def flush(self) -> None:
        """Try again to send what :meth:`write` kept. Raises PortLost."""
        while self._waiting:
            try:
                sent = os.write(self._fd, self._waiting)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise PortLost(f"{self.path}: writing failed: {error.strerror}") from error
            del self._waiting[:sent]

    def drop_output(self) -> None:
        """Forget what :meth:`write` kept."""
        self._waiting.clear()

    def close(self) -> None:
        """Close the port; harmless when closed."""
        close_tty(self._tty)
