"""The bank's one thread: descriptors, timers, and work that other threads hand in."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")
Action = Callable[[], None]

_LONGEST_WAIT = 1.0  # seconds; a look at the stop flag even when nothing is due


class ReactorStopped(Exception):
    """Raised when work is handed to a reactor that does not run, or that ended before doing it."""


class Handle:
    """One thing that will happen later."""

    __slots__ = ("_action",)

    def __init__(self, action: Action) -> None:
        self._action: Action | None = action

    def cancel(self) -> None:
        """Make it not happen; harmless when it has happened or was cancelled before."""
        self._action = None

    @property
    def pending(self) -> bool:
        """True until it has happened or was cancelled."""
        return self._action is not None

    def fire(self) -> None:
        """Do it now, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Ticker:
    """Something that happens at a fixed rate on a schedule that does not drift.

    A late turn is made up for by several calls in a row, up to ``catch_up``; what lies further back
    is dropped and counted in :attr:`dropped`.
    """

    def __init__(self, reactor: Reactor, period: float, action: Action, catch_up: int) -> None:
        self._reactor, self._period, self._action = reactor, period, action
        self._catch_up = catch_up
        self._due = reactor.now() + period
        self.dropped = 0
        self._handle = reactor.after(period, self._turn)

    def cancel(self) -> None:
        """End it."""
        self._handle.cancel()

    def _turn(self) -> None:
        late = int((self._reactor.now() - self._due) / self._period)
        if late > self._catch_up:
            self.dropped += late - self._catch_up
            self._due += (late - self._catch_up) * self._period
            late = self._catch_up
        self._due += (late + 1) * self._period
        self._handle = self._reactor.after(self._due - self._reactor.now(), self._turn)
        for _ in range(late + 1):
            self._action()


class Reply(Generic[T]):
    """A slot in which the reactor's thread leaves an answer for another thread.

    An instance is itself the function to answer with; only the first answer counts.
    """

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

    def __call__(self, value: T) -> None:
        """Answer."""
        if not self._ready.is_set():
            self._value = value
            self._ready.set()

    def fail(self, error: BaseException) -> None:
        """Make the waiting thread raise ``error``."""
        if not self._ready.is_set():
            self._error = error
            self._ready.set()

    def wait(self, timeout: float) -> T:
        """Return the answer.

        Raises:
            TimeoutError: No answer within ``timeout`` seconds.
            BaseException: Whatever :meth:`fail` was given.
        """
        if not self._ready.wait(timeout):
            raise TimeoutError(f"the virtual network gave no answer within {timeout:g} s")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


class Reactor:
    """A single-threaded loop. All methods but :meth:`call`, :meth:`ask`, :meth:`post` and
    :meth:`stop` belong to the reactor's own thread (or to the time before :meth:`run`)."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._readers: dict[int, Action] = {}
        self._writers: dict[int, Action] = {}
        self._timers: list[tuple[float, int, Handle]] = []
        self._order = itertools.count()
        self._inbox: deque[tuple[Action, Reply[object] | None]] = deque()
        self._lock = threading.Lock()
        self._ending = False
        self._ended = False
        self._owner: int | None = None

    def now(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    # --- descriptors ------------------------------------------------------------------------------

    def add_reader(self, fd: int, action: Action) -> None:
        """Call ``action`` whenever ``fd`` has something to read (or has failed)."""
        self._readers[fd] = action
        self._watch(fd)

    def remove_reader(self, fd: int) -> None:
        """Forget the reader of ``fd``; harmless if there is none. Call it before closing ``fd``."""
        if self._readers.pop(fd, None) is not None:
            self._watch(fd)

    def add_writer(self, fd: int, action: Action) -> None:
        """Call ``action`` whenever ``fd`` can take octets."""
        self._writers[fd] = action
        self._watch(fd)

    def remove_writer(self, fd: int) -> None:
        """Forget the writer of ``fd``; harmless if there is none."""
        if self._writers.pop(fd, None) is not None:
            self._watch(fd)

    def _watch(self, fd: int) -> None:
        events = (selectors.EVENT_READ if fd in self._readers else 0) | (
            selectors.EVENT_WRITE if fd in self._writers else 0
        )
        known = fd in self._selector.get_map()
        if events and known:
            self._selector.modify(fd, events, None)
        elif events:
            self._selector.register(fd, events, None)
        elif known:
            self._selector.unregister(fd)

    # --- time -------------------------------------------------------------------------------------

    def after(self, seconds: float, action: Action) -> Handle:
        """Call ``action`` once ``seconds`` have passed; 0 is the next turn, in the order given."""
        handle = Handle(action)
        heapq.heappush(self._timers, (self.now() + max(0.0, seconds), next(self._order), handle))
        return handle

    def every(self, seconds: float, action: Action, catch_up: int = 25) -> Ticker:
        """Call ``action`` at a fixed rate, making up for at most ``catch_up`` late turns."""
        return Ticker(self, seconds, action, catch_up)

    # --- other threads ----------------------------------------------------------------------------

    def post(self, action: Action) -> None:
        """Have ``action`` called on the reactor's thread; for any thread, returns at once.

        Raises:
            ReactorStopped: The reactor has ended.
        """
        self._hand_in(action, None)

    def call(self, fn: Callable[[], T], timeout: float = 5.0) -> T:
        """Run ``fn`` on the reactor's thread and return (or raise) what it does.

        Raises:
            ReactorStopped: The reactor has ended.
            TimeoutError: Not done within ``timeout`` seconds.
        """

        def begin(reply: Reply[T]) -> None:
            reply(fn())

        return self.ask(begin, timeout)

    def ask(self, begin: Callable[[Reply[T]], None], timeout: float) -> T:
        """Run ``begin`` on the reactor's thread and wait until it, or what it started, replies.

        Raises:
            ReactorStopped: The reactor has ended.
            TimeoutError: No reply within ``timeout`` seconds.
        """
        reply: Reply[T] = Reply()

        def start() -> None:
            try:
                begin(reply)
            except Exception as error:  # noqa: BLE001 - it belongs to the thread that asked
                reply.fail(error)

        if threading.get_ident() == self._owner:
            start()
        else:
            self._hand_in(start, reply)
        return reply.wait(timeout)

    def _hand_in(self, action: Action, reply: Reply[object] | Reply[T] | None) -> None:
        with self._lock:
            if self._ended:
                raise ReactorStopped("the bank has stopped")
            self._inbox.append((action, reply))  # type: ignore[arg-type]
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            if not self._ended:
                with contextlib.suppress(BlockingIOError):  # full: it will wake anyway
                    os.write(self._wake_write, b"\0")

    def stop(self) -> None:
        """Make :meth:`run` return after its current turn; for any thread, returns at once."""
        self._ending = True
        self._wake()

    # --- the loop ---------------------------------------------------------------------------------

    def run(self) -> None:
        """Turn until :meth:`stop`; then close what is the reactor's own. Once only."""
        self._owner = threading.get_ident()
        try:
            while not self._ending:
                self.turn(self._wait())
        finally:
            self.close()

    def turn(self, wait: float = 0.0) -> None:
        """Do what is due, waiting up to ``wait`` seconds for a descriptor."""
        for key, events in self._selector.select(wait):
            if key.fd == self._wake_read:
                self._drain()
                continue
            if events & selectors.EVENT_READ and (action := self._readers.get(key.fd)):
                self._guard(action)
            if events & selectors.EVENT_WRITE and (action := self._writers.get(key.fd)):
                self._guard(action)
        self._do_inbox()
        self._do_timers(self.now())

    def close(self) -> None:
        """Close the reactor's own descriptors and refuse what is still in the inbox. Idempotent."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            left, self._inbox = list(self._inbox), deque()
        for _, reply in left:
            if reply is not None:
                reply.fail(ReactorStopped("the bank has stopped"))
        self._timers.clear()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _wait(self) -> float:
        if self._inbox:
            return 0.0
        if not self._timers:
            return _LONGEST_WAIT
        return min(_LONGEST_WAIT, max(0.0, self._timers[0][0] - self.now()))

    def _drain(self) -> None:
        try:
            while os.read(self._wake_read, 4096):
                pass
        except BlockingIOError:
            return

    def _do_inbox(self) -> None:
        for _ in range(len(self._inbox)):
            self._guard(self._inbox.popleft()[0])

    def _do_timers(self, until: float) -> None:
        last = next(self._order)  # what is added meanwhile belongs to the next turn
        while self._timers and self._timers[0][0] <= until and self._timers[0][1] < last:
            self._guard(heapq.heappop(self._timers)[2].fire)

    def _guard(self, action: Action) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001 - one terminal's bug must not take the network down
            _log.exception("an action of the virtual bank failed")


class ManualReactor(Reactor):
    """A reactor whose time stands still until a test moves it, in the mover's own thread.

    Descriptors are looked at on every step. An action that raises makes :meth:`advance` raise.
    """

    def __init__(self) -> None:
        self._now = 1000.0
        self._failure: BaseException | None = None
        super().__init__()

    def now(self) -> float:
        """Return the manual time in seconds."""
        return self._now

    def ask(self, begin: Callable[[Reply[T]], None], timeout: float) -> T:
        """Run ``begin`` at once and move time by up to ``timeout`` seconds until it replies."""
        reply: Reply[T] = Reply()
        begin(reply)
        end = self._now + timeout
        while not reply._ready.is_set() and self._now < end:
            self.advance(0.02)
        return reply.wait(0.0)

    def advance(self, seconds: float) -> None:
        """Move time by ``seconds``, doing what falls due in its order."""
        end = self._now + seconds
        self.turn()
        while self._timers and self._timers[0][0] <= end:
            self._now = max(self._now, self._timers[0][0])
            self.turn()
        self._now = end
        self.turn()

    def _guard(self, action: Action) -> None:
        action()
