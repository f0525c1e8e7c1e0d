"""AXYB relations: an X for A, and a Y for each of its B."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from sqlite_utils import Database

from appliance.errors import Refused
from appliance.model.bindings import (
    ALREADY_BOUND,
    BINDING_UNKNOWN,
    EXHAUSTED,
    RELATIONS_PER_Y,
    check_switches,
    cities_of,
)
from appliance.model.bindings_axyb import AxybTerms, YbTerms, bound, bound_yb
from appliance.model.records import Application, Binding, Number, YbRelation
from appliance.store import mode_rows
from appliance.store.people import find_person
from appliance.store.relations import Relations, end_lapsed, refusal
from appliance.store.rows import Row, select_one, snapshot

_IS_Y = "EXISTS (SELECT 1 FROM yb_relations y WHERE y.y_id = n.id)"
_IS_X = "EXISTS (SELECT 1 FROM bindings b WHERE b.number_id = n.id)"

_HAS_A = "EXISTS (SELECT 1 FROM yb_relations y WHERE y.y_id = n.id AND y.a_id = :person)"


class AxybRelations(Relations):
    """Relations of AXYB applications.

    Selectors: ``subscription_id``, ``x``.
    """

    def bind(self, db: Database, app: Application, terms: AxybTerms, now: datetime) -> Binding:
        """Give A a free X of the city. In a transaction.

        Raises:
            Refused: too-many-numbers, exhausted, recording-off, dial-unsafe.
            BadInput: A is no number of the home country.
        """
        check_switches(app, {"record": terms.record})
        self.check_parties(db, terms.a)
        end_lapsed(db, now)
        cities = cities_of(terms.area_code, terms.area_match)
        holder = self.free(db, app, cities, f"NOT {_IS_X} AND NOT {_IS_Y}")
        if holder is None:
            raise Refused(EXHAUSTED, "no number is free")
        record = bound(app, terms, holder.msisdn, now)
        self.insert(db, record, holder)
        return record

    def bind_yb(
        self, db: Database, app: Application, subscription_id: str, terms: YbTerms, now: datetime
    ) -> YbRelation:
        """Give A a Y for B. In a transaction.

        A number that is a Y already is taken before a fresh one; A has each Y once.

        Raises:
            Refused: binding-unknown, already-bound (B has a Y in this relation), exhausted,
                dial-unsafe.
            BadInput: B is A, or no number of the home country.
        """
        end_lapsed(db, now)
        row = self.one(db, app, now, subscription_id=subscription_id)
        self.check_parties(db, terms.b)
        holder = self._free_y(db, app, row, terms)
        made = bound_yb(mode_rows.binding(db, row), terms, holder.msisdn if holder else "", now)
        person = find_person(db, terms.b)
        taken = "SELECT 1 FROM yb_relations WHERE binding_id = ? AND b_id = ?"
        if select_one(db, taken, (row["id"], person)) is not None:
            raise Refused(ALREADY_BOUND, "b has a number in this relation")
        if holder is None:
            raise Refused(EXHAUSTED, "no number is free to be Y")
        try:
            mode_rows.insert_yb(db, made, row, holder.number_id)
        except sqlite3.IntegrityError as error:
            raise refusal(error) from error
        return made

    def allocate_y(
        self, db: Database, app: Application, subscription_id: str, b: str, now: datetime
    ) -> YbRelation:
        """Give A a Y for B, who has called X for the first time. In a transaction.

        Asked again for the same B, it returns what is there.

        Raises:
            Refused: As :meth:`bind_yb`; the call ends with ``routing_axyb.no_y``.
            BadInput: B is A, or no number of the home country.
        """
        for known in self.halves(app, now, subscription_id, db):
            if known.b == b:
                return known
        return self.bind_yb(db, app, subscription_id, YbTerms(b, automatic=True), now)

    def halves(
        self, app: Application, now: datetime, subscription_id: str, db: Database | None = None
    ) -> list[YbRelation]:
        """Return the living YB relations of a relation, in the order of their setting."""
        source = db or self.reader()
        with snapshot(source):
            rows = self.rows(source, app, now, subscription_id=subscription_id)
            found = mode_rows.yb_relations(source, rows[0]["id"]) if rows else []
        return [half for half in found if half.expires is None or half.expires > now]

    def remove_yb(
        self,
        db: Database,
        app: Application,
        subscription_id: str,
        now: datetime,
        *,
        y: str | None = None,
        b: str | None = None,
    ) -> None:
        """End one YB relation, named by its Y or by its B; ``y`` counts before ``b``.

        In a transaction.

        Raises:
            Refused: binding-unknown.
        """
        row = self.one(db, app, now, subscription_id=subscription_id)
        for half in self.halves(app, now, subscription_id, db):
            if half.y == y if y is not None else half.b == b:
                db.conn.execute("DELETE FROM yb_relations WHERE bind_id = ?", (half.bind_id,))
                return
        raise Refused(BINDING_UNKNOWN, f"the relation {row['subscription_id']} has no such half")

    def _free_y(self, db: Database, app: Application, row: Row, terms: YbTerms) -> Number | None:
        fits = f"NOT {_IS_X} AND NOT {_HAS_A} AND n.bound < :most"
        x = self.numbers.by_msisdn(row["x"], db)
        if terms.area_code is not None:
            cities = cities_of(terms.area_code, terms.area_match)
        elif x is not None and x.city is not None:
            cities = [frozenset({x.city}), None]
        else:
            cities = [None]
        return self.free(
            db,
            app,
            cities,
            fits,
            f"{_IS_Y} DESC, n.bound, n.id",
            most=RELATIONS_PER_Y,
            person=find_person(db, row["a"]),
        )
