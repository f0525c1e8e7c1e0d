"""Alerts that stand, so that a restart tells nobody anything twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from appliance.store.rows import select, text_time, time_text


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong, or was until just now.

    Args:
        since: When it was first seen; ``over``: since when it is not seen any more.
        told: The ways on which it was told, and its end not yet.
    """

    subject: str
    code: str
    facts: dict[str, object]
    since: datetime
    over: datetime | None
    told: frozenset[str] = frozenset()


class Alerts:
    """Repository of both. Methods that write run inside a writer's transaction.

    Args:
        reader: Returns this thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader

    def all(self) -> list[Alert]:
        """Return every one, the oldest first."""
        rows = select(self._reader(), "SELECT * FROM alerts ORDER BY since, subject")
        return [
            Alert(
                row["subject"],
                row["code"],
                json.loads(row["facts"]),
                datetime.fromisoformat(row["since"]),
                text_time(row["over_at"]),
                frozenset(json.loads(row["told"])),
            )
            for row in rows
        ]

    def put(self, db: Database, alert: Alert) -> None:
        """Keep one as it is now."""
        values = [
            *(alert.subject, alert.code, json.dumps(alert.facts, default=str)),
            *(time_text(alert.since), None if alert.over is None else time_text(alert.over)),
            json.dumps(sorted(alert.told)),
        ]
        db.conn.execute(
            "INSERT INTO alerts (subject, code, facts, since, over_at, told)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET"
            " code = excluded.code, facts = excluded.facts, since = excluded.since,"
            " over_at = excluded.over_at, told = excluded.told",
            values,
        )

    def drop(self, db: Database, subject: str) -> None:
        """Forget one that is over."""
        db.conn.execute("DELETE FROM alerts WHERE subject = ?", [subject])

    def reported(self, day: date) -> frozenset[str]:
        """Return the ways on which the report of a day was sent."""
        rows = select(self._reader(), "SELECT way FROM reports WHERE day = ?", [day.isoformat()])
        return frozenset(row["way"] for row in rows)

    def note_report(self, db: Database, day: date, way: str, now: datetime) -> None:
        """Note that the report of a day was sent on a way; those of other days are forgotten."""
        db.conn.execute("DELETE FROM reports WHERE day <> ?", [day.isoformat()])
        db.conn.execute(
            "INSERT OR REPLACE INTO reports (day, way, told_at) VALUES (?, ?, ?)",
            [day.isoformat(), way, time_text(now)],
        )
