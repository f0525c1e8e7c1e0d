"""Alerts that stand, so that a restart tells nobody anything twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from appliance.store.rows import select, select_value, text_time, time_text


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong, or was until just now.

    Args:
        since: When it was first seen; ``over``: since when it is not seen any more.
        webhook, text: It was told on this way, and its end not yet.
    """

    subject: str
    code: str
    facts: dict[str, object]
    since: datetime
    over: datetime | None
    webhook: bool
    text: bool


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
                bool(row["webhook"]),
                bool(row["text"]),
            )
            for row in rows
        ]

    def put(self, db: Database, alert: Alert) -> None:
        """Keep one as it is now."""
        values = [
            *(alert.subject, alert.code, json.dumps(alert.facts, default=str)),
            *(time_text(alert.since), None if alert.over is None else time_text(alert.over)),
            *(int(alert.webhook), int(alert.text)),
        ]
        db.conn.execute(
            "INSERT INTO alerts (subject, code, facts, since, over_at, webhook, text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET"
            " code = excluded.code, facts = excluded.facts, since = excluded.since,"
            " over_at = excluded.over_at, webhook = excluded.webhook, text = excluded.text",
            values,
        )

    def drop(self, db: Database, subject: str) -> None:
        """Forget one that is over."""
        db.conn.execute("DELETE FROM alerts WHERE subject = ?", [subject])

    def reported(self, day: date) -> bool:
        """Whether the report of a day was sent."""
        sql = "SELECT 1 FROM reports WHERE day = ?"
        return select_value(self._reader(), sql, [day.isoformat()]) is not None

    def note_report(self, db: Database, day: date, now: datetime) -> None:
        """Note that the report of a day was sent."""
        db.conn.execute("DELETE FROM reports")
        db.conn.execute("INSERT INTO reports VALUES (?, ?)", [day.isoformat(), time_text(now)])
