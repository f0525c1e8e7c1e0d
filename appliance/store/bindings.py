"""The bindings' repository: setting, changing, finding and ending them; the facts of a route."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.errors import NotFound, Refused
from appliance.model.bindings import (
    ALREADY_BOUND,
    BINDING_UNKNOWN,
    EXHAUSTED,
    NUMBER_FOREIGN,
    PAIRS_PER_NUMBER,
    AxbTerms,
    bound,
    check_number,
    check_pair,
    check_switches,
    choice_of_cities,
    modified,
)
from appliance.model.numbers import dial_check
from appliance.model.records import Application, Binding
from appliance.model.routing import RouteFacts
from appliance.store import binding_rows, mode_rows, route_facts
from appliance.store.applications import Applications
from appliance.store.numbers import Numbers
from appliance.store.people import people_ids, person_id
from appliance.store.relations import end_lapsed
from appliance.store.rows import select, select_one, select_value, snapshot, time_text


class Bindings:
    """Bindings of all applications.

    Args:
        reader: Returns the calling thread's reading connection.
        applications: For the application that a route belongs to.
        numbers: For the enrolments.
        region: The box's home country.
    """

    def __init__(
        self,
        reader: Callable[[], Database],
        applications: Applications,
        numbers: Numbers,
        region: str,
    ) -> None:
        self._reader = reader
        self._applications = applications
        self._numbers = numbers
        self._region = region

    def bind_axb(self, db: Database, app: Application, terms: AxbTerms, now: datetime) -> Binding:
        """Bind A and B on an X, the one that was named or the best free one. In a transaction.

        Raises:
            Refused: number-unknown, number-foreign, number-abnormal, already-bound, exhausted,
                recording-off, sms-off, dial-unsafe.
            BadInput: A or B is no number of the home country.
        """
        check_switches(app, {"record": terms.record, "private_sms": terms.private_sms})
        self._check_parties(db, terms.a, terms.b)
        self.expire(db, now)
        people = people_ids(db, terms.a, terms.b)
        if terms.x is None:
            number_id, x = self._choose(db, app, terms, people)
        else:
            named = check_number(app, self._numbers.by_msisdn(terms.x, db))
            number_id, x = named.number_id, named.msisdn
        record = bound(app, terms, x, now)
        try:
            binding_rows.insert(db, record, number_id, people)
        except sqlite3.IntegrityError as error:
            raise _refusal(error) from error
        return record

    def modify_axb(
        self,
        db: Database,
        app: Application,
        subscription_id: str,
        changes: Mapping[str, Any],
        now: datetime,
    ) -> Binding:
        """Change a binding by our names (``model.bindings.CHANGEABLE``). In a transaction.

        A or B changing ends the return routes of the binding: they led to who is no longer in it.

        Raises:
            Refused: binding-unknown, already-bound, recording-off, sms-off, dial-unsafe.
            BadInput: A value out of range.
        """
        self.expire(db, now)
        before = self._own(db, app, subscription_id)
        after = modified(before, changes, now)
        check_switches(app, changes)
        moved = (after.a, after.b) != (before.a, before.b)
        if moved:
            self._check_parties(db, after.a, after.b or "")
        try:
            people = people_ids(db, after.a, after.b or "") if moved else None
            binding_rows.update(db, after, people)
        except sqlite3.IntegrityError as error:
            raise _refusal(error) from error
        if moved:
            db.conn.execute(
                "DELETE FROM return_routes WHERE binding_id = "
                "(SELECT id FROM bindings WHERE subscription_id = ?)",
                (subscription_id,),
            )
        return after

    def remove(self, db: Database, app: Application, subscription_id: str) -> Binding:
        """End a binding and return what it was. In a transaction.

        Raises:
            Refused: binding-unknown.
        """
        before = self._own(db, app, subscription_id)
        db.conn.execute("DELETE FROM bindings WHERE subscription_id = ?", (subscription_id,))
        return before

    def remove_all(self, db: Database, app: Application, x: str) -> int:
        """End every binding on a number of the application; return how many. In a transaction.

        Raises:
            Refused: number-foreign when the number is not this application's.
        """
        line = self._numbers.by_msisdn(x, db)
        if line is None or line.app_id != app.app_id:
            raise Refused(NUMBER_FOREIGN, "the number is not the application's")
        sql = "DELETE FROM bindings WHERE number_id = ?"
        return int(db.conn.execute(sql, (line.number_id,)).rowcount)

    def expire(self, db: Database, now: datetime) -> int:
        """Remove the bindings whose end has come; return how many. In a transaction."""
        sql = "DELETE FROM bindings WHERE expires IS NOT NULL AND expires <= ?"
        return int(db.conn.execute(sql, (time_text(now),)).rowcount)

    def end_lapsed(self, db: Database, now: datetime) -> int:
        """Remove what has lapsed in every mode; return how many relations. In a transaction.

        Besides bindings: YB relations, temporary callees, call-back records.
        """
        return end_lapsed(db, now)

    def next_expiry(self, db: Database | None = None) -> str | None:
        """Return the earliest end of a binding as stored text (ISO 8601 UTC), None without one."""
        sql = "SELECT min(expires) FROM bindings WHERE expires IS NOT NULL"
        found = select_value(db or self._reader(), sql)
        return None if found is None else str(found)

    def get(
        self, app: Application, subscription_id: str, db: Database | None = None
    ) -> Binding | None:
        """Return a binding of the application, expired or not."""
        db = db or self._reader()
        with snapshot(db):
            row = select_one(
                db,
                f"{binding_rows.SELECT} WHERE bindings.subscription_id = ? AND bindings.app_id = ?",
                (subscription_id, app.app_id),
            )
            return None if row is None else mode_rows.binding(db, row)

    def find(
        self,
        app: Application,
        x: str | None = None,
        a: str | None = None,
        b: str | None = None,
        offset: int = 0,
        limit: int = 50,
        *,
        now: datetime | None = None,
    ) -> tuple[int, list[Binding]]:
        """Return how many bindings match and one page of them, in the order of their setting.

        Args:
            app: Whose.
            x, a, b: Each narrows the result when given.
            offset: Rows to pass over.
            limit: Rows on the page.
            now: When given, bindings whose end has come are not counted.
        """
        db = self._reader()
        body, values = _wanted(app.app_id, x, a, b, now)
        page = f"{body} ORDER BY bindings.id LIMIT :limit OFFSET :offset"
        with snapshot(db):
            total = int(select_value(db, f"SELECT count(*) FROM ({body})", values))  # noqa: S608
            rows = select(db, page, {**values, "limit": limit, "offset": offset})
            return total, [mode_rows.binding(db, row) for row in rows]

    def placed(
        self,
        now: datetime,
        *,
        app: Application | None = None,
        x: str | None = None,
        a: str | None = None,
        b: str | None = None,
        after: int = 0,
        offset: int = 0,
        limit: int = 50,
    ) -> list[tuple[int, Binding]]:
        """Return living bindings, each with its place, in the order of their setting.

        Args:
            app, x, a, b: Each narrows the result when given.
            after: Only what has a later place: a page so asked for neither misses nor repeats
                anything, whatever was set or ended since the page before.
            offset: Rows to pass over.
        """
        db = self._reader()
        body, values = _wanted(app.app_id if app else None, x, a, b, now)
        page = f"{body} AND bindings.id > :after ORDER BY bindings.id LIMIT :limit OFFSET :offset"
        with snapshot(db):
            rows = select(db, page, {**values, "after": after, "limit": limit, "offset": offset})
            return [(row["id"], mode_rows.binding(db, row)) for row in rows]

    def place(self, subscription_id: str, db: Database) -> int:
        """Return the place of a binding that is there. In a transaction."""
        sql = "SELECT id FROM bindings WHERE subscription_id = ?"
        return int(select_value(db, sql, (subscription_id,)))

    def living(self, now: datetime) -> int:
        """Return how many bindings are in force; the halves of an A-X-Y-B relation are one."""
        sql = "SELECT count(*) FROM bindings WHERE expires IS NULL OR expires > ?"
        return int(select_value(self._reader(), sql, (time_text(now),)))

    def route_facts(
        self, line_msisdn: str, caller: str | None, now: datetime, db: Database | None = None
    ) -> RouteFacts:
        """Return what routing needs about an arrival, all of one moment.

        Args:
            line_msisdn: The line that was dialled or texted.
            caller: E.164, or as the network showed it; None when withheld.
            now: For which of two relations the second lines are chosen.
        """
        source = db or self._reader()
        return route_facts.read(
            source,
            self._applications,
            self._region,
            line_msisdn,
            caller,
            now,
            self._numbers.own(source),
        )

    def reaching(
        self, facts: RouteFacts, callee: str, x: str, db: Database | None = None
    ) -> RouteFacts:
        """Return ``facts`` for a callee that only an answer or digits have named.

        Args:
            facts: Of the arrival.
            callee: E.164.
            x: The number that the call is told of by: ``AskApplication.x``.
        """
        source = db or self._reader()
        with snapshot(source):
            return route_facts.reaching(source, facts, callee, x, "")

    def add_return_route(
        self,
        db: Database,
        second_line: str,
        callee: str,
        subscription_id: str,
        other: str | None = None,
    ) -> None:
        """Keep that ``callee`` was shown ``second_line`` for a binding. In a transaction.

        The last call wins: it is the one that its callee will call back.

        Args:
            other: Who called; in AX and AXE the binding does not say.

        Raises:
            NotFound: The line is not enrolled, or the binding has ended meanwhile.
        """
        binding_id = select_value(
            db, "SELECT id FROM bindings WHERE subscription_id = ?", (subscription_id,)
        )
        if binding_id is None:
            raise NotFound("no such binding for a return route")
        known = None if other is None else person_id(db, other)
        self._keep_return_route(db, second_line, callee, binding_id, known, None)

    def add_x_return_route(self, db: Database, second_line: str, callee: str, x: str) -> None:
        """Keep that ``callee`` was shown ``second_line`` for a call of X-mode number ``x``.

        In a transaction. It holds until another call shows the line to the same person.

        Raises:
            NotFound: One of the two is not enrolled.
        """
        number = self._numbers.by_msisdn(x, db)
        if number is None:
            raise NotFound("no such number for a return route")
        self._keep_return_route(db, second_line, callee, None, None, number.number_id)

    def _keep_return_route(
        self,
        db: Database,
        second_line: str,
        callee: str,
        binding_id: int | None,
        other_id: int | None,
        x_id: int | None,
    ) -> None:
        line = self._numbers.by_msisdn(second_line, db)
        if line is None:
            raise NotFound("no such line for a return route")
        db.conn.execute(
            "INSERT INTO return_routes (number_id, person_id, binding_id, other_id, x_id) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (number_id, person_id) DO UPDATE SET "
            "binding_id = excluded.binding_id, other_id = excluded.other_id, x_id = excluded.x_id",
            (line.number_id, person_id(db, callee), binding_id, other_id, x_id),
        )

    def _check_parties(self, db: Database, a: str, b: str) -> None:
        check_pair(a, b, self._region)
        own = self._numbers.own(db)
        for party in (a, b):
            dial_check(party, own, self._region)

    def _choose(
        self, db: Database, app: Application, terms: AxbTerms, people: Sequence[int]
    ) -> tuple[int, str]:
        for cities in choice_of_cities(terms):
            found = _least_bound(db, app.app_id, cities, people)
            if found is not None:
                return found
        raise Refused(EXHAUSTED, "no number has room for these two")

    def _own(self, db: Database, app: Application, subscription_id: str) -> Binding:
        found = self.get(app, subscription_id, db)
        if found is None:
            raise Refused(BINDING_UNKNOWN, "no such binding")
        return found


def _least_bound(
    db: Database, app_id: int, cities: frozenset[str] | None, parties: Sequence[int]
) -> tuple[int, str] | None:
    """Return the emptiest number of some cities (None: of any) on which neither person is.

    It is told by its row id and its digits.
    """
    values: dict[str, Any] = {
        "app": app_id,
        "full": PAIRS_PER_NUMBER,
        "a": parties[0],
        "b": parties[1],
    }
    where = ""
    if cities is not None:
        names = {f"city{index}": city for index, city in enumerate(sorted(cities))}
        values.update(names)
        where = f"AND ifnull(city, '') IN ({', '.join(':' + name for name in names)})"
    sql = f"""
        SELECT id, msisdn FROM numbers
        WHERE app_id = :app AND status = 5 AND bound < :full {where}
            AND NOT EXISTS (
                SELECT 1 FROM binding_parties
                WHERE number_id = numbers.id AND person_id IN (:a, :b)
            )
        ORDER BY bound, id LIMIT 1
    """  # noqa: S608 - names of ours
    row = select_one(db, sql, values)
    return None if row is None else (row["id"], row["msisdn"])


def _refusal(error: sqlite3.IntegrityError) -> Exception:
    """Return the refusal that a rule of the schema stands for, or the error itself."""
    if "binding_parties" in str(error):
        return Refused(ALREADY_BOUND, "a or b is bound on this number")
    if "holds 5000 pairs" in str(error):
        return Refused(EXHAUSTED, f"the number holds {PAIRS_PER_NUMBER} pairs")
    return error


def _wanted(
    app_id: int | None, x: str | None, a: str | None, b: str | None, now: datetime | None
) -> tuple[str, dict[str, object]]:
    """Return the query for bindings, each argument narrowing it when given, and its values."""
    given = {"bindings.app_id": app_id, "numbers.msisdn": x, "a.msisdn": a, "b.msisdn": b}
    conditions: list[str] = ["1"]
    values: dict[str, object] = {}
    for place, (column, value) in enumerate(given.items()):
        if value is not None:
            conditions.append(f"{column} = :given{place}")
            values[f"given{place}"] = value
    if now is not None:
        conditions.append("(bindings.expires IS NULL OR bindings.expires > :now)")
        values["now"] = time_text(now)
    return f"{binding_rows.SELECT} WHERE {' AND '.join(conditions)}", values
