"""Checks of a machine and its configuration, for somebody who wonders why the box does not run."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from appliance.config import Settings
from drivers.udev import survey
from drivers.usb_table import FAULTS

LEAST_SQLITE = (3, 37, 0)
LEAST_MEGABYTES = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Args:
        code: Of its sentence in ``words``.
        good: Whether it passed.
        facts: What the sentence is filled with.
    """

    code: str
    good: bool
    facts: dict[str, str] = field(default_factory=dict)


def examine(settings: Settings, config: Path | None, answers: bool) -> list[Check]:
    """Return every check.

    Args:
        settings: Loaded without mistakes.
        config: Where from, None for the defaults.
        answers: Whether a box answers on the admin socket.
    """
    return [
        *examine_machine(),
        Check("DOC-003", True, {"path": str(config or "-")}),
        *_data(settings.box.data),
        *_certificate(settings),
        *_ports(settings),
        Check("DOC-007", answers, {"path": str(settings.admin.socket)}),
        *_voice(settings.box.recordings),
    ]


def examine_machine() -> list[Check]:
    """Return the checks that need no configuration."""
    return [
        Check("DOC-001", sys.version_info >= (3, 11), {"version": sys.version.split()[0]}),
        Check(
            "DOC-002",
            sqlite3.sqlite_version_info >= LEAST_SQLITE,
            {"version": sqlite3.sqlite_version, "least": ".".join(map(str, LEAST_SQLITE))},
        ),
    ]


def _data(folder: Path) -> Iterator[Check]:
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    yield Check("DOC-004", os.access(place, os.W_OK), {"path": str(folder)})
    free = shutil.disk_usage(place).free >> 20
    facts = {"free": str(free), "least": str(LEAST_MEGABYTES)}
    yield Check("DOC-005", free >= LEAST_MEGABYTES, facts)


def _certificate(settings: Settings) -> Iterator[Check]:
    if settings.api.tls is None and not settings.api.plain:
        yield Check("DOC-006", shutil.which("openssl") is not None)


def _ports(settings: Settings) -> Iterator[Check]:
    hardware = settings.hardware()
    if hardware is None:
        return
    ports = [Path(line.port) for line in hardware.line] or sorted(Path("/dev").glob("ttyUSB*"))
    good = bool(ports) and all(os.access(port, os.R_OK | os.W_OK) for port in ports)
    yield Check("DOC-008", good)
    for stick in survey() if hardware.discover else ():
        good = stick.advice not in FAULTS
        yield Check("DOC-020", good, {"socket": stick.socket, "usb": stick.usb})


def _voice(recordings: Path) -> Iterator[Check]:
    """Look whether a running box's voice process got its priority (``LimitRTPRIO`` of the unit)."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if "appliance.media.child" in words and str(recordings) in words:
                policy = os.sched_getscheduler(int(entry.name))
                yield Check("DOC-009", policy in (os.SCHED_RR, os.SCHED_FIFO))
        except OSError:
            continue  # it has ended, or is not ours to look at
