"""The two ends of a connection: octets that came, answers that go."""

from __future__ import annotations

import io
import select
import socket
import ssl
import time
from typing import Any

_END_OF_HEAD = b"\r\n\r\n"
_RECEIVE = 65536
# Octets of an oversized body that are read and thrown away, so that its sender sees the answer.
_DRAIN = 64 << 20


def wait(sock: socket.socket, events: int, seconds: float) -> None:
    """Wait until a socket that is not blocking can go on.

    Args:
        events: ``select.POLLIN`` or ``select.POLLOUT``.
        seconds: At most.

    Raises:
        TimeoutError: It cannot, in that time.
    """
    poll = select.poll()
    poll.register(sock, events)
    if seconds <= 0 or not poll.poll(seconds * 1000):
        raise TimeoutError("timed out")


class RequestStream:
    """What a client has sent, with the lines and blocks that an HTTP parser asks for.

    Args:
        sock: A connected socket, plain or TLS, not blocking.
        head_limit: Octets after which a head without end is handed over as it is, to be refused.
        silence: Seconds without an octet after which a read fails.
    """

    def __init__(self, sock: socket.socket, head_limit: int, silence: float) -> None:
        self._sock = sock
        self._limit = head_limit
        self._silence = silence
        self._buffer = bytearray()
        self.deadline = 0.0  # monotonic seconds; reads that wait end here
        self.closed = False
        self.bytes_read = 0

    def fill(self) -> bool:
        """Take what has come, without waiting; return whether a whole head is there.

        Raises:
            OSError: The peer is gone.
        """
        while not self.has_head():
            try:
                if not self._receive():
                    raise ConnectionResetError("the client has closed")
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
        return True

    def _receive(self) -> bool:
        octets = self._sock.recv(_RECEIVE)
        self._buffer += octets
        self.bytes_read += len(octets)
        return bool(octets)

    def has_head(self) -> bool:
        """Whether a request can be parsed, or refused, without waiting."""
        return _END_OF_HEAD in self._buffer or len(self._buffer) > self._limit

    def has_data(self) -> bool:
        """Whether a worker has something to do although the socket may stay silent."""
        return self.has_head() or (isinstance(self._sock, ssl.SSLSocket) and self._pending() > 0)

    def _pending(self) -> int:
        return self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0

    def _more(self) -> bool:
        while True:
            try:
                return self._receive()
            except (BlockingIOError, ssl.SSLWantReadError):
                left = self.deadline - time.monotonic()
                wait(self._sock, select.POLLIN, min(self._silence, left))
            except ssl.SSLWantWriteError:
                wait(self._sock, select.POLLOUT, self._silence)

    def readline(self, size: int | None = None) -> bytes:
        """Return the next line with its end, at most ``size`` octets."""
        start = 0
        while True:
            end = self._buffer.find(b"\n", start) + 1
            if size is not None and (end > size or (not end and len(self._buffer) >= size)):
                end = size
            if end:
                return self._take(end)
            start = len(self._buffer)
            if start > self._limit or not self._more():
                return self._take(start)

    def read(self, size: int) -> bytes:
        """Return ``size`` octets, fewer only if the client closes."""
        while len(self._buffer) < size:
            if not self._more():
                break
        return self._take(size)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def close(self) -> None:
        """Forget what was not read."""
        self.closed = True
        self._buffer.clear()


class ResponseStream:
    """Where answers go: head and body leave together.

    Args:
        sock: A connected socket, plain or TLS, not blocking.
        silence: Seconds in which the peer takes nothing, after which a write fails.
    """

    def __init__(self, sock: socket.socket, silence: float) -> None:
        self._sock = sock
        self._silence = silence
        self._waiting = bytearray()
        self.bytes_written = 0

    def write(self, octets: bytes) -> None:
        """Send ``octets``, at the latest with :meth:`flush`."""
        self._waiting += octets
        self.bytes_written += len(octets)
        if len(self._waiting) >= _RECEIVE:
            self.flush()

    def flush(self) -> None:
        """Send all that waits.

        Raises:
            OSError: The peer is gone, or took nothing for too long.
        """
        with memoryview(bytes(self._waiting)) as rest:
            self._waiting.clear()
            sent = 0
            while sent < len(rest):
                try:
                    sent += self._sock.send(rest[sent:])
                except (BlockingIOError, ssl.SSLWantWriteError):
                    wait(self._sock, select.POLLOUT, self._silence)
                except ssl.SSLWantReadError:
                    wait(self._sock, select.POLLIN, self._silence)


def read_body(
    source: Any, expected: int | None, limit: int, deadline: float
) -> tuple[io.BytesIO, bool]:
    """Read a request's body, keeping at most ``limit`` octets.

    Args:
        source: Has ``read(size)``.
        expected: Octets announced; None for a chunked body.
        limit: Octets to keep; a longer body is read and thrown away.
        deadline: Monotonic seconds after which an oversized body is left unread.

    Returns:
        The body, and whether it was too long (then the body is empty).

    Raises:
        ValueError: The body is not coded as it says, or shorter than announced.
    """
    if expected is not None and expected <= limit:
        body = source.read(expected)
        if len(body) < expected:
            raise ValueError("The body is shorter than its Content-Length.")
        return io.BytesIO(body), False
    kept = bytearray()
    total = 0
    while total <= _DRAIN and time.monotonic() < deadline:
        try:
            octets = source.read(_RECEIVE)
        except TimeoutError:
            raise
        except OSError:  # a chunked body beyond every limit
            return io.BytesIO(), True
        if not octets:
            break
        total += len(octets)
        if total <= limit:
            kept += octets
    return (io.BytesIO(), True) if total > limit or expected else (io.BytesIO(kept), False)
