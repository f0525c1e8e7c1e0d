"""Bindings as rows: the columns, the joins that put the numbers back, and writing one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from appliance.model.records import Binding, Mode
from appliance.store.rows import (
    Row,
    assignments,
    json_text,
    optional_time_text,
    text_time,
)

_TERMS = (
    "direction",
    "duration",
    "max_minutes",
    "record_hint",
    "last_minute_voice",
    "pre_voice_caller",
    "pre_voice_callee",
    "user_data",
)

SELECT = f"""
    SELECT bindings.id, bindings.subscription_id, bindings.mode, bindings.app_id,
        bindings.number_id, numbers.msisdn AS x, a.msisdn AS a, b.msisdn AS b,
        {", ".join(f"bindings.{name}" for name in _TERMS)},
        bindings.record, bindings.private_sms, bindings.since, bindings.changed, bindings.expires,
        bindings.extra
    FROM bindings
    JOIN numbers ON numbers.id = bindings.number_id
    JOIN people a ON a.id = bindings.a_id
    LEFT JOIN people b ON b.id = bindings.b_id
"""  # noqa: S608 - constants


def binding(row: Row) -> Binding:
    """Return the record of a row of SELECT."""
    return Binding(
        subscription_id=row["subscription_id"],
        mode=Mode(row["mode"]),
        app_id=row["app_id"],
        x=row["x"],
        a=row["a"],
        b=row["b"],
        record=bool(row["record"]),
        private_sms=None if row["private_sms"] is None else bool(row["private_sms"]),
        since=text_time(row["since"]),
        changed=text_time(row["changed"]),
        expires=text_time(row["expires"]),
        extra=json.loads(row["extra"]),
        **{name: row[name] for name in _TERMS},
    )


def insert(db: Database, record: Binding, number_id: int, people: Sequence[int | None]) -> int:
    """Write a new binding and return its row id.

    Args:
        record: What to write.
        number_id: The row id of its X.
        people: The ids of A and B; B's is None where the mode has none.

    Raises:
        sqlite3.IntegrityError: A rule of the schema: somebody is on that number, or it is full.
    """
    values = {
        "subscription_id": record.subscription_id,
        "mode": record.mode,
        "app_id": record.app_id,
        "number_id": number_id,
        "a_id": people[0],
        "b_id": people[1],
        **_changing(record),
    }
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    cursor = db.conn.execute(f"INSERT INTO bindings ({columns}) VALUES ({marks})", values)  # noqa: S608
    return int(cursor.lastrowid or 0)


def update(db: Database, record: Binding, people: Sequence[int | None] | None) -> None:
    """Write a modified binding; ``people`` only when A or B is another person than before."""
    values = _changing(record)
    if people is not None:
        values["a_id"], values["b_id"] = people
    db.conn.execute(
        f"UPDATE bindings SET {assignments(values)} WHERE subscription_id = :subscription_id",  # noqa: S608
        {**values, "subscription_id": record.subscription_id},
    )


def _changing(record: Binding) -> dict[str, Any]:
    return {
        **{name: getattr(record, name) for name in _TERMS},
        "record": int(record.record),
        "private_sms": None if record.private_sms is None else int(record.private_sms),
        "since": optional_time_text(record.since),
        "changed": optional_time_text(record.changed),
        "expires": optional_time_text(record.expires),
        "extra": json_text(record.extra),
    }
