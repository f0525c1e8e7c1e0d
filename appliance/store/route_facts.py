"""The facts of a route, by index: one read for a call or a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from appliance.model.records import Number
from appliance.model.routing import Relation, RouteFacts, live_relation, other_party
from appliance.store import binding_rows
from appliance.store.applications import Applications
from appliance.store.numbers import COLUMNS, number
from appliance.store.people import find_person
from appliance.store.rows import select, select_one

_NUMBER = f"SELECT {', '.join(COLUMNS)} FROM numbers"  # noqa: S608 - constants

EXPLICIT = f"""
    {binding_rows.SELECT}
    JOIN binding_parties p ON p.binding_id = bindings.id
    WHERE p.number_id = :line AND p.person_id = :person
"""
RETURNED = f"""
    {binding_rows.SELECT}
    JOIN return_routes r ON r.binding_id = bindings.id
    WHERE r.number_id = :line AND r.person_id = :person
"""
SECOND_LINES = """
    SELECT n.msisdn, n.role = 'trunk' AS trunk,
        EXISTS (
            SELECT 1 FROM return_routes r JOIN bindings o ON o.id = r.binding_id
            WHERE r.number_id = n.id AND r.person_id = :person
                AND o.subscription_id <> :subscription
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
) -> RouteFacts:
    """Read the facts in one snapshot; ``db`` may be a writer's or a reader's connection."""
    own_transaction = not db.conn.in_transaction
    if own_transaction:
        db.conn.execute("BEGIN")
    try:
        return _read(db, applications, region, line, caller, now)
    finally:
        if own_transaction:
            db.conn.execute("ROLLBACK")


def _read(
    db: Database,
    applications: Applications,
    region: str,
    line: str,
    caller: str | None,
    now: datetime,
) -> RouteFacts:
    row = select_one(db, f"{_NUMBER} WHERE msisdn = ?", (line,))
    if row is None:
        return RouteFacts(line=line, caller=caller, number=None, region=region)
    dialled = number(row)
    person = None if caller is None else find_person(db, caller)
    facts = RouteFacts(
        line=line,
        caller=caller,
        number=dialled,
        application=None if dialled.app_id is None else applications.by_id(dialled.app_id, db),
        explicit=_relation(db, applications, EXPLICIT, dialled, person),
        returned=_relation(db, applications, RETURNED, dialled, person),
        region=region,
    )
    relation = live_relation(facts, now)
    if relation is None or caller is None:
        return facts
    callee, _ = other_party(relation.binding, caller)
    return replace(
        facts,
        own=frozenset({callee} if select(db, f"{_NUMBER} WHERE msisdn = ?", (callee,)) else ()),
        second_lines=_second_lines(db, dialled, relation, callee),
    )


def _relation(
    db: Database, applications: Applications, sql: str, dialled: Number, person: int | None
) -> Relation | None:
    if person is None:
        return None
    row = select_one(db, sql, {"line": dialled.number_id, "person": person})
    if row is None:
        return None
    binding = binding_rows.binding(row)
    holder = select_one(db, f"{_NUMBER} WHERE id = ?", (row["number_id"],))
    application = applications.by_id(binding.app_id, db)
    if holder is None or application is None:
        return None
    return Relation(binding, number(holder), application)


def _second_lines(
    db: Database, dialled: Number, relation: Relation, callee: str
) -> tuple[str, ...]:
    rows = select(
        db,
        SECOND_LINES,
        {
            "person": find_person(db, callee),
            "subscription": relation.binding.subscription_id,
            "line": dialled.number_id,
            "app": relation.application.app_id,
        },
    )
    lines = [str(row["msisdn"]) for row in rows]
    x = relation.number.msisdn
    if dialled.msisdn != x:
        lines.insert(0, x)
    return tuple(lines)
