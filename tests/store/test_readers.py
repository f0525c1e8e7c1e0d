"""Each thread reads on a connection of its own, which goes when the thread goes."""

from __future__ import annotations

import gc
import sqlite3
import threading

import pytest
from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.model.records import Application
from appliance.store import Store
from tests.store.conftest import enrol

DEADLINE = 10.0


def in_thread(work: object) -> list[object]:
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(work()), name="reading")  # type: ignore[operator]
    thread.start()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    return results


def test_a_thread_keeps_its_connection_and_others_have_their_own(store: Store) -> None:
    mine = store.reader()
    assert store.reader() is mine
    (other,) = in_thread(lambda: id(store.reader()))
    assert other != id(mine)


def test_the_connection_of_an_ended_thread_is_closed(store: Store) -> None:
    before = store._readers.count()
    connections: list[sqlite3.Connection] = []
    in_thread(lambda: connections.append(store.reader().conn))
    gc.collect()
    assert store._readers.count() == before
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[0].execute("SELECT 1")


def test_nothing_can_be_written_through_a_reader(store: Store, app: Application) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store.reader().execute("DELETE FROM applications")
    assert store.applications.by_id(app.app_id) == app


def test_a_reader_sees_every_acknowledged_write_at_once(store: Store, app: Application) -> None:
    for last in range(1, 30):
        msisdn = enrol(store, app, last)
        assert store.numbers.by_msisdn(msisdn) is not None


def test_reading_does_not_pin_the_log(store: Store, app: Application) -> None:
    enrol(store, app, 1)
    store.numbers.all()
    store.applications.all()
    store.bindings.find(app)

    def checkpoint(db: Database) -> None:
        assert not store.reader().conn.in_transaction

    store.write(checkpoint)
    with sqlite3.connect(store.path) as connection:
        busy, log, moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0]
    connection.close()
    assert (busy, log, moved) == (0, 0, 0)


def test_after_stop_nothing_can_be_read(store: Store) -> None:
    store.reader()
    store.stop()
    with pytest.raises(StoreFailed, match="not running"):
        store.reader()


def test_a_store_can_be_started_again(store: Store, app: Application) -> None:
    store.stop()
    store.start()
    assert store.applications.by_name("shop") == app
