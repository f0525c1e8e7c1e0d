"""The store: one database file, one writer, a reader per thread, the repositories."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.model.records import Mode
from appliance.store import schema, snapshots
from appliance.store.applications import Applications
from appliance.store.ax import AxRelations
from appliance.store.axe import AxeRelations
from appliance.store.axyb import AxybRelations
from appliance.store.bindings import Bindings
from appliance.store.calls import Calls
from appliance.store.connection import create_private, open_writer
from appliance.store.messages import Messages
from appliance.store.numbers import Numbers
from appliance.store.outbox import Outbox
from appliance.store.readers import Readers
from appliance.store.writer import Done, Writer
from drivers.clock import Clock

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Store:
    """Everything that has to survive a power cut.

    Args:
        path: The database file; made on first start, its folder must exist.
        clock: Tells the time where a repository dates a row.
        region: The box's home country, two letters, for the rules of numbers.

    The repositories are ``applications``, ``numbers``, ``bindings``, ``ax``, ``axe``, ``axyb``,
    ``calls``, ``messages`` and ``outbox``. Their methods that write take the writer's connection
    first and are called inside the work given to :meth:`write` or :meth:`post`.
    """

    def __init__(self, path: Path, *, clock: Clock, region: str = "CN") -> None:
        self.path = Path(path)
        self.clock = clock
        self._lock_file: int | None = None
        self._writer = Writer(lambda: open_writer(self.path), self._transaction_ended)
        self._readers = Readers(self.path)
        self.applications = Applications(self.reader)
        self.numbers = Numbers(self.reader, clock.now)
        self.bindings = Bindings(self.reader, self.applications, self.numbers, region)
        parts = (self.reader, self.applications, self.numbers, region)
        self.ax = AxRelations(Mode.AX, *parts)
        self.axe = AxeRelations(Mode.AXE, *parts)
        self.axyb = AxybRelations(Mode.AXYB, *parts)
        self.calls = Calls(self)
        self.messages = Messages(self)
        self.outbox = Outbox(self)

    def start(self) -> None:
        """Take the file for this process, bring it up to date, start the writer.

        Raises:
            StoreFailed: Another process uses it, newer software wrote it, it is damaged, or a
                migration failed; the file is as it was.
        """
        self._lock()
        try:
            self._prepare()
            self._writer.start()
        except BaseException:
            self._unlock()
            raise
        self._readers.open()

    def stop(self, timeout: float = 5.0) -> None:
        """Write what is queued, close every connection, give the file free.

        Args:
            timeout: Seconds for the writer to empty its queue.

        Threads that read must have ended, or read no more.
        """
        ended = self._writer.stop(timeout)
        self._readers.close()
        for remembered in (self.applications.remembered, self.numbers.remembered):
            remembered.forget()
        if not ended:
            _log.error("the store's writer did not end within %g s", timeout)
            return
        self._unlock()

    def write(self, work: Callable[[Database], T], timeout: float = 10.0) -> T:
        """Run ``work`` on the writer and return what it returned once it is on the disk.

        Args:
            work: Called with the writing connection, in a savepoint; may be run a second time
                when the batch it was in was undone, so it touches nothing but the database.
                It lets the database's errors out and never commits or rolls back itself.
            timeout: Seconds to wait for the commit.

        Raises:
            StoreBusy: Not confirmed in time, or too many writes are waiting.
            StoreFailed: Nothing was written.
            Exception: What ``work`` raised; then nothing of it was written.
        """
        return self._writer.write(work, timeout)

    def post(self, work: Callable[[Database], T], done: Done | None = None) -> None:
        """Queue ``work`` and return at once, never blocking.

        Args:
            work: As for :meth:`write`; posts and writes run in the order of their calls.
            done: Called with (value, None) after COMMIT or (None, error), on the writer's thread,
                or at once on the caller's when the queue is full; it must only enqueue.
        """
        self._writer.post(work, done)

    def reader(self) -> Database:
        """Return this thread's own reading connection; it sees what has been committed.

        Raises:
            StoreFailed: The store is not running.
        """
        return self._readers.mine()

    @property
    def writer(self) -> Writer:
        """The writer, for its figures: depth, batches, requests."""
        return self._writer

    def _transaction_ended(self) -> None:
        self.applications.remembered.ended()
        self.numbers.remembered.ended()

    def _prepare(self) -> None:
        create_private(self.path)
        try:
            db = open_writer(self.path, foreign_keys=False)
        except sqlite3.Error as error:
            raise StoreFailed(f"{self.path} cannot be opened: {error}") from error
        try:
            schema.refuse_unknown(db)
            snapshots.before_new_version(db, self.path, self.clock.now())
            applied = schema.migrate(db)
            snapshots.note_version(db)
        except sqlite3.Error as error:
            raise StoreFailed(f"{self.path} cannot be brought up to date: {error}") from error
        finally:
            db.close()
        if applied:
            _log.info("database %s: applied %s", self.path, ", ".join(applied))

    def _lock(self) -> None:
        path = self.path.with_name(self.path.name + ".lock")
        try:
            self._lock_file = take_lock(path)
        except BlockingIOError as error:
            raise StoreFailed(f"{self.path} is in use by another process") from error
        except OSError as error:
            raise StoreFailed(f"{self.path} cannot be locked: {error.strerror}") from error

    def _unlock(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


def take_lock(path: Path) -> int:
    """Return an open file that holds the exclusive lock ``path`` until it is closed.

    Raises:
        OSError: Another holds it (BlockingIOError), or the file cannot be made.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(handle)
        raise
    return handle
