"""The arm64 image in QEMU, on its ``virt`` board: ``python -m tests.image.arm IMAGE FOLDER``.

The firmware (EDK2, where a Raspberry Pi has U-Boot) starts the image's own GRUB, that its kernel.
What is looked at is what tests.image.boot looks at, without modems. Needs qemu-system-arm and
qemu-efi-aarch64. FOLDER keeps the transcripts of both serial ports.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from tests.image.boot import SETUP, accounts, files, named, ports, since, units
from tests.image.guest import Log
from tests.image.machine import SHELL, Machine, Port, Silent, connected, prepared, put_boot_file
from tests.image.machine import words as changed

CODE: Final = "/usr/share/AAVMF/AAVMF_CODE.fd"
VARIABLES: Final = Path("/usr/share/AAVMF/AAVMF_VARS.fd")
PORTS: Final = ("serial", "shell", "qmp")


class Arm(Machine):
    """A generic arm64 machine with its disk."""

    def __init__(self, folder: Path, disk: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(VARIABLES, folder / "vars.fd")
        super().__init__(folder, disk)

    def on(self, memory: Path | None = None) -> None:
        """Switch it on, from its firmware."""
        assert memory is None
        for name in PORTS:
            (self.folder / f"{name}.sock").unlink(missing_ok=True)
        sockets = {
            name: f"socket,id={name},path={self.folder}/{name}.sock,server=on,wait=off"
            for name in PORTS[:2]
        }
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("qemu-system-aarch64", "-machine", "virt", "-accel", "tcg,thread=multi"),
                    *("-cpu", "cortex-a72", "-smp", "2", "-m", str(self._memory), "-nodefaults"),
                    *("-no-user-config", "-display", "none", "-rtc", "base=utc"),
                    *("-drive", f"if=pflash,format=raw,readonly=on,file={CODE}"),
                    *("-drive", f"if=pflash,format=raw,file={self.folder}/vars.fd"),
                    *("-drive", f"if=virtio,{self._disk}"),
                    *("-device", "virtio-rng-pci", "-device", "qemu-xhci,id=xhci"),
                    *("-qmp", f"unix:{self.folder}/qmp.sock,server=on,wait=off"),
                    *("-nic", "user,model=virtio-net-pci,restrict=on"),
                    *("-chardev", sockets["serial"], "-serial", "chardev:serial"),
                    *("-chardev", sockets["shell"], "-device", "pci-serial,chardev=shell"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started = time.monotonic()
        self.serial_mark = self.shell_mark = 0
        deadline = self.started + 30
        while not all((self.folder / f"{name}.sock").exists() for name in PORTS):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Silent((self.folder / "qemu.log").read_text()[-2000:])
            threading.Event().wait(0.05)
        self.serial, self.shell = (
            Port(connected(self.folder / f"{name}.sock"), self.folder / f"{name}.txt")
            for name in PORTS[:2]
        )


def main(image: Path, folder: Path) -> None:
    """Run it; anything that is not as it should be raises."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = Log(folder / "log.jsonl")
    disk = prepared(image, folder / "disk.img")
    changed(disk, SHELL, "systemd.debug_shell=ttyS0")
    put_boot_file(disk, "simveil.txt", SETUP.encode())
    problems: list[str] = []
    machine = Arm(folder, f"file={disk},format=raw,cache=unsafe")
    machine.on()
    try:
        machine.shell_ready(900)
        log("shell", seconds=since(machine), machine=machine.run("uname -m").strip())
        machine.until("test -s /boot/efi/status.txt", 1200)
        log("status", seconds=since(machine), processor=machine.processor())
        machine.until("systemctl is-active simveil.service", 1200)
        log("service", seconds=since(machine), processor=machine.processor())
        for check in (named, ports, files, accounts, units):
            try:
                check(machine, log)
            except ValueError as error:
                log("problem", of=check.__name__, error=str(error))
                problems.append(str(error))
        machine.until("systemctl is-active simveil-good.service", 1200)
        log("good", seconds=since(machine), slots=machine.run("rauc status"))
        log("console", screen=machine.run("simveil console --screen"))
        started = time.monotonic()
        machine.off(600)
        log("off", seconds=round(time.monotonic() - started, 1))
    finally:
        machine.cut()
        disk.unlink()
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
