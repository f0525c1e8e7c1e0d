"""Tables of texts (migrations 060-079)."""

from __future__ import annotations

from collections.abc import Callable

from sqlite_utils import Database

MIGRATIONS: tuple[Callable[[Database], None], ...] = ()
