"""The town of the books: a fast bank, a box with a number for every mode, and its applications."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import urllib3

from appliance.cli.client import ask
from appliance.cli.common import Choices
from appliance.demo.house import House, free_port
from appliance.demo.people import Phone
from appliance.errors import SimveilError
from tests.campaigns.reconcile_desk import Client, Desk, Json
from tests.campaigns.watch import Watch

SPEED = 20.0
READY_SECONDS = 180.0
CITY = "0755"
_POLL = 0.1

NUMBERS: dict[str, tuple[str, ...]] = {
    "AXB": ("+8617000000001", "+8617000000002", "+8617000000016"),
    "AX": ("+8617000000003", "+8617000000004"),
    "AXE": ("+8617000000005", "+8617000000006"),
    "AXYB": ("+8617000000007", "+8617000000008", "+8617000000009", "+8617000000010"),
    "X": ("+8617000000011", "+8617000000012"),
}
TRUNKS = tuple(f"+86170000000{place}" for place in (13, 14, 15, 17, 18))
LINES = (*(x for numbers in NUMBERS.values() for x in numbers), *TRUNKS)
DIGITS = 3
REPEATS = 1
"""How often a wrong extension may be typed again."""

_EXTRA = """
metrics = "127.0.0.1:{metrics}"
[timings]
ring = 60
callin_deadline = 20
[sms]
parts_per_minute = 600
burst = 600
"""


class Town(House):
    """Bank and box as an owner starts them, furnished with five applications.

    Args:
        folder: Where everything lies, and stays.
        desk: Where pushes and questions go.
    """

    def __init__(self, folder: Path, desk: Desk) -> None:
        self.metrics_port = free_port()
        super().__init__(list(LINES), speed=SPEED, folder=folder, bank_apart=True)
        text = self.config.read_text(encoding="utf-8")
        before, section, after = text.partition("[virtual]")
        extra = _EXTRA.format(metrics=self.metrics_port).lstrip()
        self.config.write_text(before + extra + section + after, encoding="utf-8")
        self.watch = Watch(self.bank)
        self.desk = desk
        self._choices = Choices(config=self.config)
        self.clients: dict[str, Client] = {}
        self.phones: dict[str, Phone] = {}

    def furnish(self) -> None:
        """Set everything up on the running box."""
        self.watch.start()
        for mode, numbers in NUMBERS.items():
            urls = {
                kind: self.desk.url(mode, kind)
                for kind in ("status", "cdr", "sms", "sms-control", "callin")
                if kind != "callin" or mode == "X"
            }
            made = self.admin(
                "POST",
                "/applications",
                {
                    "name": mode.lower(),
                    "mode": mode,
                    "record": True,
                    "prompts": {"recording-notice": ""},
                    "sms": True,
                    "urls": urls,
                    **({"digits": DIGITS, "extension_repeats": REPEATS} if mode == "AXE" else {}),
                },
            )
            key, secret = made["appKey"], made["appSecret"]
            self.desk.expect_from(key, secret)
            self.clients[mode] = Client(self.base, mode, key, secret)
            for x in numbers:
                self.admin(
                    "POST",
                    "/numbers",
                    {"msisdn": x, "app": mode.lower(), "city": CITY, "sms": True},
                )
        for trunk in TRUNKS:
            self.admin("POST", "/numbers", {"msisdn": trunk, "trunk": True})

    def person(self, number: str) -> Phone:
        """Let somebody appear."""
        self.phones[number] = self.bank.phone(number)
        return self.phones[number]

    def close(self) -> None:
        """Stop everything."""
        self.watch.stop()
        for client in self.clients.values():
            client.close()
        self.stop()

    # --- the box ---

    def admin(self, method: str, path: str, body: Json | None = None, **query: Any) -> Any:
        """Ask the box as its command line does. Raises SimveilError."""
        return ask(self._choices, method, path, body, timeout=60.0, **query)

    def metrics(self) -> str:
        """Return what the box counts."""
        address = f"http://127.0.0.1:{self.metrics_port}/metrics"
        return urllib3.request("GET", address, timeout=30.0).data.decode()

    def until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until every line is ready. Raises TimeoutError."""
        end = time.monotonic() + seconds
        pause = threading.Event()
        while True:
            states: dict[str, str] = {}
            with suppress(SimveilError):
                states = {line["msisdn"]: line["state"] for line in self.admin("GET", "/lines")}
            if all(states.get(line) == "ready" for line in self.lines):
                return
            if self._processes["serve"].poll() is not None:
                raise TimeoutError(f"the box has ended by itself: {self.log('serve')[-2000:]}")
            if time.monotonic() > end:
                raise TimeoutError(f"not ready within {seconds:g} s: {states}")
            pause.wait(_POLL)
