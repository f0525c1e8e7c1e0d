"""The image's list of files that may change identity is kept, and the build stops for any other."""

from __future__ import annotations

import subprocess
from pathlib import Path

IMAGE = Path(__file__).parents[2] / "image"
LAUNCHER, MOUNT = "/usr/lib/dbus-1.0/dbus-daemon-launch-helper", "/usr/bin/mount"


def held(root: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["sh", IMAGE / "setuid.sh", root, *words], capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stdout, done.stderr


def bring(root: Path, file: str, mode: int) -> Path:
    path = root / file[1:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.chmod(mode)
    return path


def test_what_is_listed_stays_or_is_taken_and_anything_else_stops_the_build(tmp_path: Path) -> None:
    launcher = bring(tmp_path, LAUNCHER, 0o4754)
    mount = bring(tmp_path, MOUNT, 0o4755)
    assert held(tmp_path, "list")[0] == 1, "before the bits are taken away"

    assert held(tmp_path) == (0, "", "")
    assert mount.stat().st_mode & 0o7777 == 0o755
    assert launcher.stat().st_mode & 0o7777 == 0o4754
    assert held(tmp_path, "list") == (0, f"4754 {LAUNCHER}\n", "")

    for mode in (0o4755, 0o2755):
        stranger = bring(tmp_path, "/usr/bin/stranger", mode)
        assert held(tmp_path) == (1, "", "setuid.sh: on neither list: /usr/bin/stranger\n")
        assert held(tmp_path, "list")[0] == 1
        stranger.unlink()

    launcher.unlink()
    assert held(tmp_path, "list")[0] == 1, "a listed one that is gone is off the list as well"


def test_both_lists_are_sorted_and_apart() -> None:
    stay = (IMAGE / "setuid.txt").read_text().splitlines()
    taken = (IMAGE / "setuid-taken.txt").read_text().splitlines()

    assert stay == sorted(stay)
    assert taken == sorted(taken)
    assert not set(stay) & set(taken)
