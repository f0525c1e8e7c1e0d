"""What was read and has not been written since, so that every request need not read it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")

MOST = 1_024
"""Values that are kept at most; more are read each time."""


class Remembered(Generic[V]):
    """Values of one repository by key, each as it was last committed.

    From the moment at which a transaction begins to change the repository until it has ended,
    nothing is taken from here and nothing is kept, so that the transaction sees its own changes and
    nobody else keeps what it is about to replace. What was read before such a change and is handed
    in after it is not kept either. No other process writes to the file: the store holds its lock.
    """

    def __init__(self) -> None:
        self._kept: dict[object, V] = {}
        self._lock = threading.Lock()
        self._changing = False
        self._changes = 0

    def get(self, key: object, read: Callable[[], V | None], *, current: bool = True) -> V | None:
        """Return a value, reading it when it is not known.

        Args:
            key: What it is known by.
            read: Reads it; None is not kept.
            current: ``read`` sees what is committed when it is called. A snapshot that was begun
                before does not, and what it sees is not kept.
        """
        changes = self._changes
        if not self._changing:
            found = self._kept.get(key)
            if found is not None:
                return found
        value = read()
        if value is not None and current:
            with self._lock:
                unchanged = not self._changing and changes == self._changes
                if unchanged and len(self._kept) < MOST:
                    self._kept[key] = value
        return value

    def changing(self) -> None:
        """Say that the transaction at work changes something. On the writer's thread."""
        with self._lock:
            self._changing = True
            self._kept.clear()

    def ended(self) -> None:
        """Say that a transaction has ended, either way, before anybody is answered."""
        if self._changing:
            self.forget()

    def forget(self) -> None:
        """Keep nothing: the file may be another one from now on."""
        with self._lock:
            self._changing = False
            self._changes += 1
            self._kept.clear()
