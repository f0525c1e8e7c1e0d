"""What a restore must not do twice: whatever stood open in the backup may have happened since.

Between the backup and the failure the former box may have sent any text and push that waited, and
ended any call. None of it is done again: texts become unknown, pushes are parked, calls are closed,
and each is listed.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlite_utils import Database

from appliance.store.rows import select, time_text

NOTE = "may have happened after the backup"


def settle(db: Database, made: str, now: datetime) -> dict[str, int]:
    """Close everything that stood open; return how many of each kind.

    Args:
        db: A writing connection to the restored database, in a transaction.
        made: When the backup was made, ISO 8601 UTC.
        now: Of the restore.
    """
    at = time_text(now)
    db.conn.execute("DELETE FROM restored")
    found = [
        *_texts(db, at),
        *_questions(db),
        *_pushes(db),
        *_calls(db, made),
    ]
    db.conn.executemany(
        "INSERT INTO restored (kind, subject, since, restored_at) VALUES (?, ?, ?, ?)",
        [(*each, at) for each in found],
    )
    return dict(Counter(kind for kind, _, _ in found))


_Found = list[tuple[str, str, str]]


def _texts(db: Database, at: str) -> _Found:
    db.conn.execute(
        "UPDATE sends SET state = 'unknown', ended_at = ?, error = ? WHERE state = 'writing'",
        [at, NOTE],
    )
    texts = select(
        db,
        "SELECT t.id, t.parts, t.recipient_id, t.received_at, n.iccid FROM texts AS t"
        " JOIN people AS p ON p.id = t.x_id LEFT JOIN numbers AS n ON n.msisdn = p.msisdn"
        " WHERE t.state = 'relaying' ORDER BY t.id",
    )
    for text in texts:
        sent = select(
            db,
            "SELECT part, max(attempt) AS attempt, max(state <> 'failed') AS settled FROM sends"
            " WHERE text_id = ? GROUP BY part",
            [text["id"]],
        )
        attempts = {row["part"]: row["attempt"] for row in sent}
        settled = {row["part"] for row in sent if row["settled"]}
        # The courier tells the application when the line is up: every part is settled then.
        db.conn.executemany(
            "INSERT INTO sends (text_id, part, attempt, iccid, recipient_id, state, began_at,"
            " ended_at, error) VALUES (?, ?, ?, ?, ?, 'unknown', ?, ?, ?)",
            [
                (
                    *(text["id"], part, attempts.get(part, 0) + 1, text["iccid"] or "-"),
                    *(text["recipient_id"], at, at, NOTE),
                )
                for part in range(1, text["parts"] + 1)
                if part not in settled
            ],
        )
    return [("text", str(text["id"]), text["received_at"]) for text in texts]


def _questions(db: Database) -> _Found:
    rows = select(db, "SELECT identifier, received_at FROM text_questions ORDER BY id")
    db.conn.execute("DELETE FROM text_questions")
    return [("question", row["identifier"], row["received_at"]) for row in rows]


def _pushes(db: Database) -> _Found:
    rows = select(db, "SELECT id, created_at FROM outbox WHERE state = 'due' ORDER BY id")
    db.conn.execute("UPDATE outbox SET state = 'parked', error = ? WHERE state = 'due'", [NOTE])
    return [("push", str(row["id"]), row["created_at"]) for row in rows]


def _calls(db: Database, made: str) -> _Found:
    rows = select(db, "SELECT session_id, call_in_at FROM calls WHERE closed = 0")
    db.conn.execute(
        "UPDATE calls SET closed = 1, ended_at = coalesce(ended_at, call_in_at, ?),"
        " notes = json_insert(notes, '$[#]', ?) WHERE closed = 0",
        [made, NOTE],
    )
    return [("call", row["session_id"], row["call_in_at"] or made) for row in rows]
