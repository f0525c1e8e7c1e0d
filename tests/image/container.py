"""A Debian tree that systemd-nspawn boots, with systemd's own words to ask it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

MIRROR: Final = (
    "deb http://deb.debian.org/debian bookworm main\n"
    "deb http://deb.debian.org/debian bookworm-updates main\n"
    "deb http://deb.debian.org/debian-security bookworm-security main\n"
)


def bare(tar: Path) -> None:
    """Make a tree of Debian 12 with systemd, udev, D-Bus, and nothing of what the box needs."""
    if not tar.exists():
        new = tar.with_suffix(".new")
        subprocess.run(
            ["mmdebstrap", "--quiet", "--format=tar", "--mode=root", "--variant=minbase",
             "--include=systemd-sysv,udev,dbus,iproute2", "--aptopt=APT::Install-Recommends false",
             "bookworm", str(new), "-"],
            input=MIRROR, text=True, check=True, timeout=1800,
        )  # fmt: skip
        new.rename(tar)


class Container:
    """One running machine on a tree of its own, without a network but its loopback."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def unpacked(self, tar: Path) -> None:
        """Begin anew from a tree of packages."""
        shutil.rmtree(self.tree, ignore_errors=True)
        self.tree.mkdir(parents=True)
        subprocess.run(["tar", "-C", self.tree, "-xf", tar], check=True, timeout=300)
        (self.tree / "etc/machine-id").write_text("")

    def boot(self, seconds: float) -> float:
        """Start it; return after how many seconds systemd had nothing left to do."""
        started = time.monotonic()
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", "--directory", self.tree, "--register=no",
             "--keep-unit", "--private-network", "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._leader = int(self._wait(seconds, f"pgrep -P {self._nspawn.pid}").split()[0])
        self.until("systemctl is-system-running | grep -q -e running -e degraded", seconds)
        return round(time.monotonic() - started, 1)

    def _wait(self, seconds: float, command: str) -> str:
        deadline = time.monotonic() + seconds
        while True:
            done = subprocess.run(
                ["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
            )
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > deadline:
                raise ValueError(f"not in {seconds} s: {command}: {done.stderr}")
            time.sleep(0.2)

    def attempt(self, command: str, seconds: float = 120) -> tuple[int, str]:
        """Run a shell's command in it as root; return its status and what it said."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._leader), "-a", "--", "/usr/bin/env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root",
             "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=cat", "sh", "-c", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=seconds, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.strip()

    def run(self, command: str, seconds: float = 120) -> str:
        """Run what has to succeed. Raises ValueError when it does not."""
        status, said = self.attempt(command, seconds)
        if status:
            raise ValueError(f"{command}: {status}\n{said}")
        return said

    def until(self, command: str, seconds: float) -> float:
        """Ask again until it succeeds; return the seconds. Raises ValueError after too many."""
        started = time.monotonic()
        while True:
            status, said = self.attempt(command)
            if status == 0:
                return round(time.monotonic() - started, 1)
            if time.monotonic() - started > seconds:
                raise ValueError(f"not in {seconds} s: {command}\n{said}")
            time.sleep(0.5)

    def show(self, unit: str, name: str) -> str:
        """Return one property of a unit."""
        return self.run(f"systemctl show --property={name} --value {unit}")

    def off(self) -> None:
        """End it, whatever it does."""
        if self._nspawn is None:
            return
        os.kill(self._leader, signal.SIGRTMIN + 4)  # systemd's own sign to power off
        try:
            self._nspawn.wait(90)
        except subprocess.TimeoutExpired:
            os.kill(self._leader, signal.SIGKILL)
            self._nspawn.wait(30)
        self._nspawn = None
