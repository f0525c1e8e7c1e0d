"""Texts that wait for their application's word, and the short codes that stand for strangers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlite_utils import Database

from appliance.store.people import person_id
from appliance.store.rows import Row, select, select_one, text_time, time_text

_READ = """
    SELECT q.*, w.msisdn AS arrived, s.msisdn AS sender FROM text_questions AS q
    JOIN people AS w ON w.id = q.arrived_id JOIN people AS s ON s.id = q.sender_id
"""


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A whole text whose application has to say what becomes of it.

    Args:
        identifier: ``smsIdentifier`` of the question and of the notification after it.
        arrived: The number of ours that was written to.
        incomplete: Parts of it never came.
    """

    question_id: int
    identifier: str
    app_id: int
    arrived: str
    sender: str
    body: str
    incomplete: bool
    received_at: datetime


class Questions:
    """Repository of open questions. Methods taking ``db`` run inside a writer transaction."""

    def add(
        self,
        db: Database,
        *,
        identifier: str,
        app_id: int,
        arrived: str,
        sender: str,
        body: str,
        incomplete: bool,
        received_at: datetime,
    ) -> TextQuestion:
        """Enter a question."""
        cursor = db.conn.execute(
            "INSERT INTO text_questions"
            " (identifier, app_id, arrived_id, sender_id, body, incomplete, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                identifier,
                app_id,
                person_id(db, arrived),
                person_id(db, sender),
                body,
                int(incomplete),
                time_text(received_at),
            ],
        )
        return cast(TextQuestion, self.get(db, cast(int, cursor.lastrowid)))

    def get(self, db: Database, question_id: int) -> TextQuestion | None:
        """Return an open question."""
        row = select_one(db, f"{_READ} WHERE q.id = ?", [question_id])
        return None if row is None else _question(row)

    def open(self, db: Database, arrived: str) -> list[TextQuestion]:
        """Return the open questions about texts to one number, oldest first."""
        rows = select(db, f"{_READ} WHERE w.msisdn = ? ORDER BY q.id", [arrived])
        return [_question(row) for row in rows]

    def close(self, db: Database, question_id: int) -> None:
        """Remove a question: the text has become a row of ``texts`` in the same transaction."""
        db.conn.execute("DELETE FROM text_questions WHERE id = ?", [question_id])


def _question(row: Row) -> TextQuestion:
    values = {name: row[name] for name in TextQuestion.__dataclass_fields__ if name in row}
    values["question_id"] = row["id"]
    values["incomplete"] = bool(row["incomplete"])
    values["received_at"] = cast(datetime, text_time(row["received_at"]))
    return TextQuestion(**values)
