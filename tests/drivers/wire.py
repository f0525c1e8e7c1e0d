"""The modem's end of a port, played by a test: a pty whose slave real pyserial opens."""

from __future__ import annotations

import os
import queue
import select
import threading
import time
import tty
from collections.abc import Callable
from typing import Any

LIMIT = 5.0  # seconds that a test waits for what must come at once


class Wire:
    """A pty. The test reads what the driver writes and writes what a modem would."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave
        os.set_blocking(self.master, False)
        self.heard = b""
        self._open = True

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def say(self, octets: bytes | str) -> None:
        """Write as the modem."""
        octets = octets.encode("latin-1") if isinstance(octets, str) else octets
        while octets:
            try:
                octets = octets[os.write(self.master, octets) :]
            except BlockingIOError:
                select.select([], [self.master], [], LIMIT)

    def lines(self, *lines: str) -> None:
        """Write lines as a modem frames them."""
        self.say("".join(f"\r\n{line}\r\n" for line in lines))

    def read(self, seconds: float = LIMIT) -> bytes:
        """Return octets that the driver has written, none after ``seconds``."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return b""
        try:
            return os.read(self.master, 4096)
        except OSError:
            return b""

    def until(self, end: bytes | str, limit: float = LIMIT) -> bytes:
        """Return what the driver writes up to and with ``end``; fails after ``limit`` seconds."""
        end = end.encode("latin-1") if isinstance(end, str) else end
        deadline = time.monotonic() + limit
        while end not in self.heard:
            left = deadline - time.monotonic()
            assert left > 0, f"waited for {end!r}, heard {self.heard!r}"
            self.heard += self.read(left)
        place = self.heard.index(end) + len(end)
        found, self.heard = self.heard[:place], self.heard[place:]
        return found

    def command(self, limit: float = LIMIT) -> str:
        """Return the next command line that the driver writes, without ESC and end."""
        while True:
            line = self.until("\r", limit).decode("latin-1").strip("\r\x1b")
            if line:
                return line

    def unplug(self) -> None:
        """Pull the stick."""
        if self._open:
            self._open = False
            os.close(self._slave)
            os.close(self.master)


class Events:
    """What a driver posts, in order; waiting is by deadline."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()
        self.seen: list[Any] = []

    def post(self, event: Any) -> None:
        """Take an event; called on the driver's thread."""
        self._queue.put(event)

    def next(self, limit: float = LIMIT) -> Any:
        """Return the next event; fails after ``limit`` seconds."""
        try:
            event = self._queue.get(timeout=limit)
        except queue.Empty:
            raise AssertionError(f"no event within {limit} s; before: {self.seen}") from None
        self.seen.append(event)
        return event

    def until(self, wanted: type | Callable[[Any], bool], limit: float = LIMIT) -> Any:
        """Return the first event of a kind, passing over others."""
        deadline = time.monotonic() + limit
        while True:
            event = self.next(max(0.001, deadline - time.monotonic()))
            if isinstance(event, wanted) if isinstance(wanted, type) else wanted(event):
                return event

    def empty(self) -> bool:
        """Tell whether nothing is waiting."""
        return self._queue.empty()


class Script:
    """A modem that answers by a table, on a thread of its own.

    Args:
        wire: Its port.
        answers: Lines by command; an unknown command is answered OK. A callable gets the command.
    """

    def __init__(
        self, wire: Wire, answers: dict[str, list[str] | Callable[[str], list[str]]]
    ) -> None:
        self.wire = wire
        self.answers = answers
        self.commands: list[str] = []
        self.silent = threading.Event()
        self._new = threading.Condition()
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name="script", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select.select([self.wire.master, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            try:
                rest += os.read(self.wire.master, 4096)
            except OSError:
                return
            while (place := _end(rest)) >= 0:
                command = rest[: place + 1].decode("latin-1").strip("\r\x1b")
                rest = rest[place + 1 :]
                if command:
                    self._take(command)

    def _take(self, command: str) -> None:
        answer = self.answers.get(command, ["OK"])
        lines = answer(command) if callable(answer) else answer
        if command.endswith("\x1a"):
            answer = self.answers.get("PDU", ["+CMGS: 1", "OK"])
            lines = answer(command) if callable(answer) else answer
        with self._new:
            self.commands.append(command)
            self._new.notify_all()
        if not self.silent.is_set():
            for line in lines:
                self.wire.say(line if line == "> " else f"\r\n{line}\r\n")

    def wait(self, command: str, times: int = 1, limit: float = LIMIT) -> None:
        """Wait until a command has come so many times."""
        with self._new:
            reached = self._new.wait_for(lambda: self.commands.count(command) >= times, limit)
        assert reached, f"{command} did not come: {self.commands}"

    def count(self, command: str) -> int:
        """Return how often a command has come."""
        with self._new:
            return self.commands.count(command)

    def close(self) -> None:
        """End the thread."""
        if self._stop_write >= 0:
            os.write(self._stop_write, b"\0")
            self._thread.join(LIMIT)
            os.close(self._stop_read)
            os.close(self._stop_write)
            self._stop_write = -1


def _end(octets: bytes) -> int:
    ends = [place for place in (octets.find(b"\r"), octets.find(b"\x1a")) if place >= 0]
    return min(ends, default=-1)
