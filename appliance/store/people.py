"""The one table of real numbers; every other table holds the id."""

from __future__ import annotations

from typing import cast

from sqlite_utils import Database

from appliance.errors import NotFound
from appliance.store.rows import select, select_value


def person_id(db: Database, msisdn: str) -> int:
    """Return the id of a number, entering it when it is new. Runs in a writer's transaction.

    Args:
        msisdn: E.164 with ``+``; or what a network showed instead (a service code, a sender's
            name): 1-64 characters, kept as it is.
    """
    found = find_person(db, msisdn)
    if found is not None:
        return found
    cursor = db.conn.execute("INSERT INTO people (msisdn) VALUES (?)", (msisdn,))
    return cast(int, cursor.lastrowid)


def find_person(db: Database, msisdn: str) -> int | None:
    """Return the id of a number, or None when it was never seen."""
    return cast("int | None", select_value(db, "SELECT id FROM people WHERE msisdn = ?", (msisdn,)))


def people_ids(db: Database, *msisdns: str) -> tuple[int, ...]:
    """Return the ids of several numbers in their order, entering the new ones. As above."""
    marks = ", ".join("?" * len(msisdns))
    known = {
        row["msisdn"]: int(row["id"])
        for row in select(db, f"SELECT id, msisdn FROM people WHERE msisdn IN ({marks})", msisdns)  # noqa: S608
    }
    new = [number for number in dict.fromkeys(msisdns) if number not in known]
    if new:
        marks = ", ".join(["(?)"] * len(new))
        sql = f"INSERT INTO people (msisdn) VALUES {marks} RETURNING id, msisdn"  # noqa: S608
        known.update((row["msisdn"], int(row["id"])) for row in select(db, sql, new))
    return tuple(known[number] for number in msisdns)


def msisdn(db: Database, person: int) -> str:
    """Return the number behind an id.

    Raises:
        NotFound: Nobody has that id.
    """
    found = select_value(db, "SELECT msisdn FROM people WHERE id = ?", (person,))
    if found is None:
        raise NotFound(f"no person {person}")
    return cast(str, found)
