"""Workers named ``http-<n>``: what cheroot asks of a pool, with a stop that is bounded."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from typing import Any, Protocol

from appliance.api.connection import Connection

_log = logging.getLogger(__name__)

thread_numbers = itertools.count(1)


class Owner(Protocol):
    """The server, as its workers know it."""

    def put_conn(self, conn: Any) -> Any:
        """Wait for a connection's next request."""


class Pool:
    """Workers named ``http-<n>``: what cheroot asks of a pool, with a stop that is bounded."""

    def __init__(self, owner: Owner, size: int) -> None:
        self._owner = owner
        self._size = size
        self._waiting: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()
        self._busy: dict[threading.Thread, Connection] = {}
        self._threads: list[threading.Thread] = []

    @property
    def idle(self) -> int:
        """How many workers wait."""
        return len(self._threads) - len(self._busy)

    @property
    def qsize(self) -> int:
        """How many connections wait for a worker."""
        return self._waiting.qsize()

    def start(self) -> None:
        """Start the workers."""
        for _ in range(self._size):
            name = f"http-{next(thread_numbers)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def put(self, connection: Connection) -> None:
        """Queue a connection that has something to be done."""
        self._waiting.put(connection)

    def _work(self) -> None:
        this = threading.current_thread()
        while (connection := self._waiting.get()) is not None:
            self._busy[this] = connection
            stays_open = False
            try:
                stays_open = connection.communicate()
            except Exception:  # noqa: BLE001 - a worker outlives every request
                _log.exception("a request failed")
            finally:
                self._busy.pop(this, None)
            try:
                if stays_open:
                    self._owner.put_conn(connection)
                else:
                    connection.close()
            except (OSError, ValueError, KeyError):  # the peer or the selector has gone meanwhile
                connection.close()

    def stop(self, timeout: float = 5.0) -> None:
        """End the workers within ``timeout`` seconds, cutting the connections of the slow."""
        deadline = time.monotonic() + timeout
        workers, self._threads = self._threads, []
        for _ in workers:
            self._waiting.put(None)
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic() - 0.5))
        for worker in workers:
            if (connection := self._busy.get(worker)) is not None:
                connection.close()
            worker.join(max(0.05, deadline - time.monotonic()))
            if worker.is_alive():
                _log.error("%s did not end within %.1f s", worker.name, timeout)
