"""The ``job`` thread: works off the items of tasks, one at a time, over restarts; tidies hourly.

An item and its outcome are one transaction: whatever happens in between, a number was moved and its
item says so, or neither.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from appliance.errors import BadInput, Refused, StoreFailed
from appliance.operations import batches
from appliance.operations.moving_in import REHEARSAL
from appliance.operations.usage import UsageWatch
from appliance.store import Store
from appliance.store.ledger import Ledger
from appliance.store.tasks import Item, Task, TaskKind, Tasks
from drivers.clock import Clock, Timer

_log = logging.getLogger(__name__)

_TRY_AGAIN = 5.0  # seconds after the store refused
TIDY_EVERY = 3600.0
"""Seconds between two looks for records that are old and allowances that are nearly used up."""
HISTORY_KEPT = timedelta(days=31)
"""How long the history of bindings is kept, as the cloud's console does, and with it tasks that
have ended. behaviour §8"""
_NOBODY: frozenset[str] = frozenset()


class Jobs:
    """Runs tasks. Safe from any thread.

    Args:
        store: Where tasks stand; started before, and stopped after.
        clock: Dates what is done.
        in_call: Tells the numbers that carry a call at this moment.
        enrolment_changed: Called after items that changed whose a number is.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        in_call: Callable[[], Collection[str]] = lambda: _NOBODY,
        enrolment_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._in_call = in_call
        self._enrolment_changed = enrolment_changed
        self.tasks = Tasks(store.reader)
        self._usage = UsageWatch(store)
        self._tidy_due = True
        self._timer: Timer | None = None
        self._changed = threading.Condition()
        self._wanted = False
        self._ending = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Go on with what waits."""
        self._ending, self._wanted = False, True
        self._timer = self._clock.after(TIDY_EVERY, self._hour)
        self._thread = threading.Thread(target=self._supervise, name="job", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """End after the item at hand; return False when it did not end within ``timeout`` s."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def submit(self, kind: TaskKind, subjects: Sequence[str], arguments: dict[str, Any]) -> Task:
        """Enter a task and begin. Raises BadInput, StoreFailed."""
        now = self._clock.now()
        made = self._store.write(lambda db: self.tasks.add(db, kind, subjects, arguments, now))
        self._wake()
        return made

    def resubmit(self, task_id: int) -> Task:
        """Try again what failed. Raises BadInput, NotFound, StoreFailed."""
        task = self._store.write(lambda db: self.tasks.resubmit(db, task_id))
        self._wake()
        return task

    def _wake(self) -> None:
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def _hour(self) -> None:
        """On the timer thread: have the job thread tidy, and come back."""
        with self._changed:
            self._tidy_due = True
            if not self._ending:
                self._timer = self._clock.after(TIDY_EVERY, self._hour)
        self._wake()

    def _tidy(self) -> None:
        with self._changed:
            due, self._tidy_due = self._tidy_due, False
        if not due:
            return
        now = self._clock.now()
        ledger = Ledger(self._store.reader)
        self._store.write(lambda db: ledger.forget(db, now - HISTORY_KEPT))
        self._store.write(lambda db: self.tasks.forget(db, now - HISTORY_KEPT))
        for folder in self._store.path.parent.glob(f"{REHEARSAL}*"):
            if time.time() - folder.stat().st_mtime > TIDY_EVERY:
                shutil.rmtree(folder, ignore_errors=True)  # of a box that was killed in between
        self._usage.look(now)

    def _supervise(self) -> None:
        while True:
            try:
                self._work()
            except Exception:  # noqa: BLE001 - the other items have to be tried
                _log.exception("tasks failed; going on in %g s", _TRY_AGAIN)
                with self._changed:
                    self._changed.wait_for(lambda: self._ending, _TRY_AGAIN)
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._ending)
                if self._ending:
                    return

    def _work(self) -> None:
        """Do what waits until nothing does."""
        self._tidy()
        while not self._ending:
            with self._changed:
                self._wanted = False
            following = self._store.write(self.tasks.waiting)
            if following is None:
                return
            with self._changed:
                self._wanted = True  # until nothing waits, also after a failure
            self._settle(*following)

    def _settle(self, task: Task, item: Item) -> None:
        now = self._clock.now()

        def done(db: Database) -> None:
            note = batches.perform(self._store, db, task, item.subject, self._in_call(), now)
            self.tasks.settle(db, task.task_id, item.position, now, note=note)

        try:
            self._store.write(done)
        except StoreFailed:
            raise
        except (BadInput, Refused) as error:
            reason = str(error)
            self._store.write(
                lambda db: self.tasks.settle(db, task.task_id, item.position, now, reason=reason)
            )
        else:
            self._enrolment_changed()
