"""The data partition and the database, looked at with no rights and with no service in between."""

from __future__ import annotations

import contextlib
import functools
import re
import sqlite3
from pathlib import Path
from typing import Final

from appliance.operations.findings import disk_used

FSTAB: Final = Path("/etc/fstab")
MOUNTS: Final = Path("/proc/self/mountinfo")
_HEAD: Final = b"SQLite format 3\0"
_LARGEST: Final = 64 << 20  # octets of a database that is read to its end
_OCTAL: Final = re.compile(r"\\(\d{3})")  # how both tables write a blank


def there(path: Path) -> bool:
    """Whether a file or folder is there; what this user may not look at is taken to be."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def unmounted(folder: Path, fstab: Path = FSTAB, mounts: Path = MOUNTS) -> Path | None:
    """Return where the folder's own partition should be mounted and is not, None when all is well.

    An image has an empty folder in that place, which must not be taken for a box without data.
    """
    there = {row[4] for row in _rows(mounts)}
    for row in _rows(fstab):
        if len(row) < 4 or row[0][0] == "#" or "noauto" in row[3].split(","):
            continue
        if row[1] not in there:
            where = Path(_plain(row[1]))
            if where != Path("/") and _holds(where, folder):
                return where
    return None


def _rows(table: Path) -> list[list[str]]:
    try:
        return [row for line in table.read_text("utf-8").splitlines() if (row := line.split())]
    except (OSError, UnicodeDecodeError):
        return []


def _holds(where: Path, folder: Path) -> bool:
    below = folder.absolute()
    return below == where or where in below.parents


def only_readable(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether the folder's filesystem takes no writes from anybody, as ext4 after an error.

    The mount's own options say nothing: a hardened unit sees every mount as read-only.
    """
    best, options = 0, ""
    for row in _rows(mounts):
        where = Path(_plain(row[4]))
        if _holds(where, folder) and len(where.parts) >= best:
            best, options = len(where.parts), row[-1]
    return "ro" in options.split(",")


def used(folder: Path) -> int | None:
    """Return how full the folder's disk is, in percent, None when it has gone."""
    try:
        return disk_used(folder)
    except OSError:
        return None


def damage(database: Path, *, at_rest: bool) -> object:
    """Return what is wrong with a database's file, as a fact of a sentence; None: nothing is seen.

    Args:
        database: It is there.
        at_rest: Nobody writes it, so that it may be read to its end (up to 64 MB).

    What this user may not read is not judged.
    """
    try:
        with database.open("rb") as file:
            head = file.read(len(_HEAD))
        size, changed = database.stat().st_size, database.stat().st_mtime_ns
    except PermissionError:
        return None
    except OSError as error:
        return str(error.strerror)
    if size and head != _HEAD:
        return {"code": "CON-237", "facts": {}}
    return _read_through(database, size, changed) if at_rest and 0 < size <= _LARGEST else None


@functools.lru_cache(maxsize=4)
def _read_through(database: Path, _size: int, _changed: int) -> str | None:
    """Check every page; once for each state of the file."""
    # After an orderly stop there is no journal, and SQLite would want to make one.
    journal = database.with_name(f"{database.name}-wal").exists()
    address = f"{database.absolute().as_uri()}?{'mode=ro' if journal else 'immutable=1'}"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=1.0)) as db:
            said = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        # What is locked, or cannot be opened by this user, is not damaged.
        damaged = "malformed" in str(error) or "not a database" in str(error)
        return str(error) if damaged or "I/O" in str(error) else None
    return None if said == "ok" else said


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
