"""One reading connection per thread, closed when its thread ends."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path

from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.store.connection import open_reader


class _Reader:
    """A connection that goes with its owner: with the thread's locals, or with the store."""

    def __init__(self, db: Database, generation: int) -> None:
        self.db = db
        self.generation = generation

    def close(self) -> None:
        self.db.close()

    def __del__(self) -> None:
        self.db.close()


class Readers:
    """Hands each thread its own connection.

    Args:
        path: The database file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._open = False
        self._generation = 0

    def open(self) -> None:
        """Allow connections from now on."""
        with self._lock:
            self._open = True
            self._generation += 1

    def mine(self) -> Database:
        """Return the calling thread's connection, opening it on the first call.

        Raises:
            StoreFailed: Not open.
        """
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is not None and self._open and reader.generation == self._generation:
            return reader.db
        with self._lock:
            if not self._open:
                raise StoreFailed("the store is not running")
            reader = _Reader(open_reader(self._path), self._generation)
            self._all.add(reader)
        self._local.reader = reader
        return reader.db

    def count(self) -> int:
        """Return how many connections are open."""
        return len(self._all)

    def close(self) -> None:
        """Close every connection; their threads must not be reading."""
        with self._lock:
            self._open = False
            readers = list(self._all)
            self._all.clear()
        for reader in readers:
            reader.close()
