"""A copy of the database before new software touches it for the first time."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlite_utils import Database

from appliance.store import schema
from appliance.store.connection import create_private
from appliance.store.rows import select_value

KEPT = 3
"""Snapshots that are kept; older ones are removed."""

_TABLE = "CREATE TABLE IF NOT EXISTS software (id INTEGER PRIMARY KEY CHECK (id = 1), version TEXT)"


def software_version() -> str:
    """Return the version of the software that runs."""
    return version("simveil")


def before_new_version(db: Database, path: Path, now: datetime) -> Path | None:
    """Copy a database that older software left, before anything is changed in it.

    Args:
        db: The database, with nothing applied yet.
        path: Its file; copies go into the folder ``snapshots`` beside it.
        now: For the copy's name.

    Returns:
        The copy, or None for a new file or one that this version has opened before.
    """
    if not schema.migrations.applied(db):
        return None
    last = _noted(db)
    if last == software_version() and not schema.migrations.pending(db):
        return None
    folder = path.parent / "snapshots"
    folder.mkdir(mode=0o700, exist_ok=True)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = folder / f"{path.stem}-{last or 'unknown'}-{stamp}.db"
    copy_database(db, target)
    for old in sorted(folder.glob(f"{path.stem}-*.db"), key=_stamp)[:-KEPT]:
        old.unlink()
    return target


def copy_database(db: Database, target: Path) -> None:
    """Copy a database, consistent while others write, to a new file that is on the disk after.

    The copy appears under its name only once it is complete.
    """
    half = target.with_name(target.name + ".part")
    half.unlink(missing_ok=True)
    create_private(half)
    copy = sqlite3.connect(half)
    try:
        db.conn.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        copy.close()
    sync(half)
    half.replace(target)
    sync(target.parent)


def note_version(db: Database) -> None:
    """Write down that this version has opened the file."""
    if _noted(db) == software_version():
        return
    db.execute(_TABLE)
    db.execute(
        "INSERT INTO software (id, version) VALUES (1, ?) "
        "ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        (software_version(),),
    )


def _noted(db: Database) -> str | None:
    if "software" not in db.table_names():
        return None
    found = select_value(db, "SELECT version FROM software WHERE id = 1")
    return None if found is None else str(found)


def _stamp(path: Path) -> str:
    return path.stem.rsplit("-", 1)[-1]


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
