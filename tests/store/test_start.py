"""Starting: one process at a time, files of any age up to ours, a copy before anything changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from appliance.errors import StoreFailed
from appliance.model.records import Application
from appliance.store import Store, schema, snapshots
from appliance.store.schema_messages import m066_prompted
from drivers.clock import ManualClock
from tests.store.conftest import enrol

OLD = sorted(Path(__file__).parents[1].glob("databases/*.db"))


def test_the_file_is_its_owners_only(store: Store) -> None:
    enrol(store, None, 1)
    for path in store.path.parent.glob("simveil.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_writing_connection_syncs_every_commit(store: Store) -> None:
    def read(db: Database) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [db.execute(f"PRAGMA {name}").fetchall()[0][0] for name in names]

    assert store.write(read) == ["wal", 2, 1]


def test_opening_twice_changes_nothing(open_store: Callable[[], Store]) -> None:
    first = open_store()
    first.stop()
    octets = first.path.read_bytes()
    second = open_store()
    assert schema.migrations.pending(second.reader()) == []
    second.stop()
    assert second.path.read_bytes() == octets
    assert not (second.path.parent / "snapshots").exists()


def test_sends_of_before_the_mark_count_as_asked_for() -> None:
    db = Database(memory=True)
    db["sends"].insert({"id": 1, "state": "writing", "began_at": "2026-01-01T00:00:00"})
    m066_prompted(db)
    (row,) = db["sends"].rows
    assert row["prompted_at"] == row["began_at"]


def test_a_second_store_on_the_same_file_is_refused(store: Store, clock: ManualClock) -> None:
    with pytest.raises(StoreFailed, match="in use by another process"):
        Store(store.path, clock=clock).start()
    enrol(store, None, 1)


def test_a_second_process_on_the_same_file_is_refused(store: Store) -> None:
    program = (
        "import sys; from pathlib import Path; from appliance.store import Store;"
        "from drivers.clock import SystemClock\n"
        "Store(Path(sys.argv[1]), clock=SystemClock()).start()"
    )
    command = [sys.executable, "-c", program, str(store.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "in use by another process" in done.stderr


def test_a_database_of_newer_software_is_refused_untouched(
    store: Store, clock: ManualClock
) -> None:
    newer = Migrations("simveil")

    @newer()
    def m999_from_the_future(db: Database) -> None:
        db.execute("CREATE TABLE future (id INTEGER)")

    store.write(newer.apply)
    store.stop()
    octets = store.path.read_bytes()
    with pytest.raises(StoreFailed, match="newer software: it holds m999_from_the_future"):
        Store(store.path, clock=clock).start()
    assert store.path.read_bytes() == octets


def test_a_damaged_database_is_refused(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    for last in range(1, 60):
        enrol(store, None, last)
    store.stop()
    with store.path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(os.urandom(12 * 4096))
    with pytest.raises(StoreFailed, match=r"damaged|malformed"):
        Store(store.path, clock=clock).start()


def test_something_that_is_no_database_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "simveil.db"
    path.write_text("this is a letter, not a database; " * 300)
    with pytest.raises(StoreFailed, match="not a database"):
        Store(path, clock=clock).start()


def test_a_refused_start_gives_the_lock_back(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "simveil.db"
    path.write_text("letter " * 500)
    store = Store(path, clock=clock)
    with pytest.raises(StoreFailed):
        store.start()
    path.unlink()
    store.start()
    store.stop()


def _with_step(monkeypatch: pytest.MonkeyPatch, step: Callable[[Database], None]) -> None:
    """Let the software know one migration more than it does."""
    more = Migrations("simveil")
    for known in schema._STEPS:
        more()(known)
    more()(step)
    monkeypatch.setattr(schema, "migrations", more)
    monkeypatch.setattr(schema, "KNOWN", schema.KNOWN | {step.__name__})


def test_a_new_migration_is_preceded_by_a_copy(
    store: Store, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.stop()

    def m998_more(db: Database) -> None:
        db.execute("ALTER TABLE numbers ADD COLUMN colour TEXT")

    _with_step(monkeypatch, m998_more)
    store.start()
    (copy,) = (store.path.parent / "snapshots").glob("*.db")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as before:
        columns = {row[1] for row in before.execute("PRAGMA table_info(numbers)").fetchall()}
        names = before.execute("SELECT name FROM applications").fetchall()
    before.close()
    assert "colour" not in columns
    assert names == [("shop",)]
    assert "colour" in {column.name for column in store.reader()["numbers"].columns}


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    store: Store, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.stop()

    def m998_breaks(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER)")
        db.execute("INSERT INTO nowhere VALUES (1)")

    with monkeypatch.context() as patch:
        _with_step(patch, m998_breaks)
        with pytest.raises(StoreFailed, match="nowhere"):
            store.start()
    store.start()
    assert "half" not in store.reader().table_names()
    assert store.applications.by_name("shop") == app


def test_a_migration_that_leaves_rows_without_parents_is_undone(
    store: Store, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(store, app, 1)
    store.stop()

    def m998_orphans(db: Database) -> None:
        db.execute("DELETE FROM applications")

    with monkeypatch.context() as patch:
        _with_step(patch, m998_orphans)
        with pytest.raises(StoreFailed, match="rows without parents in numbers"):
            store.start()
    store.start()
    assert store.applications.by_name("shop") == app


def test_a_new_version_copies_once_and_keeps_the_last_copies(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store.path.parent / "snapshots"
    for release in range(1, 6):
        store.stop()
        clock.advance(60)
        monkeypatch.setattr(snapshots, "version", lambda name, r=release: f"9.{r}")
        store.start()
        store.stop()
        store.start()
    names = sorted(path.name.split("-")[1] for path in folder.iterdir())
    assert names == ["9.2", "9.3", "9.4"]


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.name)
def test_old_files_open_twice_and_keep_their_rows(
    old: Path, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "simveil.db"
    shutil.copy(old, path)
    for _ in range(2):
        store = Store(path, clock=clock)
        store.start()
        try:
            app = store.applications.by_name("shop")
            assert app is not None
            assert store.numbers.bound() == {"+8617000000001": 2, "+8617000000002": 1}
            total, bindings = store.bindings.find(app)
            assert total == 3
            facts = store.bindings.route_facts(bindings[0].x, bindings[0].a, clock.now())
            assert facts.explicit is not None
            assert facts.explicit.binding == bindings[0]
            assert store.reader().execute("PRAGMA foreign_key_check").fetchall() == []
            assert schema.migrations.pending(store.reader()) == []
        finally:
            store.stop()
    assert len(list((tmp_path / "snapshots").iterdir())) == 1


def test_there_is_an_old_file_to_open() -> None:
    assert OLD
