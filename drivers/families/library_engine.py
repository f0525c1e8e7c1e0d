"""The engine's place taken by python-gsmmodem-new: one thread, its blocking calls under deadlines.

It runs the same procedures as :class:`drivers.at.engine.Engine`, one command at a time, and has the
library write and wait. What the library swallows into a reply is sorted out again by the URC table;
what it loses all the same is found by asking, more often than other families are asked.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from gsmmodem.exceptions import (
    CommandError,
    GsmModemException,
    PinRequiredError,
    TimeoutException,
)

from drivers.at.classify import Classifier, Waiting
from drivers.at.commands import SIM_STATE, Command, Reply
from drivers.at.exchange import Transcript
from drivers.at.queue import Expect, Job, JobQueue, Pause, Sleeping, Step
from drivers.at.results import Result, failure
from drivers.at.urcs import Urc, UrcRule
from drivers.errors import Cancelled, CommandTimeout, DriverError, PortLost
from drivers.families.library_port import Library, ReaderDied

ATTACH: Final = 20.0  # seconds that a modem may take to answer after it was enumerated
PROBE: Final = 2.0
PROBES: Final = 3
CLEANINGS: Final = 8
SIM_STATE_LIMIT: Final = 1.0  # some makes give the state and never an OK
REOPENINGS: Final = 1  # in a row, before the port is given up

_log = logging.getLogger(__name__)


class LibraryEngine:
    """One port, one thread ``gsmmodem-<port>`` beside the library's reader.

    Args:
        path: The tty.
        rules: URC rules by head.
        urc: Called with every unsolicited line.
        lost: Called once with the cause when the port is lost; nothing is called after it.
        transcript: Where lines are kept for people.
    """

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
        self._library = Library(path, self._heard, self._reader_died)
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._life = threading.Lock()  # guards _closed
        self._closed = False
        self._ending = False
        self._introduced = False
        self._reopened = 0
        self._queue = JobQueue()
        self._ready: deque[tuple[Job, object]] = deque()
        self._asleep: list[Sleeping] = []
        self._current: Job | None = None
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._answered = time.monotonic()

    # --- any thread -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread, which opens the port; ``lost`` follows if it can't."""
        name = f"gsmmodem-{self.path.rpartition('/')[2]}"
        self._thread = threading.Thread(target=self._supervised, name=name, daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread and close the port; a call of the library's may outlast ``timeout`` s."""
        self._ending = True
        self._library.alive = False
        self._inbox.put(_nothing)
        thread = self._thread
        if thread is None:
            self._finish("stopped before it was started", report=False)
        elif thread is not threading.current_thread():
            thread.join(timeout)

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
            self._inbox.put(action)
        return True

    # --- the library's reader thread --------------------------------------------------------------

    def _heard(self, lines: list[str]) -> None:
        self._post(lambda: self._sort(lines))

    def _reader_died(self, cause: str) -> None:
        self._post(lambda: self._mend(cause))

    # --- the thread -------------------------------------------------------------------------------

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run an action on this thread in ``seconds``; to be called on this thread only."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), action))

    @property
    def unanswered_for(self) -> float:
        """Seconds since the modem's last result."""
        return time.monotonic() - self._answered

    @property
    def busy(self) -> bool:
        """True while a job is under way or waits."""
        return self._current is not None or len(self._queue) > 0 or bool(self._ready)

    def _supervised(self) -> None:
        cause = "stopped"
        try:
            self._introduce()
            while not self._ending:
                self._turn()
        except PortLost as error:
            cause = str(error)
        except Exception as error:  # noqa: BLE001 - its death is reported, whatever it died of
            _log.exception("the thread of %s died", self.path)
            cause = f"thread died: {error!r}"
        finally:
            self._library.close()
        self._finish(cause, report=not self._ending)

    def _introduce(self) -> None:
        """Let the library open the port and find out what it knows of the make."""
        try:
            self._library.introduce(ATTACH)
        except PinRequiredError:
            _log.info("%s: the library waits for the SIM", self.path)
        except CommandError as error:
            _log.info("%s: the library was refused: %s", self.path, error)
        except TimeoutException as error:
            raise PortLost(f"{self.path}: deaf: no answer to the library") from error
        except (GsmModemException, ValueError, IndexError, AttributeError, TypeError) as error:
            # It reads replies by position: a line too many is enough.
            _log.warning("%s: the library stumbled over a reply: %r", self.path, error)
        else:
            self._introduced = True

    def _turn(self) -> None:
        self._due()
        if self._current is None and self._next_job():
            return
        patience = max(0.0, self._first_due() - time.monotonic())
        with contextlib.suppress(queue.Empty):
            self._inbox.get(timeout=min(patience, 1.0))()

    def _drain(self) -> None:
        with contextlib.suppress(queue.Empty):
            while not self._ending:
                self._inbox.get_nowait()()

    def _first_due(self) -> float:
        due = [entry.due for entry in self._asleep]
        due += [self._timers[0][0]] if self._timers else []
        return min(due, default=float("inf"))

    def _due(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now and not self._ending:
            heapq.heappop(self._timers)[2]()
        for sleeping in [entry for entry in self._asleep if entry.due <= now]:
            self._asleep.remove(sleeping)
            self._ready.append((sleeping.job, None))
        for job in self._queue.expired(now):
            job.finish(None, Cancelled(f"{job.name}: not begun within {job.expires:g} s"))

    def _enqueue(self, job: Job) -> None:
        if job.cancelled:
            job.finish(None, Cancelled(f"{job.name}: taken back"))
            return
        if job.expires is not None:
            job.deadline = time.monotonic() + job.expires
        self._queue.push(job)

    def _drop_cancelled(self) -> None:
        for job in self._queue.cancelled():
            job.finish(None, Cancelled(f"{job.name}: taken back"))

    def _next_job(self) -> bool:
        self._drain()
        if self._ready:
            job, value = self._ready.popleft()
        else:
            found = self._queue.pop()
            if found is None:
                return False
            job, value = found, None
            job.begun = True
        self._current = job
        self._run(job, value)
        self._current = None
        return True

    def _run(self, job: Job, value: object) -> None:
        """Take a job's steps until it ends or waits aside."""
        error: DriverError | None = None
        while not self._ending:
            try:
                step: Step = job.procedure.throw(error) if error else job.procedure.send(value)
            except StopIteration as end:
                job.finish(end.value, None)
                return
            except DriverError as failed:
                job.finish(None, failed)
                return
            value, error = None, None
            if isinstance(step, Command):
                try:
                    value = self._perform(step)
                except PortLost as lost:
                    job.finish(None, lost)
                    raise
                except DriverError as failed:
                    error = failed
            elif isinstance(step, Pause) and step.keep_port:
                self._pause(step.seconds)
            else:
                head = step.head if isinstance(step, Expect) else None
                self._asleep.append(Sleeping(job, time.monotonic() + step.seconds, head))
                return

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ending and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                self._inbox.get(timeout=left)()

    # --- commands ---------------------------------------------------------------------------------

    def _perform(self, command: Command) -> Reply:
        """Have the library run a command. Raises DriverError."""
        self._drain()
        if not self._library.reading:
            self._mend("its reader is dead")
        if command.drain:
            return self._clean(PROBES, command.timeout)
        self.transcript.note(command.text, sent=True)
        if command.call and command.text.startswith("ATD") and self._library.dials_silently:
            self._library.say(f"{command.text}\r")
            return Reply((), "OK")
        sent = False
        try:
            limit = SIM_STATE_LIMIT if command is SIM_STATE else command.timeout
            lines = self._library.ask(
                command.text, limit, call=command.call, prompt=command.payload is not None
            )
            if command.payload is not None and lines[-1].strip() == ">":
                self._sort(lines[:-1])
                self._ask_leave(command)
                sent = True
                lines = self._library.payload(command.payload, command.result_timeout)
        except TimeoutException as late:
            return self._late(command, list(late.data or ()), sent=sent)
        except ReaderDied as dead:
            self._mend(str(dead))
            return self._late(command, [], sent=sent)
        self._answered = time.monotonic()
        self._reopened = 0
        return self._reply(command, lines)

    def _ask_leave(self, command: Command) -> None:
        """Ask whether the PDU may leave; raises Cancelled if not."""
        if command.before_payload is None:
            return
        try:
            command.before_payload()
        except Exception as error:
            _log.error("%s: %s withheld: %s", self.path, command.shown, error)
            self._library.say("\x1b")
            self._clean(PROBES, PROBE)
            raise Cancelled(f"{command.shown}: withheld at the prompt") from error

    def _late(self, command: Command, lines: list[str], *, sent: bool) -> Reply:
        if command is SIM_STATE and any(line.startswith("+CPIN:") for line in lines):
            waiting = Waiting(command)
            self._take(lines, waiting)
            return self._accepted(command, Reply(tuple(waiting.lines), "OK"))
        self._take(lines, Waiting(command))
        late = CommandTimeout(f"{command.shown}: no result in time", outcome_unknown=sent)
        _log.warning("%s: %s", self.path, late)
        if command.payload is not None and not sent:
            self._library.say("\x1b")
        self._clean(PROBES, PROBE)
        raise late

    def _reply(self, command: Command, lines: list[str]) -> Reply:
        waiting = Waiting(command)
        result = self._take(lines, waiting)
        if result is None:
            raise CommandTimeout(
                f"{command.shown}: the library lost its result",
                outcome_unknown=command.payload is not None,
            )
        reply = Reply(tuple(waiting.lines), result.text)
        if result.kind != "ok" and not command.raw:
            raise failure(command.shown, result)
        return self._accepted(command, reply)

    def _accepted(self, command: Command, reply: Reply) -> Reply:
        """Take a good reply; a SIM that is ready lets the library finish its introduction."""
        if command is SIM_STATE and not self._introduced and "READY" in " ".join(reply.lines):
            self._library.close()
            self._introduce()
            self._library.ask("AT&D0", PROBE)
        return reply

    def _take(self, lines: list[str], waiting: Waiting | None) -> Result | None:
        """Sort lines; returns the final result among them."""
        result = None
        for line in lines:
            text = line.strip()
            if not text or text == ">":
                continue
            self.transcript.note(text, sent=False)
            for meaning in self._classifier.meaning(text, waiting):
                if isinstance(meaning, Urc):
                    self._unsolicited(meaning)
                elif isinstance(meaning, Result):
                    result = meaning
                elif meaning == "reply" and waiting is not None:
                    waiting.lines.append(text)
                elif meaning == "stray":
                    self._word(text)
        return result

    def _sort(self, lines: list[str]) -> None:
        """Sort lines that answer nothing."""
        self._take(lines, None)

    def _word(self, line: str) -> None:
        word = self._library.call_word(line)
        if word is not None:
            self._unsolicited(Urc(f"CALL {word[0].upper()}", word[1]))

    def _unsolicited(self, urc: Urc) -> None:
        for sleeping in [entry for entry in self._asleep if entry.wakes(urc)]:
            self._asleep.remove(sleeping)
            self._ready.append((sleeping.job, urc))
        self._urc(urc)

    # --- when it goes wrong -----------------------------------------------------------------------

    def _clean(self, probes: int, timeout: float) -> Reply:
        """Write ``AT`` until nothing but its OK comes. Raises PortLost when that never happens."""
        unanswered = 0
        for _ in range(CLEANINGS + probes):
            if self._ending:
                raise Cancelled(f"{self.path}: stopped")
            try:
                lines = self._library.ask("AT", timeout)
            except TimeoutException as late:
                self._take(list(late.data or ()), None)
                unanswered += 1
                if unanswered >= probes:
                    self._mend(f"deaf: no answer to {probes} × AT within {timeout:g} s each")
                    unanswered = 0
                continue
            except ReaderDied as dead:
                self._mend(str(dead))
                continue
            self._answered = time.monotonic()
            kept = [line for line in lines if line.strip() not in {"AT", ""}]
            if kept == ["OK"]:
                self._reopened = 0
                return Reply((), "OK")
            self._take(kept[:-1], None)
        raise PortLost(f"{self.path}: never silent")

    def _mend(self, cause: str) -> None:
        """Open the port again in place, once; raises PortLost when that was tried before."""
        if self._ending:
            return
        if self._reopened >= REOPENINGS:
            raise PortLost(f"{self.path}: {cause}")
        self._reopened += 1
        _log.warning("%s: %s; opened again", self.path, cause)
        self._library.reopen()

    def _finish(self, cause: str, *, report: bool) -> None:
        with self._life:
            if self._closed:
                return
            self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                action = self._inbox.get_nowait()
                with contextlib.suppress(PortLost):
                    action()  # queues what came in meanwhile, so that it fails with the rest
        kind = PortLost if report else Cancelled
        left = [entry.job for entry in self._asleep] + [job for job, _ in self._ready]
        current = [self._current] if self._current is not None else []
        for job in (*current, *left, *self._queue.clear()):
            with contextlib.suppress(PortLost):
                job.finish(None, kind(f"{job.name}: {cause}"))
        if report:
            _log.warning("%s lost: %s", self.path, cause)
            self._lost(cause)


def _nothing() -> None:
    """Wake the thread."""
