"""What the repositories of AX, AXE and AXYB share: parties, numbers, rows and their refusals."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.errors import Refused
from appliance.model.bindings import (
    BINDING_UNKNOWN,
    EXHAUSTED,
    EXTENSION_LENGTH,
    EXTENSION_TAKEN,
    NUMBER_TAKEN,
    NUMBERS_PER_PERSON,
    TOO_MANY_NUMBERS,
    check_number,
    check_party,
)
from appliance.model.numbers import dial_check
from appliance.model.records import Application, Binding, Mode, Number
from appliance.store import binding_rows, mode_rows
from appliance.store.applications import Applications
from appliance.store.numbers import COLUMNS, Numbers, number
from appliance.store.people import find_person, people_ids
from appliance.store.rows import Row, select, select_one, snapshot, time_text

_LIVES = "(bindings.expires IS NULL OR bindings.expires > :now)"
_NUMBER = f"SELECT {', '.join(COLUMNS)} FROM numbers n"  # noqa: S608 - constants

_RULES = (
    ("the person has 5 numbers", TOO_MANY_NUMBERS, f"a holds {NUMBERS_PER_PERSON} numbers"),
    ("axe_terms.number_id, axe_terms.extension", EXTENSION_TAKEN, "the extension is taken"),
    ("has not the length", EXTENSION_LENGTH, "the extension has the wrong length"),
    ("bindings.number_id", NUMBER_TAKEN, "the number belongs to somebody else"),
    ("the number is a Y", NUMBER_TAKEN, "the number serves as Y"),
    ("the number is an X", EXHAUSTED, "the number serves as X"),
    ("holds 1000 relations", EXHAUSTED, "the number carries 1000 relations"),
)
"""What a rule of the schema says, the refusal that it stands for, and one sentence."""


def refusal(error: sqlite3.IntegrityError) -> Exception:
    """Return the refusal that a rule of the schema stands for, or the error itself."""
    text = str(error)
    for rule, reason, sentence in _RULES:
        if rule in text:
            return Refused(reason, sentence)
    return error


class Relations:
    """Reads and writes relations of one mode.

    Args:
        mode: Its.
        reader: Returns the calling thread's reading connection.
        applications: For the application that a relation belongs to.
        numbers: For the enrolments.
        region: The box's home country.
    """

    def __init__(
        self,
        mode: Mode,
        reader: Callable[[], Database],
        applications: Applications,
        numbers: Numbers,
        region: str,
    ) -> None:
        self.reader = reader
        self.applications = applications
        self.numbers = numbers
        self.region = region
        self._mode = mode

    def check_parties(self, db: Database, *parties: str, service: bool = False) -> None:
        """Pass when all may be dialled.

        Args:
            service: 400 and 95 numbers may be among them.

        Raises:
            BadInput: One is no mobile or fixed number of the country.
            Refused: dial-unsafe.
        """
        own = self.numbers.own(db)
        for party in parties:
            if not service:
                check_party("a party", party, self.region)
            dial_check(party, own, self.region, service=service)

    def named(self, db: Database, app: Application, x: str) -> Number:
        """Return the X that was named if the application may bind on it.

        Raises:
            Refused: number-unknown, number-foreign, number-abnormal.
        """
        return check_number(app, self.numbers.by_msisdn(x, db))

    def free(
        self,
        db: Database,
        app: Application,
        cities: Iterable[frozenset[str] | None],
        fits: str,
        order: str = "n.bound, n.id",
        **values: Any,
    ) -> Number | None:
        """Return the best number of the application that fits, None without one.

        Args:
            cities: Where to look, best first; None is anywhere.
            fits: SQL on ``n``, one of ours, with ``values``.
            order: SQL, likewise; the first is taken.
        """
        for codes in cities:
            where, named = "", {}
            if codes is not None:
                named = {f"city{index}": city for index, city in enumerate(sorted(codes))}
                marks = ", ".join(f":{name}" for name in named)
                where = f"AND ifnull(n.city, '') IN ({marks})"
            row = select_one(
                db,
                f"{_NUMBER} WHERE n.app_id = :app AND n.status = 5 {where} "
                f"AND {fits} ORDER BY {order} LIMIT 1",
                {"app": app.app_id, **named, **values},
            )
            if row is not None:
                return number(row)
        return None

    def insert(self, db: Database, record: Binding, holder: Number) -> int:
        """Write a new relation and return its row id.

        Raises:
            Refused: As a rule of the schema says.
        """
        (a,) = people_ids(db, record.a)
        try:
            binding_id = binding_rows.insert(db, record, holder.number_id, (a, None))
            mode_rows.write_details(db, binding_id, holder.number_id, record, new=True)
        except sqlite3.IntegrityError as error:
            raise refusal(error) from error
        return binding_id

    def update(self, db: Database, row: Row, record: Binding) -> None:
        """Write a modified relation; an A who left is no longer led to by a return route.

        Raises:
            Refused: As a rule of the schema says.
        """
        people = None
        if record.a != row["a"]:
            people = (*people_ids(db, record.a), None)
            db.conn.execute("DELETE FROM return_routes WHERE binding_id = ?", (row["id"],))
        try:
            binding_rows.update(db, record, people)
            mode_rows.write_details(db, row["id"], row["number_id"], record, new=False)
        except sqlite3.IntegrityError as error:
            raise refusal(error) from error

    def rows(
        self,
        db: Database,
        app: Application,
        now: datetime,
        *,
        subscription_id: str | None = None,
        x: str | None = None,
        a: str | None = None,
        join: str = "",
        where: str = "",
        limit: int | None = None,
        **values: Any,
    ) -> list[Row]:
        """Return the rows of living relations of the application, in the order of their setting.

        Args:
            subscription_id, x, a: Each narrows the result when given.
            join, where: SQL of ours, with ``values``.
            limit: Rows at most.
        """
        # Said twice, so that the index of A's relations, which leaves A-X-B out, can serve.
        conditions = ["bindings.app_id = :app", "bindings.mode = :mode", _LIVES]
        conditions.append("bindings.mode <> 'AXB'")
        given = {"app": app.app_id, "mode": self._mode, "now": time_text(now), **values}
        if subscription_id is not None:
            conditions.append("bindings.subscription_id = :subscription")
            given["subscription"] = subscription_id
        if x is not None:
            conditions.append("numbers.msisdn = :x")
            given["x"] = x
        if a is not None:
            conditions.append("bindings.a_id = :person")
            given["person"] = find_person(db, a)
        if where:
            conditions.append(where)
        sql = f"{binding_rows.SELECT} {join} WHERE {' AND '.join(conditions)} ORDER BY bindings.id"
        if limit is not None:
            sql, given["limit"] = f"{sql} LIMIT :limit", limit
        return select(db, sql, given)

    def one(self, db: Database, app: Application, now: datetime, **selectors: Any) -> Row:
        """Return the row of the one living relation that selectors name, as :meth:`rows`.

        Raises:
            Refused: binding-unknown.
        """
        found = self.rows(db, app, now, limit=1, **selectors)
        if not found:
            raise Refused(BINDING_UNKNOWN, "no such relation")
        return found[0]

    def find(self, app: Application, now: datetime, **selectors: Any) -> list[Binding]:
        """Return the living relations that selectors name, as :meth:`rows`."""
        db = self.reader()
        with snapshot(db):
            return [mode_rows.binding(db, row) for row in self.rows(db, app, now, **selectors)]

    def remove(self, db: Database, app: Application, now: datetime, **selectors: Any) -> Binding:
        """End the one relation that selectors name and return what it was. In a transaction.

        Raises:
            Refused: binding-unknown.
        """
        row = self.one(db, app, now, **selectors)
        before = mode_rows.binding(db, row)
        db.conn.execute("DELETE FROM bindings WHERE id = ?", (row["id"],))
        return before


def end_lapsed(db: Database, now: datetime) -> int:
    """Remove everything whose end has come; return how many relations. In a transaction.

    Relations of every mode with what hangs on them; temporary callees, call-back records and YB
    relations by themselves.
    """
    moment = (time_text(now),)
    for table in ("temporary_callees", "call_backs"):
        db.conn.execute(f"DELETE FROM {table} WHERE expires <= ?", moment)  # noqa: S608
    return sum(
        int(db.conn.execute(f"DELETE FROM {table} WHERE expires <= ?", moment).rowcount)  # noqa: S608
        for table in ("bindings", "yb_relations")
    )
