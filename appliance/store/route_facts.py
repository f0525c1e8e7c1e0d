"""The facts of a route, by index: one read for a call or a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from appliance.model.records import Application, Mode, Number
from appliance.model.routing import (
    AxeFacts,
    AxFacts,
    AxybFacts,
    Relation,
    Route,
    RouteFacts,
    decide,
    live_relation,
    other_party,
)
from appliance.model.routing_records import Place
from appliance.store import binding_rows, mode_rows
from appliance.store.applications import Applications
from appliance.store.numbers import COLUMNS, number
from appliance.store.people import find_person, msisdn
from appliance.store.rows import Row, select, select_one, select_value, snapshot, time_text

_NUMBER = f"SELECT {', '.join(COLUMNS)} FROM numbers"  # noqa: S608 - constants
_LIVES = "(bindings.expires IS NULL OR bindings.expires > :now)"

EXPLICIT = f"""
    {binding_rows.SELECT}
    JOIN binding_parties p ON p.binding_id = bindings.id
    WHERE p.number_id = :line AND p.person_id = :person
"""
RETURN_ROUTE = """
    SELECT binding_id, other_id, x_id FROM return_routes
    WHERE number_id = :line AND person_id = :person
"""
BY_ID = f"{binding_rows.SELECT} WHERE bindings.id = :binding"
ON_NUMBER = f"""
    {binding_rows.SELECT} WHERE bindings.number_id = :line AND {_LIVES} ORDER BY bindings.id LIMIT 1
"""
EXTENSION = f"""
    {binding_rows.SELECT} JOIN axe_terms e ON e.binding_id = bindings.id
    WHERE e.number_id = :line AND e.extension = :extension AND {_LIVES}
"""
OF_A = f"""
    {binding_rows.SELECT} LEFT JOIN call_backs c ON c.binding_id = bindings.id
    WHERE bindings.a_id = :person AND bindings.number_id = :line AND bindings.mode <> 'AXB'
        AND {_LIVES}
    ORDER BY c.at DESC NULLS LAST, bindings.id DESC LIMIT 1
"""
YB_OF_A = f"{mode_rows.YB} WHERE y.y_id = :line AND y.a_id = :person"
YB_OF_B = f"{mode_rows.YB} WHERE y.binding_id = :binding AND y.b_id = :person"
Y_OF_B = "SELECT 1 FROM yb_relations WHERE b_id = :person AND y_id = :line LIMIT 1"
SECOND_LINES = """
    SELECT n.msisdn, n.role = 'trunk' AS trunk,
        EXISTS (
            SELECT 1 FROM return_routes r LEFT JOIN bindings o ON o.id = r.binding_id
            WHERE r.number_id = n.id AND r.person_id = :person
                AND o.subscription_id IS NOT :subscription
        ) AS leads_elsewhere
    FROM numbers n
    WHERE n.status NOT IN (9, 10) AND n.id <> :line
        AND (
            (n.role = 'trunk' AND n.app_id IS NULL)
            OR (n.role = 'number' AND n.app_id = :app AND NOT EXISTS (
                SELECT 1 FROM binding_parties p WHERE p.number_id = n.id AND p.person_id = :person
            ))
        )
    ORDER BY leads_elsewhere, trunk DESC, n.id
"""


def read(
    db: Database,
    applications: Applications,
    region: str,
    line: str,
    caller: str | None,
    now: datetime,
    own: frozenset[str],
) -> RouteFacts:
    """Read the facts in one snapshot; ``db`` may be a writer's or a reader's connection.

    Args:
        own: Every number of this box.
    """
    with snapshot(db):
        return _Reader(db, applications, now).read(line, caller, region, own)


def reaching(
    db: Database, facts: RouteFacts, callee: str, x: str, subscription_id: str
) -> RouteFacts:
    """Return ``facts`` with what depends on who is called. In a snapshot.

    Args:
        x: The number that the call is told of by.
        subscription_id: The binding's; empty in X mode.
    """
    dialled = facts.number
    if dialled is None:
        return facts
    place = facts.asks
    application = facts.application or (place.application if place else None)
    pairs = application if application and application.mode is Mode.AXB else None
    return _reaching(db, facts, dialled, callee, x, subscription_id, pairs)


class _Reader:
    """One reading; every query sees the same moment."""

    def __init__(self, db: Database, applications: Applications, now: datetime) -> None:
        self._db = db
        self._applications = applications
        self._now = now

    def read(self, line: str, caller: str | None, region: str, own: frozenset[str]) -> RouteFacts:
        row = select_one(self._db, f"{_NUMBER} WHERE msisdn = ?", (line,))
        facts = RouteFacts(line=line, caller=caller, number=None, region=region)
        if row is None:
            return facts
        dialled = number(row)
        person = None if caller is None else find_person(self._db, caller)
        application = None
        if dialled.app_id is not None:
            application = self._applications.by_id(dialled.app_id, self._db)
        facts = replace(facts, number=dialled, application=application)
        mode = application.mode if application else None
        if application is None or mode is Mode.AXB:
            return self._pairs(facts, dialled, person)
        facts = replace(facts, own=own)  # who is reached may stand in a text
        if mode is Mode.AX:
            facts = replace(facts, by_mode=self._ax(dialled))
        elif mode is Mode.AXE:
            facts = replace(facts, by_mode=self._axe(dialled, person))
        elif mode is Mode.AXYB:
            facts = replace(facts, by_mode=self._axyb(dialled, person))
        return self._to_callee(facts, dialled)

    def extension(self, facts: RouteFacts, digits: str) -> tuple[RouteFacts, Relation | None]:
        """Return whom digits lead to on an AXE number, and the facts for calling them."""
        dialled = facts.number
        if dialled is None:
            return facts, None
        values = {"line": dialled.number_id, "extension": digits, "now": time_text(self._now)}
        relation = self._relation(select_one(self._db, EXTENSION, values))
        if relation is None:
            return facts, None
        binding = relation.binding
        return reaching(self._db, facts, binding.a, binding.x, binding.subscription_id), relation

    def _pairs(self, facts: RouteFacts, dialled: Number, person: int | None) -> RouteFacts:
        caller = facts.caller
        if person is None or caller is None:
            return facts
        values = {"line": dialled.number_id, "person": person}
        facts = replace(facts, explicit=self._relation(select_one(self._db, EXPLICIT, values)))
        back = select_one(self._db, RETURN_ROUTE, values)
        if back is not None:
            facts = self._returned(facts, back)
        relation = live_relation(facts, self._now)
        if relation is None:
            return facts
        binding = relation.binding
        if binding.mode is not Mode.AXB:
            return self._to_callee(facts, dialled)
        callee, _ = other_party(binding, caller)
        return _reaching(
            self._db,
            facts,
            dialled,
            callee,
            binding.x,
            binding.subscription_id,
            relation.application,
        )

    def _returned(self, facts: RouteFacts, back: Row) -> RouteFacts:
        """Add where a return route leads."""
        if back["x_id"] is not None:
            row = select_one(self._db, f"{_NUMBER} WHERE id = ?", (back["x_id"],))
            x = number(row) if row is not None else None
            if x is None or x.app_id is None:
                return facts
            application = self._applications.by_id(x.app_id, self._db)
            return facts if application is None else replace(facts, asks=Place(x, application))
        row = select_one(self._db, BY_ID, {"binding": back["binding_id"]})
        relation = self._relation(row)
        if relation is None or row is None:
            return facts
        other = None if back["other_id"] is None else msisdn(self._db, back["other_id"])
        facts = replace(facts, returned=relation, returned_to=other)
        if relation.binding.mode is Mode.AXE and facts.caller == relation.binding.a:
            record = mode_rows.call_back(self._db, row["id"])
            facts = replace(facts, by_mode=AxeFacts(True, relation, record))
        return facts

    def _ax(self, dialled: Number) -> AxFacts:
        row = select_one(self._db, ON_NUMBER, self._values(dialled))
        relation = self._relation(row)
        if relation is None or row is None:
            return AxFacts()
        return AxFacts(relation, mode_rows.temporary_callee(self._db, row["id"]))

    def _axe(self, dialled: Number, person: int | None) -> AxeFacts:
        values = self._values(dialled)
        if select_one(self._db, ON_NUMBER, values) is None:
            return AxeFacts()
        row = None
        if person is not None:
            row = select_one(self._db, OF_A, {**values, "person": person})
        if row is None:
            return AxeFacts(bound=True)
        return AxeFacts(True, self._relation(row), mode_rows.call_back(self._db, row["id"]))

    def _axyb(self, dialled: Number, person: int | None) -> AxybFacts:
        values = {**self._values(dialled), "person": person}
        carries = "SELECT 1 FROM yb_relations WHERE y_id = ? LIMIT 1"
        if select_value(self._db, carries, (dialled.number_id,)) is None:
            return self._to_x(values)
        row = select_one(self._db, YB_OF_A, values)
        if row is None or not self._in_time(row):
            known = select_value(self._db, Y_OF_B, values) is not None
            return AxybFacts(is_y=True, known_b=known)
        holder = select_one(self._db, BY_ID, {"binding": row["binding_id"]})
        if holder is None or not self._in_time(holder):
            return AxybFacts(is_y=True)
        relation = self._relation(holder)
        return AxybFacts(
            relation,
            mode_rows.yb_relation(row),
            is_y=True,
            other=relation.number if relation else None,
        )

    def _to_x(self, values: Row) -> AxybFacts:
        holder = select_one(self._db, ON_NUMBER, values)
        relation = self._relation(holder)
        if relation is None or holder is None:
            return AxybFacts()
        row = select_one(self._db, YB_OF_B, {**values, "binding": holder["id"]})
        if row is None or not self._in_time(row):
            return AxybFacts(relation)
        y = select_one(self._db, f"{_NUMBER} WHERE id = ?", (row["y_id"],))
        return AxybFacts(relation, mode_rows.yb_relation(row), other=number(y) if y else None)

    def _in_time(self, row: Row) -> bool:
        return row["expires"] is None or row["expires"] > time_text(self._now)

    def _values(self, dialled: Number) -> Row:
        return {"line": dialled.number_id, "now": time_text(self._now)}

    def _to_callee(self, facts: RouteFacts, dialled: Number) -> RouteFacts:
        """Add what depends on who is called, where the rules say who that would be."""
        found = decide(facts, self._now)
        if not isinstance(found, Route):
            return facts
        binding = found.binding
        return _reaching(
            self._db, facts, dialled, found.callee, binding.x, binding.subscription_id, None
        )

    def _relation(self, row: Row | None) -> Relation | None:
        if row is None:
            return None
        binding = mode_rows.binding(self._db, row)
        holder = select_one(self._db, f"{_NUMBER} WHERE id = ?", (row["number_id"],))
        application = self._applications.by_id(binding.app_id, self._db)
        if holder is None or application is None:
            return None
        return Relation(binding, number(holder), application)


def extension(
    db: Database, applications: Applications, facts: RouteFacts, digits: str, now: datetime
) -> tuple[RouteFacts, Relation | None]:
    """Return whom digits lead to on an AXE number, and the facts for calling them."""
    with snapshot(db):
        return _Reader(db, applications, now).extension(facts, digits)


def _reaching(
    db: Database,
    facts: RouteFacts,
    dialled: Number,
    callee: str,
    x: str,
    subscription_id: str,
    pairs: Application | None,
) -> RouteFacts:
    """Add whether the callee is one of ours, and the lines that it can be called on.

    ``pairs`` is the A-X-B application whose own numbers may serve, besides trunks.
    """
    rows = select(
        db,
        SECOND_LINES,
        {
            "person": find_person(db, callee),
            "subscription": subscription_id,
            "line": dialled.number_id,
            "app": pairs.app_id if pairs else None,
        },
    )
    lines = [str(row["msisdn"]) for row in rows]
    if dialled.msisdn != x:
        lines.insert(0, x)
    ours = select(db, f"{_NUMBER} WHERE msisdn = ?", (callee,))
    own = facts.own | {callee} if ours else facts.own
    return replace(facts, own=own, second_lines=tuple(lines))
