"""Which connections have something to say: one epoll set, armed once for each time."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
import time
from typing import Any, Protocol

_log = logging.getLogger(__name__)

_ONCE = select.EPOLLIN | select.EPOLLONESHOT
_PAUSE_SECONDS = 0.1  # after an accept that failed: the process may be out of descriptors
_ACCEPTS = 32  # connections taken in a turn, so that those that wait get theirs too


_Socket = socket.socket


class Watched(Protocol):
    """A connection, as the watch knows it."""

    socket: _Socket
    rfile: Any
    last_used: float
    armed: bool

    def close(self) -> None:
        """End it."""


class Owner(Protocol):
    """The server, as the watch knows it."""

    socket: _Socket
    timeout: int

    def connect(self, sock: _Socket, address: Any) -> Watched:
        """Return the connection of a socket that was accepted. Raises OSError."""

    def process_conn(self, conn: Any) -> None:
        """Give a connection to a worker."""


class Watch:
    """Waits for every connection that no worker holds, and for new ones.

    Only the thread in :meth:`run` takes connections out of the set, so that none is given away
    twice. :meth:`put` may be called from any thread.

    Args:
        owner: Its listening socket must be listening.
        most: Idle connections that are kept.
    """

    def __init__(self, owner: Owner, most: int) -> None:
        self._owner = owner
        self._most = most
        self._idle: dict[int, Watched] = {}
        self._listener = owner.socket.fileno()
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._ended.set()

    @property
    def can_add_keepalive_connection(self) -> bool:
        """Whether one more may be kept open between its requests."""
        return len(self._idle) < self._most

    def put(self, conn: Watched) -> None:
        """Wait for a connection's next octets, or give it away at once if it has some."""
        conn.last_used = time.monotonic()
        if conn.rfile.has_data():
            self._owner.process_conn(conn)
            return
        descriptor = conn.socket.fileno()
        self._idle[descriptor] = conn
        if conn.armed:
            self._epoll.modify(descriptor, _ONCE)
        else:
            conn.armed = True
            self._epoll.register(descriptor, _ONCE)

    def run(self, interval: float) -> None:
        """Watch until stopped, closing what was silent for too long every ``interval`` seconds."""
        self._ended.clear()
        last = time.monotonic()
        try:
            while not self._stopping.is_set():
                for descriptor, _ in self._epoll.poll(interval):
                    self._turn(descriptor)
                now = time.monotonic()
                if now - last > interval:
                    self._expire(now - self._owner.timeout)
                    last = now
        finally:
            self._ended.set()

    def _turn(self, descriptor: int) -> None:
        if descriptor == self._listener:
            self._accept()
        elif (conn := self._idle.pop(descriptor, None)) is not None:
            self._owner.process_conn(conn)

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            if self._stopping.is_set():
                return
            try:
                sock, address = self._owner.socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.error("no connection could be accepted: %s", error)
                self._stopping.wait(_PAUSE_SECONDS)
                return
            try:
                self.put(self._owner.connect(sock, address))
            except OSError as error:  # it has gone before it was served
                _log.debug("a client was lost: %s", error)
                sock.close()

    def _expire(self, before: float) -> None:
        for descriptor, conn in self._idle.copy().items():
            if conn.last_used < before and self._idle.pop(descriptor, None) is not None:
                conn.close()

    def stop(self) -> None:
        """End :meth:`run`; returns when it has ended."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            os.eventfd_write(self._wake, 1)
        if not self._ended.wait(2.0):
            _log.error("the watch over connections did not end")

    def close(self) -> None:
        """Close every connection that is waited for."""
        while self._idle:
            _, conn = self._idle.popitem()
            conn.close()
        self._epoll.close()
        os.close(self._wake)
