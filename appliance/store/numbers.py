"""The repository of enrolled SIMs: which number a SIM is, whose it is, and in what state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.errors import BadInput, NotFound
from appliance.model.cities import CITIES
from appliance.model.numbers import mask
from appliance.model.records import Number, Role
from appliance.store.remembered import Remembered
from appliance.store.rows import (
    Row,
    assignments,
    json_text,
    select,
    select_one,
    select_value,
    time_text,
)

COLUMNS = ("id", "msisdn", "iccid", "role", "app_id", "city", "sms", "status", "cause", "settings")
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM numbers"  # noqa: S608 - constants
_FIELDS = frozenset({"city", "sms", "status", "cause", "settings"})


class Numbers:
    """Numbers by MSISDN, SIM and application.

    Args:
        reader: Returns the calling thread's reading connection.
        now: Tells the time, for the date on which a SIM is retired.
    """

    def __init__(self, reader: Callable[[], Database], now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now
        self.remembered: Remembered[frozenset[str]] = Remembered()

    def enrol(
        self,
        db: Database,
        msisdn: str,
        *,
        iccid: str,
        role: Role,
        app_id: int | None = None,
        city: str | None = None,
        sms: bool = False,
    ) -> Number:
        """Enter a SIM: from now on it is this number, in whatever modem. In a transaction.

        Args:
            msisdn: E.164.
            iccid: As the SIM says it, 1-22 characters.
            role: A private number needs an application, a trunk has none.
            city: City code in trunk form (``0755``).
            sms: The number relays texts.

        Raises:
            BadInput: Number or SIM are enrolled already, the SIM was replaced earlier, the
                application is missing, unknown or out of place, no such city, or no number.
        """
        role = Role(role)
        if re.fullmatch(r"\+[1-9]\d{4,14}", msisdn, re.ASCII) is None:
            raise BadInput("a number is enrolled in international form, as +8617000000001")
        if (role is Role.NUMBER) == (app_id is None):
            raise BadInput("a private number has an application, a trunk has none")
        if app_id is not None and not _exists(db, "applications", "id", app_id):
            raise BadInput(f"no application {app_id}")
        if _exists(db, "numbers", "msisdn", msisdn):
            raise BadInput(f"{mask(msisdn)} is enrolled already")
        _check_sim(db, iccid)
        _check_city(city)
        self.remembered.changing()
        cursor = db.conn.execute(
            "INSERT INTO numbers (msisdn, iccid, role, app_id, city, sms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (msisdn, iccid, role, app_id, city, int(sms)),
        )
        found = select_one(db, f"{_SELECT} WHERE id = ?", (cursor.lastrowid,))
        assert found is not None
        return number(found)

    def update(self, db: Database, number_id: int, **fields: Any) -> Number:
        """Change ``city``, ``sms``, ``status`` (5, 9, 10, 11), ``cause`` or ``settings``.

        ``settings`` replaces the names it holds, None removes one. Runs in a transaction.

        Raises:
            NotFound: No such number.
            BadInput: Unknown field, or a value out of range.
        """
        before = select_one(db, f"{_SELECT} WHERE id = ?", (number_id,))
        if before is None:
            raise NotFound(f"no number {number_id}")
        unknown = sorted(set(fields) - _FIELDS)
        if unknown:
            raise BadInput(f"a number has no {', '.join(unknown)}")
        if fields.get("status", 5) not in (5, 9, 10, 11):
            raise BadInput("status is 5, 9, 10 or 11")
        _check_city(fields.get("city"))
        values = dict(fields)
        if "sms" in values:
            values["sms"] = int(bool(values["sms"]))
        if "settings" in values:
            merged = {**json.loads(before["settings"]), **values["settings"]}
            kept = {name: value for name, value in merged.items() if value is not None}
            values["settings"] = json_text(kept)
        if values:
            db.conn.execute(
                f"UPDATE numbers SET {assignments(values)} WHERE id = :number_id",  # noqa: S608
                {**values, "number_id": number_id},
            )
        after = select_one(db, f"{_SELECT} WHERE id = ?", (number_id,))
        assert after is not None
        return number(after)

    def transfer(self, db: Database, msisdn: str, app_id: int) -> Number:
        """Give a private number to another application; all its bindings end. In a transaction.

        Raises:
            NotFound: The number is not enrolled.
            BadInput: It is a trunk, or there is no such application.
        """
        before = self._enrolled(db, msisdn)
        if before.role is not Role.NUMBER:
            raise BadInput(f"{mask(msisdn)} is a trunk and belongs to no application")
        if not _exists(db, "applications", "id", app_id):
            raise BadInput(f"no application {app_id}")
        db.conn.execute("DELETE FROM bindings WHERE number_id = ?", (before.number_id,))
        for table, column in (
            ("yb_relations", "y_id"),
            ("return_routes", "number_id"),
            ("return_routes", "x_id"),
        ):
            db.conn.execute(f"DELETE FROM {table} WHERE {column} = ?", (before.number_id,))  # noqa: S608
        db.conn.execute("UPDATE numbers SET app_id = ? WHERE id = ?", (app_id, before.number_id))
        return self._enrolled(db, msisdn)

    def release(self, db: Database, msisdn: str) -> Number:
        """Forget a number and all its bindings; return what it was. In a transaction.

        Raises:
            NotFound: The number is not enrolled.
        """
        before = self._enrolled(db, msisdn)
        self.remembered.changing()
        # Its bindings first: their history keeps the number's digits.
        db.conn.execute("DELETE FROM bindings WHERE number_id = ?", (before.number_id,))
        db.conn.execute("DELETE FROM numbers WHERE id = ?", (before.number_id,))
        return before

    def replace_sim(self, db: Database, msisdn: str, iccid: str) -> Number:
        """Put another SIM behind a number; the old one is refused from then on. In a transaction.

        Raises:
            NotFound: The number is not enrolled.
            BadInput: The SIM is enrolled, or was itself replaced earlier.
        """
        before = self._enrolled(db, msisdn)
        _check_sim(db, iccid)
        db.conn.execute(
            "INSERT INTO retired_sims (iccid, msisdn, retired_at) VALUES (?, ?, ?)",
            (before.iccid, msisdn, time_text(self._now())),
        )
        db.conn.execute("UPDATE numbers SET iccid = ? WHERE id = ?", (iccid, before.number_id))
        return self._enrolled(db, msisdn)

    def retired(self, iccid: str, db: Database | None = None) -> str | None:
        """Return the number that a replaced SIM once was, None for any other SIM."""
        found = select_value(
            db or self._reader(), "SELECT msisdn FROM retired_sims WHERE iccid = ?", (iccid,)
        )
        return None if found is None else str(found)

    def by_msisdn(self, msisdn: str, db: Database | None = None) -> Number | None:
        """Return the enrolment of a number."""
        return self._one("msisdn = ?", msisdn, db)

    def by_iccid(self, iccid: str, db: Database | None = None) -> Number | None:
        """Return the enrolment of a SIM."""
        return self._one("iccid = ?", iccid, db)

    def of_application(self, app_id: int, db: Database | None = None) -> list[Number]:
        """Return an application's numbers, in the order of their digits."""
        sql = f"{_SELECT} WHERE app_id = ? ORDER BY msisdn"
        return [number(row) for row in select(db or self._reader(), sql, (app_id,))]

    def all(self, db: Database | None = None) -> list[Number]:
        """Return every enrolled number, in the order of their digits."""
        return [number(row) for row in select(db or self._reader(), f"{_SELECT} ORDER BY msisdn")]

    def own(self, db: Database) -> frozenset[str]:
        """Return the digits of every enrolled number: those that the box must never dial.

        In a writer's transaction.
        """

        def read() -> frozenset[str]:
            return frozenset(row["msisdn"] for row in select(db, "SELECT msisdn FROM numbers"))

        return self.remembered.get("own", read) or frozenset()

    def bound(self, db: Database | None = None) -> dict[str, int]:
        """Return how many bindings each private number holds."""
        sql = "SELECT msisdn, bound FROM numbers WHERE role = 'number' ORDER BY msisdn"
        return {row["msisdn"]: row["bound"] for row in select(db or self._reader(), sql)}

    def _one(self, condition: str, value: object, db: Database | None) -> Number | None:
        row = select_one(db or self._reader(), f"{_SELECT} WHERE {condition}", (value,))
        return None if row is None else number(row)

    def _enrolled(self, db: Database, msisdn: str) -> Number:
        found = self.by_msisdn(msisdn, db)
        if found is None:
            raise NotFound(f"{mask(msisdn)} is not enrolled")
        return found


def number(row: Row, prefix: str = "") -> Number:
    """Return the record of a row with COLUMNS, each under its name with ``prefix``."""
    return Number(
        number_id=row[f"{prefix}id"],
        msisdn=row[f"{prefix}msisdn"],
        iccid=row[f"{prefix}iccid"],
        role=Role(row[f"{prefix}role"]),
        app_id=row[f"{prefix}app_id"],
        city=row[f"{prefix}city"],
        sms=bool(row[f"{prefix}sms"]),
        status=row[f"{prefix}status"],
        cause=row[f"{prefix}cause"],
        settings=json.loads(row[f"{prefix}settings"]),
    )


def _check_sim(db: Database, iccid: str) -> None:
    if not 1 <= len(iccid) <= 22:
        raise BadInput("an ICCID has 1 to 22 characters")
    if _exists(db, "numbers", "iccid", iccid):
        raise BadInput(f"the SIM {iccid} is enrolled already")
    if _exists(db, "retired_sims", "iccid", iccid):
        raise BadInput(f"the SIM {iccid} was replaced by another and is refused")


def _check_city(city: str | None) -> None:
    if city is not None and city not in CITIES:
        raise BadInput(f"no city code {city!r}; codes look like 0755")


def _exists(db: Database, table: str, column: str, value: object) -> bool:
    sql = f"SELECT 1 FROM {table} WHERE {column} = ?"  # noqa: S608 - names of ours
    return bool(select(db, sql, (value,)))
