"""The machines of the power-cut campaign: how each is set up, cut and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from tests.image.guest import PATIENT, Log, before_data, go_on, modems, mount, shared, story
from tests.image.machine import SHELL, Machine, prepared, words
from tests.image.powercut_disk import PowercutDisk
from tests.image.usermode import Served, UserMode
from tests.image.volatile import VolatileImage

EARLY: Final = f"{SHELL} systemd.unit=debug-shell.service"
PATIENCE: Final = 1800.0  # seconds that a step may take where the processor is emulated and busy


class Rig(Protocol):
    """A machine whose power can be cut."""

    machine: Machine
    image: Path

    def first(self, log: Log) -> None:
        """Set the box up, with numbers, a call and a text; it runs then."""

    def cut(self) -> tuple[int, int]:
        """Cut the power; return the sectors that were lost and kept."""

    def again(self, *, whole: bool) -> None:
        """Start it after a cut; ``whole`` from the very beginning, where there is a shorter way."""

    def close(self) -> None:
        """End it."""


class Emulated:
    """QEMU: the image's own kernel, and modems on its drivers.

    A whole start is one from the firmware on. The others go on from the memory of a machine in
    which nothing had run yet but its kernel and the modems, before it looked at the partitions that
    are written to: an emulated processor needs a minute or two to get there each time.
    """

    def __init__(self, image: Path, folder: Path, seed: int) -> None:
        self.image = prepared(image, folder / "disk.img")
        self._memory = folder / "memory"
        self._disk = VolatileImage(self.image, seed=seed)
        self._server = PowercutDisk(self._disk, folder / "disk.sock")
        where = f"file=nbd:unix:{folder}/disk.sock,format=raw,cache=none"
        self.machine = Machine(folder, where, shared(folder / "share"))

    def first(self, log: Log) -> None:
        """Set up, then keep the memory of a machine that has not looked at its data."""
        self.again(whole=True)
        for step in story(self.machine, "--record"):
            log("story", **step)
        self.machine.off(600)
        self._settle()
        words(self.image, SHELL, EARLY)
        self.machine.on()
        self.machine.shell_ready(PATIENCE)
        before_data(self.machine)
        self.machine.keep(self._memory)
        self._settle()
        words(self.image, EARLY, SHELL)
        log("memory", megabytes=self._memory.stat().st_size >> 20)
        self.again(whole=False)

    def cut(self) -> tuple[int, int]:
        """Kill QEMU, and lose what its disk had not been told to keep."""
        self.machine.cut()
        self._server.drain()
        return self._disk.cut()

    def again(self, *, whole: bool) -> None:
        """Start from the firmware or from the memory."""
        if not whole:
            self.machine.on(self._memory)
            go_on(self.machine)
            return
        self.machine.on()
        self.machine.shell_ready(PATIENCE)
        mount(self.machine)
        modems(self.machine)

    def close(self) -> None:
        """End it."""
        self.machine.cut()
        self._server.close()
        self._disk.close()

    def _settle(self) -> None:
        self._server.drain()
        self._disk.flush()


class UserModeRig:
    """User-mode Linux: the image's own system, whole each time, with a virtual bank on the box."""

    def __init__(self, image: Path, folder: Path, seed: int) -> None:
        self.image = prepared(image, folder / "disk.img")
        self._folder = folder
        self._disk = VolatileImage(self.image, seed=seed)
        self._served: Served | None = None
        self.machine: Machine = UserMode(folder)

    def first(self, log: Log) -> None:
        """Set up."""
        self.again(whole=True)
        self.machine.until("systemctl is-active simveil.service", PATIENCE)
        self.machine.run(
            f"{PATIENT} && cp /run/rig/rig/virtual.toml /etc/simveil/simveil.toml && "
            "chgrp simveil /etc/simveil/simveil.toml && chmod 640 /etc/simveil/simveil.toml && "
            "systemctl restart simveil.service",
            PATIENCE,
        )
        for step in story(self.machine, "--record"):
            log("story", **step)

    def cut(self) -> tuple[int, int]:
        """Kill the kernel, and lose what its disk had not been told to keep."""
        self.machine.cut()
        self._taken()
        return self._disk.cut()

    def again(self, *, whole: bool) -> None:
        """Start; it is always whole."""
        del whole
        self._served = Served(self._disk, self._folder)
        self.machine.on()
        self.machine.shell_ready(PATIENCE)
        self.machine.run(
            f"mkdir -p /run/rig && mount -t hostfs -o {self._folder}/share none /run/rig", 120
        )

    def close(self) -> None:
        """End it."""
        self.machine.cut()
        self._taken()
        self._disk.close()

    def _taken(self) -> None:
        served, self._served = self._served, None
        if served is not None:
            served.close()
