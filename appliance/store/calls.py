"""Calls on disk: the record of each, its journal of legs, and which events were told."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlite_utils import Database

from appliance.errors import NotFound
from appliance.model.records import CallRecord, Mode
from appliance.store.people import find_person, person_id
from appliance.store.rows import (
    Row,
    assignments,
    json_text,
    optional_time_text,
    select,
    select_one,
    text_time,
    time_text,
)

_TIMES = (
    "call_in_at",
    "forward_at",
    "alerting_at",
    "answered_at",
    "ended_at",
    "record_started_at",
)
UNDATED = "time-unknown"
"""The note of a call that was entered while the time was unknown."""
_FIELDS = tuple(field.name for field in dataclasses.fields(CallRecord))
_READ = """
    SELECT c.*, a.msisdn AS caller, b.msisdn AS callee FROM calls AS c
    LEFT JOIN people AS a ON a.id = c.caller_id
    LEFT JOIN people AS b ON b.id = c.callee_id
"""


class _Readable(Protocol):
    def reader(self) -> Database: ...


@dataclasses.dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event of a call that was written: its kind, its time, its row of the outbox."""

    kind: str
    at: datetime
    push_id: int | None


class Calls:
    """Repository of calls. Methods taking ``db`` run inside a writer transaction."""

    def __init__(self, store: _Readable) -> None:
        self._store = store

    def open(self, db: Database, record: CallRecord) -> None:
        """Enter a new call."""
        row = _columns(db, {name: getattr(record, name) for name in _FIELDS})
        names = ", ".join(row)
        holes = ", ".join(f":{name}" for name in row)
        db.conn.execute(f"INSERT INTO calls ({names}) VALUES ({holes})", row)  # noqa: S608

    def update(self, db: Database, session_id: str, **fields: Any) -> None:
        """Change fields of :class:`CallRecord` by name.

        Raises:
            NotFound: No such call.
        """
        unknown = set(fields) - set(_FIELDS)
        if unknown:
            raise ValueError(f"not fields of a call record: {', '.join(sorted(unknown))}")
        row = _columns(db, fields)
        cursor = db.conn.execute(
            f"UPDATE calls SET {assignments(row)} WHERE session_id = :key",  # noqa: S608
            {**row, "key": session_id},
        )
        if cursor.rowcount != 1:
            raise NotFound(f"no call {session_id}")

    def save(self, db: Database, record: CallRecord) -> bool:
        """Enter the call, or bring its row up to date; False when it was closed before.

        A closed call is never changed by this: its ``fee`` was told from what stands there.
        """
        row = select_one(db, "SELECT closed FROM calls WHERE session_id = ?", [record.session_id])
        if row is None:
            self.open(db, record)
            return True
        if row["closed"]:
            return False
        fields = {name: getattr(record, name) for name in _FIELDS if name != "session_id"}
        self.update(db, record.session_id, **fields)
        return True

    def time_known(self, db: Database, known: bool) -> None:
        """Note whether the time is known: calls and texts entered while it is not are marked."""
        db.conn.execute("UPDATE clock SET known = ?", [int(known)])

    def close(self, db: Database, session_id: str) -> bool:
        """Mark the call as told to its end; False when it was so before."""
        cursor = db.conn.execute(
            "UPDATE calls SET closed = 1 WHERE session_id = ? AND closed = 0", [session_id]
        )
        return cursor.rowcount == 1

    def told(self, db: Database, session_id: str, kind: str) -> ToldEvent | None:
        """Return the event of that kind if it was written before."""
        row = select_one(
            db,
            "SELECT kind, at, push_id FROM call_events WHERE session_id = ? AND kind = ?",
            [session_id, kind],
        )
        return None if row is None else _told(row)

    def tell(
        self, db: Database, session_id: str, kind: str, at: datetime, push_id: int | None
    ) -> None:
        """Note that an event was written, once: a second time is an IntegrityError."""
        db.conn.execute(
            "INSERT INTO call_events (session_id, kind, at, push_id) VALUES (?, ?, ?, ?)",
            [session_id, kind, time_text(at), push_id],
        )

    def events(self, session_id: str) -> list[ToldEvent]:
        """Return the events of a call in the order of their times."""
        rows = select(
            self._store.reader(),
            "SELECT kind, at, push_id FROM call_events WHERE session_id = ? ORDER BY at, push_id",
            [session_id],
        )
        return [_told(row) for row in rows]

    def get(self, session_id: str) -> CallRecord | None:
        """Return one call."""
        row = select_one(self._store.reader(), f"{_READ} WHERE c.session_id = ?", [session_id])
        return None if row is None else _record(row)

    def by_record_file(self, name: str) -> CallRecord | None:
        """Return the call whose recording is the file of that name."""
        row = select_one(self._store.reader(), f"{_READ} WHERE c.record_file = ?", [name])
        return None if row is None else _record(row)

    def unfinished(self, db: Database | None = None) -> list[CallRecord]:
        """Return the calls whose ``fee`` is not written, oldest first."""
        rows = select(
            db or self._store.reader(), f"{_READ} WHERE c.closed = 0 ORDER BY c.call_in_at, c.rowid"
        )
        return [_record(row) for row in rows]

    def recent(
        self,
        limit: int,
        *,
        app_id: int | None = None,
        number: str | None = None,
        party: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        offset: int = 0,
    ) -> list[CallRecord]:
        """Return the newest calls first.

        Args:
            limit: How many at most.
            app_id: Only calls of this application.
            number: Only calls of this number of ours, dialled or named by the binding.
            party: Only calls from or to this real person.
            since: Only calls that came in at this time or later; ``until``: before this time.
            offset: Calls to pass over; with a fixed ``until`` pages do not shift.
        """
        db = self._store.reader()
        person = None if party is None else find_person(db, party)
        if party is not None and person is None:
            return []
        rows = select(
            db,
            f"""{_READ}
            WHERE (:app IS NULL OR c.app_id = :app)
              AND (:number IS NULL OR c.bind_number = :number OR c.dialled = :number)
              AND (:person IS NULL OR c.caller_id = :person OR c.callee_id = :person)
              AND (:since IS NULL OR c.call_in_at >= :since)
              AND (:until IS NULL OR c.call_in_at < :until)
            ORDER BY c.call_in_at DESC, c.rowid DESC LIMIT :limit OFFSET :offset
            """,
            {
                "app": app_id,
                "number": number,
                "person": person,
                "since": optional_time_text(since),
                "until": optional_time_text(until),
                "limit": limit,
                "offset": offset,
            },
        )
        return [_record(row) for row in rows]


def _columns(db: Database, fields: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in fields.items():
        if name in ("caller", "callee"):
            row[f"{name}_id"] = None if value is None else person_id(db, value)
        elif name in _TIMES:
            row[name] = optional_time_text(value)
        elif name == "mode":
            row[name] = None if value is None else Mode(value).value
        elif name == "legs":
            row[name] = json_text(value)
        elif name == "notes":
            row[name] = json_text(list(value))
        elif name == "recorded":
            row[name] = int(value)
        else:
            row[name] = value
    return row


def _record(row: Row) -> CallRecord:
    values = {name: row[name] for name in _FIELDS}
    for name in _TIMES:
        values[name] = text_time(values[name])
    values["mode"] = None if row["mode"] is None else Mode(row["mode"])
    values["legs"] = json.loads(row["legs"])
    notes = json.loads(row["notes"])
    if row["undated"] and UNDATED not in notes:
        notes.append(UNDATED)
    values["notes"] = tuple(notes)
    values["recorded"] = bool(row["recorded"])
    return CallRecord(**values)


def _told(row: Row) -> ToldEvent:
    at = text_time(row["at"])
    if at is None:
        raise ValueError("an event without a time")
    return ToldEvent(row["kind"], at, row["push_id"])
