"""A bank that is listened to, with a box or a peer on it: what calls, texts and starts share."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Self

from appliance.cli.client import ask
from appliance.cli.common import Choices
from appliance.demo.application import CustomerApplication
from appliance.demo.house import House
from appliance.errors import SimveilError
from tests.bench.tap import Said, TappedBank

LIMIT = 30.0  # seconds


def lines(first: int, count: int) -> list[str]:
    """Return numbers of lines."""
    return [f"+86170000{number:05d}" for number in range(first, first + count)]


@dataclass(frozen=True)
class Place:
    """What a bench's bank is like.

    Args:
        numbers: Of its lines, all of one make of modem.
        speed: Radio time scale.
        plain: Nothing that some peers cannot bear: no URC but of calls and texts, no reports.
        box: More of the ``[box]`` table.
        extra: More tables.
        make: Of the modems.
    """

    numbers: list[str]
    speed: float = 20.0
    plain: bool = False
    box: str = ""
    extra: str = ""
    make: str = "ec25"

    def virtual(self) -> str:
        """Return the lines' tables."""
        quiet = "quiet = true\nreports = false\n" if self.plain else ""
        return "".join(
            f'[[virtual.line]]\nmsisdn = "{number}"\npersonality = "{self.make}"\n{quiet}'
            for number in self.numbers
        )


class Scene(House):
    """A house whose bank is listened to. The box is started by :meth:`start_box`, or a peer is."""

    def __init__(self, place: Place, folder: Path) -> None:
        super().__init__([], speed=place.speed, extra=place.virtual() + place.extra, folder=folder)
        self.lines = place.numbers
        self.config.write_text(
            self.config.read_text(encoding="utf-8")
            .replace("[box]\n", f"[box]\n{place.box}")
            .replace("[api]\n", "[api]\nkeep_alive = true\n"),
            encoding="utf-8",
        )
        self._tap: TappedBank | None = None

    def __enter__(self) -> Self:
        self.open_bank()
        return self

    def open_bank(self) -> None:
        """Start the bank."""
        self._tap = TappedBank(self.config)

    def stop(self) -> None:
        """Stop the box if there is one, then the bank."""
        super().stop()
        if self._tap is not None:
            self._tap.close()

    def until_ready(self, seconds: float = 60.0) -> None:
        """Wait until every line of the box is ready. Raises TimeoutError."""
        end, pause = monotonic() + seconds, threading.Event()
        while monotonic() < end and self._processes["serve"].poll() is None:
            with contextlib.suppress(SimveilError):  # it does not answer yet
                states = {line["msisdn"]: line["state"] for line in self.admin("GET", "/lines")}
                if all(states.get(number) == "ready" for number in self.lines):
                    return
            pause.wait(0.05)
        raise TimeoutError(f"lines not ready; log: {self.log('serve')[-2000:]}")

    def said(self) -> list[Said]:
        """Return what was said on the command ports since the last time."""
        assert self._tap is not None
        return self._tap.take()

    def admin(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the box's own interface."""
        return ask(Choices(config=self.config), method, path, body)

    def application(self, name: str, **fields: Any) -> CustomerApplication:
        """Make an AXB application."""
        made = self.admin("POST", "/applications", {"name": name, "mode": "AXB", **fields})
        return CustomerApplication(self.base, made["appKey"], made["appSecret"])

    @property
    def box_pid(self) -> int:
        """The box's process."""
        return self._processes["serve"].pid


@contextmanager
def scene(place: Place) -> Iterator[Scene]:
    """A bank in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, Scene(place, Path(folder)) as made:
        yield made


@contextmanager
def peer(command: list[str], folder: Path) -> Iterator[None]:
    """Another program, ended by SIGTERM; what it says is in a log."""
    with (folder / "peer.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        _end(process)


@contextmanager
def python_peer(script: str, *words: str) -> Iterator[int]:
    """A program that uses python-gsmmodem-new, once it is ready; yields its process's number."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{script}", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # its threads die loudly of what they do not understand
    )
    assert process.stdout is not None
    try:
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"{script} did not connect")
        yield process.pid
    finally:
        _end(process)
        process.stdout.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
