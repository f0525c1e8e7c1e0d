"""The one thread of a command port: jobs in, the steps of their procedures out.

Other threads only enqueue; procedures, timers and handlers run on the port's thread. It ends by
:meth:`PortThread.stop` or by reporting why it lost the port, and by nothing else. How octets get to
the modem and back is for those who derive from it.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from drivers.at import resync
from drivers.at.classify import Classifier
from drivers.at.commands import Command, Reply
from drivers.at.exchange import Transcript
from drivers.at.queue import Expect, Job, JobQueue, Pause, Sleeping, Step
from drivers.at.urcs import Urc, UrcRule
from drivers.errors import Cancelled, CommandTimeout, DriverError, PortLost

WAKES: Final = 512  # wake-up octets read at once
LONG_SILENT: Final = 30.0  # seconds without a result, after which a modem is more likely deaf …
QUICK_PROBE: Final = 2.0  # … than late: an AT has to be answered within so many seconds then

_log = logging.getLogger(__name__)


class PortThread(ABC):
    """One port, one thread ``<role>-<port>``, from which ``lost`` and the rest are called.

    Args:
        path: The tty.
        rules: URC rules by head.
        urc: Called with every unsolicited line.
        lost: Called once with the cause when the port is lost; nothing is called after it.
        transcript: Where lines are kept for people.
    """

    role: ClassVar[str]
    probe: ClassVar[float] = 5.0
    """Seconds for an ``AT`` while the port is made clean after a command without a result."""

    def __init__(
        self,
        path: str,
        rules: Mapping[str, UrcRule],
        urc: Callable[[Urc], None],
        lost: Callable[[str], None],
        transcript: Transcript | None = None,
    ) -> None:
        self.path = path
        self.transcript = transcript or Transcript()
        self._classifier = Classifier(rules)
        self._urc = urc
        self._lost = lost
        self._inbox: deque[Callable[[], None]] = deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._thread: threading.Thread | None = None
        self._life = threading.Lock()  # guards _closed
        self._closed = False
        self._ending = False
        self._queue = JobQueue()
        self._current: Job | None = None
        self._ready: deque[tuple[Job, object]] = deque()
        self._asleep: list[Sleeping] = []
        self._stash: tuple[Job, DriverError] | None = None
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._next_due = float("inf")
        self._timeouts = 0  # commands that stayed without a result

    # --- the port ---

    @abstractmethod
    def _serve(self) -> None:
        """Open the port, work until ``_ending``, close it. Raises PortLost.

        To be called there, over and over: ``_run_inbox``, ``_due``, ``_advance``, and a wait of
        ``_patience``, which ends when ``_wake_read`` has octets.
        """

    @abstractmethod
    def _begin(self, command: Command) -> None:
        """Begin a command; ``_ended`` follows, later or at once. Raises PortLost."""

    @abstractmethod
    def _abandon(self, cause: str) -> DriverError | None:
        """Forget the command under way; return the error that it ends with, None without one."""

    @property
    @abstractmethod
    def unanswered_for(self) -> float:
        """Seconds since the modem's last result; other lines prove no life in its interpreter."""

    @property
    def garbled_at(self) -> float:
        """When octets came last that no modem writes, of the monotonic clock."""
        return float("-inf")

    @property
    def mishaps(self) -> int:
        """How often a line may have been lost: results that did not come, lines of no sense."""
        return self._timeouts

    # --- any thread ---

    def start(self) -> None:
        """Start the thread, which opens the port; ``lost`` follows if it can't."""
        name = f"{self.role}-{os.path.basename(self.path)}"  # noqa: PTH119 - a name, not a path
        self._thread = threading.Thread(target=self._supervised, name=name, daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread and close the port within ``timeout`` seconds; jobs fail as Cancelled."""
        self._ending = True
        with self._life:
            self._wake()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        elif thread is None:
            self._finish("stopped before it was started", report=False)

    def submit(self, job: Job) -> None:
        """Queue a job; it fails at once when the port is closed."""
        if not self._post(lambda: self._enqueue(job)):
            job.finish(None, PortLost(f"{job.name}: {self.path} is closed"))

    def cancel(self, job: Job) -> None:
        """Take back a job whose first octet has not been written; harmless otherwise."""
        job.cancelled = True
        self._post(self._drop_cancelled)

    def call(self, action: Callable[[], None]) -> None:
        """Run an action on the thread; nothing happens when the port is closed."""
        self._post(action)

    def _post(self, action: Callable[[], None]) -> bool:
        with self._life:
            if self._closed:
                return False
            self._inbox.append(action)
            if threading.current_thread() is not self._thread:
                self._wake()
        return True

    def _wake(self) -> None:
        # A full pipe wakes as well as one more octet in it. Under the lock: once closed, the
        # descriptor may be anybody's.
        if not self._closed:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_write, b"\0")

    # --- the port's thread ---

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run an action on this thread in ``seconds``; to be called on this thread only."""
        due = time.monotonic() + seconds
        heapq.heappush(self._timers, (due, next(self._order), action))

    @property
    def busy(self) -> bool:
        """True while a job is under way or waits."""
        return self._current is not None or len(self._queue) > 0 or bool(self._ready)

    def _supervised(self) -> None:
        cause = "stopped"
        try:
            self._serve()
        except PortLost as error:
            cause = str(error)
        except Exception as error:  # noqa: BLE001 - its death is reported, whatever it died of
            _log.exception("the reader of %s died", self.path)
            cause = f"reader died: {error!r}"
        self._finish(cause, report=not self._ending)

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while len(os.read(self._wake_read, WAKES)) == WAKES:
                pass

    def _patience(self, due: float = float("inf")) -> float | None:
        """Return the milliseconds until ``due`` or something before it, None for ever."""
        if len(self._queue):
            due = min(due, self._queue.next_deadline())
        for sleeping in self._asleep:
            due = min(due, sleeping.due)
        if self._timers and self._timers[0][0] < due:
            due = self._timers[0][0]
        self._next_due = due
        if due == float("inf"):
            return None
        return max(0.0, (due - time.monotonic()) * 1000 + 1)

    def _run_inbox(self) -> None:
        while self._inbox and not self._ending:
            self._inbox.popleft()()

    def _due(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now and not self._ending:
            action = heapq.heappop(self._timers)[2]
            try:
                action()
            except PortLost:
                raise
            except Exception:  # noqa: BLE001 - the reader outlives its customer's bugs
                _log.exception("%s: a timer's action failed", self.path)
        for sleeping in [entry for entry in self._asleep if entry.due <= now]:
            self._asleep.remove(sleeping)
            self._ready.append((sleeping.job, None))
        for job in self._queue.expired(now):
            self._conclude(job, None, Cancelled(f"{job.name}: not begun within {job.expires:g} s"))

    def _enqueue(self, job: Job) -> None:
        if job.cancelled:
            self._conclude(job, None, Cancelled(f"{job.name}: taken back"))
            return
        if job.expires is not None:
            job.deadline = time.monotonic() + job.expires
        self._queue.push(job)

    def _drop_cancelled(self) -> None:
        for job in self._queue.cancelled():
            self._conclude(job, None, Cancelled(f"{job.name}: taken back"))

    def _advance(self) -> None:
        """Let the next job have the port, as long as none holds it."""
        while self._current is None and not self._ending:
            if self._ready:
                job, value = self._ready.popleft()
            else:
                found = self._queue.pop()
                if found is None and self._inbox:
                    self._run_inbox()  # what this thread itself has put there wakes nobody
                    continue
                if found is None:
                    return
                job, value = found, None
                job.begun = True
            self._current = job
            self._step(job, value, None)

    def _step(self, job: Job, value: object, error: DriverError | None) -> None:
        try:
            step: Step = job.procedure.throw(error) if error else job.procedure.send(value)
        except StopIteration as end:
            self._leave(job, end.value, None)
        except DriverError as failed:
            self._leave(job, None, failed)
        except Exception as bug:  # noqa: BLE001 - the reader outlives its customer's bugs
            _log.exception("%s: procedure %s failed", self.path, job.name)
            self._leave(job, None, DriverError(f"{job.name}: {bug!r}"))
        else:
            self._perform(job, step)

    def _perform(self, job: Job, step: Step) -> None:
        if isinstance(step, Command):
            self._begin(step)
        elif isinstance(step, Pause) and step.keep_port:
            self.after(step.seconds, lambda: self._step(job, None, None))
        else:
            head = step.head if isinstance(step, Expect) else None
            self._asleep.append(Sleeping(job, time.monotonic() + step.seconds, head))
            self._current = None

    def _leave(self, job: Job, value: object, error: DriverError | None) -> None:
        if self._current is job:
            self._current = None
        self._conclude(job, value, error)

    def _conclude(self, job: Job, value: object, error: DriverError | None) -> None:
        try:
            job.finish(value, error)
        except PortLost:
            raise
        except Exception:  # noqa: BLE001 - the reader outlives its customer's bugs
            _log.exception("%s: the customer of %s failed", self.path, job.name)

    def _ended(self, command: Command, reply: Reply | None, error: DriverError | None) -> None:
        """The command under way has ended: go on with its job, after a timeout on a clean port."""
        job = self._current
        assert job is not None
        if isinstance(error, CommandTimeout) and not command.drain:
            _log.warning("%s: %s", self.path, error)
            self._timeouts += 1
            self._stash = (job, error)
            long_silent = self.unanswered_for >= LONG_SILENT
            probe = min(self.probe, QUICK_PROBE) if long_silent else self.probe
            cleaning = resync.resynchronise(resync.PROBES, probe, owed=1)
            self._current = Job(cleaning, self._clean_again, "resynchronise")
            self._step(self._current, None, None)
            return
        self._step(job, reply, error)

    def _clean_again(self, _: object, error: DriverError | None) -> None:
        assert self._stash is not None
        (job, late), self._stash = self._stash, None
        if error is not None:
            self._conclude(job, None, late)
            raise PortLost(str(error))
        self._current = job
        self._step(job, None, late)

    def _unsolicited(self, urc: Urc) -> None:
        for sleeping in [entry for entry in self._asleep if entry.wakes(urc)]:
            self._asleep.remove(sleeping)
            self._ready.append((sleeping.job, urc))
        self._urc(urc)

    def _finish(self, cause: str, *, report: bool) -> None:
        with self._life:
            if self._closed:
                return
            self._closed = True
            left = list(self._inbox)
            self._inbox.clear()
            os.close(self._wake_read)
            os.close(self._wake_write)
        self._fail_all(cause, left, lost=report)
        if report:
            _log.warning("%s lost: %s", self.path, cause)
            self._lost(cause)

    def _fail_all(self, cause: str, left: list[Callable[[], None]], *, lost: bool) -> None:
        begun = self._abandon(cause)
        kind = PortLost if lost else Cancelled
        failed: list[tuple[Job, DriverError | None]] = []
        if self._stash is not None:
            failed.append(self._stash)
        elif self._current is not None:
            known = lost or isinstance(begun, CommandTimeout)
            failed.append((self._current, begun if known else None))
        for action in left:
            with contextlib.suppress(PortLost):
                action()  # queues what came in meanwhile, so that it fails with the rest
        failed += [(entry.job, None) for entry in self._asleep]
        failed += [(job, None) for job, _ in self._ready]
        failed += [(job, None) for job in self._queue.clear()]
        for job, error in failed:
            with contextlib.suppress(PortLost):
                self._conclude(job, None, error or kind(f"{job.name}: {cause}"))


MakePortThread = Callable[
    [
        str,
        Mapping[str, UrcRule],
        Callable[[Urc], None],
        Callable[[str], None],
        Transcript | None,
    ],
    PortThread,
]
"""Makes one of path, URC rules, what takes URCs, what takes the loss, and a transcript."""
