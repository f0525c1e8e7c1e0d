"""Short codes that stand for the people who write to somebody's private number."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from appliance.store.people import person_id
from appliance.store.rows import select_value, time_text

MOST = 999
"""Codes of one relation; the one that was not used for longest is given away then."""


class TextCodes:
    """Codes by relation and person; they end with the relation. Methods run in a transaction."""

    def of(self, db: Database, subscription_id: str, person: str, now: datetime) -> int | None:
        """Return a person's code in a relation, a new one if need be; None without relation."""
        binding = _binding(db, subscription_id)
        if binding is None:
            return None
        who = person_id(db, person)
        known = select_value(
            db,
            "SELECT code FROM text_codes WHERE binding_id = ? AND person_id = ?",
            (binding, who),
        )
        code = int(known) if known is not None else _free(db, binding)
        db.conn.execute(
            "INSERT INTO text_codes (binding_id, code, person_id, used_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (binding_id, code) DO UPDATE SET"
            " person_id = excluded.person_id, used_at = excluded.used_at",
            (binding, code, who, time_text(now)),
        )
        return code

    def person(self, db: Database, subscription_id: str, code: int) -> str | None:
        """Return whom a code stands for in a relation."""
        found = select_value(
            db,
            "SELECT p.msisdn FROM text_codes AS c JOIN people AS p ON p.id = c.person_id"
            " JOIN bindings AS b ON b.id = c.binding_id"
            " WHERE b.subscription_id = ? AND c.code = ?",
            (subscription_id, code),
        )
        return None if found is None else str(found)


def _binding(db: Database, subscription_id: str) -> int | None:
    found = select_value(
        db, "SELECT id FROM bindings WHERE subscription_id = ?", (subscription_id,)
    )
    return None if found is None else int(found)


def _free(db: Database, binding: int) -> int:
    highest = int(
        select_value(
            db, "SELECT ifnull(max(code), 0) FROM text_codes WHERE binding_id = ?", (binding,)
        )
    )
    if highest < MOST:
        return highest + 1
    oldest = select_value(
        db,
        "SELECT code FROM text_codes WHERE binding_id = ? ORDER BY used_at, code LIMIT 1",
        (binding,),
    )
    return int(oldest)
