"""A box's image under user-mode Linux: its own system on a kernel that is a program.

Packages ``user-mode-linux``, ``busybox-static`` and ``qemu-system-common``. Everything from the
initial file system on is the image's: slot, systemd, units, service. Kernel, firmware, boot loader
and modems are not, so what is seen here is said of files and databases, not of hardware. It needs
no emulated processor.
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
from tests.image.powercut_disk import PowercutDisk
from tests.image.volatile import VolatileImage

KERNEL: Final = "linux.uml"
MODULES: Final = Path("/usr/lib/uml/modules")
NEEDED: Final = (
    "virtio_blk",
    "squashfs",
    "autofs4",
    "fat",
    "vfat",
    "nls_ascii",
    "nls_cp437",
    "nls_iso8859-1",
)
WORDS: Final = (
    "rauc.slot=A ro gpt quiet loglevel=4 console=tty0 "
    "systemd.debug_shell=tty1 systemd.watchdog_sec=0 "
    "systemd.mask=getty@tty1.service systemd.mask=proc-sys-fs-binfmt_misc.automount "
    "systemd.mask=systemd-binfmt.service"
)
INIT: Final = """\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t sysfs sys /sys
for module in {modules}; do /bin/busybox insmod /$module.ko; done
# The storage daemon has a cache to be flushed and does not say so.
echo "write back" > /sys/block/vda/cache_type
/bin/busybox umount /sys
/bin/busybox mount -t squashfs -o ro /dev/vda2 /root
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
"""


class UserMode(Machine):
    """One such machine.

    Args:
        folder: For its transcripts and initial file system.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = folder / "vhost.sock"
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
                    *(
                        KERNEL,
                        "mem=768M",
                        f"virtio_uml.device={self.disk}:2",
                        f"initrd={self.folder}/initrd",
                    ),
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


class Served:
    """The disk of such a machine: a vhost-user device of QEMU's storage daemon, before the image.

    The kernel's own ``ubd`` disk forgets to pass flushes on.

    Args:
        disk: What is on it.
        folder: For sockets.
    """

    def __init__(self, disk: VolatileImage, folder: Path) -> None:
        self.socket = folder / "vhost.sock"
        self.socket.unlink(missing_ok=True)
        self._server = PowercutDisk(disk, folder / "disk.sock")
        disk_at = f"server.type=unix,server.path={folder}/disk.sock"
        told_at = f"addr.type=unix,addr.path={self.socket}"
        block = f"driver=nbd,node-name=disk,cache.direct=on,{disk_at}"
        export = f"type=vhost-user-blk,id=export,node-name=disk,writable=on,{told_at}"
        with (folder / "storage.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                ["qemu-storage-daemon", "--blockdev", block, "--export", export],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self.socket.exists():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                raise Silent((folder / "storage.log").read_text()[-2000:])
            threading.Event().wait(0.05)

    def close(self) -> None:
        """Take it away, once every word that was sent is served."""
        self._daemon.kill()
        self._daemon.wait(30)
        self._server.drain()
        self._server.close()


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
    for name in ("bin", "dev", "sys", "root"):
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
