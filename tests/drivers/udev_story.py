"""Runs under ``umockdev-wrapper`` with Debian's own Python: fake USB trees, real pyudev.

Prints one JSON object: what the source told in each chapter. The test beside it judges.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from pathlib import Path

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))
from drivers.udev import UdevSource  # noqa: E402

DEADLINE = 10.0
BREATH = 0.03  # between two events: the testbed's socket holds ten and aborts on the eleventh


class Tree:
    """A fake bus on which sticks are plugged in and pulled."""

    def __init__(self) -> None:
        self.bed = UMockdev.Testbed.new()
        self._minor = 0
        self._breathe = threading.Event()

    def _add(self, *device) -> str:
        self._breathe.wait(BREATH)
        return self.bed.add_device(*device)

    def plug(
        self, path: str, vendor: str, product: str, ttys: list[tuple[str, str]], **more
    ) -> list[str]:
        """Plug a stick in; its tty nodes appear in the order given. Returns its devices."""
        usb = self._add(
            "usb",
            path,
            None,
            ["idVendor", vendor, "idProduct", product],
            ["DEVTYPE", "usb_device", "ID_VENDOR_ID", vendor, "ID_MODEL_ID", product],
        )
        made = [usb]
        for name, interface in ttys:
            kind = more.get("kinds", {}).get(interface, ("ff", "ff", "ff"))
            made.append(self._interface(usb, path, interface, kind))
            self._minor += 1
            made.append(
                self._add(
                    "tty",
                    name,
                    made[-1],
                    ["dev", f"188:{self._minor}"],
                    ["DEVNAME", f"/dev/{name}", "ID_USB_INTERFACE_NUM", interface],
                )
            )
        if "card" in more:
            node, name = more["card"]
            made.append(self._interface(usb, path, "06", ("01", "01", "00")))
            made.append(self._add("sound", node, made[-1], ["id", name], []))
        return made

    def pull(self, made: list[str]) -> None:
        """Pull a stick: its nodes go one by one, the device last."""
        for device in reversed(made):
            self._breathe.wait(BREATH)
            self.bed.uevent(device, "remove")
            self.bed.remove_device(device)

    def _interface(self, usb: str, path: str, number: str, kind: tuple[str, str, str]) -> str:
        values = dict(
            zip(("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"), kind, strict=True)
        )
        flat = [part for pair in values.items() for part in pair]
        return self._add(
            "usb",
            f"{path}:1.{int(number, 16)}",
            usb,
            ["bInterfaceNumber", number, *flat],
            ["DEVTYPE", "usb_interface"],
        )


def told(news: queue.Queue, count: int) -> list:
    return [news.get(timeout=DEADLINE) for _ in range(count)]


def main() -> None:
    tree, news, asked = Tree(), queue.Queue(), []
    chapters = {}
    quectel = [("ttyUSB3", "03"), ("ttyUSB0", "00"), ("ttyUSB2", "02"), ("ttyUSB1", "01")]
    ec25 = tree.plug("1-1", "2c7c", "0125", quectel, card=("card1", "Android"))

    def asks(node: str) -> bool:
        asked.append(node)
        return node == "/dev/ttyACM1"

    source = UdevSource(asks=asks, settle=0.3)
    source.start(
        lambda s: news.put(["added", s.name, s.port, s.audio and [s.audio.kind, s.audio.address]]),
        lambda name: news.put(["removed", name]),
    )
    chapters["at start"] = told(news, 1)
    simcom = [("ttyUSB8", "04"), ("ttyUSB6", "02"), ("ttyUSB4", "00"), ("ttyUSB5", "01")]
    sim7600 = tree.plug("1-2", "1e0e", "9001", simcom)
    chapters["plugged in any order"] = told(news, 1)
    tree.pull(ec25)
    chapters["pulled"] = told(news, 1)
    renamed = [(f"ttyUSB{39 - int(number)}", number) for _, number in quectel]
    tree.plug("1-1", "2c7c", "0125", renamed, card=("card2", "Android_1"))
    chapters["back under other names"] = told(news, 1)
    kinds = {"00": ("ff", "01", "01"), "01": ("ff", "01", "03"), "02": ("ff", "01", "02")}
    nodes = [("ttyUSB20", "00"), ("ttyUSB21", "01"), ("ttyUSB22", "02")]
    tree.plug("1-3", "12d1", "1465", nodes, kinds=kinds)
    chapters["judged by interfaces"] = told(news, 1)
    tree.plug("1-4", "abcd", "0001", [("ttyACM0", "00"), ("ttyACM1", "02")])
    chapters["asked"] = [*told(news, 1), list(asked)]
    tree.plug("1-5", "12d1", "1446", [])
    tree.pull(sim7600)
    chapters["pulled again"] = told(news, 1)
    done = queue.Queue()
    while "usb:1-5" not in source.advice():
        try:
            done.get(timeout=0.05)
        except queue.Empty:
            continue
    chapters["advice"] = source.advice()
    source.stop(5.0)
    chapters["nothing more"] = news.empty()
    print(json.dumps(chapters))


if __name__ == "__main__":
    main()
