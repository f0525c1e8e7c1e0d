"""What is older than it is kept goes, with all that hangs on it; what is open stays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.config_care import RetentionSection
from appliance.model.records import Mode
from appliance.operations.retention import BATCH, retain
from appliance.store import Store
from appliance.store.people import person_id
from appliance.store.rows import select, time_text
from drivers.clock import ManualClock

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
RULES = RetentionSection(calls=30, texts=20, inbox=10, replaced=5)
X = "+8617000000001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "simveil.db", clock=ManualClock())
    store.start()
    yield store
    store.stop()


def ago(days: float) -> str:
    return time_text(NOW - timedelta(days=days))


def call(db: Database, name: str, days: float, *, closed: bool = True) -> None:
    db.conn.execute(
        "INSERT INTO calls (session_id, icid, bind_number, dialled, call_in_at, ended_at, closed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [name, name, X, X, ago(days), ago(days), closed],
    )
    db.conn.execute("INSERT INTO call_events VALUES (?, 'fee', ?, NULL)", [name, ago(days)])


def text(db: Database, name: str, days: float, state: str, app_id: int) -> None:
    person, relaying = person_id(db, X), state == "relaying"
    row = {
        "identifier": name,
        "app_id": app_id,
        "x_id": person,
        "arrived_id": person,
        "sender_id": person,
        "direction": 0,
        "recipient_id": person,
        "body": "words",
        "parts": 1,
        "reference": 0,
        "state": state,
        "send_result": None if relaying else 0,
        "received_at": ago(days),
        "finished_at": None if relaying else ago(days),
    }
    db.table("texts").insert(row)


def inbox(db: Database, days: float) -> None:
    db.conn.execute(
        "INSERT INTO operator_inbox (line_id, kind, body, received_at) VALUES (?, 'service', ?, ?)",
        [person_id(db, X), f"{days}", ago(days)],
    )


def left(store: Store, column: str, table: str) -> list[str]:
    rows = select(store.reader(), f"SELECT {column} AS it FROM {table} ORDER BY it")
    return [str(row["it"]) for row in rows]


def test_what_is_old_goes_and_nothing_else(store: Store, tmp_path: Path) -> None:
    app = store.write(lambda db: store.applications.add(db, "shop", Mode.AXB))

    def fill(db: Database) -> None:
        for number in range(BATCH + 1):
            call(db, f"old-{number}", 31)
        call(db, "young", 29.9)
        call(db, "open", 300, closed=False)
        text(db, "old", 20.1, "sent", app.app_id)
        text(db, "young", 19.9, "failed", app.app_id)
        text(db, "open", 300, "relaying", app.app_id)
        inbox(db, 10.1)
        inbox(db, 9.9)

    store.write(fill)
    for name, days in (("replaced-1", 6), ("replaced-2", 4), ("recordings", 300)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "simveil.db").write_bytes(b"former")
        then = (NOW - timedelta(days=days)).timestamp()
        os.utime(tmp_path / name, (then, then))

    gone = retain(store, RULES, NOW)
    assert gone == {"calls": BATCH + 1, "texts": 1, "inbox": 1, "replaced": 1}
    assert left(store, "session_id", "calls") == ["open", "young"]
    assert left(store, "session_id", "call_events") == ["open", "young"]
    assert left(store, "identifier", "texts") == ["open", "young"]
    assert left(store, "body", "operator_inbox") == ["9.9"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [
        "recordings",
        "replaced-2",
    ]
    assert not any(retain(store, RULES, NOW).values())
