"""A box's image under user-mode Linux: its own system on a kernel that is a program.

Package ``user-mode-linux``. Everything from the initial file system on is the image's: slot,
systemd, units, service. Kernel, firmware, boot loader and modems are not, so what is seen here is
said of files and databases, not of hardware. It needs no emulated processor, and its disk is the
file of a :mod:`tests.image.lossy_mount`.
"""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Final

from tests.image.machine import Machine, Port, Silent

KERNEL: Final = "linux.uml"
MODULES: Final = Path("/usr/lib/uml/modules")
NEEDED: Final = ("squashfs", "autofs4", "fat", "vfat", "nls_ascii", "nls_cp437", "nls_iso8859-1")
WORDS: Final = (
    "rauc.slot=A ro quiet loglevel=4 console=tty0 systemd.debug_shell=tty1 systemd.watchdog_sec=0 "
    "systemd.mask=getty@tty1.service systemd.mask=proc-sys-fs-binfmt_misc.automount "
    "systemd.mask=systemd-binfmt.service"
)
INIT: Final = """\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in {modules}; do /bin/busybox insmod /$module.ko; done
/bin/busybox mount -t squashfs -o ro /dev/ubda2 /root
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
"""


class UserMode(Machine):
    """One such machine.

    Args:
        folder: For its transcripts and initial file system.
        disk: The file that is its disk, given each time that it is switched on.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Path()
        self._process = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "initrd").write_bytes(initial())

    def on(self, memory: Path | None = None) -> None:
        """Switch it on; it has no memory to go on from."""
        assert memory is None
        ends = [socket.socketpair() for _ in range(2)]
        given = [theirs.fileno() for _, theirs in ends]
        with (self.folder / "kernel.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(KERNEL, "mem=768M", f"ubd0={self.disk}", f"initrd={self.folder}/initrd"),
                    *(f"uml_dir={self.folder}", "umid=machine", "con=null"),
                    *(f"con0=null,fd:{given[0]}", f"con1=fd:{given[1]},fd:{given[1]}"),
                    *WORDS.split(),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=given,
                start_new_session=True,
            )
        self.started = time.monotonic()
        self.serial_mark = self.shell_mark = 0
        for _, theirs in ends:
            theirs.close()
        self.serial = Port(ends[0][0], self.folder / "serial.txt")
        self.shell = Port(ends[1][0], self.folder / "shell.txt")

    def cut(self) -> None:
        """Cut the power: kill the kernel and all that runs on it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
            self._close()

    def off(self, seconds: float = 120) -> None:
        """Switch it off in order; cut the power when that does not come to its end."""
        assert self._process is not None
        self.shell.write("systemctl poweroff\n")
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.cut()
            raise Silent(f"the machine did not go off in {seconds} s") from None
        self._close()


class Mounted:
    """The disk of such a machine, while it is mounted.

    Args:
        image: What is on it.
        folder: Where it is mounted.
        seed: Of what a cut loses.
    """

    def __init__(self, image: Path, folder: Path, seed: int) -> None:
        folder.mkdir(exist_ok=True)
        self.file = folder / "disk"
        self._folder = folder
        self._process = subprocess.Popen(
            ["python3", "-m", "tests.image.lossy_mount", image, folder, str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._ask, self._told = self._process.stdin, self._process.stdout
        if self._told.readline() != "ready\n":
            raise OSError(f"{folder} cannot be mounted")

    def cut(self, left: Path) -> tuple[int, int]:
        """Write what a cut leaves, and end; return the sectors lost and kept."""
        self._ask.write(f"{left}\n")
        self._ask.flush()
        lost, kept = self._told.readline().split()
        self.close()
        return int(lost), int(kept)

    def close(self) -> None:
        """Unmount."""
        deadline = time.monotonic() + 60
        while subprocess.run(["umount", self._folder], check=False, timeout=60).returncode:
            if time.monotonic() > deadline:
                raise OSError(f"{self._folder} is in use")
            threading.Event().wait(0.2)
        self._ask.close()
        self._process.wait(60)


def initial() -> bytes:
    """Return an initial file system that finds slot A (cpio, ``newc``, gzip)."""
    folder = max(MODULES.iterdir())
    files = {
        "bin/busybox": Path("/bin/busybox").read_bytes(),
        "init": INIT.format(modules=" ".join(NEEDED)).encode(),
    }
    for name in NEEDED:
        files[f"{name}.ko"] = next(folder.rglob(f"{name}.ko")).read_bytes()
    out = bytearray()
    for name in ("bin", "dev", "root"):
        _entry(out, name, 0o40755, b"")
    for name, octets in files.items():
        _entry(out, name, 0o100755, octets)
    _entry(out, "TRAILER!!!", 0, b"")
    return gzip.compress(bytes(out), 1)


def _entry(out: bytearray, name: str, mode: int, octets: bytes) -> None:
    path = name.encode() + b"\0"
    number = len(out) + 1
    words = (number, mode, 0, 0, 1, 0, len(octets), 0, 0, 0, 0, len(path), 0)
    out += b"070701" + b"".join(b"%08X" % word for word in words) + path
    out += bytes(-len(out) % 4) + octets
    out += bytes(-len(out) % 4)
