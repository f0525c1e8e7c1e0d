"""A disk that is full refuses what does not fit, keeps what was acknowledged, and recovers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Binding
from appliance.store import Store
from appliance.store.connection import open_reader
from tests.store.conftest import enrol, person

CHILD = Path(__file__).with_name("full_disk_child.py")


def _limit(store: Store, pages: int) -> None:
    store.write(lambda db: db.conn.execute(f"PRAGMA max_page_count = {pages}").fetchall())


def _pages(store: Store) -> int:
    return int(store.reader().execute("PRAGMA page_count").fetchall()[0][0])


def _until_refused(bind: Callable[[int], None]) -> None:
    for last in range(1, 9000):
        bind(last)


def test_a_database_that_may_not_grow_refuses_and_recovers(store: Store, app: Application) -> None:
    for last in range(1, 41):
        enrol(store, app, last)
    _limit(store, _pages(store) + 1)
    acknowledged: list[Binding] = []

    def bind(last: int) -> None:
        terms = AxbTerms(person(last), f"+861380000{last:04d}", user_data="x" * 200)

        def work(db: Database) -> Binding:
            return store.bindings.bind_axb(db, app, terms, store.clock.now())

        acknowledged.append(store.write(work))

    with pytest.raises(StoreFailed, match="full"):
        _until_refused(bind)
    assert acknowledged
    assert store.bindings.find(app, limit=1)[0] == len(acknowledged)
    store.write(lambda db: store.bindings.remove(db, app, acknowledged[0].subscription_id))
    _limit(store, 1_000_000)
    terms = AxbTerms(person(9500), person(9501))
    store.write(lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now()))
    assert store.bindings.find(app, limit=1)[0] == len(acknowledged)
    assert store.reader().execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("kind", ["file-limit", "small-disk"])
def test_a_disk_without_room_loses_nothing_that_was_acknowledged(tmp_path: Path, kind: str) -> None:
    """Threads fill a file system to its end; then room comes back and writing goes on.

    ``file-limit`` has the kernel refuse the write past a size; ``small-disk`` is a tmpfs of its
    own where this machine lets us mount one, and the same limit, met by the log, elsewhere.
    """
    command = [sys.executable, str(CHILD), str(tmp_path), kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["refused"] > 0
    assert told["acknowledged"] > 0
    assert told["missing"] == []
    assert told["present"] - told["acknowledged"] == 0
    assert told["integrity"] == "ok"
    assert told["written_after"] is True
    assert "full" in told["refusal"] or "I/O" in told["refusal"]


def test_the_copy_of_a_full_database_can_be_read(store: Store, app: Application) -> None:
    enrol(store, app, 1)
    _limit(store, _pages(store))
    reader = open_reader(store.path)
    try:
        assert reader.execute("SELECT count(*) FROM numbers").fetchall() == [(1,)]
    finally:
        reader.close()
