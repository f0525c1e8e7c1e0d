"""What the tests of the image do inside a machine, step by step."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

from tests.image.machine import Machine

RIG: Final = Path(__file__).parent / "rig"
LIB: Final = "PYTHONPATH=/opt/simveil/lib"
BANK: Final = "/usr/bin/python3 -P -m appliance.cli bank --config /run/rig/rig/bank.toml"
PUMP: Final = (
    "/usr/bin/python3 /run/rig/rig/pump.py +8617000000001=/dev/ttyGS2,/dev/ttyGS1 "
    "+8617000000002=/dev/ttyGS3,alsa:plughw:CARD=ModemB,DEV=1"
)


# A processor that is emulated, and shared with others, is late for reasons that are not the box's.
PATIENT: Final = (
    "mkdir -p /run/systemd/system/simveil.service.d && "
    "printf '[Service]\\nWatchdogSec=300\\nTimeoutStartSec=900\\n' "
    "> /run/systemd/system/simveil.service.d/rig.conf && systemctl daemon-reload"
)


def shared(folder: Path) -> tuple[str, ...]:
    """Return QEMU's words for a folder that the guest sees as ``rig``."""
    return ("-virtfs", f"local,path={folder},mount_tag=rig,security_model=none")


def mount(machine: Machine) -> None:
    """See the folder at /run/rig."""
    machine.run(
        "mkdir -p /run/rig && modprobe 9pnet_virtio && "
        "mount -t 9p -o trans=virtio,version=9p2000.L rig /run/rig"
    )


def modems(machine: Machine) -> None:
    """Plug two modems in, with the virtual bank behind them, and name them to the box."""
    machine.run("systemctl stop simveil.service", 120)
    machine.run(PATIENT, 120)
    machine.run("sh /run/rig/rig/plug.sh", 120)
    machine.run(f"systemd-run --unit=bank -E {LIB} {BANK}")
    plugged(machine)
    machine.run(f"systemd-run --unit=pump -p Restart=always -E {LIB} {PUMP}")
    machine.run(
        "cp /run/rig/rig/simveil.toml /etc/simveil/simveil.toml && "
        "chgrp simveil /etc/simveil/simveil.toml && chmod 640 /etc/simveil/simveil.toml && "
        "systemctl reset-failed simveil.service; systemctl start simveil.service",
        900,
    )


def plugged(machine: Machine) -> None:
    """Wait until the modems' ports are there and the bank answers."""
    machine.until("ls /dev/ttyGS3 /dev/serial/by-id/*SIM0002* /dev/ttyUSB3", 180)
    machine.until("grep -q 1E14 /proc/net/tcp", 400)  # the bank's control, port 7700


def before_data(machine: Machine) -> None:
    """Make ready a machine in which nothing runs but its shell, up to its data partition.

    Devices are found, modems plugged in, the bank runs, and the programs of the slot have been
    read. Of the two partitions that are written to nothing is mounted, and nothing of them is in
    memory.
    """
    machine.run(
        "systemctl start tmp.mount var.mount systemd-udevd-control.socket "
        "systemd-udevd-kernel.socket systemd-udevd.service systemd-udev-trigger.service && "
        "udevadm settle && mkdir -p /run/rig /run/share && modprobe 9pnet_virtio && "
        "mount -t 9p -o trans=virtio,version=9p2000.L rig /run/share && "
        "cp -r /run/share/rig /run/rig/ && umount /run/share",
        240,
    )
    machine.run(PATIENT, 120)
    machine.run("sh /run/rig/rig/plug.sh", 120)
    machine.run(f"{LIB} setsid {BANK} >/run/bank.log 2>&1 &")
    plugged(machine)
    machine.run(f"(while :; do {LIB} setsid {PUMP}; done) >/run/pump.log 2>&1 &")
    machine.run(f"{LIB} python3 -P -c 'import appliance.box, appliance.media.child'", 240)
    machine.run(
        "systemctl mask --runtime getty@tty1.service serial-getty@ttyS0.service "
        "systemd-resolved.service systemd-timesyncd.service && "
        "! grep -e ' /data ' -e ' /boot/efi ' /proc/mounts && sync && "
        "blockdev --flushbufs /dev/vda1 /dev/vda4"
    )


def go_on(machine: Machine) -> None:
    """Let such a machine start all that a box starts, at today's time."""
    machine.run(
        f"date -s @{time.time():.0f} && systemctl --no-block default; "
        # The same memory must not throw the same dice again.
        'python3 -c \'import fcntl; fcntl.ioctl(open("/dev/urandom", "w"), 0x5207)\''
    )


def story(machine: Machine, words: str = "", seconds: float = 3600) -> list[dict[str, Any]]:
    """Have the story told in the guest; return its steps. Raises ValueError when one fails."""
    text = machine.run(f"{LIB} python3 -u /run/rig/rig/story.py {words}", seconds)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


class Log:
    """Figures and findings of a run, on the screen and in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = time.monotonic()

    def __call__(self, what: str, **facts: object) -> None:
        """Note one."""
        line = json.dumps(
            {"t": round(time.monotonic() - self._start, 1), "what": what, **facts},
            ensure_ascii=False,
        )
        print(line, flush=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
