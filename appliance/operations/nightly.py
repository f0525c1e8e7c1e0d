"""The backup of every night: encrypted, sent to its target, its age kept for whoever watches."""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.config_care import BackupSection
from appliance.errors import BadInput, SimveilError
from appliance.operations import backup as backups
from appliance.operations.targets import Target, open_target
from appliance.store.connection import open_reader
from appliance.store.identity import Generation, Identity
from appliance.store.snapshots import sync

_log = logging.getLogger(__name__)

STATUS: Final = "backup.json"
"""In the data folder: the last backup that succeeded, and the last one that did not."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the backups of a box.

    Args:
        made_at: ISO 8601 UTC of the last good one; None: there never was one.
        archive: Its name.
        octets: Its size.
        failed_at: Of the last try that failed after it, with its ``error``.
    """

    made_at: str | None = None
    archive: str | None = None
    octets: int | None = None
    failed_at: str | None = None
    error: str | None = None

    def age(self, now: datetime) -> float | None:
        """Return the seconds since the last good one, None without one."""
        if self.made_at is None:
            return None
        return max(0.0, (now - datetime.fromisoformat(self.made_at)).total_seconds())


def status(data: Path) -> Status:
    """Return what is known; nothing when the file is missing or spoilt."""
    try:
        return Status(**json.loads((data / STATUS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Status()


def mark_name(generation: Generation) -> str:
    """Return the name of the file beside the archives that bears the generation."""
    return f"simveil-{generation.lineage}.generation"


def seen_at(target: Target, generation: Generation) -> int | None:
    """Return the generation that a target bears, None without one. Raises SimveilError."""
    octets = target.read(mark_name(generation))
    text = (octets or b"").strip()
    return int(text) if text.isdigit() and len(text) <= 3 else None


def run(
    settings: BackupSection, database: Path, configured: Mapping[str, Path]
) -> tuple[str, Status]:
    """Make one backup and send it to its target.

    Args:
        settings: Where to.
        database: Of the box, which may be running.
        configured: As for :func:`backup`.

    Returns:
        The name of the archive, and what is known from now on.

    Raises:
        BadInput: No target, no key, or the data were superseded by a later generation.
        SimveilError: It could not be made or sent; the status file says so.
    """
    data, before, now = database.parent, status(database.parent), datetime.now(UTC)
    try:
        name, octets = _made(settings, database, configured, now)
    except SimveilError as error:
        failed = now.isoformat(timespec="seconds")
        _keep(data, Status(before.made_at, before.archive, before.octets, failed, str(error)))
        raise
    kept = Status(now.isoformat(timespec="seconds"), name, octets)
    _keep(data, kept)
    return name, kept


def _made(
    settings: BackupSection, database: Path, configured: Mapping[str, Path], now: datetime
) -> tuple[str, int]:
    target, generation = open_target(settings), generation_of(database)
    seen = seen_at(target, generation)
    if seen is not None and seen > generation.number and not generation.fresh:
        raise BadInput(
            f"generation {seen} of this box backs up to the same place: these are the data of"
            f" generation {generation.number}, which is over"
        )
    stem = f"simveil-{generation.lineage}"
    name = f"{stem}-g{generation.number:03d}-{now:%Y%m%dT%H%M%SZ}.tar{backups.ENCRYPTED}"
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=database.parent) as folder:
        archive = Path(folder) / name
        backups.backup(database, archive, configured)
        octets = archive.stat().st_size
        target.put(archive, name)
        mark = Path(folder) / "mark"
        mark.write_text(f"{generation.number}\n", encoding="ascii")
        target.put(mark, mark_name(generation))
    gone = target.tidy(f"{stem}-*.tar{backups.ENCRYPTED}", settings.keep)
    _log.info("backup %s: %d octets, %d old ones removed", name, octets, gone)
    return name, octets


def generation_of(database: Path) -> Generation:
    """Return of which generation a database is. Raises BadInput without one."""
    if not database.is_file():
        raise BadInput(f"there is no database {database}")
    with contextlib.closing(open_reader(database)) as db:
        if "identity" not in db.table_names():
            raise BadInput(f"{database} is of older software: start the box once")
        return Identity(lambda: db).generation()


def _keep(data: Path, known: Status) -> None:
    half = data / f"{STATUS}.part"
    half.write_text(json.dumps(asdict(known), indent=1), encoding="utf-8")
    half.chmod(0o640)
    sync(half)
    half.replace(data / STATUS)
