"""What a recovery does to real modems: AT on the port, sysfs for the USB device, uhubctl for power.

``unbind`` and ``bind`` are those of the kernel's ``usb`` driver (Documentation/ABI, sysfs-bus-usb);
uhubctl(8) switches ports of hubs that really can. Not every hub that says so does: power is the
last step, and each port's is switched rarely.
"""

from __future__ import annotations

import logging
import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from drivers.at.port import Port
from drivers.errors import PortLost
from drivers.modem import Socket

PROBES: Final = 3
PROBE_SECONDS: Final = 1.0
BETWEEN: Final = 1.0  # seconds between unbind and bind, and for a written reset to leave
UHUBCTL_SECONDS: Final = 20.0
OFF_SECONDS: Final = 3

RESETS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "simcom": ("AT+CRESET", "AT+CFUN=1,1"),
        "simcom-a76": ("AT+CRESET", "AT+CFUN=1,1"),
        "huawei": ("AT^RESET", "AT+CFUN=1,1"),
    }
)
"""Reset commands by family, the make's own first; any other make knows that of 27.007 §8.2."""
_RESET: Final = ("AT+CFUN=1,1",)

_log = logging.getLogger(__name__)


def answers(path: str, *, probes: int = PROBES, seconds: float = PROBE_SECONDS) -> bool:
    """Open a port and ask ``AT`` after an ESC, which ends a prompt; return whether it answers OK.

    Args:
        probes: How often it is asked.
        seconds: How long each answer may take.
    """
    port = _opened(path)
    if port is None:
        return False
    try:
        return any(_asked(port, seconds) for _ in range(probes))
    except PortLost as error:
        _log.info("%s", error)
        return False
    finally:
        port.close()


def _opened(path: str) -> Port | None:
    try:
        return Port(path)
    except PortLost as error:
        _log.info("%s", error)
        return None


def _asked(port: Port, seconds: float) -> bool:
    port.write(b"\x1b\rAT\r")
    heard, until = bytearray(), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([port], [], [], left)[0]:
            heard += port.read()
            if b"OK" in heard:
                return True
    return False


def write_reset(path: str, family: str) -> bool:
    """Write a module's reset commands without waiting for a result, which may never come."""
    port = _opened(path)
    if port is None:
        return False
    try:
        for command in RESETS.get(family, _RESET):
            port.write(f"\x1b\r{command}\r".encode())
            if _hung_up(port, BETWEEN):
                break
    except PortLost:
        pass  # it has left the bus already
    finally:
        port.close()
    return True


def _hung_up(port: Port, seconds: float) -> bool:
    """Wait for the port to vanish; what the modem says meanwhile is thrown away."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([port], [], [], left)[0]:
            port.read()
    return False


class DeviceTools:
    """The tools for hardware.

    Args:
        sysfs: Where sysfs is mounted.
        uhubctl: Its path, None when there is none.
    """

    def __init__(self, sysfs: Path = Path("/sys"), uhubctl: str | None = None) -> None:
        self._sysfs = sysfs
        self._uhubctl = uhubctl or shutil.which("uhubctl")

    def answers(self, socket: Socket) -> bool:
        """Return whether the command port can be opened and answers ``AT``."""
        return answers(socket.port)

    def reset(self, socket: Socket, family: str) -> bool:
        """Have the module restart; False when its port can't be opened."""
        return write_reset(socket.port, family)

    def rebind(self, socket: Socket) -> bool:
        """Take the USB device from its driver and give it back; False when that can't be tried."""
        device = self.device(socket)
        driver = self._sysfs / "bus/usb/drivers/usb"
        if device is None or not os.access(driver / "unbind", os.W_OK):
            return False
        for name, pause in (("unbind", BETWEEN), ("bind", 0.0)):
            try:
                (driver / name).write_text(device, encoding="ascii")
            except OSError as error:
                _log.warning("%s of %s: %s", name, device, error.strerror)
                return False
            threading.Event().wait(pause)
        return True

    def power(self, socket: Socket) -> bool:
        """Switch the power of its port off and on; False without uhubctl or a port on a hub."""
        device = self.device(socket)
        if device is None or self._uhubctl is None:
            return False
        hub, dot, port = device.rpartition(".")
        if not dot:
            hub, _, port = device.rpartition("-")
        command = [self._uhubctl, "-l", hub, "-p", port, "-a", "cycle", "-d", str(OFF_SECONDS)]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=UHUBCTL_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            _log.warning("uhubctl for %s: %s", device, error)
            return False
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip()[:200]
            _log.warning("uhubctl for %s ended with %d: %s", device, done.returncode, words)
        return done.returncode == 0

    def device(self, socket: Socket) -> str | None:
        """Return the USB device's name in sysfs (``1-1.3``), None when the port has none."""
        kind, _, path = socket.name.partition(":")
        if kind == "usb":
            return path
        node = self._sysfs / "class/tty" / Path(socket.port).resolve().name / "device"
        if not node.exists():
            return None
        for folder in (node.resolve(), *node.resolve().parents):
            if (folder / "idVendor").is_file():
                return folder.name
        return None
