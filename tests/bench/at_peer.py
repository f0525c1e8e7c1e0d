"""What the AT benchmarks share: the modem's process, and the two clients in the same clothes."""

from __future__ import annotations

import contextlib
import logging
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gsmmodem.modem import GsmModem

from drivers.families import make_modem
from drivers.modem import Done, Modem, Offered, Ready, Socket

Caller = Callable[[str], None]
LIMIT = 30.0  # seconds


class Peer:
    """The modem's process.

    Args:
        every: Seconds between calls, 0 for none.
        calls: How many calls there will be.
    """

    def __init__(self, every: float = 0.0, calls: int = 0) -> None:
        command = [sys.executable, "-m", "tests.bench.at_modem"]
        command += [f"--every={every}", f"--calls={calls}"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.path = self._process.stdout.readline().strip()

    def close(self) -> dict[str, float]:
        """End the process; returns when each caller began to ring."""
        told, _ = self._process.communicate(timeout=LIMIT)
        return {number: float(at) for number, at in map(str.split, told.splitlines())}


class Ours:
    """simveil's modem, one request at a time."""

    name = "simveil"

    def __init__(self, path: str, caller: Caller) -> None:
        self._caller = caller
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._modem: Modem = make_modem(Socket("bench", path))
        self._modem.start(self._post)
        while not isinstance(self._answers.get(timeout=LIMIT), Ready):
            pass

    def _post(self, event: Any) -> None:
        if isinstance(event, Offered):
            if event.number is not None:
                self._caller(event.number)
        elif isinstance(event, Done | Ready):
            self._answers.put(event)

    def ask(self, command: str) -> None:
        """Send a command and wait for its result."""
        token = self._modem.raw(command)
        while self._answers.get(timeout=LIMIT).token != token:
            pass

    def work(self, commands: Iterable[str], seconds: float, waiting: int) -> float:
        """Keep ``waiting`` commands queued for ``seconds``; returns results per second."""
        began = now()
        done = 0
        queued = 0
        for command in commands:
            self._modem.raw(command)
            queued += 1
            if queued >= waiting:
                self._answers.get(timeout=LIMIT)
                done += 1
                queued -= 1
            if now() - began >= seconds:
                break
        for _ in range(queued):
            self._answers.get(timeout=LIMIT)
            done += 1
        return done / (now() - began)

    def close(self) -> None:
        """Close the port."""
        self._modem.stop(5)


class Theirs:
    """python-gsmmodem-new, as its documentation uses it."""

    name = "python-gsmmodem-new"

    def __init__(self, path: str, caller: Caller) -> None:
        logging.getLogger("gsmmodem").setLevel(logging.CRITICAL)

        def ringing(call: Any) -> None:
            if call.number:
                caller(call.number)

        self._modem = GsmModem(path, 115200, incomingCallCallbackFunc=ringing)
        self._modem.smsTextMode = False
        self._modem.connect()

    def ask(self, command: str) -> None:
        """Send a command and wait for its result; what fails is lost."""
        with contextlib.suppress(Exception):  # whatever it raises, the next command follows
            self._modem.write(command, timeout=2)

    def work(self, commands: Iterable[str], seconds: float, waiting: int) -> float:
        """Let ``waiting`` threads ask, as it has no queue; returns results per second."""
        began = now()
        done = [0] * waiting
        share_out = iter(commands)

        def ask(thread: int) -> None:
            while now() - began < seconds:
                self.ask(next(share_out))
                done[thread] += 1

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(waiting)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / (now() - began)

    def close(self) -> None:
        """Close the port."""
        self._modem.close()


CLIENTS: tuple[type[Ours] | type[Theirs], ...] = (Ours, Theirs)


@contextmanager
def client(kind: type[Ours] | type[Theirs], path: str, caller: Caller) -> Iterator[Ours | Theirs]:
    """A connected client, closed afterwards."""
    made = kind(path, caller)
    try:
        yield made
    finally:
        made.close()


def share(values: list[float], part: float) -> float:
    """Return the value below which ``part`` of the values lie, 0 without values."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


def now() -> float:
    """Return seconds of the clock that both processes see."""
    return time.monotonic()
