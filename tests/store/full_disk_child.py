"""A process that fills a disk through the store and says what became of every write.

full_disk_child.py FOLDER file-limit|small-disk
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import threading
from pathlib import Path

from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.model.records import Mode
from appliance.store import Store
from drivers.clock import SystemClock

SIZE = 3 << 20
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_REC_PRIVATE = 0x4000 | 0x40000


def small_disk(folder: Path) -> bool:
    """Mount a tmpfs of SIZE octets on ``folder`` in a mount name space of this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNS) != 0:
        if libc.unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0:
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None)
    options = f"size={SIZE}".encode()
    return bool(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options) == 0)


class Room:
    """Takes room away and gives it back."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._ballast: Path | None = None
        if kind == "small-disk" and small_disk(folder):
            self._ballast = folder / "ballast"
            self._ballast.write_bytes(bytes(SIZE // 2))
        else:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE // 4, resource.RLIM_INFINITY))

    def give_back(self) -> None:
        if self._ballast is not None:
            self._ballast.unlink()
        else:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)


def main() -> None:
    """Fill, count, give room back, write once more, read everything."""
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    room = Room(folder, kind)
    store = Store(folder / "simveil.db", clock=SystemClock())
    store.start()
    acknowledged: list[str] = []
    refusals: list[str] = []

    def add(name: str) -> None:
        def work(db: Database) -> None:
            store.applications.add(db, name, Mode.AXB, settings={"note": "x" * 3000})

        store.write(work, 30.0)
        acknowledged.append(name)

    def client(index: int) -> None:
        for number in range(400):
            try:
                add(f"{index}/{number}")
            except StoreFailed as error:
                refusals.append(str(error))
                if number > 20 and len(refusals) > 50:
                    return

    threads = [threading.Thread(target=client, args=(n,), name=f"client-{n}") for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    room.give_back()
    add("after")
    present = {application.name for application in store.applications.all()}
    integrity = store.reader().execute("PRAGMA integrity_check").fetchall()[0][0]
    store.stop()
    told = {
        "acknowledged": len(acknowledged),
        "refused": len(refusals),
        "refusal": refusals[0] if refusals else "",
        "missing": sorted(set(acknowledged) - present),
        "present": len(present),
        "integrity": integrity,
        "written_after": "after" in present,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
