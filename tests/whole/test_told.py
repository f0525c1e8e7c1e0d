"""A running box tells people that a line is down and when it is back; the dashboard fits it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import House, free_port
from tests.exchange.receiver import Receiver

X1, X2, X3 = (f"+861700000000{number}" for number in range(1, 4))
OWNER, A, B = "+8613800000009", "+8613800000001", "+8613800000002"
DASHBOARD = Path(__file__).parents[2] / "systemd" / "grafana.json"
SECONDS = 90.0


def until(seen: Callable[[], Any], what: str) -> Any:
    end, pause = time.monotonic() + SECONDS, threading.Event()
    while not (found := seen()):
        assert time.monotonic() < end, what
        pause.wait(0.1)
    return found


class Wire(http.client.HTTPConnection):
    """A connection to the admin socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self._path))


@pytest.mark.timeout(300)
def test_who_is_to_be_told_hears_of_it_once() -> None:
    hook = Receiver()
    alert = f"""
[alert]
webhook = "{hook.url}"
texts_to = ["{OWNER}"]
after = 1
parked = 1
disk_percent = 100
"""

    def posts(event: str, code: str) -> list[dict[str, Any]]:
        told = [request.json for request in list(hook.requests)]
        return [each for each in told if (each["event"], each["code"]) == (event, code)]

    try:
        with House([X1, X2, X3], speed=20, extra=alert, bank_apart=True) as house:
            owner = house.bank.phone(OWNER)

            def texts(what: str) -> list[str]:
                return [text["text"] for text in owner.look()["inbox"] if what in text["text"]]

            house.bank.fault(X1, "unplug")
            [down] = until(lambda: posts("alert", "CON-110"), "a post that the line is down")
            until(lambda: texts("is down"), "a text that the line is down")
            assert X1 not in json.dumps(down)
            assert "/dev/" not in json.dumps(down)
            house.bank.fault(X1, "plug")
            until(lambda: posts("clear", "CON-110"), "a post that the line is back")
            until(lambda: texts("all clear"), "a text that the line is back")

            nobody = f"http://127.0.0.1:{free_port()}/told"
            house.command("app", "add", "shop", "--mode", "AXB", "--sms", "--sms-url", nobody)
            house.command("number", "enrol", X1, "--app", "shop", "--sms")
            house.command("binding", "add", "--app", "shop", "--a", A, "--b", B, "--x", X1)
            house.bank.phone(B)
            house.bank.phone(A).do("sms", to=X1, text="hello")
            until(lambda: posts("alert", "CON-111"), "a post that an application is dead")
            until(lambda: texts("Application shop"), "a text that an application is dead")

            house.kill_box()
            house.start_box()
            house.bank.fault(X2, "unplug")
            until(lambda: len(posts("alert", "CON-110")) == 2, "another line that is down")
            until(lambda: len(texts("is down: ")) == 3, "its text")  # two lines and an all-clear
            assert len(posts("alert", "CON-111")) == len(texts("Application shop")) == 1
            assert len(posts("clear", "CON-110")) == 1
            check_dashboard(house)
    finally:
        hook.close()


def check_dashboard(house: House) -> None:
    """Check that the box tells of every metric that a panel asks for."""
    wire = Wire(house.folder / "admin" / "admin.sock")
    wire.request("GET", "/metrics")
    families = set(re.findall(r"^# TYPE (\w+)", wire.getresponse().read().decode(), re.MULTILINE))
    wire.close()
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    asked = {name for query in queries for name in re.findall(r"simveil_\w+", query)}
    assert asked
    assert asked - families == set()
