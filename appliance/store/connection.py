"""Opening the database: the one writer, the readers, the bare connection of a migration."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlite_utils import Database

BUSY_MILLISECONDS = 5_000
"""How long SQLite waits for a lock of another connection before it gives up."""


def create_private(path: Path) -> None:
    """Create an empty file that only its owner reads; the log beside it inherits its mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def open_writer(path: Path, *, foreign_keys: bool = True) -> Database:
    """Open a connection that writes: write-ahead log, every commit synced to the disk.

    Args:
        path: The database file, which exists.
        foreign_keys: Off only while migrations rebuild tables.
    """
    return _open(
        path,
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )


def open_reader(path: Path) -> Database:
    """Open a connection on which every attempt to write is an error."""
    return _open(path, "PRAGMA query_only = ON")


def _open(path: Path, *settings: str) -> Database:
    # Closing at the stop of the store happens on another thread than the reading did.
    connection = sqlite3.connect(
        path, timeout=BUSY_MILLISECONDS / 1000, check_same_thread=False, cached_statements=256
    )
    try:
        for setting in settings:
            connection.execute(setting).fetchall()
        return Database(connection)
    except BaseException:
        connection.close()
        raise
