"""Runs under ``umockdev-wrapper`` with Debian's own Python: a fake USB bus with a box on it.

Obeys lines of JSON on its input, and answers each with one; the end of the input ends the child:

    {"do": "start", "command": ["simveil", "serve"]}
    {"do": "plug", "path": "1-1", "usb": "2c7c:0125", "nodes": {"ttyUSB2": ["02", "/dev/pts/7"]}}
    {"do": "pull", "path": "1-1"}
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

BREATH = 0.03  # between two events: the testbed's socket holds ten and aborts on the eleventh


class Bus:
    """Sticks on the bus, by path."""

    def __init__(self) -> None:
        self._bed = UMockdev.Testbed.new()
        self._sticks: dict[str, list[str]] = {}
        self._minor = 0
        self._breathe = threading.Event()

    def plug(self, path: str, usb: str, nodes: dict[str, list[str]]) -> None:
        """Plug a stick in; every node is the pty given with it."""
        vendor, _, product = usb.partition(":")
        device = self._add(
            "usb", path, None, ["idVendor", vendor, "idProduct", product],
            ["DEVTYPE", "usb_device", "ID_VENDOR_ID", vendor, "ID_MODEL_ID", product],
        )  # fmt: skip
        made = self._sticks[path] = [device]
        for name, (number, target) in nodes.items():
            node = Path(self._bed.get_root_dir(), "dev", name)
            node.parent.mkdir(parents=True, exist_ok=True)
            node.unlink(missing_ok=True)
            node.symlink_to(target)
            interface = self._add(
                "usb", f"{path}:1.{int(number, 16)}", device, ["bInterfaceNumber", number],
                ["DEVTYPE", "usb_interface"],
            )  # fmt: skip
            self._minor += 1
            tty = self._add(
                "tty", name, interface, ["dev", f"188:{self._minor}"],
                ["DEVNAME", f"/dev/{name}", "ID_USB_INTERFACE_NUM", number],
            )  # fmt: skip
            made += [interface, tty]

    def pull(self, path: str) -> None:
        """Pull a stick: its nodes go one by one, the device last."""
        for device in reversed(self._sticks.pop(path)):
            self._breathe.wait(BREATH)
            self._bed.uevent(device, "remove")
            self._bed.remove_device(device)

    def _add(self, *device) -> str:
        self._breathe.wait(BREATH)
        return self._bed.add_device(*device)


def main() -> None:
    bus = Bus()
    for line in sys.stdin:
        order = json.loads(line)
        what = order.pop("do")
        if what == "start":
            box = subprocess.Popen(order["command"], stdin=subprocess.DEVNULL, stdout=sys.stderr)
        else:
            getattr(bus, what)(**order)
        print(json.dumps({"done": what}), flush=True)
    box.terminate()
    box.wait(30)


if __name__ == "__main__":
    main()
