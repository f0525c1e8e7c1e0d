"""The repository of texts."""

from __future__ import annotations

from typing import Protocol

from sqlite_utils import Database


class _Readable(Protocol):
    def reader(self) -> Database: ...


class Messages:
    """Texts on their way."""

    def __init__(self, store: _Readable) -> None:
        self._store = store
