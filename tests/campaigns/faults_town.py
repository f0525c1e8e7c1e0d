"""The town of the fault campaign: stands of one or two modems of a make, each its own world."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance.demo.application import CustomerApplication
from appliance.errors import SimveilError
from tests.campaigns.receiver import Receiver
from tests.campaigns.town import Town

MAKES = ("ec25", "sim7600", "e1550")
PAIRED = frozenset({"e1550"})
"""Makes that break in a conference: their calls go on by a second line."""
_LOOK_SECONDS = 0.15
STALL_SECONDS = 0.5
"""A look at every line that takes so long: other programs have the machine, or the disk is slow."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Stand:
    """One private number with its people; nothing in it touches another stand.

    Args:
        make: Of its modems.
        x: The number; ``second``: another number of its application, for second legs.
        a: Who calls and writes; ``b``: who is called.
    """

    make: str
    x: str
    second: str | None
    a: str
    b: str

    @property
    def lines(self) -> list[str]:
        """Its lines."""
        return [self.x] if self.second is None else [self.x, self.second]


@dataclass
class Illness:
    """What a line had, from the fault until it was well.

    Args:
        name: For people.
        lines: What it may have reached: the stand's.
        struck: Time of day; ``ended``: when all was well, None if it is not.
    """

    name: str
    lines: list[str]
    struck: float
    ended: float | None = None

    def within(self, line: str, at: float, spare: float = 0.0) -> bool:
        """Return whether a line had it at a time of day."""
        end = float("inf") if self.ended is None else self.ended
        return line in self.lines and self.struck - spare <= at <= end + spare


def stands(counts: Mapping[str, int]) -> list[Stand]:
    """Return so many stands of every make."""
    serial = itertools.count(1)
    made = []
    for make, count in counts.items():
        for _ in range(count):
            number = next(serial)
            second = f"+86171{number:08d}" if make in PAIRED else None
            people = f"+86139{number:08d}", f"+86138{number:08d}"
            made.append(Stand(make, f"+86170{number:08d}", second, *people))
    return made


class Census:
    """Looks at every line, from the box's side and from the bank's, again and again.

    Args:
        town: Whose lines.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._changed = threading.Condition()
        self._ending = threading.Event()
        self._box: dict[str, Json] = {}
        self._bank: dict[str, Json] = {}
        self.stalls: list[tuple[float, float]] = []
        """When box and bank took longer than :data:`STALL_SECONDS` to say how they are."""
        self._thread = threading.Thread(target=self._run, name="census")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def stalled(self) -> str:
        """Return in words how often the machine had no time for box and bank."""
        longest = max((end - begin for begin, end in self.stalls), default=0.0)
        return f"{len(self.stalls)} of more than {STALL_SECONDS:g} s, longest {longest:.1f} s"

    def wrong(self, lines: list[str]) -> list[str]:
        """Return what keeps these lines from being ready and idle, as it was seen last."""
        with self._changed:
            return self._wrong(lines)

    def until_well(self, lines: list[str], seconds: float) -> list[str]:
        """Wait until lines are ready and idle; returns what is still wrong after ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: not self._wrong(lines), seconds)
            return self._wrong(lines)

    def until_healthy(self, line: str, seconds: float) -> bool:
        """Wait until a line is ready for the box, and its modem really is, whatever it carries."""

        def healthy() -> bool:
            box, bank = self._box.get(line), self._bank.get(line)
            if box is None or bank is None or box["state"] != "ready":
                return False
            return bool(bank["powered"] and bank["registered"] and not bank["hung"])

        with self._changed:
            return self._changed.wait_for(healthy, seconds)

    def _wrong(self, lines: list[str]) -> list[str]:
        wrong = []
        for line in lines:
            box, bank = self._box.get(line), self._bank.get(line)
            if box is None or bank is None:
                wrong.append(f"line {line} is not there")
                continue
            if box["state"] != "ready":
                wrong.append(f"line {line} is {box['state']}: {box['explanation']}")
            if box["call"]:
                wrong.append(f"line {line} has call {box['call']}")
            if bank["calls"]:
                wrong.append(f"line {line} carries {len(bank['calls'])} calls")
            if stored := sum(bank["messages"].values()) + bank["waiting_texts"]:
                wrong.append(f"{stored} texts wait at line {line}")
        return wrong

    def _run(self) -> None:
        looked = time.time()
        while not self._ending.wait(_LOOK_SECONDS):
            before, looked = looked, time.time()
            if looked - before > STALL_SECONDS:
                self.stalls.append((before, looked))
            with suppress(SimveilError):
                box = {each["msisdn"]: each for each in self._town.admin("/lines")}
                bank = {each["msisdn"]: each for each in self._town.bank_lines()}
                with self._changed:
                    self._box, self._bank = box, bank
                    self._changed.notify_all()


class FaultTown(Town):
    """Bank and box; every stand has an application of its own.

    Args:
        folder: Where everything lies, and stays.
        receiver: Where pushes go.
        everybody: The stands.
    """

    def __init__(self, folder: Path, receiver: Receiver, everybody: list[Stand]) -> None:
        self.stands = everybody
        lines = {line: stand.make for stand in everybody for line in stand.lines}
        extra = "".join(
            f'[[virtual.line]]\nmsisdn = "{line}"\npersonality = "{make}"\n'
            for line, make in lines.items()
        )
        super().__init__(folder, receiver, list(lines), extra)
        text = self.config.read_text(encoding="utf-8")
        named = next(row for row in text.splitlines() if row.startswith("lines = "))
        self.config.write_text(text.replace(f"{named}\n", "", 1), encoding="utf-8")
        self.census = Census(self)

    def furnish_stands(self) -> None:
        """Set everything up on the running box."""
        self.watch.start()
        urls = {kind: self.receiver.url(kind) for kind in ("status", "cdr", "sms")}
        for number, stand in enumerate(self.stands, start=1):
            name = f"stand{number}"
            made = self.post(
                "/applications",
                {
                    "name": name,
                    "mode": "AXB",
                    "sms": True,
                    "record": True,
                    "urls": urls,
                    "prompts": {"recording-notice": ""},
                },
            )
            self.receiver.expect_from(made["appKey"], made["appSecret"])
            for line in stand.lines:
                self.post("/numbers", {"msisdn": line, "app": name, "sms": True})
            for person in (stand.a, stand.b):
                self.phones[person] = self.bank.phone(person)
            customer = CustomerApplication(self.base, made["appKey"], made["appSecret"])
            bound = customer.bind(relationNum=stand.x, callerNum=stand.a, calleeNum=stand.b)
            customer.close()
            if bound.get("resultcode") != "0":
                raise RuntimeError(f"bind answered {bound}")
        self.until_ready()
        self.census.start()

    def close(self) -> None:
        """Stop everything."""
        self.census.stop()
        super().close()

    def ambush(self, line: str, kind: str, **trap: str) -> None:
        """Break a line, or have a fault wait there for a word (``heard``, ``said``, ``moment``)."""
        self.bank.post(f"/lines/{quote(line, safe='')}/fault", {"kind": kind, **trap})

    def press(self, person: str, action: str, **words: object) -> bool:
        """Do something with a phone; False when that moment had passed (HTTP 409)."""
        try:
            self.phones[person].do(action, **words)
        except RuntimeError as error:
            if "HTTP 409" not in str(error):
                raise
            return False
        return True

    def until_rows(self, fits: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds of the box's database."""
        pause = threading.Event()
        for _ in range(int(seconds / _LOOK_SECONDS)):
            if fits():
                return True
            pause.wait(_LOOK_SECONDS)
        return fits()
