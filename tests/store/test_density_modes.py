"""The limits of AX, AXE and AXYB, refused by the schema past every check of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlite_utils import Database

from appliance.errors import BadInput
from appliance.model.records import Application, Mode
from appliance.store import Store
from appliance.store.people import person_id
from appliance.store.rows import select_value
from tests.store.conftest import enrol, person

THEN = "2026-03-01T08:00:00.000000+00:00"


@dataclass
class Raw:
    """Writes rows as they are."""

    store: Store
    app: Application

    def insert(self, table: str, **values: Any) -> int:
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        return self.store.write(lambda db: int(db.conn.execute(sql, values).lastrowid or 0))

    def person(self, last: int) -> int:
        return self.store.write(lambda db: person_id(db, person(last)))

    def number(self, x: str) -> int:
        found = self.store.numbers.by_msisdn(x)
        assert found is not None
        return found.number_id

    def binding(self, x: str, a: int, **more: Any) -> int:
        values = {
            "subscription_id": f"{x} {a} {more.get('extension', '')}",
            "mode": self.app.mode,
            "app_id": self.app.app_id,
            "number_id": self.number(x),
            "a_id": self.person(a),
            "since": THEN,
            "changed": THEN,
            **more,
        }
        return self.insert("bindings", **values)

    def extension(self, binding: int, x: str, extension: str, **more: Any) -> int:
        values = {
            "binding_id": binding,
            "number_id": self.number(x),
            "extension": extension,
            "display": "0",
            "unit": "0",
            "unit_now": "0",
            "bind_time": 0,
            "call_back_time": 0,
            "call_back_seconds": 0,
            **more,
        }
        return self.insert("axe_terms", **values)

    def half(self, binding: int, y: str, a: int, b: int, **more: Any) -> int:
        values = {
            "bind_id": f"{binding} {y} {b}",
            "binding_id": binding,
            "app_id": self.app.app_id,
            "y_id": self.number(y),
            "a_id": self.person(a),
            "b_id": self.person(b),
            "duration": 0,
            "automatic": 0,
            "since": THEN,
            **more,
        }
        return self.insert("yb_relations", **values)

    def axyb(self, x: str, a: int) -> int:
        binding = self.binding(x, a)
        self.insert("axyb_terms", binding_id=binding, yb_duration=0)
        return binding

    def count(self, table: str) -> int:
        return int(select_value(self.store.reader(), f"SELECT count(*) FROM {table}"))


@pytest.fixture
def raw(store: Store) -> Callable[[Mode], Raw]:
    def make(mode: Mode) -> Raw:
        app = store.write(
            lambda db: store.applications.add(db, f"app {mode}", mode, extension_digits=2)
        )
        return Raw(store, app)

    return make


def test_ax_one_person_per_number_and_five_numbers_per_person(
    store: Store, raw: Callable[[Mode], Raw]
) -> None:
    rows = raw(Mode.AX)
    numbers = [enrol(store, rows.app, last) for last in range(1, 8)]
    made = [rows.binding(x, 1) for x in numbers[:5]]
    with pytest.raises(sqlite3.IntegrityError, match=r"bindings\.number_id"):
        rows.binding(numbers[0], 2, subscription_id="other")
    with pytest.raises(sqlite3.IntegrityError, match="5 numbers"):
        rows.binding(numbers[5], 1)
    other = rows.binding(numbers[5], 2)
    with pytest.raises(sqlite3.IntegrityError, match="5 numbers"):
        store.write(
            lambda db: (
                db.conn.execute(
                    "UPDATE bindings SET a_id = ? WHERE id = ?", (person_id(db, person(1)), other)
                ).rowcount
            )
        )
    elsewhere = Raw(store, store.write(lambda db: store.applications.add(db, "elsewhere", Mode.AX)))
    elsewhere.binding(enrol(store, elsewhere.app, 20), 1)
    rows.insert("ax_terms", binding_id=made[0], display="0", turned_on=1)
    callee = {"callee_id": rows.person(9), "expires": THEN}
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        rows.insert("temporary_callees", binding_id=made[1], **callee)
    rows.insert("temporary_callees", binding_id=made[0], **callee)
    for wrong in ({"display": "2", "turned_on": 1}, {"display": "0", "turned_on": 2}):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            rows.insert("ax_terms", binding_id=made[1], **wrong)
    store.write(lambda db: db.conn.execute("DELETE FROM bindings").rowcount)
    assert (rows.count("ax_terms"), rows.count("temporary_callees")) == (0, 0)


def test_axe_an_extension_once_as_long_as_the_application_says(
    store: Store, raw: Callable[[Mode], Raw]
) -> None:
    rows = raw(Mode.AXE)
    x, y = enrol(store, rows.app, 1), enrol(store, rows.app, 2)
    first = rows.binding(x, 1)
    second = rows.binding(x, 1, subscription_id="the same person once more")
    for wrong in ("1", "001", "00", "1x", "", "１２"):
        with pytest.raises(sqlite3.IntegrityError, match=r"CHECK|length"):
            rows.extension(first, x, wrong)
    with pytest.raises(sqlite3.IntegrityError, match="length"):
        rows.extension(first, y, "12")
    for wrong_values in (
        {"bind_time": 43_201},
        {"call_back_seconds": 2_592_001},
        {"unit": "2"},
        {"call_back_tone": "a.wav", "call_back_id": rows.person(5)},
    ):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            rows.extension(first, x, "12", **wrong_values)
    rows.extension(first, x, "12")
    with pytest.raises(sqlite3.IntegrityError, match=r"axe_terms\.extension"):
        rows.extension(second, x, "12")
    rows.extension(second, x, "13")
    rows.extension(rows.binding(y, 1), y, "12")
    rows.insert("call_backs", binding_id=first, caller_id=rows.person(7), at=THEN)
    digits = "UPDATE applications SET extension_digits = 3 WHERE id = ?"
    with pytest.raises(sqlite3.IntegrityError, match="their length"):
        store.write(lambda db: db.conn.execute(digits, (rows.app.app_id,)).rowcount)
    with pytest.raises(BadInput, match="fixed"):
        store.write(lambda db: store.applications.update(db, rows.app.app_id, extension_digits=3))
    store.write(lambda db: store.applications.update(db, rows.app.app_id, extension_digits=2))
    store.write(lambda db: db.conn.execute("DELETE FROM bindings").rowcount)
    assert (rows.count("axe_terms"), rows.count("call_backs")) == (0, 0)
    changed = store.write(
        lambda db: store.applications.update(db, rows.app.app_id, extension_digits=3)
    )
    assert changed.extension_digits == 3


def test_axyb_numbers_are_x_or_y_and_everybody_has_a_y_once(
    store: Store, raw: Callable[[Mode], Raw]
) -> None:
    rows = raw(Mode.AXYB)
    x, other_x, y, other_y = (enrol(store, rows.app, last) for last in (1, 2, 3, 4))
    first, second = rows.axyb(x, 1), rows.axyb(other_x, 2)
    rows.half(first, y, 1, 5)
    for again, message in (
        ((first, y, 1, 6), "yb_relations"),  # A1-X1-Y1-B1 and A1-X1-Y1-B2
        ((first, other_y, 1, 5), "yb_relations"),  # two Y for one B
        ((first, other_x, 1, 6), "the number is an X"),
        ((second, y, 1, 6), "of somebody else"),
        ((second, other_y, 2, 2), "CHECK"),
    ):
        with pytest.raises(sqlite3.IntegrityError, match=message):
            rows.half(*again, bind_id="again")
    rows.half(second, y, 2, 5)  # A1-X1-Y1-B1 and A2-X2-Y1-B1
    rows.half(first, other_y, 1, 6)
    with pytest.raises(sqlite3.IntegrityError, match="the number is a Y"):
        rows.binding(y, 7)
    foreign = Raw(store, store.write(lambda db: store.applications.add(db, "other", Mode.AXYB)))
    z = enrol(store, foreign.app, 30)
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        rows.half(second, z, 2, 8)
    assert store.numbers.bound() == {x: 1, other_x: 1, other_y: 1, y: 2, z: 0}
    store.write(lambda db: db.conn.execute("DELETE FROM bindings WHERE id = ?", (first,)).rowcount)
    assert rows.count("yb_relations") == 1
    assert store.numbers.bound()[y] == 1


def test_a_y_carries_1000_relations_and_not_one_more(
    store: Store, raw: Callable[[Mode], Raw]
) -> None:
    rows = raw(Mode.AXYB)
    y, x = enrol(store, rows.app, 1), enrol(store, rows.app, 2)

    def fill(db: Database) -> None:
        b = person_id(db, person(1))
        y_id = rows.number(y)
        for last in range(1000):
            msisdn = f"+8617100{last:06d}"
            sql = "INSERT INTO numbers (msisdn, iccid, role, app_id) VALUES (?, ?, 'number', ?)"
            number = db.conn.execute(sql, (msisdn, msisdn[1:], rows.app.app_id)).lastrowid
            a = person_id(db, f"+8613800{last:06d}")
            binding = db.conn.execute(
                "INSERT INTO bindings (subscription_id, mode, app_id, number_id, a_id, since, "
                "changed) VALUES (?, 'AXYB', ?, ?, ?, ?, ?)",
                (msisdn, rows.app.app_id, number, a, THEN, THEN),
            ).lastrowid
            db.conn.execute("INSERT INTO axyb_terms VALUES (?, 0)", (binding,))
            db.conn.execute(
                "INSERT INTO yb_relations (bind_id, binding_id, app_id, y_id, a_id, b_id, "
                "duration, automatic, since) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)",
                (msisdn, binding, rows.app.app_id, y_id, a, b, THEN),
            )

    store.write(fill, 60.0)
    last = rows.axyb(x, 2)
    with pytest.raises(sqlite3.IntegrityError, match="1000 relations"):
        rows.half(last, y, 2, 1)


def test_a_number_that_changes_hands_takes_nothing_with_it(
    store: Store, raw: Callable[[Mode], Raw]
) -> None:
    rows = raw(Mode.AXYB)
    x, y = enrol(store, rows.app, 1), enrol(store, rows.app, 2)
    rows.half(rows.axyb(x, 1), y, 1, 5)
    other = store.write(lambda db: store.applications.add(db, "other", Mode.AXYB))
    store.write(lambda db: store.numbers.transfer(db, y, other.app_id))
    assert (rows.count("yb_relations"), rows.count("bindings")) == (0, 1)
    store.write(lambda db: store.numbers.release(db, x))
    assert rows.count("bindings") == 0


def test_a_return_route_leads_to_a_relation_or_to_an_x_mode_number(
    store: Store, raw: Callable[[Mode], Raw]
) -> None:
    rows = raw(Mode.X)
    x, trunk = enrol(store, rows.app, 1), enrol(store, None, 9)
    for wrong in (
        {},
        {"binding_id": 1, "x_id": rows.number(x)},
        {"x_id": rows.number(x), "other_id": rows.person(2)},
    ):
        with pytest.raises(sqlite3.IntegrityError, match=r"CHECK|FOREIGN"):
            rows.insert(
                "return_routes",
                number_id=rows.number(trunk),
                person_id=rows.person(1),
                **wrong,
            )
    store.write(lambda db: store.bindings.add_x_return_route(db, trunk, person(1), x))
    store.write(lambda db: store.numbers.release(db, x))
    assert rows.count("return_routes") == 0
