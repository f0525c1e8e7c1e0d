"""What the box has after a power cut: one JSON object."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.argv = ["story"]
sys.path.insert(0, "/run/rig/rig")
from story import box, until  # noqa: E402


def words(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


data = Path("/var/lib/simveil")
lines = until("lines", lambda: [one["state"] for one in box("GET", "/lines")] == ["ready"] * 2, 900)
file = next(data.glob("*.db"))
with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
    integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    orphans = len(db.execute("PRAGMA foreign_key_check").fetchall())
    bindings = [row[0] for row in db.execute("SELECT subscription_id FROM bindings")]
    texts = [row[0] for row in db.execute("SELECT identifier FROM texts")]
    calls = db.execute("SELECT session_id, ended_at, record_file FROM calls").fetchall()
    sums = dict(db.execute("SELECT record_file, record_sha256 FROM calls WHERE record_file <> ''"))


def whole(name: str) -> bool:
    path = data / "recordings" / name
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sums[name]


kernel = words("dmesg")
print(
    json.dumps(
        {
            "integrity": integrity,
            "orphans": orphans,
            "filesystem": words("sh", "-c", "tune2fs -l $(findfs PARTLABEL=simveil-data)"
                                " | sed -n 's/^Filesystem state: *//p'").strip(),
            "kernel": [line for line in kernel.splitlines()
                       if "EXT4-fs error" in line or "I/O error" in line or "Corrupt" in line],
            "fsck": words("journalctl", "-b", "-q", "--no-pager", "-o", "cat",
                          "-u", "systemd-fsck@*").splitlines()[-6:],
            "lines": bool(lines),
            "bindings": bindings,
            "texts": texts,
            "calls": [call[0] for call in calls if call[1]],
            "open_calls": sum(1 for call in calls if not call[1]),
            "recordings": list(sums),
            "missing_recordings": [name for name in sums if not whole(name)],
            "slot": Path("/proc/cmdline").read_text().split("rauc.slot=")[1][0],
        }
    )
)  # fmt: skip
