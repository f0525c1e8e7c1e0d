"""The image's parts, offline: units, lists, boot loader, scripts, and the judge of the campaign."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.boot import listening
from tests.image.cuts import judged
from tests.image.volatile import SECTOR, VolatileImage

HOME = Path(__file__).parents[2]
IMAGE = HOME / "image"
ROOT = IMAGE / "rootfs"
UNITS = sorted((ROOT / "usr/lib/systemd/system").glob("simveil*"))


def test_the_images_units_are_clean(tmp_path: Path) -> None:
    """Nothing but programs that only the image has may be said of them."""
    units = tmp_path / "units"
    units.mkdir()
    for unit in [*UNITS, HOME / "systemd/simveil.service"]:
        text = re.sub(r"(?m)^(Exec\w+)=-?\S+", r"\1=/bin/true", unit.read_text())
        (units / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
         *[str(units / unit.name) for unit in UNITS]],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"},
    )  # fmt: skip

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    "script",
    [
        *sorted(IMAGE.glob("*.sh")),
        *sorted((IMAGE / "debian").iterdir()),
        *sorted(path for path in (ROOT / "usr/lib/simveil").rglob("*") if path.is_file()),
        HOME / "tests/image/rig/plug.sh",
    ],
    ids=lambda path: path.name,
)
def test_the_shell_reads_every_script(script: Path) -> None:
    done = subprocess.run(["sh", "-n", script], capture_output=True, text=True, timeout=10)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_table_of_partitions_outlives_a_power_cut_and_the_light_has_its_triggers() -> None:
    options = re.search(r'(?m)^set options="(.*)"$', (IMAGE / "boot/grub.cfg").read_text())
    repart = ROOT / "usr/lib/systemd/system/systemd-repart.service.d/50-simveil.conf"
    modules = (ROOT / "usr/lib/modules-load.d/simveil.conf").read_text().splitlines()

    assert options is not None
    assert "gpt" in options[1].split()
    assert re.search(r"(?m)^ExecStartPost=.*\bsync \S*/dev/", repart.read_text())
    assert {"ledtrig-timer", "ledtrig-default-on"} <= set(modules)


def test_the_stick_for_backups_has_a_place_and_is_not_the_boot_partition() -> None:
    build = (IMAGE / "build.sh").read_text()
    where = re.search(r"(?m)^Where=(\S+)$", (HOME / "systemd/media-simveil.mount").read_text())
    label = re.search(r"mkfs\.vfat .*-n (\S+)", build)

    assert where is not None
    assert f'"$root{where[1]}"' in build
    assert label is not None
    assert label[1] != "SIMVEIL"
    assert len(label[1]) <= 11


def test_nothing_in_the_tree_is_setuid_and_no_key_lies_in_it() -> None:
    files = [path for path in IMAGE.rglob("*") if path.is_file()]

    assert not [path for path in files if path.stat().st_mode & 0o6000]
    assert not [path for path in files if b"PRIVATE KEY-----" in path.read_bytes()]


def test_the_lists_of_ports_and_setuid_files() -> None:
    ports = {line.split()[0] for line in (IMAGE / "ports.txt").read_text().splitlines()
             if not line.startswith("#")}  # fmt: skip
    setuid = (IMAGE / "setuid.txt").read_text().split()

    assert ports == {"tcp/8443", "tcp/22", "udp/5353", "udp/68", "udp/546", "udp/51820"}
    assert setuid == ["/usr/lib/dbus-1.0/dbus-daemon-launch-helper"]
    seen = (
        "udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:*\n"
        "tcp LISTEN 0 128 127.0.0.1:7700 0.0.0.0:*\n"
        "udp UNCONN 0 0 10.0.2.15%ens3:68 0.0.0.0:*\n"
        "tcp LISTEN 0 128 [::1]:25 [::]:*\n"
        "tcp LISTEN 0 128 *:8443 *:*\n"
    )
    assert listening(seen) == {"udp/5353", "udp/68", "tcp/8443"}


def test_only_ssh_with_the_operators_key_may_listen() -> None:
    drop_in = (ROOT / "usr/lib/systemd/system/ssh.service.d/50-simveil.conf").read_text()
    sshd = (ROOT / "etc/ssh/sshd_config").read_text()

    assert "ConditionPathExists=/etc/simveil/operator.keys" in drop_in
    for line in (
        "PasswordAuthentication no",
        "PermitRootLogin no",
        "DisableForwarding yes",
        "ForceCommand /usr/bin/simveil console",
    ):
        assert line in sshd.splitlines()


def editenv(file: Path, *words: str) -> None:
    script = (ROOT / "usr/lib/simveil/rauc/grub-editenv").read_text()
    # Where there is no grub-editenv, as on a machine for tests, one that knows the format.
    stand_in = file.parent / "grub-editenv"
    stand_in.write_text(
        "#!/usr/bin/env python3\n"
        "import sys\n"
        "path, verb, *pairs = sys.argv[1:]\n"
        "text = '' if verb == 'create' else open(path).read()\n"
        "lines = dict(one.split('=', 1) for one in text.splitlines() if '=' in one)\n"
        "lines |= dict(one.split('=', 1) for one in pairs)\n"
        "head = '# GRUB Environment Block\\n' + ''.join(f'{k}={v}\\n' for k, v in lines.items())\n"
        "open(path, 'w').write(head.ljust(1024, '#'))\n"
    )
    stand_in.chmod(0o755)
    ours = file.parent / "ours"
    ours.write_text(script.replace("/usr/bin/grub-editenv", str(stand_in)).replace(
        "/run/grubenv", f"{file.parent}/grubenv.copy"))  # fmt: skip
    subprocess.run(["sh", ours, file, *words], check=True, timeout=30)


def test_the_slots_state_is_written_in_place(tmp_path: Path) -> None:
    file = tmp_path / "grubenv"
    file.write_bytes(b"")  # what a power cut in the middle of the original leaves
    editenv(file, "set", "A_OK=1")
    kept = file.stat().st_ino
    with file.open("rb") as held:  # whoever has it open sees no empty file, ever
        editenv(file, "set", "B_OK=0", "A_TRY=0")
        octets = held.read()

    assert file.stat().st_ino == kept
    assert len(octets) == 1024
    assert b"A_OK=1\nB_OK=0\nA_TRY=0\n" in octets
    assert not list(tmp_path.glob("grubenv.copy*"))


def update_asked(tmp_path: Path, answer: str, status: int = 0, *, first: str = ":") -> int:
    program = tmp_path / "simveil"
    program.write_text(f"#!/bin/sh\n{first}\necho '{answer}'\nexit {status}\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", ROOT / "usr/lib/simveil/may-update"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PATIENCE": "2"},
        capture_output=True, timeout=30,
    )  # fmt: skip
    return done.returncode


def test_no_update_while_a_call_is_up(tmp_path: Path) -> None:
    assert update_asked(tmp_path, '[{"call": "0815"}, {"call": null}]') == 1
    assert update_asked(tmp_path, '[{"call": null}, {"call": null}]') == 0
    # A service that does not answer has no call, and may be what the update cures.
    assert update_asked(tmp_path, "", status=1) == 0
    # One that is busy may have a call.
    assert update_asked(tmp_path, "[]", first="exec tail -f /dev/null") == 1


def test_what_a_volatile_image_loses(tmp_path: Path) -> None:
    file, left = tmp_path / "disk", tmp_path / "left"
    file.write_bytes(bytes(64 * SECTOR))
    disk = VolatileImage(file, seed=1, chance=0.0)
    disk.write(0, b"a" * SECTOR)
    disk.flush()
    disk.write(SECTOR, b"b" * SECTOR * 3)
    disk.write(10, b"c" * 4)

    assert disk.read(8, 8) == b"aaccccaa"
    assert disk.cut_copy(left) == (4, 0)
    assert disk.read(8, 8) == b"aaccccaa"
    assert disk.cut() == (4, 0)
    assert left.read_bytes() == file.read_bytes() == b"a" * SECTOR + bytes(63 * SECTOR)
    disk.write(5 * SECTOR, b"d" * SECTOR)
    disk.flush()
    disk.close()
    assert file.read_bytes()[5 * SECTOR :][:SECTOR] == b"d" * SECTOR


def test_five_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """On an ext4 of this machine's kernel; where nobody may mount, under kills instead."""
    enter = ["unshare", "--mount"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*enter, sys.executable, "-m", "tests.image.cut_here", tmp_path, "5", "1"],
        capture_output=True, text=True, timeout=300, cwd=HOME,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["seen"]) == 5
    for cut in told["seen"]:
        assert (cut["clean"], cut["integrity"], cut["orphans"]) == (True, "ok", 0)
        assert cut["acknowledged"] > 0
        assert cut["missing"] == []
    # Under a disk that lost nothing there would have been nothing to survive.
    assert told["how"] == "kill" or sum(cut["lost"] for cut in told["seen"]) > 0


def test_the_judge_finds_every_planted_loss() -> None:
    good = {
        "integrity": "ok", "orphans": 0, "filesystem": "clean", "kernel": [],
        "missing_recordings": [], "bindings": ["b1", "b2"], "texts": ["t1"], "calls": ["c1"],
    }  # fmt: skip
    acknowledged = {"binding": {"b1"}, "text": {"t1"}, "call": {"c1"}}

    assert judged(good, acknowledged) == []
    for change in (
        {"integrity": "row 7 missing"},
        {"orphans": 1},
        {"filesystem": "not clean"},
        {"kernel": ["EXT4-fs error"]},
        {"missing_recordings": ["x.wav"]},
        {"bindings": ["b2"]},
        {"texts": []},
        {"calls": []},
    ):
        assert len(judged({**good, **change}, acknowledged)) == 1
