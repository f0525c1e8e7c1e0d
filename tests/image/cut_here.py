"""Power cuts of a database and of recordings on this machine: ``cut_here FOLDER COUNT SEED``.

A writer works on an ext4 that this kernel mounts from a disk with a volatile cache. At random
moments that which a power cut would leave is copied, its journal replayed, checked by e2fsck and
mounted; the database has to be whole, and everything acknowledged until then in it. Where this
machine lets nobody mount, the writer is killed instead, on the folder's own file system.

Prints one JSON object.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from appliance.model.records import Mode
from appliance.store import Store
from drivers.clock import SystemClock
from tests.store.conftest import enrol

MEGABYTES: Final = 64
PATIENCE: Final = 120.0  # seconds
PYTHON: Final = (sys.executable, "-m")


def ran(*command: object) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)


class Lossy:
    """A data folder on a disk that can be cut.

    Args:
        folder: For its image and mounts. Raises OSError where nobody may mount.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        image, self._disk, self.data = folder / "disk.img", folder / "disk", folder / "data"
        self._left, self._seen = folder / "left.img", folder / "left"
        for place in (self._disk, self.data, self._seen):
            place.mkdir()
        with image.open("wb") as file:
            file.truncate(MEGABYTES << 20)
        ran("mke2fs", "-q", "-t", "ext4", "-O", "metadata_csum,64bit", image).check_returncode()
        command = [*PYTHON, "tests.image.lossy_mount", str(image), str(self._disk), str(seed)]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._ask, self._told = self._server.stdin, self._server.stdout
        if self._told.readline() != "ready\n":
            raise OSError("no mount of one's own")
        mounted = ran("mount", "-t", "ext4", "-o", "loop,noatime", self._disk / "disk", self.data)
        if mounted.returncode:
            self.close()
            raise OSError(mounted.stderr)

    def cut(self) -> None:
        """Copy what a cut in this moment leaves."""
        self._ask.write(f"{self._left}\n")
        self._ask.flush()
        self.lost, self.kept = (int(word) for word in self._told.readline().split())

    def found(self, acknowledged: set[str]) -> dict[str, Any]:
        """Look at what the last cut left, as a box does when it starts."""
        replayed = ran("e2fsck", "-y", "-E", "journal_only", self._left)
        checked = ran("e2fsck", "-f", "-n", self._left)
        ran("mount", "-t", "ext4", "-o", "loop", self._left, self._seen).check_returncode()
        try:
            seen = looked_at(self._seen, acknowledged)
        finally:
            ran("umount", self._seen).check_returncode()
        clean = replayed.returncode in (0, 1) and checked.returncode == 0
        return {"lost": self.lost, "kept": self.kept, "clean": clean, **seen}

    def close(self) -> None:
        """Unmount and end."""
        ran("umount", self.data)
        ran("umount", self._disk)
        self._ask.close()
        self._server.wait(PATIENCE)


def looked_at(folder: Path, acknowledged: set[str]) -> dict[str, Any]:
    """Return whether the database is whole, and what of the acknowledged is missing."""
    with contextlib.closing(sqlite3.connect(folder / "simveil.db")) as db:
        integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
        orphans = len(db.execute("PRAGMA foreign_key_check").fetchall())
        present = {row[0] for row in db.execute("SELECT subscription_id FROM bindings")}
    for path in (folder / "recordings").glob("*.wav"):
        present.add(f"recording {path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return {
        "integrity": integrity,
        "orphans": orphans,
        "acknowledged": len(acknowledged),
        "recordings": sum(1 for one in acknowledged if one.startswith("recording ")),
        "missing": sorted(acknowledged - present),
    }


class Writer:
    """A writer, and what it has acknowledged."""

    def __init__(self, folder: Path, first: int) -> None:
        command = [*PYTHON, "tests.image.writer", str(folder), str(first)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._said: set[str] = set()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen, name="writer", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                with self._news:
                    self._said.add(line.strip())
                    self._news.notify()

    def said(self, more: int) -> set[str]:
        """Return everything acknowledged once there are so many. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._said) >= more, PATIENCE):
                raise TimeoutError("the writer does not write")
            return set(self._said)

    def kill(self) -> set[str]:
        """Kill it; return everything that it acknowledged."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._thread.join(PATIENCE)
        return self.said(0)


def begun(folder: Path) -> None:
    """Make the database that the writer works on."""
    store = Store(folder / "simveil.db", clock=SystemClock())
    store.start()
    app = store.write(lambda db: store.applications.add(db, "shop", Mode.AXB))
    for last in range(1, 9):
        enrol(store, app, last)
    store.stop()
    (folder / "recordings").mkdir()


def cuts(folder: Path, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Cut the power so often under one writer."""
    chance = random.Random(seed)
    disk = Lossy(folder, seed)
    try:
        begun(disk.data)
        writer = Writer(disk.data, 1)
        try:
            for cut in range(1, count + 1):
                acknowledged = writer.said(cut * 40 + chance.randrange(40))
                disk.cut()
                yield disk.found(acknowledged)
        finally:
            writer.kill()
    finally:
        disk.close()


def kills(folder: Path, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Kill a writer so often, where nobody may mount."""
    chance = random.Random(seed)
    data = folder / "plain"
    data.mkdir()
    begun(data)
    acknowledged: set[str] = set()
    for cut in range(count):
        writer = Writer(data, cut * 1_000_000 + 1)
        writer.said(40 + chance.randrange(40))
        acknowledged |= writer.kill()
        yield {"lost": 0, "kept": 0, "clean": True, **looked_at(data, acknowledged)}


def main() -> None:
    """Cut or kill, and tell."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    try:
        how, seen = "cut", list(cuts(folder, count, seed))
    except OSError as error:
        print(f"killed instead: {error}", file=sys.stderr)
        how, seen = "kill", list(kills(folder, count, seed))
    print(json.dumps({"how": how, "seen": seen}))


if __name__ == "__main__":
    main()
