"""Faults that wait for their moment: until the host has said a word, or the modem is about to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, Self

from drivers.virtual.reactor import Handle, Reactor
from drivers.virtual.terminal import LineModem

MOMENTS: Final = ("before", "during", "after")
LONGEST: Final = 60  # characters of the word

LATE_SECONDS: Final = 6.0  # longer than hosts wait for what a modem can answer at once
LATE_FOR: Final = 10.0


@dataclass(frozen=True)
class Trap:
    """A fault and its moment.

    Args:
        word: What has to be said; it may begin and end within other octets.
        heard: By the host; else by the modem.
        moment: ``before`` what was said counts (the host's: the modem may act on it yet, if the
            fault leaves it able to; the modem's: it is lost), ``during`` (the modem acts on it and
            whatever it says at once is lost) or ``after``.
        spring: Does the fault.
    """

    word: bytes
    heard: bool
    moment: str
    spring: Callable[[], None]


class BreakableModem(LineModem, Protocol):
    """A modem of the bank whose faults can wait for their moment."""

    def faults(self) -> dict[str, Callable[[], None]]:
        """Return everything that can be done to it, by name."""

    def ambush(self, trap: Trap) -> None:
        """Have a fault wait for its moment; it takes the place of one that waits."""

    def trade(self, what: str, other: Self) -> None:
        """Exchange the ``sims`` or the ``ports`` of two modems that are unplugged."""


class Traps:
    """What lies in wait at one port; one trap at a time. Belongs to the reactor's thread.

    Args:
        reactor: The bank's loop.
    """

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._trap: Trap | None = None
        self._tail = b""
        self._deaf = False

    def set(self, trap: Trap | None) -> None:
        """Lie in wait, or no longer."""
        self._trap, self._tail = trap, b""

    def hear(self, octets: bytes, pass_on: Callable[[bytes], None]) -> None:
        """Let the modem have what the host said, unless a fault comes between."""
        trap = self._sprung(octets, heard=True)
        if trap is None:
            pass_on(octets)
        elif trap.moment == "before":
            trap.spring()
            pass_on(octets)
        else:
            self._deaf = trap.moment == "during"
            try:
                pass_on(octets)
            finally:
                self._deaf = False
            trap.spring()

    def say(self, octets: bytes, pass_on: Callable[[bytes], None]) -> None:
        """Let the host have what the modem says, unless a fault comes between.

        The fault follows in the loop's next turn: the modem is in the middle of something.
        """
        if self._deaf:
            return
        trap = self._sprung(octets, heard=False)
        if trap is not None:
            self._reactor.after(0.0, trap.spring)
        if trap is None or trap.moment == "after":
            pass_on(octets)

    def _sprung(self, octets: bytes, *, heard: bool) -> Trap | None:
        trap = self._trap
        if trap is None or trap.heard is not heard:
            return None
        seen = self._tail + octets
        if trap.word not in seen:
            self._tail = seen[-LONGEST:]
            return None
        self.set(None)
        return trap


class Lateness:
    """A modem that takes its time: what it says comes :data:`LATE_SECONDS` late for a while.

    Args:
        reactor: The bank's loop.
        write: Takes what is due.
    """

    def __init__(self, reactor: Reactor, write: Callable[[bytes], None]) -> None:
        self._reactor = reactor
        self._write = write
        self._until = 0.0
        self._due: deque[tuple[float, bytes]] = deque()
        self._next: Handle | None = None

    def begin(self) -> None:
        """Be late from now on, for :data:`LATE_FOR` seconds."""
        self._until = self._reactor.now() + LATE_FOR

    def end(self) -> None:
        """Be on time; what was not said yet is lost."""
        self._until = 0.0
        self._due.clear()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def say(self, octets: bytes) -> None:
        """Say something, in its turn: nothing overtakes what is still due."""
        now = self._reactor.now()
        if now < self._until:
            self._due.append((now + LATE_SECONDS, octets))
        elif self._due:
            self._due.append((now, octets))
        else:
            self._write(octets)
        if self._due and self._next is None:
            self._wait()

    def _wait(self) -> None:
        wait = max(0.0, self._due[0][0] - self._reactor.now())
        self._next = self._reactor.after(wait, self._say_due)

    def _say_due(self) -> None:
        self._next = None
        now = self._reactor.now()
        while self._due and self._due[0][0] <= now:
            self._write(self._due.popleft()[1])
        if self._due:
            self._wait()
