"""Texts on disk: whole texts and their outcome, the operator's inbox, and the two journals."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, cast

from sqlite_utils import Database

from appliance.store.people import find_person, person_id
from appliance.store.questions import Questions
from appliance.store.received import Received
from appliance.store.rows import (
    Row,
    optional_time_text,
    select,
    select_one,
    select_value,
    text_time,
    time_text,
)
from appliance.store.sends import Sends

TextState = Literal["relaying", "sent", "partly", "failed", "unknown", "refused"]
REFERENCES_BACK = 2000
"""How many texts back the last reference that was given to a person is looked for."""
InboxKind = Literal["service", "indication", "data", "undecodable", "unroutable"]


class _Readable(Protocol):
    def reader(self) -> Database: ...


@dataclass(frozen=True, slots=True)
class Text:
    """One whole text.

    Args:
        text_id: Row id.
        identifier: ``smsIdentifier`` of its notification.
        x: The private number of its binding (or the one that was written to, without a binding).
        arrived: The number of ours that was written to.
        recipient: The real receiver; None when it is not relayed.
        direction: 0 to A, 1 from A, 2 unknown.
        incomplete: Parts of it never came.
        parts: Parts that it is sent on in; 0 when it is not.
        reference: What those parts share in their headers, 0-255.
        send_result: ``sendResult`` once it is told.
        undated: It came while the time was unknown; its times are not to be relied on.
    """

    text_id: int
    identifier: str
    app_id: int
    x: str
    arrived: str
    sender: str
    recipient: str | None
    subscription_id: str | None
    user_data: str | None
    direction: int
    body: str
    incomplete: bool
    parts: int
    reference: int
    state: TextState
    send_result: int | None
    received_at: datetime
    finished_at: datetime | None
    push_id: int | None
    undated: bool = False


@dataclass(frozen=True, slots=True)
class InboxText:
    """A text that only the operator reads. ``raw`` is hex, kept where there is no text.

    ``sender`` is a number or, where a service has none, the name that it sent under.
    """

    inbox_id: int
    line: str
    sender: str | None
    kind: InboxKind
    body: str | None
    raw: str | None
    received_at: datetime
    read_at: datetime | None = None


_READ = """
    SELECT t.*, x.msisdn AS x, w.msisdn AS arrived, s.msisdn AS sender, r.msisdn AS recipient
    FROM texts AS t
    JOIN people AS x ON x.id = t.x_id JOIN people AS w ON w.id = t.arrived_id
    JOIN people AS s ON s.id = t.sender_id LEFT JOIN people AS r ON r.id = t.recipient_id
"""


class Messages:
    """Repository of texts. Methods taking ``db`` run inside a writer transaction.

    ``received`` is the journal of what was read from SIMs, ``sends`` that of what was sent,
    ``questions`` the texts whose applications have to be asked.
    """

    def __init__(self, store: _Readable) -> None:
        self._store = store
        self.received = Received()
        self.sends = Sends()
        self.questions = Questions()

    def add(
        self,
        db: Database,
        *,
        identifier: str,
        app_id: int,
        x: str,
        arrived: str,
        sender: str,
        body: str,
        direction: int,
        received_at: datetime,
        recipient: str | None = None,
        subscription_id: str | None = None,
        user_data: str | None = None,
        incomplete: bool = False,
        parts: int = 0,
        reference: int = 0,
        refused: int | None = None,
    ) -> Text:
        """Enter a whole text: to be relayed, or with ``refused`` (a ``sendResult``) settled."""
        at = time_text(received_at)
        values = {
            "identifier": identifier,
            "app_id": app_id,
            "x_id": person_id(db, x),
            "arrived_id": person_id(db, arrived),
            "sender_id": person_id(db, sender),
            "recipient_id": None if recipient is None else person_id(db, recipient),
            "subscription_id": subscription_id,
            "user_data": user_data,
            "direction": direction,
            "body": body,
            "incomplete": int(incomplete),
            "parts": parts,
            "reference": reference,
            "state": "relaying" if refused is None else "refused",
            "send_result": refused,
            "received_at": at,
            "finished_at": None if refused is None else at,
        }
        names = ", ".join(values)
        holes = ", ".join(f":{name}" for name in values)
        cursor = db.conn.execute(
            f"INSERT INTO texts ({names}) VALUES ({holes})",  # noqa: S608 - our own names
            values,
        )
        return cast(Text, self.get(cast(int, cursor.lastrowid), db))

    def next_reference(self, db: Database, x: str, recipient: str) -> int:
        """Return the reference of the next text in several parts from ``x`` to a person.

        A phone puts together whatever has the same sender and reference. Where parts of a text were
        lost, those that it keeps must not meet the parts of another text: references of one sender
        and person come round after 256 such texts, over restarts too.
        """
        last = select_value(
            db,
            "SELECT reference FROM texts WHERE id > (SELECT max(id) FROM texts) - ?"
            " AND parts > 1 AND x_id = ? AND recipient_id = ? ORDER BY id DESC LIMIT 1",
            [REFERENCES_BACK, person_id(db, x), person_id(db, recipient)],
        )
        return secrets.randbelow(256) if last is None else (int(last) + 1) % 256

    def finish(
        self, db: Database, text_id: int, state: TextState, send_result: int, now: datetime
    ) -> bool:
        """Settle a text that was being relayed; False when it was settled before."""
        cursor = db.conn.execute(
            "UPDATE texts SET state = ?, send_result = ?, finished_at = ?"
            " WHERE id = ? AND state = 'relaying'",
            [state, send_result, time_text(now), text_id],
        )
        return cursor.rowcount == 1

    def note_push(self, db: Database, text_id: int, push_id: int | None) -> None:
        """Keep which row of the outbox tells the application about the text."""
        db.conn.execute("UPDATE texts SET push_id = ? WHERE id = ?", [push_id, text_id])

    def get(self, text_id: int, db: Database | None = None) -> Text | None:
        """Return one text."""
        row = select_one(db or self._store.reader(), f"{_READ} WHERE t.id = ?", [text_id])
        return None if row is None else _text(row)

    def relaying(self, x: str, db: Database | None = None) -> list[Text]:
        """Return the texts that still have to leave from number ``x``, oldest first."""
        rows = select(
            db or self._store.reader(),
            f"{_READ} WHERE t.state = 'relaying' AND x.msisdn = ? ORDER BY t.id",
            [x],
        )
        return [_text(row) for row in rows]

    def recent(
        self,
        limit: int,
        *,
        app_id: int | None = None,
        state: TextState | None = None,
        party: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        offset: int = 0,
    ) -> list[Text]:
        """Return the newest texts first.

        Args:
            party: Only texts from or to this real person.
            since: Only texts that came in at this time or later; ``until``: before this time.
            offset: Texts to pass over.
        """
        db = self._store.reader()
        person = None if party is None else find_person(db, party)
        if party is not None and person is None:
            return []
        rows = select(
            db,
            f"""{_READ}
            WHERE (:app IS NULL OR t.app_id = :app) AND (:state IS NULL OR t.state = :state)
              AND (:person IS NULL OR t.sender_id = :person OR t.recipient_id = :person)
              AND (:since IS NULL OR t.received_at >= :since)
              AND (:until IS NULL OR t.received_at < :until)
            ORDER BY t.id DESC LIMIT :limit OFFSET :offset
            """,
            {
                "app": app_id,
                "state": state,
                "person": person,
                "since": optional_time_text(since),
                "until": optional_time_text(until),
                "limit": limit,
                "offset": offset,
            },
        )
        return [_text(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many texts are in each state."""
        rows = select(
            self._store.reader(), "SELECT state, count(*) AS number FROM texts GROUP BY state"
        )
        return {row["state"]: row["number"] for row in rows}

    def keep_for_operator(
        self,
        db: Database,
        *,
        line: str,
        sender: str | None,
        kind: InboxKind,
        received_at: datetime,
        body: str | None = None,
        raw: str | None = None,
        name: str | None = None,
    ) -> int:
        """Enter a text in the operator's inbox and return its id there.

        Args:
            name: What a sender without a number calls itself.
        """
        cursor = db.conn.execute(
            "INSERT INTO operator_inbox (line_id, sender_id, kind, body, raw, received_at, name)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                person_id(db, line),
                person_id(db, sender) if sender else None,
                kind,
                body,
                raw,
                time_text(received_at),
                name,
            ],
        )
        return cast(int, cursor.lastrowid)

    def mark_read(self, db: Database, inbox_ids: Sequence[int] | None, now: datetime) -> int:
        """Note that texts of the operator's inbox were read; return how many were not before.

        Args:
            inbox_ids: Which; None is all.
        """
        cursor = db.conn.execute(
            "UPDATE operator_inbox SET read_at = :now WHERE read_at IS NULL AND (:ids IS NULL"
            " OR id IN (SELECT value FROM json_each(:ids)))",
            {"now": time_text(now), "ids": None if inbox_ids is None else json.dumps(inbox_ids)},
        )
        return cursor.rowcount

    def unread(self) -> dict[str, int]:
        """Return how many texts of the operator's inbox nobody has read, by line."""
        rows = select(
            self._store.reader(),
            "SELECT l.msisdn AS line, count(*) AS unread FROM operator_inbox AS i"
            " JOIN people AS l ON l.id = i.line_id WHERE i.read_at IS NULL GROUP BY l.msisdn",
        )
        return {row["line"]: row["unread"] for row in rows}

    def operator_inbox(
        self, limit: int, *, line: str | None = None, unread: bool = False
    ) -> list[InboxText]:
        """Return the newest texts of the operator's inbox first."""
        rows = select(
            self._store.reader(),
            """
            SELECT i.*, l.msisdn AS line, ifnull(s.msisdn, i.name) AS sender
            FROM operator_inbox AS i
            JOIN people AS l ON l.id = i.line_id LEFT JOIN people AS s ON s.id = i.sender_id
            WHERE (:line IS NULL OR l.msisdn = :line) AND (NOT :unread OR i.read_at IS NULL)
            ORDER BY i.id DESC LIMIT :limit
            """,
            {"line": line, "limit": limit, "unread": unread},
        )
        return [_inbox_text(row) for row in rows]

    def unread_sets(self) -> int:
        """Return how many texts wait for missing parts."""
        return cast(
            int,
            select_value(
                self._store.reader(),
                "SELECT count(DISTINCT set_id) FROM received WHERE held = 1",
            ),
        )


def _text(row: Row) -> Text:
    values = {name: row[name] for name in Text.__dataclass_fields__ if name in row}
    values["text_id"] = row["id"]
    values["incomplete"] = bool(row["incomplete"])
    values["undated"] = bool(row["undated"])
    for name in ("received_at", "finished_at"):
        values[name] = text_time(row[name])
    return Text(**values)


def _inbox_text(row: Row) -> InboxText:
    return InboxText(
        inbox_id=row["id"],
        line=row["line"],
        sender=row["sender"],
        kind=row["kind"],
        body=row["body"],
        raw=row["raw"],
        received_at=cast(datetime, text_time(row["received_at"])),
        read_at=text_time(row["read_at"]),
    )
