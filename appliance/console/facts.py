"""What the console knows of the box at one moment, asked over the admin socket."""

from __future__ import annotations

import platform
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from os import getloadavg
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import ifaddr

from appliance.console import disk
from appliance.console.orders import FOLDER
from appliance.errors import NotRunning, SimveilError
from appliance.operations.findings import Finding

Row = dict[str, Any]

WELL = "ready"
_JOURNAL_SECONDS = 10.0
FULL_PERCENT = 90
"""From here on a disk is a finding, where no service says so."""
_OWN = frozenset({"CON-106", "CON-110", "CON-111"})
"""Findings of the service that the console has in a shorter form."""
GRAVE = frozenset({"CON-101", "CON-102", "CON-104", "CON-105", "CON-118", "CON-119"})
"""Findings with which no box can serve: the console opens in its rescue mode."""


class Ask(Protocol):
    """Asks the running box. Raises NotRunning when none answers, SimveilError otherwise."""

    def __call__(
        self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any
    ) -> Any:
        """Return the answer to one request of the admin interface."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at the box.

    Args:
        at: Local time of the look, with its offset.
        name: The box's name.
        version: Of the software.
        slot: Slot of the image that runs, ``-`` where there are none.
        findings: The worst first; empty when all is well.
        running: Whether the service answers.
        lines: As the admin interface lists them.
        outbox: Pushes by state.
        uptime: Seconds since the service began, None when it does not run.
    """

    at: datetime
    name: str
    version: str
    slot: str
    findings: tuple[Finding, ...] = ()
    running: bool = False
    lines: tuple[Row, ...] = ()
    outbox: dict[str, int] = field(default_factory=dict)
    uptime: float | None = None

    @property
    def rescue(self) -> bool:
        """Whether service, database or data folder are gone."""
        return any(finding.code in GRAVE for finding in self.findings)


@dataclass(frozen=True, slots=True)
class House:
    """Where the box keeps its things, read from its configuration, with no service in between.

    Args:
        name: The box's name.
        data: Its data folder.
        database: Its SQLite file.
        problem: Why the configuration cannot be used, None when it can.
        config: The configuration's file.
        secret: Where the hash of the local secret stands.
        orders: Where the console leaves orders for the system.
    """

    name: str
    data: Path
    database: Path
    problem: str | None = None
    config: Path = Path("/etc/simveil/simveil.toml")
    secret: Path = Path("/etc/simveil/console.secret")
    orders: Path = FOLDER


def look(ask: Ask, house: House, now: Callable[[], datetime]) -> Facts:
    """Return how the box is; never raises, for what cannot be asked is a finding."""
    empty = Facts(at=now(), name=house.name, version=version("simveil"), slot=slot())
    try:
        health: Row = ask("GET", "/health", timeout=5.0)
        lines: list[Row] = ask("GET", "/lines", timeout=5.0)
    except SimveilError as error:
        code = "CON-101" if isinstance(error, NotRunning) else "CON-102"
        service = Finding(code, {"reason": error})
        # Why it does not run is worse than that it does not.
        return replace(empty, findings=(*of_the_house(house, at_rest=True), service))
    return replace(
        empty,
        name=health["name"],
        findings=(
            *of_the_house(house, at_rest=False),
            *_of_the_lines(lines),
            *_of_the_outbox(health["outbox"]),
            *_of_the_service(ask),
        ),
        running=True,
        lines=tuple(lines),
        outbox=health["outbox"],
        uptime=health["uptime_seconds"],
    )


def of_the_house(house: House, *, at_rest: bool) -> list[Finding]:
    """Return what is wrong with configuration, data folder, disk and database.

    Args:
        house: Where they are.
        at_rest: No service runs on them, so that the whole database may be read.
    """
    found = []
    if house.problem is not None:
        found.append(Finding("CON-103", {"reason": house.problem}))
        if not disk.there(house.data):
            return found  # perhaps the place is another: that cannot be read
    gone = disk.unmounted(house.data)
    if gone is not None:
        return [*found, Finding("CON-119", {"path": gone})]
    if not disk.there(house.data):
        return [*found, Finding("CON-104", {"path": house.data})]
    if disk.only_readable(house.data):
        found.append(Finding("CON-117", {"path": house.data}))
    if not disk.there(house.database):
        found.append(Finding("CON-105", {"path": house.database}))
    elif (damage := disk.damage(house.database, at_rest=at_rest)) is not None:
        found.append(Finding("CON-118", {"path": house.database, "reason": damage}))
    used = disk.used(house.data)
    if used is not None and used >= FULL_PERCENT:
        found.append(Finding("CON-106", {"percent": used}))
    return found


def _of_the_lines(lines: list[Row]) -> list[Finding]:
    if not lines:
        return [Finding("CON-107")]
    ill = [line for line in lines if line["state"] != WELL]
    if not ill:
        return []
    first = ill[0]
    name = first["msisdn"] or first["iccid"] or first["imei"] or "?"
    return [Finding("CON-108", {"count": len(ill), "line": name, "why": first["explanation"]})]


def _of_the_outbox(outbox: dict[str, int]) -> list[Finding]:
    parked = outbox.get("parked", 0)
    return [Finding("CON-109", {"count": parked})] if parked else []


def _of_the_service(ask: Ask) -> list[Finding]:
    try:
        rows: list[Row] = ask("GET", "/findings", timeout=5.0)
    except SimveilError:
        return []
    return [Finding(row["code"], row["facts"]) for row in rows if row["code"] not in _OWN]


def slot(command_line: Path = Path("/proc/cmdline")) -> str:
    """Return the slot of the running image (RAUC's ``rauc.slot=``), ``-`` where there is none."""
    try:
        found = re.search(r"\brauc\.slot=(\S+)", command_line.read_text(encoding="utf-8"))
    except OSError:
        return "-"
    return found[1] if found else "-"


@dataclass(frozen=True, slots=True)
class Machine:
    """Network and time, as far as an unprivileged user can read them.

    Args:
        host: The machine's name.
        kernel: Its release.
        addresses: Interface → its addresses.
        gateway: Address of the default route, None without one.
        resolvers: Name servers.
        clock_set: Whether the kernel holds the clock to be synchronised, None when unknown.
        uptime: Seconds since the machine was started.
        load: One-minute load.
    """

    host: str
    kernel: str
    addresses: dict[str, list[str]]
    gateway: str | None
    resolvers: tuple[str, ...]
    clock_set: bool | None
    uptime: float
    load: float


def machine(root: Path = Path("/")) -> Machine:
    """Return what the machine says of itself."""
    return Machine(
        host=platform.node(),
        kernel=platform.release(),
        addresses=_addresses(),
        gateway=_gateway(root / "proc/net/route"),
        resolvers=_resolvers(root / "etc/resolv.conf"),
        clock_set=(root / "run/systemd/timesync/synchronized").exists()
        if (root / "run/systemd/timesync").is_dir()
        else None,
        uptime=time.clock_gettime(time.CLOCK_BOOTTIME),
        load=getloadavg()[0],
    )


def _addresses() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            text = address.ip if isinstance(address.ip, str) else address.ip[0]
            found.setdefault(adapter.nice_name, []).append(f"{text}/{address.network_prefix}")
    return found


def _gateway(routes: Path) -> str | None:
    try:
        rows = [line.split() for line in routes.read_text().splitlines()[1:]]
    except OSError:
        return None
    for row in rows:
        if len(row) > 2 and row[1] == "00000000":
            return ".".join(str(octet) for octet in reversed(bytes.fromhex(row[2])))
    return None


def _resolvers(file: Path) -> tuple[str, ...]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(re.findall(r"^nameserver\s+(\S+)", text, re.MULTILINE))


def journal(limit: int) -> list[str]:
    """Return the last lines of the service in the journal, where this user may read it."""
    command = ["journalctl", "--unit=simveil", "--no-pager", "--quiet", "--output=short-iso"]
    try:
        done = subprocess.run(
            [*command, f"--lines={limit}"], capture_output=True, text=True, errors="replace",
            timeout=_JOURNAL_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.splitlines()


def transcript(ask: Ask, line: str) -> list[Row]:
    """Return the last AT exchanges of a line, the oldest first; none when it has gone."""
    try:
        found: list[Row] = ask("GET", f"/lines/{quote(line, safe='')}/transcript", timeout=5.0)
    except SimveilError:  # it has gone, or its worker does not answer: that is a finding already
        return []
    return found
