"""A bank of three makes of modem, and what drives it from outside."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.virtual.bank import Bank
from drivers.virtual.config import bank_config

FAMILIES = ("ec25", "sim7600", "e1550")
LINES = {family: f"+861700000000{place}" for place, family in enumerate(FAMILIES, start=1)}
PHONE = "+8613900000001"
PATIENCE = 60.0  # seconds for anything that a peer or the network does


class Town:
    """A bank as its HTTP control shows it."""

    def __init__(self, control: str) -> None:
        self._base = f"http://{control}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._next = 0

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do one request and return its JSON."""
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(
            self._base + path, data, {"Content-Type": "application/json"}, method=method
        )
        with self._opener.open(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def phone(self, number: str = PHONE) -> dict[str, Any]:
        """What a phone shows."""
        return self.ask("GET", f"/phones/{urllib.parse.quote(number)}")

    def press(self, what: str, number: str = PHONE, **body: Any) -> None:
        """Do something on a phone."""
        self.ask("POST", f"/phones/{urllib.parse.quote(number)}/{what}", body)

    def line(self, family: str) -> dict[str, Any]:
        """What the bank says of a line."""
        return self.ask("GET", f"/lines/{urllib.parse.quote(LINES[family])}")

    def port(self, family: str) -> str:
        """The path of a line's command port."""
        return str(self.line(family)["port"])

    def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until something has come true, looking whenever something has happened."""
        end = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < end, "it did not come true in time"
            news = self.ask("GET", f"/events?since={self._next}&timeout=1")
            self._next = news["next"]


@contextmanager
def opened(lines: list[dict[str, Any]], speed: float = 10.0) -> Iterator[Town]:
    """Have a bank with these lines, and one person."""
    bank = Bank(bank_config({"line": lines, "control": "127.0.0.1:0", "speed": speed}))
    bank.start()
    try:
        town = Town(bank.control)
        town.ask("POST", f"/phones/{urllib.parse.quote(PHONE)}")
        yield town
    finally:
        bank.stop()


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with opened([{"msisdn": LINES[family], "personality": family} for family in LINES]) as town:
        yield town


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def program(name: str) -> str:
    """Return a peer's path; one that is not installed is a failure, not a skip."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path is not None, f"{name} is not installed; see tests/peers/packages.txt"
    return path


class Daemon:
    """A peer that runs on: ``with Daemon(…)`` ends it by SIGTERM, or kills it."""

    def __init__(
        self, command: list[str], log: Path, environment: dict[str, str] | None = None
    ) -> None:
        self._command, self._log, self._environment = command, log, environment

    def __enter__(self) -> Daemon:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
