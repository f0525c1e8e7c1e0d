"""A whole box that finds its modems by udev: sticks come, change places, and change SIMs.

The bus is umockdev's, the modems are the bank's, ``simveil serve`` is the real one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import free_port
from drivers.virtual.bank import Bank
from drivers.virtual.config import bank_config
from tests.peers.conftest import Town

pytestmark = pytest.mark.timeout(240)

BUS = Path(__file__).parent / "usb_bus.py"
SIMVEIL = str(Path(sys.executable).with_name("simveil"))
X1, X2 = "+8617000000301", "+8617000000302"
A, B = "+8613900000301", "+8613900000302"
PATIENCE = 90.0


class Desk:
    """A box on a fake bus, its bank, and somebody who types commands."""

    def __init__(self, folder: Path) -> None:
        lines = [{"msisdn": number, "personality": "ec25"} for number in (X1, X2)]
        self.bank = Bank(bank_config({"line": lines, "control": "127.0.0.1:0", "speed": 20.0}))
        self.bank.start()
        self.town = Town(self.bank.control)
        for person in (A, B):
            self.town.ask("POST", f"/phones/{urllib.parse.quote(person)}")
        self.config = folder / "box.toml"
        self.config.write_text(
            f'[box]\ndata = "{folder}"\n[admin]\nsocket = "{folder}/admin.sock"\n'
            f'[api]\nlisten = "127.0.0.1:{free_port()}"\nplain = true\n[bank]\ndiscover = true\n'
        )
        self._log = (folder / "serve.log").open("wb")
        self.bus = subprocess.Popen(
            ["umockdev-wrapper", "/usr/bin/python3", str(BUS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        self._node = 0
        self.order("start", command=[SIMVEIL, "serve", "--config", str(self.config)])
        self.until(lambda: (folder / "admin.sock").exists())

    def close(self) -> None:
        assert self.bus.stdin is not None
        self.bus.stdin.close()
        late = threading.Timer(40, self.bus.kill)
        late.start()
        self.bus.wait()
        late.cancel()
        assert self.bus.stdout is not None
        self.bus.stdout.close()
        self._log.close()
        self.bank.stop()

    def order(self, what: str, **more: Any) -> None:
        """Have the bus do something."""
        assert self.bus.stdin is not None
        assert self.bus.stdout is not None
        self.bus.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.bus.stdin.flush()
        assert json.loads(self.bus.stdout.readline()) == {"done": what}

    def plug(self, path: str, line: str) -> None:
        """Plug the modem of a line in, under names that no node had before."""
        about = self.line(line)
        targets = {"02": about["port"], "00": os.devnull, "01": about["audio"]["address"]}
        nodes = {}
        for number, target in targets.items():
            nodes[f"ttyUSB{self._node}"] = [number, target]
            self._node += 1
        self.order("plug", path=path, usb="2c7c:0125", nodes=nodes)

    def line(self, number: str) -> Any:
        return self.town.ask("GET", f"/lines/{urllib.parse.quote(number)}")

    def say(self, *words: str) -> Any:
        """Type a command."""
        done = subprocess.run(
            [SIMVEIL, *words, "--json", "--config", str(self.config)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def until(self, wanted: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < end, self.say("line", "list")
            time.sleep(0.2)  # the box's lines can only be asked for

    def pairs(self) -> dict[str, tuple[str, str]]:
        """ICCID and IMEI of every line that is ready, by its number."""
        return {
            line["msisdn"]: (line["iccid"], line["imei"])
            for line in self.say("line", "list")
            if line["state"] == "ready"
        }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    try:
        yield desk
    finally:
        desk.close()


def test_an_x_follows_its_sim_through_sockets_and_modems(desk: Desk) -> None:
    sims = {number: desk.line(number)["iccid"] for number in (X1, X2)}
    modems = {number: desk.line(number)["imei"] for number in (X1, X2)}
    home = {number: (sims[number], modems[number]) for number in (X1, X2)}
    desk.say("app", "add", "shop", "--mode", "AXB")
    for number in (X1, X2):
        desk.say("number", "enrol", number, "--app", "shop", "--iccid", sims[number])
    desk.say("binding", "add", "--app", "shop", "--x", X1, "--a", A, "--b", B)

    def rings_b() -> None:
        desk.town.press("dial", A, to=X1)
        desk.until(lambda: desk.town.phone(B)["state"] == "ringing")
        assert desk.town.phone(B)["shown"] == X1
        desk.town.press("hangup", A)
        desk.until(lambda: {desk.town.phone(one)["state"] for one in (A, B)} == {"idle"})

    desk.plug("1-1", X1)
    desk.plug("1-2", X2)
    desk.until(lambda: desk.pairs() == home)
    rings_b()

    # Two sticks change sockets, and their nodes get other names.
    desk.order("pull", path="1-1")
    desk.order("pull", path="1-2")
    desk.until(lambda: desk.pairs() == {})
    desk.plug("1-1", X2)
    desk.plug("1-2", X1)
    desk.until(lambda: desk.pairs() == home)
    rings_b()

    # Two SIMs change modems: every X stays with its SIM.
    desk.order("pull", path="1-1")
    desk.order("pull", path="1-2")
    desk.until(lambda: desk.pairs() == {})
    changed = dict(zip((X1, X2), (modems[X2], modems[X1]), strict=True))
    for number, imei in changed.items():
        modem: Any = desk.bank.house.modems[number]
        desk.bank.house.ask(lambda modem=modem, imei=imei: setattr(modem, "imei", imei))
    desk.plug("1-1", X1)
    desk.plug("1-2", X2)
    desk.until(lambda: desk.pairs() == {n: (sims[n], changed[n]) for n in (X1, X2)})
    rings_b()

    # A SIM that nobody has enrolled shows itself and carries nothing.
    desk.say("number", "release", X2)
    desk.until(lambda: any(not line["enrolled"] for line in desk.say("line", "list")))
    (stranger,) = [line for line in desk.say("line", "list") if not line["enrolled"]]
    assert (stranger["iccid"], stranger["role"]) == (sims[X2], None)
    assert (stranger["own_number"], stranger["operator"]) == (X2, "Virtual Mobile")
