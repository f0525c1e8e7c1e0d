"""What is wrong with a running box, each finding with a code whose sentences say cause and cure."""

from __future__ import annotations

import logging
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any, Final, Protocol

from appliance.config import Settings
from appliance.operations import nightly, recovery
from appliance.store import Store
from appliance.store.rows import select

_log = logging.getLogger(__name__)

WELL: Final = "ready"
_CERTIFICATE_EVERY: Final = 600.0  # seconds that an expiry is remembered
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Args:
        code: Of its sentence in the catalogue; that of its cure is the code plus 50.
        facts: What fills it.
        subject: What it is about; a box has one finding about each.
    """

    code: str
    facts: dict[str, object] = field(default_factory=dict)
    subject: str = ""


class HasLines(Protocol):
    """The exchange, as the findings need it."""

    def lines(self) -> Iterable[Any]:
        """Return the status of every line."""


class Inspector:
    """Looks at the box. Safe from any thread.

    Args:
        store: Everything durable.
        exchange: The lines.
        settings: The box's.
        now: The time of day.
    """

    def __init__(
        self, store: Store, exchange: HasLines, settings: Settings, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._settings = settings
        self._now = now
        self._lock = threading.Lock()  # guards what is remembered of the certificate
        self._expiry: tuple[float, datetime | None] | None = None

    def findings(self) -> list[Finding]:
        """Return what is wrong, the worst first."""
        return [*self._disk(), *self._lines(), *self._applications(), *self._care()]

    def disk_percent(self) -> int:
        """Return how full the data disk is."""
        return disk_used(self._settings.box.data)

    def backup_age(self) -> float | None:
        """Return the seconds since the last good nightly backup, None without one."""
        return nightly.status(self._settings.box.data).age(self._now())

    def certificate_ends(self) -> datetime | None:
        """Return when the certificate of the mirrored interface ends, None when unknown."""
        with self._lock:
            kept, moment = self._expiry, time.monotonic()
            if kept is not None and moment - kept[0] < _CERTIFICATE_EVERY:
                return kept[1]
        path = self._settings.certificate()
        ends = None if path is None else certificate_ends(path)
        with self._lock:
            self._expiry = (moment, ends)
        return ends

    def _longest(self) -> float:
        return self._settings.backup.max_age_hours * 3600

    def _disk(self) -> Iterator[Finding]:
        used = self.disk_percent()
        if used >= self._settings.alert.disk_percent:
            yield Finding("CON-106", {"percent": used}, "disk")

    def _lines(self) -> Iterator[Finding]:
        for line in self._exchange.lines():
            name = line.msisdn or line.iccid or line.imei or line.socket
            state = str(getattr(line.state, "value", line.state))
            if state not in (WELL, "starting"):
                yield Finding("CON-110", {"line": name, "why": _why(line, state)}, f"line:{name}")
            for found in getattr(line, "findings", ()):
                facts = {**found.facts, "line": name}
                yield Finding(found.code, facts, f"sim:{found.iccid}:{found.subject}")

    def _applications(self) -> Iterator[Finding]:
        most = self._settings.alert.parked
        rows = select(
            self._store.reader(),
            "SELECT a.name, count(*) AS count, max(o.error) AS error, max(o.http_status) AS status"
            " FROM outbox AS o JOIN applications AS a ON a.id = o.app_id"
            " WHERE o.state = 'parked' OR (o.state = 'due' AND o.attempts >= ?)"
            " GROUP BY a.id ORDER BY a.name",
            [most],
        )
        for row in rows:
            why = row["error"] or (f"HTTP {row['status']}" if row["status"] else "-")
            facts = {"app": row["name"], "count": row["count"], "why": why}
            yield Finding("CON-111", facts, f"app:{row['name']}")

    def _care(self) -> Iterator[Finding]:
        ends = self.certificate_ends()
        if ends is not None:
            left = (ends - self._now()).total_seconds() / _DAY
            if left < self._settings.alert.certificate_days:
                yield Finding("CON-112", {"days": max(0, int(left))}, "certificate")
        settings, data = self._settings.backup, self._settings.box.data
        if settings.target is None:
            return
        if recovery.kept(data) is None:
            yield Finding("CON-114", {}, "recovery")
        known = nightly.status(data)
        age = known.age(self._now())
        if known == nightly.Status():
            since = recovery.made_at(data)
            if since is not None and (self._now() - since).total_seconds() > self._longest():
                yield Finding("CON-116", {"day": f"{since.astimezone():%Y-%m-%d}"}, "backup")
        elif age is not None and age > self._longest():
            facts = {"hours": int(age / 3600), "why": known.error or "-"}
            yield Finding("CON-113", facts, "backup")
        elif known.error is not None:
            yield Finding("CON-115", {"why": known.error}, "backup")


def _why(line: Any, state: str) -> object:
    """Return the sentence why a line is down; where its port is, is nobody else's business."""
    first = next(iter(getattr(line, "conditions", ())), None)
    if first is None:
        return state
    facts = {name: str(value).rpartition(": ")[2] for name, value in first.facts.items()}
    return {"code": f"LIN-{first.name}", "facts": facts}


def disk_used(folder: Path) -> int:
    """Return how full the folder's disk is, in percent of what anybody may fill."""
    usage = disk_usage(folder)
    filled = usage.used / max(1, usage.used + usage.free)
    return round(100 * filled)


def certificate_ends(path: Path) -> datetime | None:
    """Return the end of a PEM certificate, None when it cannot be read."""
    command = ["openssl", "x509", "-in", str(path), "-noout", "-enddate"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = ssl.cert_time_to_seconds(done.stdout.strip().removeprefix("notAfter="))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        _log.info("the end of %s is not known: %s", path, error)
        return None
    return datetime.fromtimestamp(seconds, UTC)
