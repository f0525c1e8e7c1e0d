"""Runs under ``umockdev-wrapper`` with Debian's own Python: fake USB trees, real pyudev.

    udev_story.py life|families|ports

Prints one JSON object: what the source told in each chapter. The test beside it judges.
"""

from __future__ import annotations

import json
import os
import pty
import queue
import sys
import threading
import tty
from pathlib import Path

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))
from drivers.udev import UdevSource, answers_at, survey  # noqa: E402

DEADLINE = 10.0
SETTLE = 0.8  # seconds; a loaded machine must not cut a stick in two
BREATH = 0.03  # between two events: the testbed's socket holds ten and aborts on the eleventh


class Tree:
    """A fake bus on which sticks are plugged in and pulled."""

    def __init__(self) -> None:
        self.bed = UMockdev.Testbed.new()
        self._minor = 0
        self._breathe = threading.Event()
        self.heard = True  # somebody listens: events need their time

    def _pause(self) -> None:
        if self.heard:
            self._breathe.wait(BREATH)

    def _add(self, *device) -> str:
        self._pause()
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
            made += self.card(usb, path, *more["card"])
        return made

    def card(self, usb: str, path: str, node: str, name: str) -> list[str]:
        """Let the sound card of a stick appear."""
        interface = self._interface(usb, path, "06", ("01", "01", "00"))
        return [interface, self._add("sound", node, interface, ["id", name], [])]

    def link(self, name: str, slave: int) -> None:
        """Let a node of the tree be a pty that can be opened."""
        node = Path(self.bed.get_root_dir(), "dev", name)
        node.parent.mkdir(parents=True, exist_ok=True)
        node.unlink(missing_ok=True)
        node.symlink_to(os.ttyname(slave))

    def pull(self, made: list[str]) -> None:
        """Pull a stick: its nodes go one by one, the device last."""
        for device in reversed(made):
            self._pause()
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


# Trees of the families that people buy: path, product, nodes with their interfaces, sound card.
FAMILIES = [
    ("2-1", "2c7c:0125", "0 1 2 3", "EG25G"),
    ("2-2", "2c7c:0125", "0 1 2 3", None),
    ("2-3", "2c7c:0800", "0 1 2 3", None),
    ("2-4", "1e0e:9011", "2 3 4 5 6", None),
    ("2-5", "1e0e:9011", "2 4 5", None),
    ("2-6", "12d1:1001", "0 1 2", None),
    ("2-7", "12d1:140c", "0 1 2 3", None),
    ("2-8", "19d2:0031", "0 1 2 3", None),
    ("2-9", "1bc7:1031", "0 1 2", None),
    ("2-10", "1546:1102", "0 2 4 6", None),
    ("2-11", "2c7c:0296", "0 1 2 3", None),
    ("2-12", "12d1:14dc", "", None),
    ("2-13", "1e0e:9001", "0 1 3", None),
    ("2-14", "0403:6001", "0", None),
]


def of_every_family(tree: Tree, base: int, *, backwards: bool) -> list[list[str]]:
    """Plug all of :data:`FAMILIES` in; nodes are numbered upwards or downwards from ``base``."""
    made = []
    for place, (path, product, interfaces, card) in enumerate(FAMILIES):
        vendor, _, model = product.partition(":")
        numbers = interfaces.split()
        nodes = [f"ttyUSB{base + place * 8 + n}" for n in range(len(numbers))]
        if backwards:
            nodes.reverse()
        ttys = list(zip(nodes, [f"0{number}" for number in numbers], strict=True))
        more = {"card": (f"card{base + place}", card)} if card else {}
        made.append(tree.plug(path, vendor, model, ttys, **more))
    return made


class Answering:
    """A pty behind which something answers AT, or is silent; notes what was written to it."""

    def __init__(self, *, answers: bool) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.written = b""
        self._answers = answers
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self.written += os.read(self.master, 100)
            except OSError:
                return
            if self._answers and self.written.endswith(b"\r"):
                os.write(self.master, b"\r\nOK\r\n")


OPENED: list[str] = []


def watch_opens() -> None:
    """Note every node that this process opens from now on, whoever in it does."""

    def hook(event: str, args: tuple) -> None:
        if event == "open" and isinstance(args[0], str) and args[0].startswith("/dev/tty"):
            OPENED.append(args[0])

    sys.addaudithook(hook)


def told(news: queue.Queue, count: int) -> list:
    return [news.get(timeout=DEADLINE) for _ in range(count)]


def main() -> None:
    watch_opens()
    stories = {"life": life_of_sticks, "families": trees_of_families, "ports": ports_that_are_asked}
    print(json.dumps(stories[sys.argv[1]](Tree())))


def trees_of_families(tree: Tree) -> dict:
    """Every family at once, a reboot that deals the nodes anew, sticks that change places."""
    chapters, news = {}, queue.Queue()
    tree.heard = False
    made = of_every_family(tree, 100, backwards=False)
    source = UdevSource(asks=lambda _: False, settle=SETTLE)
    source.start(
        lambda s: news.put(
            [s.name, s.port, s.audio and f"{s.audio.kind}:{s.audio.address}", s.family]
        ),
        lambda name: news.put([name]),
    )
    sockets = 11
    chapters["every family"] = sorted(told(news, sockets))
    chapters["advice of families"] = source.advice()
    chapters["survey"] = [[each.socket, each.usb, each.port, each.advice] for each in survey()]
    source.stop(5.0)
    for stick in made:
        tree.pull(stick)
    # A reboot: every node has another name, and of one stick's own names each is another's.
    news = queue.Queue()
    source = UdevSource(asks=lambda _: False, settle=SETTLE)
    made = of_every_family(tree, 100, backwards=True)
    tree.heard = True
    source.start(
        lambda s: news.put([s.name, s.port] if "2-21" not in s.name else [s.name, s.audio.kind]),
        lambda name: news.put([name]),
    )
    chapters["after a reboot"] = sorted(told(news, sockets))
    # Two sticks change places: the socket stays, what is in it is another.
    ec25, huawei = made[0], made[5]
    tree.pull(ec25)
    tree.pull(huawei)
    told(news, 2)
    tree.plug("2-1", "12d1", "1001", [("ttyUSB300", "00"), ("ttyUSB301", "02")])
    tree.plug("2-6", "2c7c", "0125", [("ttyUSB310", "02"), ("ttyUSB311", "01")])
    chapters["two changed places"] = sorted(told(news, 2))
    # A reset deals one stick's names anew, faster than anybody looks.
    sim7600 = tree.plug("2-20", "1e0e", "9001", [("ttyUSB400", "02"), ("ttyUSB401", "00")])
    chapters["before its reset"] = told(news, 1)
    tree.pull(sim7600)
    tree.plug("2-20", "1e0e", "9001", [("ttyUSB400", "00"), ("ttyUSB401", "02")])
    chapters["after its reset"] = told(news, 2)
    # The card of a stick comes long after its ports, and goes before them.
    late = tree.plug("2-21", "2c7c", "0125", [("ttyUSB410", "02"), ("ttyUSB411", "01")])
    chapters["before its card"] = told(news, 1)
    card = tree.card(late[0], "2-21", "card9", "Android")
    chapters["with its card"] = told(news, 2)
    tree.pull(card)
    chapters["without its card"] = told(news, 2)
    source.stop(5.0)
    return chapters


def ports_that_are_asked(tree: Tree) -> dict:
    """Unlisted products on ptys: who is opened, who is written to, and who never."""
    chapters, news = {}, queue.Queue()
    diagnostics, commands, silent = (
        Answering(answers=True),
        Answering(answers=True),
        Answering(answers=False),
    )
    kinds = {"02": ("ff", "ff", "30"), "03": ("ff", "00", "00"), "04": ("ff", "00", "00")}
    for name, port in (
        ("ttyUSB500", diagnostics),
        ("ttyUSB501", diagnostics),
        ("ttyUSB502", diagnostics),
        ("ttyUSB503", silent),
        ("ttyUSB504", commands),
    ):
        tree.link(name, port.slave)
    OPENED.clear()
    nodes = [(f"ttyUSB50{number}", f"0{number}") for number in (2, 0, 1, 4, 3)]
    tree.plug("3-1", "2c7c", "6002", nodes, kinds=kinds)
    source = UdevSource(asks=answers_at, settle=SETTLE)
    source.start(lambda s: news.put([s.name, s.port]), lambda name: news.put([name]))
    chapters["found by asking"] = told(news, 1)[0]
    chapters["opened"] = sorted(set(OPENED))
    chapters["written"] = [
        port.written.decode("latin-1") for port in (diagnostics, silent, commands)
    ]
    source.stop(5.0)
    return chapters


def life_of_sticks(tree: Tree) -> dict:
    """Sticks come, go, and come back under other names."""
    news, asked = queue.Queue(), []
    chapters = {}
    quectel = [("ttyUSB3", "03"), ("ttyUSB0", "00"), ("ttyUSB2", "02"), ("ttyUSB1", "01")]
    ec25 = tree.plug("1-1", "2c7c", "0125", quectel, card=("card1", "Android"))

    def asks(node: str) -> bool:
        asked.append(node)
        return node == "/dev/ttyACM1"

    source = UdevSource(asks=asks, settle=SETTLE)
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
    return chapters


if __name__ == "__main__":
    main()
