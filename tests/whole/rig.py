"""A box on a virtual bank with every make of modem, as an owner and a customer see it.

One box serves many tests, one after the other: each has people of its own, and leaves the lines as
it found them. An application per make keeps the makes apart: its numbers are the only second lines
that its calls can have, unless a test enrols the trunk. Two more applications per make have no
number, or no other than the limited line, unless a test gives them one.

``INBOX_DELAY`` and ``INBOX_SEED`` in the environment make every worker of the box slow; see
:mod:`tests.whole.slow_box`.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import itertools
import json
import os
import socket
import sys
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import quote, urlencode

import numpy as np

from appliance.demo.application import CustomerApplication, Pushes
from appliance.demo.house import House
from appliance.demo.people import BankControl, Phone

Json = dict[str, Any]

DELAY: Final = float(os.environ.get("INBOX_DELAY", "0"))
"""Longest delay of a message in an inbox of the box, seconds; 0 outside long runs."""
SPEED: Final = 4.0 if DELAY else 20.0
MAKES: Final = ("ec25", "sim7600", "e1550")
CONFERENCES: Final = ("ec25", "sim7600")
"""Makes that can join calls; the others bridge."""
NARROW: Final = ("no-hold", "no-multiparty", "join-refused")
"""Subscriptions that lack something; only makes that would use it have such lines."""
TRUNK: Final = "+8617000090001"
DEADLINE: Final = 60.0 if DELAY else 20.0  # seconds of real time for any one thing
VOICE: Final = "wait.wav"
"""Voice file that every application has: a waiting tone of :data:`VOICE_SECONDS`."""
VOICE_SECONDS: Final = 4.0 if DELAY else 1.2

_ROLES: Final[Mapping[str, str]] = {
    "x": "",
    "second": "",
    "false": "false_answer = true",
    "no-hold": "hold = false",
    "no-multiparty": "multiparty = false",
    "join-refused": "join_refused = true",
    "limited": "",
    "limited-second": "",
}
_PATIENT: Final = """
[timings]
lend = 10  # a line that the machine's other work made slow is not one that is busy
"""
_people = itertools.count(1)


def number(make: str, role: str = "x") -> str:
    """Return the number of a line: of a make of modem, with the subscription that ``role`` says."""
    return f"+86170000{MAKES.index(make):01d}{list(_ROLES).index(role):04d}"


def roles(make: str) -> list[str]:
    """Return which lines a make has."""
    joins = make in CONFERENCES
    return [
        role
        for role in _ROLES
        if (joins or role not in NARROW) and not (joins and role == "limited-second")
    ]


def lines() -> dict[str, str]:
    """Return every line with its table in the bank's configuration."""
    tables = {
        number(make, role): f'personality = "{make}"\n{_ROLES[role]}\n'
        for make in MAKES
        for role in roles(make)
    }
    tables[TRUNK] = 'personality = "ec25"\n'
    return {msisdn: f'[[virtual.line]]\nmsisdn = "{msisdn}"\n{t}' for msisdn, t in tables.items()}


class Rig:
    """The box, its bank, and an application per make with that make's numbers.

    Args:
        house: Made, not started; its bank has the lines of :func:`lines`.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.bank: BankControl = house.bank
        self.pushes = Pushes()
        self.applications: dict[str, CustomerApplication] = {}
        self.broken = False  # a test left something behind that would disturb the next one

    def start(self) -> None:
        """Start everything; returns when every line is ready and enrolled."""
        self.pushes.start()
        self.house.start()
        for make in MAKES:
            for name in (make, f"{make}-alone", f"{make}-limited"):
                self.application(name)
            for role in roles(make):
                name = f"{make}-limited" if role.startswith("limited") else make
                self.admin("POST", "/numbers", {"msisdn": number(make, role), "app": name})

    def stop(self) -> None:
        """Stop everything."""
        for application in self.applications.values():
            application.close()
        self.house.stop()
        self.pushes.stop()

    def application(self, name: str) -> None:
        """Make an application whose pushes come here."""
        urls = {kind: self.pushes.url(f"{name}/{kind}") for kind in ("status", "cdr")}
        body = {"name": name, "mode": "AXB", "urls": urls, "record": True}
        body["prompts"] = {"recording-notice": ""}  # as silent as the cloud
        made = self.admin("POST", "/applications", body)
        key, secret = made["appKey"], made["appSecret"]
        self.pushes.expect_from(key, secret)
        voice = f"/voices/{name}/{VOICE}"
        self.admin("POST", voice, {"content": base64.b64encode(_hum(VOICE_SECONDS)).decode()})
        self.admin("POST", f"{voice}/approve")
        self.applications[name] = CustomerApplication(self.house.base, key, secret)

    def admin(self, method: str, path: str, body: Json | None = None, **query: object) -> Any:
        """Ask the box's own interface. Raises RuntimeError when it says no."""
        connection = _UnixConnection(self.house.folder / "admin" / "admin.sock")
        with contextlib.closing(connection):
            target = f"{path}?{urlencode(query)}" if query else path
            headers = {"Content-Type": "application/json"}
            connection.request(method, target, json.dumps(body) if body else None, headers)
            reply = connection.getresponse()
            octets = reply.read()
        if reply.status // 100 != 2:
            raise RuntimeError(f"{method} {path}: {reply.status} {octets[:300]!r}")
        return json.loads(octets)

    def person(self, answers: float | None = None) -> Phone:
        """Return a person whom no test has met before; ``answers`` after so many seconds."""
        phone = self.bank.phone(f"+86139{next(_people):08d}")
        phone.do("auto", answer_after=answers)
        return phone

    def services(self, msisdn: str, **changes: bool) -> None:
        """Change what a line's subscription allows."""
        self.bank.post(f"/lines/{quote(msisdn, safe='')}/services", dict(changes))

    def line(self, msisdn: str) -> Json:
        """Return what the box says of a line."""
        return next(line for line in self.admin("GET", "/lines") if line["msisdn"] == msisdn)

    def calls_on(self, msisdn: str) -> list[Json]:
        """Return what the network has on a line."""
        calls: list[Json] = self.bank.line(msisdn)["calls"]
        return calls

    def until(self, seen: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
        """Return what ``seen`` returns once that is true, looking at every event of the bank.

        Raises:
            TimeoutError: It did not happen in time.
        """
        end = monotonic() + seconds
        mark = int(self.bank.get("/events?since=0&timeout=0")["next"])
        while not (found := seen()):
            if monotonic() > end:
                raise TimeoutError(f"within {seconds:g} s there was no {what}")
            mark = int(self.bank.get(f"/events?since={mark}&timeout=0.05")["next"])
        return found

    def rests(self) -> bool:
        """Tell whether every line is ready and in no call; the limited ones may be in theirs."""
        limited = [number(make, role) for make in MAKES for role in ("limited", "limited-second")]
        ready = all(
            line["state"] == "ready" and line["call"] is None
            for line in self.admin("GET", "/lines")
            if line["msisdn"] not in limited
        )
        return ready and not any(
            line["calls"] for line in self.bank.get("/lines") if line["msisdn"] not in limited
        )

    def forgets(self, msisdn: str) -> None:
        """Enrol a number anew, so that the box no longer knows what its SIM was refused."""
        path = f"/numbers/{quote(msisdn, safe='')}"
        application = next(
            each["app"] for each in self.admin("GET", "/numbers") if each["msisdn"] == msisdn
        )
        self.admin("DELETE", path)
        self.admin("POST", "/numbers", {"msisdn": msisdn, "app": application})

    @contextlib.contextmanager
    def trunk(self) -> Iterator[str]:
        """Have the trunk enrolled for a while."""
        self.admin("POST", "/numbers", {"msisdn": TRUNK, "trunk": True})
        try:
            yield TRUNK
        finally:
            self.admin("DELETE", f"/numbers/{quote(TRUNK, safe='')}")

    @contextlib.contextmanager
    def fault(self, msisdn: str, breaks: str, mends: str, state: str) -> Iterator[None]:
        """Break a line until the box says ``state`` of it, and mend it afterwards."""
        self.bank.fault(msisdn, breaks)
        try:
            self.until(lambda: self.line(msisdn)["state"] == state, f"{state} line {msisdn}")
            yield
        finally:
            self.bank.fault(msisdn, mends)
            self.until(lambda: self.line(msisdn)["state"] == "ready", f"ready line {msisdn}", 40)

    @contextlib.contextmanager
    def alone(self, make: str, role: str = "x") -> Iterator[str]:
        """Give a number to the application that has no other, so that it has no second line."""
        msisdn = number(make, role)
        path = f"/numbers/{quote(msisdn, safe='')}/transfer"
        self.admin("POST", path, {"app": f"{make}-alone"})
        try:
            yield msisdn
        finally:
            self.admin("POST", path, {"app": make})

    @contextlib.contextmanager
    def settings(self, application: str, **settings: object) -> Iterator[None]:
        """Have an application's settings for a while."""
        self.admin("PATCH", f"/applications/{application}", {"settings": settings})
        try:
            yield
        finally:
            body = {"settings": dict.fromkeys(settings)}
            self.admin("PATCH", f"/applications/{application}", body)


def build(folder: Path) -> House:
    """Return a house in a folder, with the lines of :func:`lines`, not started."""
    tables = lines()
    house = House(
        [],
        speed=SPEED,
        extra="".join(tables.values()) + _PATIENT,
        folder=folder,
        program=(sys.executable, "-m", "tests.whole.slow_box") if DELAY else None,
    )
    house.lines = list(tables)
    return house


def _hum(seconds: float) -> bytes:
    """Return a WAV file of a tone that is neither ringback nor busy."""
    octets = io.BytesIO()
    with wave.open(octets, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = 8000 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(round(8000 * seconds)))
        file.writeframes(samples.astype("<i2").tobytes())
    return octets.getvalue()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
