"""What is remembered is what was last committed, whoever reads and whatever is undone."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlite_utils import Database

from appliance.errors import Refused
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Mode
from appliance.store import Store
from appliance.store.remembered import MOST, Remembered
from tests.store.conftest import enrol, person

DEADLINE = 20.0


class Reading:
    """Reads one value and counts how often."""

    def __init__(self, value: str | None) -> None:
        self.value = value
        self.count = 0

    def __call__(self) -> str | None:
        self.count += 1
        return self.value


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Collect what runs on a connection."""
    seen: list[str] = []
    db.conn.set_trace_callback(seen.append)
    try:
        yield seen
    finally:
        db.conn.set_trace_callback(None)


@contextmanager
def held_change(store: Store, app: Application, name: str) -> Iterator[None]:
    """Hold the writer between a change of the application's name and the commit."""
    changed, leave = threading.Event(), threading.Event()

    def work(db: Database) -> None:
        store.applications.update(db, app.app_id, name=name)
        changed.set()
        assert leave.wait(DEADLINE)

    store.post(work)
    assert changed.wait(DEADLINE)
    try:
        yield
    finally:
        leave.set()
        store.write(lambda db: None)


def test_a_value_is_read_once_until_something_changes() -> None:
    remembered: Remembered[str] = Remembered()
    read = Reading("a")
    assert [remembered.get(1, read) for _ in range(3)] == ["a"] * 3
    assert read.count == 1
    remembered.ended()  # of a transaction that changed nothing
    assert (remembered.get(1, read), read.count) == ("a", 1)
    remembered.changing()
    assert [remembered.get(1, read) for _ in range(2)] == ["a"] * 2
    assert read.count == 3
    remembered.ended()
    read.value = "b"
    assert [remembered.get(1, read) for _ in range(2)] == ["b"] * 2
    assert read.count == 4
    remembered.forget()
    assert (remembered.get(1, read), read.count) == ("b", 5)


def test_absence_is_not_kept() -> None:
    remembered: Remembered[str] = Remembered()
    read = Reading(None)
    assert remembered.get(1, read) is None
    read.value = "come"
    assert remembered.get(1, read) == "come"


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    remembered: Remembered[str] = Remembered()

    def overtaken() -> str:
        remembered.changing()
        remembered.ended()
        return "old"

    assert remembered.get(1, overtaken) == "old"
    assert remembered.get(1, Reading("new")) == "new"


def test_no_more_is_kept_than_the_limit() -> None:
    remembered: Remembered[str] = Remembered()
    for key in range(MOST):
        remembered.get(key, Reading("a"))
    late = Reading("late")
    assert [remembered.get("late", late) for _ in range(2)] == ["late"] * 2
    assert late.count == 2
    assert remembered.get(0, Reading("read again")) == "a"


def test_an_application_is_read_once_and_a_change_is_seen_at_once(
    store: Store, app: Application
) -> None:
    assert store.applications.by_key(app.key) == app
    with statements(store.reader()) as seen:
        assert store.applications.by_key(app.key) == app
    assert seen == []
    urls = {"status": "https://shop.example/s"}
    after = store.write(lambda db: store.applications.update(db, app.app_id, urls=urls))
    assert store.applications.by_key(app.key) == after != app


def test_a_change_that_is_not_committed_is_seen_by_nobody_and_not_remembered(
    store: Store, app: Application
) -> None:
    with held_change(store, app, "renamed"):
        assert store.applications.by_id(app.app_id) == app
        assert store.applications.by_name("renamed") is None
    after = store.applications.by_id(app.app_id)
    assert after is not None
    assert after.name == "renamed"
    assert store.applications.by_name("renamed") == after


def test_a_change_that_was_undone_is_not_remembered(store: Store, app: Application) -> None:
    def fails(db: Database) -> None:
        store.applications.update(db, app.app_id, name="undone")
        seen = store.applications.by_id(app.app_id, db)
        assert seen is not None
        assert seen.name == "undone"
        raise KeyError("changed my mind")

    with pytest.raises(KeyError, match="changed my mind"):
        store.write(fails)
    assert store.applications.by_id(app.app_id) == app
    assert store.applications.by_name("undone") is None


def test_a_batch_that_was_undone_leaves_nothing_of_it(store: Store, app: Application) -> None:
    x = enrol(store, app, 1)

    def loses(db: Database) -> None:
        store.numbers.release(db, x)
        assert x not in store.numbers.own(db)
        db.conn.execute("ROLLBACK")

    with pytest.raises(sqlite3.OperationalError, match="savepoint"):
        store.write(loses)
    assert x in store.write(store.numbers.own)


def test_what_an_old_snapshot_shows_is_not_kept(store: Store, app: Application) -> None:
    reader = store.reader()
    reader.conn.execute("BEGIN")
    assert reader.execute("SELECT name FROM applications").fetchall() == [("shop",)]
    store.write(lambda db: store.applications.update(db, app.app_id, name="renamed"))
    assert store.applications.by_id(app.app_id, reader) == app
    reader.conn.execute("ROLLBACK")
    after = store.applications.by_id(app.app_id)
    assert after is not None
    assert after.name == "renamed"


def test_a_number_is_the_boxs_own_from_its_enrolment_to_its_release(
    store: Store, app: Application
) -> None:
    x = enrol(store, app, 1)

    def bind(a: str) -> None:
        terms = AxbTerms(a, person(2))
        store.write(lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now()))

    bind(person(1))
    own = enrol(store, app, 5)
    with pytest.raises(Refused) as refused:
        bind(own)
    assert refused.value.reason == "dial-unsafe"
    store.write(lambda db: store.numbers.release(db, own))
    store.write(lambda db: store.bindings.remove_all(db, app, x))
    bind(own)


def test_a_store_that_starts_again_knows_nothing_of_the_file_before(
    open_store: Callable[[], Store],
) -> None:
    store = open_store()
    app = store.write(lambda db: store.applications.add(db, "shop", Mode.AXB))
    store.stop()
    kept = store.path.with_name("kept.db")
    shutil.copy(store.path, kept)
    store.start()
    after = store.write(lambda db: store.applications.update(db, app.app_id, frozen=True))
    assert store.applications.by_key(app.key) == after
    store.stop()
    shutil.copy(kept, store.path)
    store.start()
    assert store.applications.by_key(app.key) == app
