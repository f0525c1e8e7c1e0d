"""Group commit: one thread writes, many requests share a sync, each fails for itself alone.

A batch is one transaction. Every request of it runs in a savepoint of its own, so that a request
that fails undoes only what it did. Callers are answered after COMMIT has returned: what was
acknowledged is on the disk. SQLite rolls a whole transaction back by itself when the disk is full,
on an I/O error, or on ``RAISE(ROLLBACK)``; then nobody of the batch is acknowledged and each
request is run again in a transaction of its own. Work is therefore a function that can be run
twice: it touches nothing but the database it is given.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from sqlite_utils import Database

from appliance.errors import StoreBusy, StoreFailed

_log = logging.getLogger(__name__)

T = TypeVar("T")
Done = Callable[[Any, BaseException | None], None]

BATCH = 256
"""Requests that share one sync at most: bounds how long the first waits for the last."""
WAITING_WRITES = 2_048
"""Writes of waiting callers that are queued at most; beyond it they are refused at once."""
WAITING_POSTS = 16_384
"""Posts that are queued at most: line workers leave journal entries here and never wait."""
IDLE_WAIT = 5.0
LONGEST_GATHERING = 0.005
"""Seconds that a batch waits for more requests at most."""

_DISK_CODES = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class _Stage(Enum):
    QUEUED = auto()
    RUNNING = auto()
    GIVEN_UP = auto()
    SETTLED = auto()


class Pending(Generic[T]):
    """A request on its way: what it will return is known once its batch is on the disk."""

    __slots__ = ("_done", "_error", "_lock", "_settled", "_stage", "_value", "work")

    def __init__(self, work: Callable[[Database], T], done: Done | None = None) -> None:
        self.work = work
        self._done = done
        self._lock = threading.Lock()
        self._settled = threading.Lock()  # let go once: a fraction of what an Event costs
        self._settled.acquire()
        self._stage = _Stage.QUEUED
        self._value: T | None = None
        self._error: BaseException | None = None

    def begin(self) -> bool:
        """Claim the request for the writer; False when its caller has given up before."""
        with self._lock:
            if self._stage is _Stage.GIVEN_UP:
                return False
            self._stage = _Stage.RUNNING
            return True

    def settle(self, value: T | None, error: BaseException | None) -> None:
        """Answer the caller, once; what ``done`` raises is logged and goes no further."""
        with self._lock:
            if self._stage is _Stage.SETTLED:
                return
            self._value, self._error = value, error
            self._stage = _Stage.SETTLED
        self._settled.release()
        if self._done is not None:
            try:
                self._done(value, error)
            except Exception:  # noqa: BLE001 - a caller's bug must not stop everybody's writes
                _log.exception("the receiver of a write's outcome failed")

    def wait(self, timeout: float) -> T:
        """Return the outcome.

        Args:
            timeout: Seconds to wait for the commit.

        Raises:
            StoreBusy: Not confirmed in time. When the writer had not begun, nothing was written
                and nothing will be; otherwise the outcome is unknown.
            BaseException: What the work raised.
        """
        if self._settled.acquire(timeout=min(max(timeout, 0.0), threading.TIMEOUT_MAX)):
            self._settled.release()
        with self._lock:
            if self._stage is _Stage.QUEUED:
                self._stage = _Stage.GIVEN_UP
                raise StoreBusy(f"the writer did not begin within {timeout:g} s: nothing written")
            if self._stage is not _Stage.SETTLED:
                raise StoreBusy(f"the write was not confirmed within {timeout:g} s")
            if self._error is not None:
                raise self._error
            return self._value  # type: ignore[return-value]  # settled without error: a T


class Writer:
    """The thread ``store-writer`` and the queue before it.

    Args:
        connect: Opens the writing connection; called on the thread, again after a failure of it.
        ended: Called on the thread when a transaction has ended, committed or undone, before
            anybody is answered.
    """

    def __init__(
        self, connect: Callable[[], Database], ended: Callable[[], None] = lambda: None
    ) -> None:
        self._connect = connect
        self._ended = ended
        self._queue: deque[Pending[Any]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._ending = False
        self._thread: threading.Thread | None = None
        self._answered = 0
        self._wanted = 1  # requests in the queue for which the thread is to be woken
        self._patience = 0.0
        self.batches = 0
        self.requests = 0
        self.failures = 0

    def start(self) -> None:
        """Start the thread; it opens its connection when the first request comes."""
        with self._changed:
            self._ending = False
        self._thread = threading.Thread(target=self._supervise, name="store-writer", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Write what is queued, then end. Return False when that took longer than ``timeout`` s."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def depth(self) -> int:
        """Return how many requests wait."""
        return len(self._queue)

    def write(self, work: Callable[[Database], T], timeout: float) -> T:
        """Run ``work`` in the next batch and return what it returned, after COMMIT.

        Raises:
            StoreBusy: The queue is full, or the commit was not confirmed within ``timeout`` s.
            StoreFailed: Nothing was written: disk, stopped store, or called on the writer itself.
        """
        if threading.current_thread() is self._thread:
            raise StoreFailed("a write was asked for on the writer's own thread")
        pending: Pending[T] = Pending(work)
        refusal = self._enqueue(pending, WAITING_WRITES)
        if refusal is not None:
            raise refusal
        return pending.wait(timeout)

    def post(self, work: Callable[[Database], T], done: Done | None) -> None:
        """Queue ``work`` and return at once; a full queue is told to ``done`` here and now."""
        pending: Pending[T] = Pending(work, done)
        refusal = self._enqueue(pending, WAITING_POSTS)
        if refusal is not None:
            _log.error("a posted write was refused: %s", refusal)
            pending.settle(None, refusal)

    def _enqueue(self, pending: Pending[Any], limit: int) -> StoreFailed | None:
        with self._changed:
            if self._ending or self._thread is None:
                return StoreFailed("the store is not running")
            if len(self._queue) >= limit:
                return StoreBusy(f"{len(self._queue)} writes are waiting: nothing written")
            self._queue.append(pending)
            if len(self._queue) >= self._wanted:
                self._changed.notify()
            return None

    def _supervise(self) -> None:
        try:
            while not self._serve_once():
                pass
        finally:
            with self._changed:
                expected, self._ending = self._ending, True
                left = list(self._queue)
                self._queue.clear()
            if not expected:
                _log.critical("the store's writer has died: nothing can be written any more")
            for pending in left:
                pending.settle(None, StoreFailed("the store's writer has ended"))

    def _serve_once(self) -> bool:
        """Serve with one connection; True when the end was asked for and the queue is empty."""
        batch: list[Pending[Any]] = []
        db: Database | None = None
        try:
            while True:
                batch = self._next_batch()
                if not batch:
                    return True
                if db is None:
                    db = self._connect()
                begun = time.monotonic()
                Batch(db, batch, self._ended).run()
                self._answered = len(batch)
                self._patience = min(LONGEST_GATHERING, (time.monotonic() - begun) / 4)
                self.batches += 1
                self.requests += len(batch)
                batch = []
        except Exception as error:  # noqa: BLE001 - the writer outlives whatever this was
            self.failures += 1
            _log.exception("the store's writer failed and opens its connection again")
            for pending in batch:
                pending.settle(None, StoreFailed(f"the writer failed: {error}"))
            return False
        finally:
            if db is not None:
                db.close()

    def _next_batch(self) -> list[Pending[Any]]:
        """Return the requests that wait, up to BATCH; empty only when the end was asked for."""
        batch: list[Pending[Any]] = []
        with self._changed:
            while not self._queue:
                if self._ending:
                    return []
                self._changed.wait(IDLE_WAIT)
            self._gather()
            while self._queue and len(batch) < BATCH:
                batch.append(self._queue.popleft())
        return batch

    def _gather(self) -> None:
        """Give those who were answered just now a moment to ask again; the lock is held.

        Without it two halves of the clients take turns, each paying for a sync of its own. The
        moment is a fraction of what a batch costs, and nobody alone ever waits for it.
        """
        if self._answered < 2 or self._ending:
            return
        self._wanted = min(BATCH, len(self._queue) + self._answered)
        self._changed.wait_for(
            lambda: self._ending or len(self._queue) >= self._wanted, self._patience
        )
        self._wanted = 1


class Batch:
    """Requests that share one transaction.

    Args:
        db: The writing connection, in no transaction.
        requests: In the order in which they run.
        ended: Called when a transaction has ended, before its requests are answered.
    """

    def __init__(
        self,
        db: Database,
        requests: list[Pending[Any]],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = db
        self._requests = requests
        self._ended = ended

    def run(self) -> None:
        """Run them together; if SQLite undid the transaction, each again alone."""
        claimed = [pending for pending in self._requests if pending.begin()]
        if not claimed:
            return
        outcomes = self._together(claimed)
        if outcomes is None and len(claimed) > 1:
            _log.warning("a batch of %d writes was undone: each runs alone now", len(claimed))
        for index, pending in enumerate(claimed):
            if outcomes is not None:
                pending.settle(*outcomes[index])
            else:
                pending.settle(*self._alone(pending))

    def _together(
        self, claimed: list[Pending[Any]]
    ) -> list[tuple[Any, BaseException | None]] | None:
        """Return every outcome after COMMIT, or None when the transaction did not survive."""
        outcomes: list[tuple[Any, BaseException | None]] = []
        self._begin()
        try:
            outcomes.extend(self._in_savepoint(pending) for pending in claimed)
            self._db.conn.execute("COMMIT")
        except _TransactionLost:
            self._rollback()
            return None
        except sqlite3.Error as error:
            _log.warning("a batch of %d writes was not committed: %s", len(claimed), error)
            self._rollback()
            return None
        self._ended()
        return outcomes

    def _alone(self, pending: Pending[Any]) -> tuple[Any, BaseException | None]:
        self._begin()
        try:
            outcome = self._in_savepoint(pending)
            self._db.conn.execute("COMMIT")
        except _TransactionLost as lost:
            self._rollback()
            return None, _as_failure(lost.cause)
        except sqlite3.Error as error:
            self._rollback()
            return None, _as_failure(error)
        self._ended()
        return outcome

    def _begin(self) -> None:
        if self._db.conn.in_transaction:
            raise StoreFailed("the writing connection was left inside a transaction")
        try:
            self._db.conn.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            # Locked by somebody else, or the connection is dead: to try each request alone would
            # only wait as often. Whoever runs the batch fails it and opens a new connection.
            raise StoreFailed(f"no transaction could be begun: {error}") from error

    def _in_savepoint(self, pending: Pending[Any]) -> tuple[Any, BaseException | None]:
        """Run one request; raise _TransactionLost when the batch's transaction is gone after it."""
        connection = self._db.conn
        connection.execute("SAVEPOINT request")
        try:
            value = pending.work(self._db)
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
            try:
                connection.execute("ROLLBACK TO request")
                connection.execute("RELEASE request")
            except sqlite3.Error:
                raise _TransactionLost(error) from error
            return None, _as_failure(error)
        try:
            connection.execute("RELEASE request")
        except sqlite3.Error as error:
            raise _TransactionLost(error) from error
        if not connection.in_transaction:
            raise _TransactionLost(StoreFailed("a request ended the writer's transaction"))
        return value, None

    def _rollback(self) -> None:
        if self._db.conn.in_transaction:
            self._db.conn.execute("ROLLBACK")
        self._ended()


class _TransactionLost(Exception):
    """The transaction of the batch does not stand any more, because of ``cause``."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _as_failure(error: BaseException) -> BaseException:
    """Return StoreFailed for what the disk did, and any other error as it is."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and (code & 0xFF) in _DISK_CODES:
            return StoreFailed(f"the database could not be written: {error}")
    return error
