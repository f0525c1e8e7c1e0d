"""The local secret is set by who has root, here or on a disk out of the box; others read it."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.operations import secret

FIRST, SECOND, TYPED = "a first secret", "and a second one", "typed by hand"


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A box's configuration on its disk, mounted somewhere; root keeps others' rights narrow."""
    folder = tmp_path / "disk" / "etc" / "simveil"
    folder.mkdir(parents=True)
    before = os.umask(0o077)
    yield folder / "simveil.toml"
    os.umask(before)


def set_secret(config: Path, *words: str, typed: str = "") -> tuple[int | None, str]:
    """Run it in a process of its own, by a pipe; return its exit code and what it said."""
    command = [sys.executable, "-m", "appliance.cli", "secret", "set", "--config", str(config)]
    done = subprocess.run(
        [*command, *words], input=typed, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_another_secret_needs_no_former_one(config: Path, tmp_path: Path) -> None:
    kept = secret.file_of(config)
    assert set_secret(config, typed=FIRST + "\n") == (0, "The local secret is set.\n")
    assert FIRST not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640, "the console's group reads it"
    assert kept.stat().st_gid == config.parent.stat().st_gid
    given = tmp_path / "given"
    given.write_text(SECOND + "\nand more\n")
    assert set_secret(config, "--from", str(given))[0] == 0
    assert (secret.matches(kept, SECOND), secret.matches(kept, FIRST)) == (True, False)

    given.write_text("")
    for words, typed, said in (
        (("--from", str(given)), "", "at least 8 characters"),
        ((), "short\n", "at least 8 characters"),
        (("--from", str(tmp_path / "nowhere")), "", "No such file"),
    ):
        code, told = set_secret(config, *words, typed=typed)
        assert code == 2
        assert said in told
        assert "Traceback" not in told
    assert secret.matches(kept, SECOND)


def test_it_is_asked_for_twice_and_not_shown(config: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "appliance.cli", "secret", "set", "--config", str(config)]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as running:
        os.close(theirs)
        shown = b""
        for asked in (b"New local secret: ", b"confirmation", b"The local secret is set."):
            while asked not in shown:
                shown += os.read(ours, 1000)
            os.write(ours, TYPED.encode() + b"\n")
        assert running.wait(30) == 0
    os.close(ours)
    assert TYPED.encode() not in shown
    assert secret.matches(secret.file_of(config), TYPED)
