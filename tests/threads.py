"""Threads that came since: a box of other tests may live on in the same process."""

from __future__ import annotations

import threading


class Since:
    """Remembers the threads there are, and tells those that came after."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())

    def names(self, *prefixes: str) -> list[str]:
        """Return the sorted names of new threads that begin with one of ``prefixes``."""
        new = set(threading.enumerate()) - self._before
        return sorted(thread.name for thread in new if thread.name.startswith(prefixes))
