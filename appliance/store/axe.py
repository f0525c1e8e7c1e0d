"""AXE relations: extensions of an X, and who reached each A last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.errors import NotFound, Refused
from appliance.model.bindings import EXHAUSTED, EXTENSIONS_USED_UP, check_switches, cities_of
from appliance.model.bindings_axe import (
    AxeTerms,
    bound,
    call_back_end,
    check_extension,
    modified,
    next_extension,
)
from appliance.model.records import Application, AxeDetails, Binding, Number
from appliance.model.routing import Relation, RouteFacts
from appliance.store import binding_rows, mode_rows, route_facts
from appliance.store.people import person_id
from appliance.store.relations import Relations, end_lapsed
from appliance.store.rows import (
    optional_time_text,
    select,
    select_one,
    select_value,
    snapshot,
    time_text,
)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a number is used.

    Args:
        place: Where the number stands among all; a cursor for the next page.
        used: Living relations on it.
    """

    place: int
    x: str
    used: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A relation and its place among all; a cursor for the next page."""

    place: int
    binding: Binding


class AxeRelations(Relations):
    """Relations of AXE applications; :meth:`find` and :meth:`remove` as for every mode.

    Selectors: ``subscription_id``, or ``x`` and what :func:`of_extension` gives.
    """

    def bind(self, db: Database, app: Application, terms: AxeTerms, now: datetime) -> Binding:
        """Put A behind an extension of the X that was named, or of one of the city.

        In a transaction.

        Raises:
            Refused: number-unknown, number-foreign, number-abnormal, extension-taken,
                extension-length, extensions-used-up, exhausted, recording-off, dial-unsafe.
            BadInput: A is no number of the home country.
        """
        check_switches(app, {"record": terms.record})
        self.check_parties(db, terms.a)
        if terms.call_back_number is not None:
            self.check_parties(db, terms.call_back_number, service=True)
        if terms.extension is not None:
            check_extension(app, terms.extension)
        end_lapsed(db, now)
        if terms.x is not None:
            holder = self.named(db, app, terms.x)
            extension = terms.extension or _next(db, app, holder)
            if extension is None:
                raise Refused(EXTENSIONS_USED_UP, "no extension of the number is free")
        else:
            holder, extension = self._choose(db, app, terms)
        record = bound(app, terms, holder.msisdn, extension, now)
        self.insert(db, record, holder)
        return record

    def modify(
        self,
        db: Database,
        app: Application,
        changes: Mapping[str, Any],
        now: datetime,
        **selectors: Any,
    ) -> Binding:
        """Change a relation by our names (``bindings_axe.CHANGEABLE``). In a transaction.

        Another A ends the call-back record. A new life of such records holds for the next one.

        Raises:
            Refused: binding-unknown, recording-off, dial-unsafe.
            BadInput: A value out of range.
        """
        row = self.one(db, app, now, **selectors)
        after = modified(mode_rows.binding(db, row), changes, now)
        check_switches(app, changes)
        if changes.get("call_back_number") is not None:
            self.check_parties(db, changes["call_back_number"], service=True)
        if after.a != row["a"]:
            self.check_parties(db, after.a)
            db.conn.execute("DELETE FROM call_backs WHERE binding_id = ?", (row["id"],))
        self.update(db, row, after)
        return after

    def page(self, app: Application, now: datetime, x: str, after: int, limit: int) -> list[Placed]:
        """Return the living relations of an X behind place ``after``, ``limit`` at most."""
        db = self.reader()
        with snapshot(db):
            rows = self.rows(
                db, app, now, x=x, where="bindings.id > :after", limit=limit, after=after
            )
            return [Placed(row["id"], mode_rows.binding(db, row)) for row in rows]

    def usage(
        self, app: Application, now: datetime, x: str | None = None, after: int = 0, limit: int = 50
    ) -> list[Usage]:
        """Return how many relations live on the application's numbers behind place ``after``.

        Args:
            x: That number alone.
        """
        rows = select(
            self.reader(),
            """
            SELECT n.id, n.msisdn, (
                SELECT count(*) FROM bindings WHERE number_id = n.id
                    AND (expires IS NULL OR expires > :now)
            ) AS used
            FROM numbers n
            WHERE n.app_id = :app AND n.id > :after AND (:x IS NULL OR n.msisdn = :x)
            ORDER BY n.id LIMIT :limit
            """,
            {"now": time_text(now), "app": app.app_id, "after": after, "x": x, "limit": limit},
        )
        return [Usage(row["id"], row["msisdn"], row["used"]) for row in rows]

    def extension(
        self, facts: RouteFacts, digits: str, now: datetime, db: Database | None = None
    ) -> tuple[RouteFacts, Relation | None]:
        """Return the facts for a caller who typed ``digits``, and whom they lead to.

        Args:
            facts: Of the arrival.
            digits: As typed, without a ``#`` at their end.

        Returns:
            Both for :func:`~appliance.model.routing_axe.entered`.
        """
        source = db or self.reader()
        return route_facts.extension(source, self.applications, facts, digits, now)

    def remember_caller(
        self, db: Database, subscription_id: str, caller: str, now: datetime
    ) -> None:
        """Keep whom the A of a relation reaches by calling X back. In a transaction.

        Args:
            caller: E.164, or as the network showed it.

        Raises:
            NotFound: The relation has ended meanwhile.
        """
        row = select_one(
            db, f"{binding_rows.SELECT} WHERE bindings.subscription_id = ?", (subscription_id,)
        )
        details = None if row is None else mode_rows.details(db, row)
        if row is None or not isinstance(details, AxeDetails):
            raise NotFound("no such relation to keep a caller for")
        expires = call_back_end(details, now)
        db.conn.execute(
            "INSERT INTO call_backs (binding_id, caller_id, at, expires) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (binding_id) DO UPDATE SET "
            "caller_id = excluded.caller_id, at = excluded.at, expires = excluded.expires",
            (row["id"], person_id(db, caller), time_text(now), optional_time_text(expires)),
        )

    def _choose(self, db: Database, app: Application, terms: AxeTerms) -> tuple[Number, str]:
        most = 10**app.extension_digits - 1
        cities = cities_of(terms.area_code or "", terms.area_match)
        fits = (
            "n.bound < :most AND NOT EXISTS ("
            "SELECT 1 FROM axe_terms e WHERE e.number_id = n.id AND e.extension = :extension)"
        )
        holder = self.free(db, app, cities, fits, most=most, extension=terms.extension)
        extension = None
        if holder is not None:
            extension = terms.extension or _next(db, app, holder)
        if holder is None or extension is None:
            raise Refused(EXHAUSTED, "no number has room")
        return holder, extension


def of_extension(extension: str) -> dict[str, str]:
    """Return the selectors of an extension, for use beside ``x``."""
    return {
        "join": "JOIN axe_terms e ON e.binding_id = bindings.id",
        "where": "e.number_id = bindings.number_id AND e.extension = :extension",
        "extension": extension,
    }


def _next(db: Database, app: Application, holder: Number) -> str | None:
    """Return a free extension of a number: the one behind the one given out last."""
    last = select_value(
        db,
        "SELECT extension FROM axe_terms WHERE number_id = ? ORDER BY binding_id DESC LIMIT 1",
        (holder.number_id,),
    )
    follower = next_extension((), last, app.extension_digits)
    taken = "SELECT 1 FROM axe_terms WHERE number_id = ? AND extension = ?"
    if select_value(db, taken, (holder.number_id, follower)) is None:
        return follower
    rows = select(db, "SELECT extension FROM axe_terms WHERE number_id = ?", (holder.number_id,))
    return next_extension({row["extension"] for row in rows}, last, app.extension_digits)
