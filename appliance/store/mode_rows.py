"""What one mode adds to a binding, as rows: reading it into the record, writing it."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.model.records import (
    AxDetails,
    AxeDetails,
    AxybDetails,
    Binding,
    CallBack,
    Mode,
    TemporaryCallee,
    YbRelation,
)
from appliance.store import binding_rows
from appliance.store.people import person_id
from appliance.store.rows import (
    Row,
    assignments,
    optional_time_text,
    select,
    select_one,
    text_time,
)

_AX = "SELECT display, turned_on FROM ax_terms WHERE binding_id = ?"
_AXE = """
    SELECT axe_terms.*, people.msisdn AS call_back_number FROM axe_terms
    LEFT JOIN people ON people.id = axe_terms.call_back_id WHERE binding_id = ?
"""
_AXYB = "SELECT yb_duration FROM axyb_terms WHERE binding_id = ?"
_CALLEE = """
    SELECT people.msisdn AS callee, expires, user_data FROM temporary_callees
    JOIN people ON people.id = callee_id WHERE binding_id = ?
"""
_CALL_BACK = """
    SELECT people.msisdn AS caller, at, expires FROM call_backs
    JOIN people ON people.id = caller_id WHERE binding_id = ?
"""
YB = """
    SELECT y.bind_id, y.binding_id, y.y_id, y.duration, y.pre_voice, y.user_data, y.automatic,
        y.since, y.expires, bindings.subscription_id, numbers.msisdn AS y, people.msisdn AS b
    FROM yb_relations y
    JOIN bindings ON bindings.id = y.binding_id
    JOIN numbers ON numbers.id = y.y_id
    JOIN people ON people.id = y.b_id
"""
_AXE_COLUMNS = (
    "extension",
    "display",
    "call_back_tone",
    "unit",
    "unit_now",
    "bind_time",
    "call_back_time",
    "call_back_seconds",
)


def binding(db: Database, row: Row) -> Binding:
    """Return the record of a row of ``binding_rows.SELECT`` with what its mode adds."""
    return binding_rows.binding(row, details(db, row))


def details(db: Database, row: Row) -> AxDetails | AxeDetails | AxybDetails | None:
    """Return what the mode of a row of ``binding_rows.SELECT`` adds."""
    mode = row["mode"]
    if mode == Mode.AXB:
        return None
    if mode == Mode.AX:
        found = _terms(db, _AX, row)
        return AxDetails(found["display"], bool(found["turned_on"]))
    if mode == Mode.AXE:
        found = _terms(db, _AXE, row)
        return AxeDetails(
            call_back_number=found["call_back_number"],
            **{name: found[name] for name in _AXE_COLUMNS},
        )
    return AxybDetails(_terms(db, _AXYB, row)["yb_duration"])


def write_details(
    db: Database, binding_id: int, number_id: int, record: Binding, *, new: bool
) -> None:
    """Write what the mode of ``record`` adds.

    Raises:
        sqlite3.IntegrityError: A rule of the schema.
    """
    table, values = _columns(db, record)
    if new:
        values["binding_id"] = binding_id
        if record.mode is Mode.AXE:
            values["number_id"] = number_id
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        db.conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608
        return
    db.conn.execute(
        f"UPDATE {table} SET {assignments(values)} WHERE binding_id = :binding_id",  # noqa: S608
        {**values, "binding_id": binding_id},
    )


def temporary_callee(db: Database, binding_id: int) -> TemporaryCallee | None:
    """Return whom A's calls reach for the moment, lapsed or not."""
    row = select_one(db, _CALLEE, (binding_id,))
    if row is None:
        return None
    expires = text_time(row["expires"])
    assert expires is not None
    return TemporaryCallee(row["callee"], expires, row["user_data"])


def call_back(db: Database, binding_id: int) -> CallBack | None:
    """Return the call-back record of an AXE relation, lapsed or not."""
    row = select_one(db, _CALL_BACK, (binding_id,))
    if row is None:
        return None
    at = text_time(row["at"])
    assert at is not None
    return CallBack(row["caller"], at, text_time(row["expires"]))


def yb_relation(row: Row) -> YbRelation:
    """Return the record of a row of ``YB``."""
    return YbRelation(
        bind_id=row["bind_id"],
        subscription_id=row["subscription_id"],
        y=row["y"],
        b=row["b"],
        duration=row["duration"],
        pre_voice=row["pre_voice"],
        user_data=row["user_data"],
        automatic=bool(row["automatic"]),
        since=text_time(row["since"]),
        expires=text_time(row["expires"]),
    )


def yb_relations(db: Database, binding_id: int) -> list[YbRelation]:
    """Return the YB halves of a relation in the order of their setting."""
    rows = select(db, f"{YB} WHERE y.binding_id = ? ORDER BY y.id", (binding_id,))
    return [yb_relation(row) for row in rows]


def insert_yb(db: Database, record: YbRelation, holder: Row, y_id: int) -> None:
    """Write a YB half of the relation that ``holder`` (id, app_id, a_id) is.

    Raises:
        sqlite3.IntegrityError: A rule of the schema.
    """
    values: dict[str, Any] = {
        "bind_id": record.bind_id,
        "binding_id": holder["id"],
        "app_id": holder["app_id"],
        "y_id": y_id,
        "a_id": person_id(db, holder["a"]),
        "b_id": person_id(db, record.b),
        "duration": record.duration,
        "pre_voice": record.pre_voice,
        "user_data": record.user_data,
        "automatic": int(record.automatic),
        "since": optional_time_text(record.since),
        "expires": optional_time_text(record.expires),
    }
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    db.conn.execute(f"INSERT INTO yb_relations ({names}) VALUES ({marks})", values)  # noqa: S608


def _columns(db: Database, record: Binding) -> tuple[str, dict[str, Any]]:
    details = record.details
    if isinstance(details, AxDetails):
        return "ax_terms", {"display": details.display, "turned_on": int(details.on)}
    if isinstance(details, AxeDetails):
        number = details.call_back_number
        values: dict[str, Any] = {name: getattr(details, name) for name in _AXE_COLUMNS}
        values["call_back_id"] = None if number is None else person_id(db, number)
        return "axe_terms", values
    assert isinstance(details, AxybDetails)
    return "axyb_terms", {"yb_duration": details.yb_duration}


def _terms(db: Database, sql: str, row: Row) -> Row:
    found = select_one(db, sql, (row["id"],))
    if found is None:
        raise StoreFailed(f"the {row['mode']} relation {row['subscription_id']} has no terms")
    return found
