"""Bindings as rows: the columns, the joins that put the numbers back, and writing one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from sqlite_utils import Database

from appliance.model.records import AxDetails, AxeDetails, AxybDetails, Binding, Mode
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
_terms = attrgetter(*_TERMS)
_CHANGING = (*_TERMS, "record", "private_sms", "since", "changed", "expires", "extra")
_FIXED = ("subscription_id", "mode", "app_id", "number_id", "a_id", "b_id")
_INSERTED = (*_FIXED, *_CHANGING)
_INSERT = (
    f"INSERT INTO bindings ({', '.join(_INSERTED)}) "  # noqa: S608 - constants
    f"VALUES ({', '.join('?' * len(_INSERTED))})"
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


def binding(row: Row, details: AxDetails | AxeDetails | AxybDetails | None = None) -> Binding:
    """Return the record of a row of SELECT; ``details`` is what its mode adds."""
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
        details=details,
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
    fixed = (record.subscription_id, record.mode, record.app_id, number_id, people[0], people[1])
    cursor = db.conn.execute(_INSERT, (*fixed, *_changing(record)))
    return int(cursor.lastrowid or 0)


def update(db: Database, record: Binding, people: Sequence[int | None] | None) -> None:
    """Write a modified binding; ``people`` only when A or B is another person than before."""
    values: dict[str, Any] = dict(zip(_CHANGING, _changing(record), strict=True))
    if people is not None:
        values["a_id"], values["b_id"] = people
    db.conn.execute(
        f"UPDATE bindings SET {assignments(values)} WHERE subscription_id = :subscription_id",  # noqa: S608
        {**values, "subscription_id": record.subscription_id},
    )


def _changing(record: Binding) -> tuple[Any, ...]:
    """Return the values of _CHANGING in its order."""
    since = optional_time_text(record.since)
    return (
        *_terms(record),
        int(record.record),
        None if record.private_sms is None else int(record.private_sms),
        since,
        since if record.changed is record.since else optional_time_text(record.changed),
        optional_time_text(record.expires),
        json_text(record.extra),
    )
