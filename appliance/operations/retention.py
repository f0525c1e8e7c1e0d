"""Removes what is older than it is kept: in small batches, so that live traffic waits for none."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from appliance.config_care import RetentionSection
from appliance.store import Store
from appliance.store.rows import time_text

BATCH: Final = 500
_RULES: Final = {
    "calls": ("session_id", "calls", "closed = 1 AND ended_at < ?"),
    "texts": ("id", "texts", "state <> 'relaying' AND finished_at < ?"),
    "inbox": ("id", "operator_inbox", "received_at < ?"),
}


def retain(store: Store, rules: RetentionSection, now: datetime) -> dict[str, int]:
    """Remove what is old; return how much of each kind went."""
    days = {"calls": rules.calls, "texts": rules.texts, "inbox": rules.inbox}
    gone = {}
    for kind, kept in days.items():
        before = time_text(now - timedelta(days=kept))
        gone[kind] = _forget(store, kind, before)
    gone["replaced"] = _replaced(store.path.parent, now - timedelta(days=rules.replaced))
    return gone


def _forget(store: Store, kind: str, before: str) -> int:
    key, table, old = _RULES[kind]
    sql = (
        f"DELETE FROM {table} WHERE {key} IN"  # noqa: S608 - our own names
        f" (SELECT {key} FROM {table} WHERE {old} LIMIT {BATCH})"
    )

    def batch(db: Database) -> int:
        return int(db.conn.execute(sql, [before]).rowcount)

    total = 0
    while gone := store.write(batch):
        total += gone
    return total


def _replaced(data: Path, before: datetime) -> int:
    gone = 0
    for folder in data.glob("replaced-*"):
        if folder.is_dir() and folder.stat().st_mtime < before.timestamp():
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone
