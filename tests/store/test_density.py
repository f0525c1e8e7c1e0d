"""The schema refuses by itself what code might let through."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from sqlite_utils import Database

from appliance.errors import Refused
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application
from appliance.store import Store
from appliance.store.people import person_id
from tests.store.conftest import enrol, person


def raw(store: Store, app: Application, x: str, a: str, b: str | None, **more: Any) -> None:
    """Insert a binding past every check of ours."""

    def work(db: Database) -> None:
        number = store.numbers.by_msisdn(x, db)
        assert number is not None
        values = {
            "subscription_id": f"{x}{a}{b}",
            "mode": "AXB",
            "app_id": app.app_id,
            "number_id": number.number_id,
            "a_id": person_id(db, a),
            "b_id": None if b is None else person_id(db, b),
            "since": "2026-03-01T08:00:00.000000+00:00",
            "changed": "2026-03-01T08:00:00.000000+00:00",
            **more,
        }
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        db.execute(f"INSERT INTO bindings ({names}) VALUES ({marks})", values)

    store.write(work)


@pytest.mark.parametrize(("a", "b"), [(1, 3), (3, 1), (2, 3), (3, 2), (1, 2), (2, 1)])
def test_nobody_is_twice_on_one_number_in_any_role(
    store: Store, app: Application, a: int, b: int
) -> None:
    x = enrol(store, app, 1)
    raw(store, app, x, person(1), person(2))
    with pytest.raises(sqlite3.IntegrityError, match="binding_parties"):
        raw(store, app, x, person(a), person(b), subscription_id="other")


def test_strangers_share_a_number_and_a_person_may_be_on_two(
    store: Store, app: Application
) -> None:
    x, y = enrol(store, app, 1), enrol(store, app, 2)
    raw(store, app, x, person(1), person(2))
    raw(store, app, x, person(3), person(4))
    raw(store, app, y, person(2), person(1))
    assert store.numbers.bound() == {x: 2, y: 1}


def test_a_move_onto_somebody_is_refused(store: Store, app: Application) -> None:
    x = enrol(store, app, 1)
    raw(store, app, x, person(1), person(2))
    raw(store, app, x, person(3), person(4), subscription_id="second")

    def move(db: Database) -> None:
        db.execute(
            "UPDATE bindings SET b_id = ? WHERE subscription_id = 'second'",
            (person_id(db, person(1)),),
        )

    with pytest.raises(sqlite3.IntegrityError, match="binding_parties"):
        store.write(move)


def test_a_person_who_left_may_come_back(store: Store, app: Application) -> None:
    x = enrol(store, app, 1)
    raw(store, app, x, person(1), person(2))
    store.write(lambda db: db.execute("DELETE FROM bindings").rowcount)
    raw(store, app, x, person(2), person(1))
    assert store.numbers.bound() == {x: 1}


def test_a_number_holds_5000_pairs_and_not_one_more(store: Store, app: Application) -> None:
    x = enrol(store, app, 1)

    def fill(db: Database) -> None:
        for pair in range(5000):
            terms = AxbTerms(f"+8613{pair:09d}", f"+8614{pair:09d}", x=x)
            store.bindings.bind_axb(db, app, terms, store.clock.now())

    store.write(fill, 60.0)
    with pytest.raises(sqlite3.IntegrityError, match="5000 pairs"):
        raw(store, app, x, person(1), person(2))
    last = AxbTerms(person(1), person(2), x=x)
    with pytest.raises(Refused) as refusal:
        store.write(lambda db: store.bindings.bind_axb(db, app, last, store.clock.now()))
    assert refusal.value.reason == "exhausted"
    assert store.write(lambda db: store.bindings.remove_all(db, app, x), 60.0) == 5000
    raw(store, app, x, person(1), person(2))
    assert store.numbers.bound() == {x: 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "ABC"},
        {"direction": 3},
        {"direction": -1},
        {"duration": 7_776_001, "expires": "2026-03-01T08:00:00.000000+00:00"},
        {"duration": 60},
        {"expires": "2026-03-01T08:00:00.000000+00:00"},
        {"max_minutes": 1441},
        {"record": 2},
        {"private_sms": 7},
        {"extra": "no json"},
        {"app_id": 99},
        {"number_id": 99},
        {"a_id": 99},
    ],
    ids=lambda wrong: ", ".join(f"{name}={value}" for name, value in wrong.items()),
)
def test_values_out_of_range_are_refused(
    store: Store, app: Application, wrong: dict[str, Any]
) -> None:
    x = enrol(store, app, 1)
    with pytest.raises(sqlite3.IntegrityError):
        raw(store, app, x, person(1), person(2), **wrong)


def test_a_pair_without_b_or_with_a_alone_is_refused(store: Store, app: Application) -> None:
    x = enrol(store, app, 1)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        raw(store, app, x, person(1), None)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        raw(store, app, x, person(1), person(1))


def test_a_number_cannot_leave_its_application_with_bindings(
    store: Store, app: Application
) -> None:
    x = enrol(store, app, 1)
    raw(store, app, x, person(1), person(2))
    other = store.write(lambda db: store.applications.add(db, "other", app.mode))

    def steal(db: Database) -> None:
        db.execute("UPDATE numbers SET app_id = ?", (other.app_id,))

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        store.write(steal)


def test_a_return_route_is_unique_and_goes_with_its_binding(store: Store, app: Application) -> None:
    x, trunk = enrol(store, app, 1), enrol(store, None, 9)
    raw(store, app, x, person(1), person(2))

    def twice(db: Database) -> None:
        row = (3 - 1, person_id(db, person(2)), 1)
        for _ in range(2):
            db.execute(
                "INSERT INTO return_routes (number_id, person_id, binding_id) VALUES (?, ?, ?)", row
            )

    with pytest.raises(sqlite3.IntegrityError, match="return_routes"):
        store.write(twice)
    subscription = f"{x}{person(1)}{person(2)}"
    store.write(lambda db: store.bindings.add_return_route(db, trunk, person(2), subscription))
    store.write(lambda db: db.execute("DELETE FROM bindings").rowcount)
    assert store.reader().execute("SELECT * FROM return_routes").fetchall() == []
