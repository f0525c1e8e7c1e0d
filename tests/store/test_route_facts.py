"""What routing gets to know about an arrival, read by index."""

from __future__ import annotations

from typing import Any

import pytest
from sqlite_utils import Database

from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Binding
from appliance.model.routing import Refusal, Route, route
from appliance.store import Store, binding_rows, route_facts
from appliance.store.axe import of_extension
from drivers.clock import ManualClock
from tests.store.conftest import enrol, person


def bind(store: Store, app: Application, a: int, b: int, x: str, duration: int = 0) -> Binding:
    terms = AxbTerms(person(a), person(b), x=x, duration=duration)
    return store.write(lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now()))


def show(store: Store, line: str, callee: int, binding: Binding) -> None:
    store.write(
        lambda db: store.bindings.add_return_route(
            db, line, person(callee), binding.subscription_id
        )
    )


def test_both_parties_find_the_binding_and_strangers_do_not(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x = enrol(store, app, 1)
    binding = bind(store, app, 1, 2, x)
    callers: tuple[str | None, ...] = (person(1), person(2))
    for caller in callers:
        facts = store.bindings.route_facts(x, caller, clock.now())
        assert facts.explicit is not None
        assert facts.explicit.binding == binding
        assert facts.explicit.application == facts.application == app
        assert facts.explicit.number == facts.number
    for caller in (person(3), None):
        facts = store.bindings.route_facts(x, caller, clock.now())
        assert (facts.explicit, facts.returned, facts.second_lines) == (None, None, ())
        assert facts.application == app


def test_a_line_that_is_not_enrolled_has_no_number(store: Store, clock: ManualClock) -> None:
    facts = store.bindings.route_facts("+8617099999999", person(1), clock.now())
    assert facts.number is None
    assert route(facts, clock.now()) == Refusal(8014, 8014)


def test_second_lines_are_trunks_then_numbers_where_the_callee_is_not(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x, free, taken = (enrol(store, app, last) for last in (1, 2, 3))
    other = store.write(lambda db: store.applications.add(db, "other", app.mode))
    enrol(store, other, 4)
    trunks = [enrol(store, None, last) for last in (8, 9)]
    bind(store, app, 1, 2, x)
    bind(store, app, 2, 5, taken)
    facts = store.bindings.route_facts(x, person(1), clock.now())
    assert facts.second_lines == (*trunks, free)
    store.write(lambda db: store.numbers.update(db, 2, status=9))
    assert store.bindings.route_facts(x, person(1), clock.now()).second_lines == tuple(trunks)


def test_second_lines_that_lead_elsewhere_come_last(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x, y = enrol(store, app, 1), enrol(store, app, 2)
    first, second = (enrol(store, None, last) for last in (8, 9))
    binding, other = bind(store, app, 1, 2, x), bind(store, app, 3, 2, y)
    show(store, first, 2, other)
    facts = store.bindings.route_facts(x, person(1), clock.now())
    assert facts.second_lines == (second, first)
    show(store, first, 2, binding)
    facts = store.bindings.route_facts(x, person(1), clock.now())
    assert facts.second_lines == (first, second)


def test_calling_a_second_line_back_leads_to_the_binding(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x, trunk = enrol(store, app, 1), enrol(store, None, 9)
    binding = bind(store, app, 1, 2, x)
    show(store, trunk, 2, binding)
    facts = store.bindings.route_facts(trunk, person(2), clock.now())
    assert facts.returned is not None
    assert facts.returned.binding == binding
    assert facts.application is None
    assert facts.second_lines[0] == x
    found = route(facts, clock.now())
    assert isinstance(found, Route)
    assert (found.callee, found.binding.x, found.line) == (person(1), x, trunk)
    assert store.bindings.route_facts(trunk, person(1), clock.now()).returned is None


def test_an_explicit_binding_beats_a_return_route_until_it_ends(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x, y = enrol(store, app, 1), enrol(store, app, 2)
    returned = bind(store, app, 1, 2, x)
    show(store, y, 2, returned)
    explicit = bind(store, app, 3, 2, y, duration=60)
    found = route(store.bindings.route_facts(y, person(2), clock.now()), clock.now())
    assert isinstance(found, Route)
    assert found.binding == explicit
    clock.advance(60)
    found = route(store.bindings.route_facts(y, person(2), clock.now()), clock.now())
    assert isinstance(found, Route)
    assert found.binding == returned


def test_an_expired_binding_routes_nobody_though_it_is_still_stored(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x = enrol(store, app, 1)
    binding = bind(store, app, 1, 2, x, duration=60)
    clock.advance(59.999)
    assert isinstance(
        route(store.bindings.route_facts(x, person(1), clock.now()), clock.now()), Route
    )
    clock.advance(0.001)
    facts = store.bindings.route_facts(x, person(1), clock.now())
    assert facts.explicit is not None
    assert store.bindings.get(app, binding.subscription_id) == binding
    refusal = route(facts, clock.now())
    assert isinstance(refusal, Refusal)
    assert refusal.state_code == 8014


def test_a_person_who_became_one_of_our_numbers_is_not_dialled(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x = enrol(store, app, 1)
    terms = AxbTerms(person(1), "+8617000000007")
    store.write(lambda db: store.bindings.bind_axb(db, app, terms, clock.now()))
    enrol(store, app, 7)
    facts = store.bindings.route_facts(x, person(1), clock.now())
    assert facts.own == {"+8617000000007"}
    refusal = route(facts, clock.now())
    assert isinstance(refusal, Refusal)
    assert refusal.state_code == 7500


def test_facts_can_be_read_inside_a_write(
    store: Store, app: Application, clock: ManualClock
) -> None:
    x = enrol(store, app, 1)

    def work(db: Database) -> bool:
        terms = AxbTerms(person(1), person(2))
        store.bindings.bind_axb(db, app, terms, clock.now())
        facts = store.bindings.route_facts(x, person(2), clock.now(), db)
        return facts.explicit is not None and db.conn.in_transaction

    assert store.write(work)


_LINE = {"line": 1, "person": 1}
_ON_NUMBER = f"{binding_rows.SELECT} WHERE bindings.app_id = 1 AND numbers.msisdn = :x"
_EXTENSION = of_extension("1")
_OTHERS = f"""
    {binding_rows.SELECT} WHERE bindings.app_id = 1 AND bindings.mode = 'AXE'
    AND bindings.mode <> 'AXB'
"""
_HOT: dict[str, tuple[str, dict[str, Any]]] = {
    "explicit": (route_facts.EXPLICIT, _LINE),
    "returned": (route_facts.RETURN_ROUTE, _LINE),
    "a number's only relation": (route_facts.ON_NUMBER, {**_LINE, "now": ""}),
    "an extension": (route_facts.EXTENSION, {**_LINE, "now": "", "extension": "1"}),
    "a person's own number": (route_facts.OF_A, {**_LINE, "now": ""}),
    "whom A reaches over Y": (route_facts.YB_OF_A, _LINE),
    "the Y of a B": (route_facts.YB_OF_B, {**_LINE, "binding": 1}),
    "a B of a Y": (route_facts.Y_OF_B, _LINE),
    "second lines": (route_facts.SECOND_LINES, {**_LINE, "subscription": "s", "app": 1}),
    "one binding": (
        f"{binding_rows.SELECT} WHERE bindings.subscription_id = :s AND bindings.app_id = 1",
        {"s": "s"},
    ),
    "bindings of a number": (
        _ON_NUMBER,
        {"x": "+86"},
    ),
    "a pair on a number": (
        f"{_ON_NUMBER} AND a.msisdn = :a AND b.msisdn = :b",
        {"x": "+86", "a": "+86", "b": "+86"},
    ),
    "a person on a number": (
        f"{_ON_NUMBER} AND b.msisdn = :b",
        {"x": "+86", "b": "+86"},
    ),
    "a pair of number and extension": (
        f"{_OTHERS} AND numbers.msisdn = :x AND {_EXTENSION['where']}".replace(
            "WHERE", f"{_EXTENSION['join']} WHERE", 1
        ),
        {"x": "+86", "extension": "1"},
    ),
    "relations of a person": (
        f"{_OTHERS} AND bindings.a_id = :person ORDER BY bindings.id",
        {"person": 1},
    ),
    "expiry": ("SELECT 1 FROM bindings WHERE expires IS NOT NULL AND expires <= :now", {"now": ""}),
    "removal of a number": ("DELETE FROM bindings WHERE number_id = :n", {"n": 1}),
    "a binding's parties": ("DELETE FROM binding_parties WHERE binding_id = :b", {"b": 1}),
    "a binding's return routes": ("DELETE FROM return_routes WHERE binding_id = :b", {"b": 1}),
}


@pytest.mark.parametrize("name", _HOT)
def test_hot_queries_go_by_index(store: Store, name: str) -> None:
    sql, values = _HOT[name]
    plan = store.write(lambda db: db.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
    steps = [row[3] for row in plan]
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")], steps
