"""The journal of received PDUs: what was read from which slot, and parts that wait for others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlite_utils import Database

from appliance.store.people import person_id
from appliance.store.rows import Row, select, select_value, text_time, time_text


@dataclass(frozen=True, slots=True)
class PartKey:
    """What the parts of one text have in common (3GPP TS 23.040 §9.2.3.24.1).

    Args:
        reference: 0-255, or 0-65535 if ``wide``.
        total: Parts of the text, 2-255.
    """

    line: str
    sender: str
    reference: int
    total: int
    wide: bool


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part that waits for the others: ``set_id`` tells which text it belongs to."""

    received_id: int
    set_id: int
    seq: int
    total: int
    digest: str
    raw: str
    received_at: datetime


class Received:
    """Rows of ``received``. Methods run inside a writer transaction."""

    def seen(
        self, db: Database, *, iccid: str, storage: str, slot: int, digest: str, now: datetime
    ) -> int | None:
        """Return the row of this very PDU in this very slot if its deletion is unconfirmed.

        Such a PDU was read before and has been dealt with. Another PDU in the slot proves that the
        former one is gone, which is noted.
        """
        found = select_value(
            db,
            "SELECT id FROM received WHERE iccid = ? AND storage = ? AND slot = ?"
            " AND deleted_at IS NULL AND digest = ?",
            [iccid, storage, slot, digest],
        )
        if found is None:
            db.conn.execute(
                "UPDATE received SET deleted_at = ?"
                " WHERE iccid = ? AND storage = ? AND slot = ? AND deleted_at IS NULL",
                [time_text(now), iccid, storage, slot],
            )
        return cast("int | None", found)

    def add(
        self,
        db: Database,
        *,
        iccid: str,
        line: str,
        raw: str,
        now: datetime,
        storage: str | None = None,
        slot: int | None = None,
        sender: str | None = None,
    ) -> int:
        """Enter a PDU that has been read; return its row's id.

        Args:
            storage: Where it was read, with ``slot``; None when it came directly.
        """
        cursor = db.conn.execute(
            "INSERT INTO received"
            " (iccid, line_id, storage, slot, digest, sender_id, held, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
            [
                iccid,
                person_id(db, line),
                storage,
                slot,
                digest_of(raw),
                None if sender is None else person_id(db, sender),
                time_text(now),
            ],
        )
        return cast(int, cursor.lastrowid)

    def hold(
        self, db: Database, received_id: int, key: PartKey, seq: int, raw: str, set_id: int
    ) -> None:
        """Keep a PDU as part ``seq`` of the set ``set_id`` (the id of the set's first part)."""
        db.conn.execute(
            "UPDATE received SET held = 1, raw = ?, set_id = ?, reference = ?, total = ?,"
            " seq = ?, wide = ? WHERE id = ?",
            [raw, set_id, key.reference, key.total, seq, int(key.wide), received_id],
        )

    def open_parts(self, db: Database, key: PartKey, since: datetime) -> list[HeldPart]:
        """Return the held parts with this key that came after ``since``, oldest first."""
        rows = select(
            db,
            """
            SELECT r.* FROM received AS r
            JOIN people AS l ON l.id = r.line_id JOIN people AS s ON s.id = r.sender_id
            WHERE r.held = 1 AND l.msisdn = ? AND s.msisdn = ? AND r.reference = ?
              AND r.total = ? AND r.wide = ? AND r.received_at > ?
            ORDER BY r.id
            """,
            [key.line, key.sender, key.reference, key.total, int(key.wide), time_text(since)],
        )
        return [_held(row) for row in rows]

    def overdue_sets(
        self, db: Database, line: str, before: datetime
    ) -> list[tuple[str, list[HeldPart]]]:
        """Return the sets of a line whose first part came before ``before``: sender and parts."""
        rows = select(
            db,
            """
            SELECT r.*, s.msisdn AS sender FROM received AS r
            JOIN people AS l ON l.id = r.line_id JOIN people AS s ON s.id = r.sender_id
            WHERE r.held = 1 AND l.msisdn = ? AND r.set_id IN (
                SELECT set_id FROM received WHERE held = 1
                GROUP BY set_id HAVING min(received_at) <= ?)
            ORDER BY r.set_id, r.seq
            """,
            [line, time_text(before)],
        )
        sets: dict[int, tuple[str, list[HeldPart]]] = {}
        for row in rows:
            sets.setdefault(row["set_id"], (row["sender"], []))[1].append(_held(row))
        return list(sets.values())

    def release(self, db: Database, received_ids: Sequence[int]) -> None:
        """Let parts go whose text is whole: what they said lives on in that text only."""
        for received_id in received_ids:
            db.conn.execute(
                "UPDATE received SET held = 0, raw = NULL, set_id = NULL WHERE id = ?",
                [received_id],
            )

    def mark_deleted(self, db: Database, received_id: int, now: datetime) -> None:
        """Note that the modem has confirmed the deletion of the slot."""
        db.conn.execute(
            "UPDATE received SET deleted_at = coalesce(deleted_at, ?) WHERE id = ?",
            [time_text(now), received_id],
        )

    def forget(self, db: Database, before: datetime, limit: int = 1000) -> int:
        """Delete up to ``limit`` rows of that age that nothing needs; return how many."""
        cursor = db.conn.execute(
            "DELETE FROM received WHERE id IN (SELECT id FROM received WHERE received_at < ?"
            " AND held = 0 AND (storage IS NULL OR deleted_at IS NOT NULL)"
            " AND id NOT IN (SELECT set_id FROM received WHERE held = 1) LIMIT ?)",
            [time_text(before), limit],
        )
        return int(cursor.rowcount)


def digest_of(raw: str) -> str:
    """Return what tells one PDU from another, its service centre's time stamp included."""
    return hashlib.sha256(raw.upper().encode("ascii", "replace")).hexdigest()


def _held(row: Row) -> HeldPart:
    return HeldPart(
        received_id=row["id"],
        set_id=row["set_id"],
        seq=row["seq"],
        total=row["total"],
        digest=row["digest"],
        raw=row["raw"],
        received_at=cast(datetime, text_time(row["received_at"])),
    )
