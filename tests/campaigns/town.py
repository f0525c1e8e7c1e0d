"""The town of the campaign: a bank with six lines, a box, an application, and people."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.cli.client import ask
from appliance.cli.common import Choices
from appliance.demo.application import CustomerApplication
from appliance.demo.house import House
from appliance.demo.people import Phone
from appliance.errors import SimveilError
from tests.campaigns.receiver import Receiver
from tests.campaigns.watch import Watch

SPEED = 20.0
READY_SECONDS = 120.0
X1, X2, X3, XM = (f"+861700000000{n}" for n in (1, 2, 3, 4))
TRUNKS = ("+8617000000005", "+8617000000006")
NUMBERS = (X1, X2, X3, XM)
PATIENCE = 40.0
"""Seconds that a box which is up may take to have a phone that nobody holds put down."""
_POLL = 0.02  # seconds between looks at a box that starts

EXTRA = """
[push]
retry_minutes = [0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.5, 0.8, 1.2, 2, 3, 5, 8, 12, 20]
[sms]
parts_per_minute = 600
burst = 600
[timings]
ring = 40
"""


@dataclass(frozen=True)
class Pair:
    """Two people and the number between them."""

    a: str
    x: str
    b: str
    record: bool = False


PAIRS = (
    Pair("+8613900000011", X1, "+8613900000012"),
    Pair("+8613900000013", X1, "+8613900000014"),
    Pair("+8613900000021", X2, "+8613900000022"),
    Pair("+8613900000023", X2, "+8613900000024", record=True),
    Pair("+8613900000031", X3, "+8613900000032"),
)
COUPLE = Pair("+8613900000041", XM, "+8613900000042")
"""Who the campaign itself puts into a multiparty."""

SILENT = ("--prompt", "recording-notice=")  # recorded as the cloud does it, without a word


class Town(House):
    """Bank and box as an owner starts them, furnished.

    Args:
        folder: Where everything lies, and stays.
        receiver: Where pushes go.
        lines: MSISDNs of the bank's SIMs; ``extra``: more of the configuration, in TOML.

    ``kills`` are the times of day when the box was killed, ``writing`` the sends whose outcome the
    disk did not tell then; ``struck`` is set while it is dead, ``up`` while every line is ready.
    """

    def __init__(
        self,
        folder: Path,
        receiver: Receiver,
        lines: Sequence[str] = (*NUMBERS, *TRUNKS),
        extra: str = "",
    ) -> None:
        super().__init__(
            list(lines), speed=SPEED, extra=extra + EXTRA, folder=folder, bank_apart=True
        )
        self.database = folder / "simveil.db"
        self.watch = Watch(self.bank)
        self.receiver = receiver
        self._choices = Choices(config=self.config)
        self._kill = threading.Lock()
        self.kills: list[float] = []
        self.writing: list[set[int]] = []
        self.struck = threading.Event()
        self.up = threading.Event()
        self.phones: dict[str, Phone] = {}

    def furnish(self) -> CustomerApplication:
        """Set everything up on the running box; returns the application."""
        self.watch.start()
        urls = [
            word
            for kind in ("status", "cdr", "sms")
            for word in (f"--{kind}-url", self.receiver.url(kind))
        ]
        app = self.command(
            "app", "add", "taxi", "--mode", "AXB", "--sms", "--record", *SILENT, *urls
        )
        self.receiver.expect_from(app["appKey"], app["appSecret"])
        for x in NUMBERS:
            self.command("number", "enrol", x, "--app", "taxi", "--sms")
        for trunk in TRUNKS:
            self.command("number", "enrol", trunk, "--trunk")
        for x in (X1, X2):
            self.bank.fault(x, "slow-prompt")
        self.bank.post(f"/lines/{X2.replace('+', '%2B')}/services", {"reports": False})
        self.bank.post(f"/lines/{X1.replace('+', '%2B')}/services", {"report_delay": 60.0})
        for pair in (*PAIRS, COUPLE):
            for number in (pair.a, pair.b):
                self.phones[number] = self.bank.phone(number)
        self.until_ready()
        return CustomerApplication(self.base, app["appKey"], app["appSecret"])

    def close(self) -> None:
        """Stop everything."""
        self.watch.stop()
        self.stop()

    # --- the box ---

    @property
    def box_pid(self) -> int:
        """The box's process."""
        return self._processes["serve"].pid

    def admin(self, path: str, **query: Any) -> Any:
        """Ask the box as its command line does. Raises SimveilError."""
        return ask(self._choices, "GET", path, None, timeout=10.0, **query)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Have the box do something, as its command line does. Raises SimveilError."""
        return dict(ask(self._choices, "POST", path, body, timeout=60.0))

    def until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until every line is ready. Raises TimeoutError."""
        end = time.monotonic() + seconds
        pause = threading.Event()
        while True:
            states: dict[str, str] = {}
            with suppress(SimveilError):
                states = {line["msisdn"]: line["state"] for line in self.admin("/lines")}
            if all(states.get(line) == "ready" for line in self.lines):
                self.up.set()
                return
            if self._processes["serve"].poll() is not None:
                raise TimeoutError("the box has ended by itself")
            if time.monotonic() > end:
                raise TimeoutError(f"not ready within {seconds:g} s: {states}")
            pause.wait(_POLL)

    def strike(self) -> None:
        """Kill the box now, if it lives. Any thread."""
        with self._kill:
            process = self._processes["serve"]
            if process.returncode is None:
                self.up.clear()
                os.kill(process.pid, signal.SIGKILL)
                self.kills.append(time.time())
                process.wait(10)
                rows = self.rows("SELECT id FROM sends WHERE state = 'writing'")
                self.writing.append({row["id"] for row in rows})
                self.struck.set()

    def spawn_box(self) -> None:
        """Start the box and wait for nothing."""
        self.struck.clear()
        self._spawn("serve")

    def reading(self) -> closing[sqlite3.Connection]:
        """Open the box's database to read; close it with ``with``."""
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        db.row_factory = sqlite3.Row
        return closing(db)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return what a question to the box's database answers."""
        with self.reading() as db:
            return [dict(row) for row in db.execute(sql)]

    def bank_lines(self) -> list[dict[str, Any]]:
        """Return what the bank tells of its lines."""
        found: Any = self.bank.get("/lines")
        return list(found)

    def put_down(self, number: str) -> bool:
        """Wait until a phone is idle; False when a box that is up leaves it in a call."""
        left = PATIENCE
        while left > 0:
            began = time.monotonic()
            if self.watch.until_state(number, {"idle"}, 0.5):
                return True
            left = left - (time.monotonic() - began) if self.up.is_set() else PATIENCE
        return False
