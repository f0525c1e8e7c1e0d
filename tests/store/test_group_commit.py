"""What was acknowledged is on the disk; who fails, fails alone; many share a sync."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.errors import StoreBusy, StoreFailed
from appliance.store.connection import create_private, open_reader, open_writer
from appliance.store.writer import Batch, Pending, Writer

DEADLINE = 20.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    create_private(path)
    db = open_writer(path)
    db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)")
    db.execute(
        "CREATE TRIGGER undo_all BEFORE INSERT ON notes WHEN new.text = 'undo all' "
        "BEGIN SELECT RAISE(ROLLBACK, 'everything is undone'); END"
    )
    db.close()
    return path


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(lambda: open_writer(path))
    writer.start()
    yield writer
    assert writer.stop(DEADLINE)


def note(text: str, result: str = "") -> Callable[[Database], str]:
    def work(db: Database) -> str:
        db.execute("INSERT INTO notes (text) VALUES (?)", (text,))
        return result or text

    return work


def notes(path: Path) -> list[str]:
    db = open_reader(path)
    try:
        return [row[0] for row in db.execute("SELECT text FROM notes ORDER BY id").fetchall()]
    finally:
        db.close()


class Gate:
    """Holds the writer inside one request, so that others gather behind it into one batch."""

    def __init__(self, writer: Writer) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()
        writer.post(self._hold, None)
        assert self.entered.wait(DEADLINE)

    def _hold(self, db: Database) -> None:
        self.entered.set()
        assert self.leave.wait(DEADLINE)


class Outcomes:
    """Collects what posts come to, in the order of their answers."""

    def __init__(self) -> None:
        self.all: list[tuple[object, BaseException | None]] = []
        self._changed = threading.Condition()

    def __call__(self, value: object, error: BaseException | None) -> None:
        with self._changed:
            self.all.append((value, error))
            self._changed.notify_all()

    def wait(self, count: int) -> list[tuple[object, BaseException | None]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.all) >= count, DEADLINE)
        return self.all


def gather(writer: Writer, texts: list[str]) -> list[tuple[object, BaseException | None]]:
    """Write texts in one batch and return their outcomes."""
    gate, outcomes = Gate(writer), Outcomes()
    for text in texts:
        writer.post(note(text), outcomes)
    gate.leave.set()
    return outcomes.wait(len(texts))


def test_write_returns_what_the_work_returned_once_others_can_read_it(
    writer: Writer, path: Path
) -> None:
    assert writer.write(note("a", "value"), DEADLINE) == "value"
    assert notes(path) == ["a"]


def test_requests_that_wait_together_share_one_commit(writer: Writer, path: Path) -> None:
    before = writer.batches
    texts = [str(index) for index in range(100)]
    assert [value for value, _ in gather(writer, texts)] == texts
    assert writer.batches - before == 2  # the gate, and everybody behind it
    assert notes(path) == texts


def test_one_failing_request_undoes_only_itself(writer: Writer, path: Path) -> None:
    outcomes = gather(writer, ["a", "b", "a", "c"])
    assert [error is None for _, error in outcomes] == [True, True, False, True]
    assert isinstance(outcomes[2][1], sqlite3.IntegrityError)
    assert notes(path) == ["a", "b", "c"]


def test_a_request_that_failed_after_writing_leaves_nothing(writer: Writer, path: Path) -> None:
    def work(db: Database) -> None:
        db.execute("INSERT INTO notes (text) VALUES ('half')")
        raise KeyError("changed my mind")

    with pytest.raises(KeyError, match="changed my mind"):
        writer.write(work, DEADLINE)
    assert notes(path) == []


def test_a_rollback_of_the_whole_transaction_costs_only_its_cause(
    writer: Writer, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = gather(writer, ["a", "b", "undo all", "c", "d"])
    assert [error is None for _, error in outcomes] == [True, True, False, True, True]
    assert "everything is undone" in str(outcomes[2][1])
    assert notes(path) == ["a", "b", "c", "d"]
    assert "each runs alone" in caplog.text


def test_nobody_is_answered_before_the_commit_of_an_undone_batch(
    writer: Writer, path: Path
) -> None:
    gate = Gate(writer)
    outcomes = Outcomes()
    seen: list[list[str]] = []

    def look(value: object, error: BaseException | None) -> None:
        seen.append(notes(path))
        outcomes(value, error)

    for text in ("a", "undo all", "b"):
        writer.post(note(text), look)
    gate.leave.set()
    outcomes.wait(3)
    assert seen == [["a"], ["a"], ["a", "b"]]


def test_work_that_hides_a_rollback_is_not_acknowledged(writer: Writer, path: Path) -> None:
    def hides(db: Database) -> str:
        try:
            db.execute("INSERT INTO notes (text) VALUES ('undo all')")
        except sqlite3.IntegrityError:
            return "all well"
        return "not reached"

    gate, outcomes = Gate(writer), Outcomes()
    writer.post(note("a"), outcomes)
    writer.post(hides, outcomes)
    gate.leave.set()
    (value, error), (hidden, cause) = outcomes.wait(2)
    assert (value, error) == ("a", None)
    assert hidden is None
    assert cause is not None
    assert notes(path) == ["a"]


def test_work_that_commits_by_itself_is_refused(writer: Writer, path: Path) -> None:
    def commits(db: Database) -> None:
        db.conn.execute("COMMIT")

    with pytest.raises(sqlite3.OperationalError, match="savepoint"):
        writer.write(commits, DEADLINE)
    assert writer.write(note("after"), DEADLINE) == "after"


def test_a_commit_that_fails_is_told_and_the_next_write_works(writer: Writer, path: Path) -> None:
    def deferred(db: Database) -> None:
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("CREATE TABLE child (parent INTEGER REFERENCES notes (id))")
        db.execute("INSERT INTO child VALUES (77)")

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        writer.write(deferred, DEADLINE)
    assert writer.write(note("after"), DEADLINE) == "after"


def test_writes_and_posts_of_one_caller_keep_their_order(writer: Writer, path: Path) -> None:
    for index in range(50):
        if index % 7:
            writer.post(note(str(index)), None)
        else:
            writer.write(note(str(index)), DEADLINE)
    writer.write(note("last"), DEADLINE)
    assert notes(path) == [*map(str, range(50)), "last"]


def test_many_threads_lose_nothing(writer: Writer, path: Path) -> None:
    def client(name: int) -> None:
        for index in range(25):
            writer.write(note(f"{name}/{index}"), DEADLINE)

    threads = [threading.Thread(target=client, args=(n,), name=f"client-{n}") for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert sorted(notes(path)) == sorted(f"{n}/{i}" for n in range(16) for i in range(25))
    assert writer.batches < writer.requests


def test_a_write_that_was_not_begun_in_time_never_happens(writer: Writer, path: Path) -> None:
    gate = Gate(writer)
    with pytest.raises(StoreBusy, match="nothing written"):
        writer.write(note("late"), 0.01)
    gate.leave.set()
    writer.write(note("next"), DEADLINE)
    assert notes(path) == ["next"]


def test_a_write_that_was_begun_and_not_confirmed_in_time_is_unknown(writer: Writer) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(db: Database) -> None:
        entered.set()
        assert leave.wait(DEADLINE)

    pending = Pending(slow)
    assert writer._enqueue(pending, 10) is None
    assert entered.wait(DEADLINE)
    with pytest.raises(StoreBusy, match="not confirmed"):
        pending.wait(0.01)
    leave.set()
    assert pending.wait(DEADLINE) is None


def test_a_full_queue_refuses_writes_at_once_and_still_takes_posts(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.store.writer.WAITING_WRITES", 2)
    monkeypatch.setattr("appliance.store.writer.WAITING_POSTS", 4)
    gate, outcomes = Gate(writer), Outcomes()
    for index in range(2):
        writer.post(note(str(index)), outcomes)
    with pytest.raises(StoreBusy, match="2 writes are waiting"):
        writer.write(note("refused"), DEADLINE)
    for index in range(2, 5):
        writer.post(note(str(index)), outcomes)
    assert isinstance(outcomes.wait(1)[0][1], StoreBusy)
    gate.leave.set()
    assert [value for value, _ in outcomes.wait(5)[1:]] == ["0", "1", "2", "3"]


def test_the_writer_may_not_wait_for_itself(writer: Writer) -> None:
    def inner(db: Database) -> None:
        writer.write(note("never"), DEADLINE)

    with pytest.raises(StoreFailed, match="own thread"):
        writer.write(inner, DEADLINE)


def test_stop_writes_what_is_queued_and_refuses_afterwards(writer: Writer, path: Path) -> None:
    gate, outcomes = Gate(writer), Outcomes()
    for text in ("a", "b"):
        writer.post(note(text), outcomes)
    stopper = threading.Thread(target=writer.stop, args=(DEADLINE,), name="stopper")
    stopper.start()
    gate.leave.set()
    stopper.join(DEADLINE)
    assert notes(path) == ["a", "b"]
    with pytest.raises(StoreFailed, match="not running"):
        writer.write(note("c"), DEADLINE)
    writer.post(note("d"), outcomes)
    assert isinstance(outcomes.wait(3)[2][1], StoreFailed)


def test_a_receiver_that_raises_stops_nobody(
    writer: Writer, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(value: object, error: BaseException | None) -> None:
        raise RuntimeError("a bug of the caller")

    writer.post(note("a"), breaks)
    writer.write(note("b"), DEADLINE)
    assert notes(path) == ["a", "b"]
    assert "a bug of the caller" in caplog.text


def test_a_lost_connection_is_opened_again(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened: list[Database] = []

    def connect() -> Database:
        opened.append(open_writer(path))
        return opened[-1]

    writer = Writer(connect)
    writer.start()
    try:
        writer.write(note("a"), DEADLINE)
        opened[0].close()
        with pytest.raises(StoreFailed, match="closed database"):
            writer.write(note("lost"), DEADLINE)
        writer.write(note("b"), DEADLINE)
        assert notes(path) == ["a", "b"]
    finally:
        assert writer.stop(DEADLINE)


def test_a_death_of_the_writer_is_logged_and_answered(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(lambda: open_writer(path))
    writer.start()
    real = Batch.run

    def dies(batch: Batch) -> None:
        monkeypatch.setattr(Batch, "run", real)
        raise MemoryError("no memory left")

    try:
        monkeypatch.setattr(Batch, "run", dies)
        with pytest.raises(StoreFailed, match="no memory left"):
            writer.write(note("a"), DEADLINE)
        assert writer.failures == 1
        assert writer.write(note("b"), DEADLINE) == "b"
        assert "opens its connection again" in caplog.text
    finally:
        assert writer.stop(DEADLINE)


def test_work_that_asks_the_thread_to_exit_only_fails_itself(writer: Writer, path: Path) -> None:
    def leaves(db: Database) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        writer.write(leaves, DEADLINE)
    assert writer.write(note("after"), DEADLINE) == "after"


def test_a_foreign_write_lock_fails_the_batch_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.store.connection.BUSY_MILLISECONDS", 50)
    writer = Writer(lambda: open_writer(path))
    writer.start()
    other = open_writer(path)
    try:
        writer.write(note("a"), DEADLINE)
        other.conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="locked"):
            writer.write(note("b"), DEADLINE)
        other.rollback()
        writer.write(note("c"), DEADLINE)
        assert notes(path) == ["a", "c"]
    finally:
        other.close()
        assert writer.stop(DEADLINE)


def test_a_deadline_that_has_passed_does_not_wait(writer: Writer, path: Path) -> None:
    gate = Gate(writer)
    with pytest.raises(StoreBusy, match="nothing written"):
        writer.write(note("late"), -1.0)
    gate.leave.set()
    assert writer.write(note("after"), DEADLINE) == "after"
    assert notes(path) == ["after"]
