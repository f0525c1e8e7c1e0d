"""A box's image in QEMU: power, serial ports, and a shell for whoever looks on.

The image runs as it was built, but for one word that is added to the kernel's command line in a
copy of its boot partition: it puts a shell of root on the second serial port.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any, Final

BOOT_OFFSET: Final = 1 << 20  # octets: where the boot partition begins
SHELL: Final = "systemd.debug_shell=ttyS1"
FIRMWARE: Final = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
VARIABLES: Final = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")


class Silent(Exception):
    """Something was expected of the machine and did not come."""


class Port:
    """One serial port: everything it said, kept in a file.

    Args:
        wire: Connected to it.
        transcript: Where the octets go.
    """

    def __init__(self, wire: socket.socket, transcript: Path) -> None:
        self._socket = wire
        self._said = bytearray()
        self._news = threading.Condition()
        self._file: IO[bytes] = transcript.open("ab")
        self._thread = threading.Thread(
            target=self._read, name=f"port-{transcript.stem}", daemon=True
        )
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                octets = self._socket.recv(65536)
            except OSError:
                octets = b""
            with self._news:
                self._said += octets
                self._news.notify_all()
            if not octets:
                self._file.close()
                return
            self._file.write(octets)
            self._file.flush()

    def mark(self) -> int:
        """Return where what is said from now on begins."""
        with self._news:
            return len(self._said)

    def write(self, text: str) -> None:
        """Type."""
        self._socket.sendall(text.encode())

    def expect(self, pattern: str, seconds: float, since: int = 0) -> re.Match[str]:
        """Wait for a pattern. Raises Silent when it does not come in time."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                text = self._said[since:].decode(errors="replace")
                match = re.search(pattern, text)
                if match:
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    raise Silent(f"{pattern!r} was not said in {seconds} s; last: {text[-2000:]}")
                self._news.wait(min(left, 1.0))

    def said(self, since: int = 0) -> str:
        """Return what was said."""
        with self._news:
            return self._said[since:].decode(errors="replace").replace("\r\n", "\n")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        self._thread.join(5)


class Machine:
    """One machine with its disk.

    Args:
        folder: For its sockets, transcripts and firmware variables.
        disk: QEMU's ``-drive`` file and format, such as ``file=/x/disk.img,format=raw``.
        extra: More arguments for QEMU.
        memory: MiB.
    """

    def __init__(
        self, folder: Path, disk: str, extra: tuple[str, ...] = (), memory: int = 1024
    ) -> None:
        self.folder = folder
        self._disk = disk
        self._extra = extra
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self.serial: Port
        self.shell: Port
        self.started = 0.0
        self.serial_mark = 0
        self.shell_mark = 0
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "vars.fd").exists():
            shutil.copy(VARIABLES, folder / "vars.fd")

    def on(self, memory: Path | None = None) -> None:
        """Switch it on.

        Args:
            memory: Of a machine with the same disk, kept by :meth:`keep`, that this one goes on
                from; without it the machine starts with its firmware.
        """
        names = ("serial", "shell", "qmp")
        for name in names:
            (self.folder / f"{name}.sock").unlink(missing_ok=True)
        chardevs = [
            word
            for name in names[:2]
            for word in (
                "-chardev",
                f"socket,id={name},path={self.folder}/{name}.sock,server=on,wait=off",
                "-serial",
                f"chardev:{name}",
            )
        ]
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi"),
                    *("-cpu", "max", "-smp", "2", "-m", str(self._memory), "-nodefaults"),
                    *("-no-user-config", "-display", "none", "-rtc", "base=utc"),
                    *("-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}"),
                    *("-drive", f"if=pflash,format=raw,file={self.folder}/vars.fd"),
                    *("-drive", f"if=virtio,{self._disk}"),
                    *("-device", "virtio-rng-pci", "-device", "qemu-xhci,id=xhci"),
                    *("-qmp", f"unix:{self.folder}/qmp.sock,server=on,wait=off"),
                    *("-nic", "user,model=virtio-net-pci,restrict=on"),
                    *chardevs,
                    *self._extra,
                    *(("-incoming", f"exec:cat {memory}") if memory else ()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started = time.monotonic()
        self.serial_mark = self.shell_mark = 0
        deadline = self.started + 30
        while not all((self.folder / f"{name}.sock").exists() for name in names):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Silent((self.folder / "qemu.log").read_text()[-2000:])
            threading.Event().wait(0.05)
        self.serial, self.shell = (
            Port(connected(self.folder / f"{name}.sock"), self.folder / f"{name}.txt")
            for name in names[:2]
        )
        if memory is not None:
            deadline = time.monotonic() + 120
            while self._qmp("query-status")["status"] == "inmigrate":
                if time.monotonic() > deadline:
                    raise Silent("the machine's memory was not read in 120 s")
                threading.Event().wait(0.2)
            self._qmp("cont")

    def shell_ready(self, seconds: float = 240) -> None:
        """Wait until the shell of whoever looks on answers.

        Nothing is typed before its prompt: firmware and boot loader listen on this port, too.
        """
        deadline = time.monotonic() + seconds
        self.shell.expect(r"# $", seconds, self.shell_mark)
        self.shell.write("exec dash\n")
        while True:
            since = self.shell.mark()
            self.shell.write("stty -echo; PS1=; PS2=; echo rea''dy\n")
            try:
                self.shell.expect(r"ready", 3, since)
            except Silent:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def run(self, command: str, seconds: float = 120) -> str:
        """Run a command in the guest and return what it printed. Raises Silent, ValueError."""
        status, text = self.attempt(command, seconds)
        if status:
            raise ValueError(f"{command!r} ended with {status}: {text[-3000:]}")
        return text

    def attempt(self, command: str, seconds: float = 120) -> tuple[int, str]:
        """Run a command in the guest; return its status and what it printed. Raises Silent."""
        since = self.shell.mark()
        self.shell.write(f"{{ {command}\n}} </dev/null 2>&1; echo =en''d $?=\n")
        match = self.shell.expect(r"(?s)^(.*)=end (\d+)=\r?\n", seconds, since)
        return int(match[2]), match[1].replace("\r\n", "\n")

    def until(self, command: str, seconds: float) -> str:
        """Repeat a command until it succeeds. Raises Silent."""
        deadline = time.monotonic() + seconds
        while True:
            status, text = self.attempt(command, max(30.0, deadline - time.monotonic()))
            if status == 0:
                return text
            threading.Event().wait(1.0)
            if time.monotonic() > deadline:
                raise Silent(f"{command!r} did not succeed in {seconds} s: {text[-2000:]}")

    def processor(self) -> float:
        """Return the seconds of the processor that QEMU has used since this start of it."""
        assert self._process is not None
        told = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        ticks = told.rpartition(")")[2].split()[11:13]
        return round(sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), 1)

    def alive(self) -> bool:
        """Tell whether QEMU runs."""
        return self._process is not None and self._process.poll() is None

    def cut(self) -> None:
        """Cut the power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._close()

    def off(self, seconds: float = 120) -> None:
        """Press the power button and wait for the end; cut the power when it does not come."""
        if self.alive():
            self._qmp("system_powerdown")
            assert self._process is not None
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.cut()
                raise Silent(f"the machine did not go off in {seconds} s") from None
            self._close()

    def keep(self, memory: Path, seconds: float = 300) -> None:
        """Stop here, keep the machine's memory in a file, and switch it off. Raises Silent."""
        self._qmp("stop")
        self._qmp("migrate", uri=f"exec:cat > {memory}")
        deadline = time.monotonic() + seconds
        while (status := self._qmp("query-migrate").get("status")) != "completed":
            if status == "failed" or time.monotonic() > deadline:
                raise Silent(f"the machine's memory was not kept: {status}")
            threading.Event().wait(0.5)
        self.cut()

    def _close(self) -> None:
        self.serial.close()
        self.shell.close()
        self._process = None

    def _qmp(self, command: str, **arguments: str) -> dict[str, Any]:
        """Ask QEMU; return its answer. Raises Silent when it refuses."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(30)
            wire.connect(str(self.folder / "qmp.sock"))
            stream = wire.makefile("rw")
            stream.readline()
            for request in (
                {"execute": "qmp_capabilities"},
                {"execute": command, "arguments": arguments},
            ):
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                answer: Any = json.loads(stream.readline())
                while "event" in answer:
                    answer = json.loads(stream.readline())
            if "error" in answer:
                raise Silent(f"{command}: {answer['error']['desc']}")
            told: dict[str, Any] = answer["return"]
            return told


def connected(path: Path) -> socket.socket:
    """Return a stream to a unix socket."""
    wire = socket.socket(socket.AF_UNIX)
    wire.connect(str(path))
    return wire


def boot_file(image: Path, name: str) -> bytes:
    """Return a file of the boot partition of a disk image."""
    return subprocess.run(
        ["mtype", "-i", f"{image}@@{BOOT_OFFSET}", f"::{name}"],
        check=True, capture_output=True, timeout=30,
    ).stdout  # fmt: skip


def put_boot_file(image: Path, name: str, content: bytes) -> None:
    """Replace a file of the boot partition of a disk image."""
    subprocess.run(
        ["mcopy", "-o", "-i", f"{image}@@{BOOT_OFFSET}", "-", f"::{name}"],
        check=True, input=content, timeout=30,
    )  # fmt: skip


def prepared(image: Path, disk: Path, *, size: str = "2G") -> Path:
    """Copy an image to a disk of ``size`` for a test, with the shell on its second serial port."""
    subprocess.run(["cp", "--sparse=always", image, disk], check=True, timeout=120)
    subprocess.run(["truncate", "-s", size, disk], check=True, timeout=30)
    words(disk, "quiet", SHELL)
    return disk


def words(disk: Path, old: str, new: str) -> None:
    """Replace words of the kernel's command line on the disk of a machine that is off."""
    grub = boot_file(disk, "EFI/simveil/grub.cfg").decode()
    if f" {old} " not in grub:
        raise ValueError(f"{old!r} is not in the boot loader's configuration")
    put_boot_file(disk, "EFI/simveil/grub.cfg", grub.replace(f" {old} ", f" {new} ").encode())
