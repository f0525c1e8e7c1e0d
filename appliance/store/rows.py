"""Reading rows and writing times, the same way in every repository."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

Row = dict[str, Any]
Parameters = Sequence[Any] | Mapping[str, Any]


def select(db: Database, sql: str, parameters: Parameters = ()) -> list[Row]:
    """Return every row of a query, read to its end.

    A cursor that is left half read would pin the write-ahead log; that is why no repository
    iterates one lazily.
    """
    cursor = db.conn.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def select_one(db: Database, sql: str, parameters: Parameters = ()) -> Row | None:
    """Return the first row of a query, or None."""
    found = select(db, sql, parameters)
    return found[0] if found else None


def select_value(db: Database, sql: str, parameters: Parameters = ()) -> Any:
    """Return the first column of the first row, or None when there is no row."""
    found = db.conn.execute(sql, parameters).fetchall()
    return found[0][0] if found else None


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """Let several queries see one moment; inside a transaction, that of the transaction."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.execute("ROLLBACK")


def assignments(values: Mapping[str, Any]) -> str:
    """Return ``a = :a, b = :b`` for an UPDATE; the keys must be column names of ours."""
    return ", ".join(f"{name} = :{name}" for name in values)


def time_text(moment: datetime) -> str:
    """Return ``moment`` (aware) as ISO 8601 UTC with microseconds: texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def optional_time_text(moment: datetime | None) -> str | None:
    """Return :func:`time_text`, or None for None."""
    return None if moment is None else time_text(moment)


def text_time(text: str | None) -> datetime | None:
    """Return the aware UTC time of a column that :func:`time_text` filled, or None."""
    return None if text is None else datetime.fromisoformat(text)


def json_text(value: object) -> str:
    """Return ``value`` as compact JSON with sorted keys."""
    if value == {}:
        return "{}"  # what nearly every row has
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
