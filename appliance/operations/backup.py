"""Backup and restore: one archive with the database, recordings, voice files and certificate.

The archive is an uncompressed tar, readable by its owner only, since it holds real numbers and the
applications' secrets; encrypted when the name of its file ends in ``.age``. Its last member,
``manifest.json``, lists every other one with its size and SHA-256; an archive that was cut off has
none and is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from appliance.errors import BadInput, StoreFailed
from appliance.operations import after_restore, recovery
from appliance.store import schema
from appliance.store.connection import open_reader, open_writer
from appliance.store.identity import Identity
from appliance.store.rows import select_value
from appliance.store.snapshots import copy_database, software_version, sync
from appliance.store.store import take_lock

DATABASE = "simveil.db"
MANIFEST = "manifest.json"
FOLDERS = ("recordings", "voices", "tls")
"""Folders beside the database whose finished files belong to a backup."""
CONFIGURED = "etc"
"""Folder of the archive, and of the data after a restore: configuration and certificate of before,
which lie elsewhere on a box that has them."""
ENCRYPTED = ".age"

_MEMBER = re.compile(
    r"simveil\.db|manifest\.json|(?:recordings|voices|tls|etc)(?:/[A-Za-z0-9_.@+-]+)+"
)
_UNFINISHED = (".part", ".tmp")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds.

    Args:
        path: The archive.
        created: When it was made, ISO 8601 UTC.
        version: The software that made it.
        files: Members apart from the manifest.
        octets: Their size together.
        unknown: After a restore, what may have been sent since the backup, by kind.
    """

    path: Path
    created: str
    version: str
    files: int
    octets: int
    unknown: dict[str, int] = field(default_factory=dict)


def backup(
    store_path: Path, target: Path, configured: Mapping[str, Path] = MappingProxyType({})
) -> Archive:
    """Write an archive of a box that may be running.

    The database is copied first, in one piece, and the files after it: a record of a call is
    written only once its recording is there, so the archive never lacks a file that its database
    names, unless retention removed it in between.

    Args:
        store_path: The database; recordings and voice files lie beside it.
        target: The archive to make; its folder must exist, the file must not. With the ending
            ``.age`` it is encrypted with the key of the data folder.
        configured: Files from elsewhere by the name that they have in the archive.

    Raises:
        BadInput: There is no database, the target exists, its folder does not, or there is no key.
        StoreFailed: The database is damaged, or the disk failed; no archive is left.
    """
    if not store_path.is_file():
        raise BadInput(f"there is no database {store_path}")
    if target.exists():
        raise BadInput(f"{target} exists already")
    if not target.parent.is_dir():
        raise BadInput(f"there is no folder {target.parent}")
    public = recovery.kept(store_path.parent) if target.suffix == ENCRYPTED else None
    if target.suffix == ENCRYPTED and public is None:
        raise BadInput("there is no key for backups yet: simveil recovery new makes one")
    half = target.with_name(target.name + ".part")
    try:
        if public is None:
            archive = _write(store_path, half, configured)
        else:
            archive = _write_encrypted(store_path, half, configured, public)
        sync(half)
        half.replace(target)
        sync(target.parent)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise StoreFailed(f"no backup was made: {error}") from error
    finally:
        half.unlink(missing_ok=True)
    return Archive(target, archive["created"], archive["version"], *_totals(archive))


def restore(
    archive: Path, data: Path, *, force: bool = False, phrase: str | None = None
) -> Archive:
    """Put an archive's content in the place of a box's data.

    Everything is unpacked and verified before anything is touched. Data that are replaced are kept
    in a folder ``replaced-…`` inside ``data``. What stood open in the backup is settled as unknown,
    and the data are those of the next generation (``after_restore.py``, ``generation.py``).

    Args:
        archive: Made by :func:`backup`.
        data: The box's data folder; made when it is not there.
        force: Replace data that are there already.
        phrase: The recovery phrase of an encrypted archive.

    Raises:
        BadInput: The archive is damaged or encrypted with another phrase, or newer software made
            it, a box is running on the data, or data are there and ``force`` is not given. Nothing
            was changed.
        StoreFailed: The disk failed.
    """
    if not archive.is_file():
        raise BadInput(f"there is no archive {archive}")
    data.mkdir(mode=0o750, parents=True, exist_ok=True)
    try:
        lock = take_lock(data / f"{DATABASE}.lock")
    except BlockingIOError:
        raise BadInput(f"a box is running on {data}; stop it first") from None
    try:
        present = _present(data)
        if present and not force:
            raise BadInput(f"{data} holds data already: {', '.join(p.name for p in present)}")
        return _restore(archive, data, present, phrase)
    except OSError as error:
        raise StoreFailed(f"the restore failed: {error}") from error
    finally:
        os.close(lock)


def _write_encrypted(
    store_path: Path, half: Path, configured: Mapping[str, Path], public: str
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=store_path.parent) as folder:
        plain = Path(folder) / "archive.tar"
        manifest = _write(store_path, plain, configured)
        recovery.encrypt(plain, half, public)
    return manifest


def _write(store_path: Path, half: Path, configured: Mapping[str, Path]) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": software_version(),
        "files": {},
    }
    handle = os.open(half, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with (
        os.fdopen(handle, "wb") as raw,
        tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar,
        tempfile.TemporaryDirectory(prefix=".backup-", dir=half.parent) as folder,
    ):
        copy = Path(folder) / DATABASE
        _copy_checked(store_path, copy)
        manifest["files"][DATABASE] = _add(tar, copy, DATABASE)
        elsewhere = [(path, f"{CONFIGURED}/{name}") for name, path in configured.items()]
        for path, name in [*_finished_files(store_path.parent), *elsewhere]:
            try:
                manifest["files"][name] = _add(tar, path, name)
            except FileNotFoundError:
                continue  # retention was faster, or it is not there
        text = json.dumps(manifest, indent=1, sort_keys=True).encode()
        tar.addfile(_info(MANIFEST, len(text)), io.BytesIO(text))
    return manifest


def _copy_checked(store_path: Path, copy: Path) -> None:
    db = open_reader(store_path)
    try:
        copy_database(db, copy)
    finally:
        db.close()
    _check_database(copy, StoreFailed)


def _check_database(path: Path, error: type[BadInput] | type[StoreFailed]) -> None:
    try:
        db = open_reader(path)
    except sqlite3.Error as cause:
        raise error(f"the database cannot be read: {cause}") from cause
    try:
        verdict = select_value(db, "PRAGMA integrity_check(1)")
        unknown = schema.unknown_migrations(db)
    except sqlite3.Error as cause:
        raise error(f"the database is damaged: {cause}") from cause
    finally:
        db.close()
    if verdict != "ok":
        raise error(f"the database is damaged: {verdict}")
    if unknown:
        raise error(f"newer software wrote the database: it holds {', '.join(unknown)}")


def _finished_files(data: Path) -> Iterator[tuple[Path, str]]:
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            name = path.relative_to(data).as_posix()
            finished = not path.name.startswith(".") and path.suffix not in _UNFINISHED
            if finished and path.is_file() and not path.is_symlink() and _MEMBER.fullmatch(name):
                yield path, name


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info


class _Hashing(io.RawIOBase):
    """Passes a file on and keeps its SHA-256."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` octets."""
        octets = self._source.read(size)
        self.sha256.update(octets)
        return octets


def _add(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    with path.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        hashing = _Hashing(source)
        tar.addfile(_info(name, size), hashing)
        return {"size": size, "sha256": hashing.sha256.hexdigest()}


def _present(data: Path) -> list[Path]:
    keep = {f"{DATABASE}.lock"}
    return sorted(
        path
        for path in data.iterdir()
        if path.name not in keep and not path.name.startswith(("replaced-", ".restore-"))
    )


def _restore(archive: Path, data: Path, present: list[Path], phrase: str | None) -> Archive:
    staging = Path(tempfile.mkdtemp(prefix=".restore-", dir=data))
    try:
        manifest = _unpack(_readable(archive, staging, phrase), staging)
        _check_database(staging / DATABASE, BadInput)
        unknown = _begin_generation(staging / DATABASE, manifest["created"])
        for leftover in staging.glob(f"{DATABASE}-*"):
            leftover.unlink()
        if present:
            _put_aside(data, present)
        if phrase is not None:
            recovery.keep(data, recovery.recipient(phrase))
        # The database comes last: without it the data are those of a box that never started.
        for name in (*FOLDERS, CONFIGURED, DATABASE):
            if (staging / name).exists():
                (staging / name).replace(data / name)
        sync(data)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    created, version = manifest["created"], manifest["version"]
    return Archive(archive, created, version, *_totals(manifest), unknown)


def _readable(archive: Path, staging: Path, phrase: str | None) -> Path:
    """Return the archive as a tar file."""
    if not recovery.encrypted(archive):
        return archive
    if phrase is None:
        raise BadInput("the archive is encrypted: the recovery phrase is needed")
    plain = staging / "archive.tar"
    recovery.decrypt(archive, plain, phrase)
    return plain


def _begin_generation(database: Path, made: str) -> dict[str, int]:
    """Settle what stood open and count the generation on; return what is unknown, by kind."""
    now = datetime.now(UTC)
    db = open_writer(database, foreign_keys=False)
    try:
        schema.migrate(db)
        db.conn.execute("BEGIN IMMEDIATE")
        unknown = after_restore.settle(db, made, now)
        Identity(lambda: db).next_generation(db, now)
        db.conn.execute("COMMIT")
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        db.close()
    sync(database)
    return unknown


def _put_aside(data: Path, present: list[Path]) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = data / f"replaced-{stamp}"
    aside.mkdir(mode=0o700)
    for path in present:
        path.replace(aside / path.name)


def _unpack(archive: Path, staging: Path) -> dict[str, Any]:
    """Unpack and verify; return the manifest."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, mode="r:") as tar:
            for member in tar:
                if not member.isreg() or not _plain(member.name) or member.name in found:
                    raise BadInput(
                        f"the archive holds {member.name!r}, which is no part of a backup"
                    )
                source = tar.extractfile(member)
                assert source is not None
                if member.name == MANIFEST:
                    manifest = json.loads(source.read())
                else:
                    found[member.name] = _extract(source, staging / member.name)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BadInput(f"the archive is damaged: {error}") from error
    if not isinstance(manifest, dict) or not {"created", "version", "files"} <= set(manifest):
        raise BadInput("the archive is incomplete: it has no manifest")
    if manifest["files"] != found or DATABASE not in found:
        raise BadInput("the archive is damaged: its files are not those of its manifest")
    return manifest


def _plain(name: str) -> bool:
    parts = name.split("/")
    return _MEMBER.fullmatch(name) is not None and ".." not in parts and "." not in parts


def _extract(source: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    size = 0
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as out:
        while chunk := source.read(_CHUNK):
            sha256.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return {"size": size, "sha256": sha256.hexdigest()}


def _totals(manifest: dict[str, Any]) -> tuple[int, int]:
    files = manifest["files"].values()
    return len(files), sum(int(entry["size"]) for entry in files)
