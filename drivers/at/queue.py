"""Jobs that wait for a port: by urgency, then in the order in which they came."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from drivers.at.commands import Command
from drivers.at.urcs import Urc
from drivers.errors import DriverError


class Urgency(IntEnum):
    """What goes first when several jobs wait."""

    AT_ONCE = 0  # a release cause: the next command overwrites it
    CALL = 1
    MESSAGE = 2
    CARE = 3  # heartbeat, signal, sweeps


@dataclass(frozen=True, slots=True)
class Pause:
    """A step of a procedure: wait.

    Args:
        seconds: How long, ≥ 0.
        keep_port: Let no other job in meanwhile.
    """

    seconds: float
    keep_port: bool = False


@dataclass(frozen=True, slots=True)
class Expect:
    """A step of a procedure: wait for a URC while others use the port. Gives None when none came.

    Args:
        head: The URC's head.
        seconds: How long to wait.
    """

    head: str
    seconds: float


Step = Command | Pause | Expect
Procedure = Generator[Step, Any, Any]
"""An operation of steps: each gives a Reply, a Urc or None; errors are thrown into it."""

Outcome = Callable[[object, DriverError | None], None]


@dataclass(eq=False, slots=True)
class Job:
    """One procedure on its way to the port.

    Args:
        procedure: Its steps.
        done: Called once with the result or the error, on the reader thread.
        name: What it is, for logs and errors.
        urgency: What may overtake what.
        expires: Seconds that it may wait for its first step, or None for as long as it takes.
    """

    procedure: Procedure
    done: Outcome
    name: str
    urgency: Urgency = Urgency.CARE
    expires: float | None = None
    begun: bool = False
    cancelled: bool = False
    ended: bool = False
    deadline: float = field(default=float("inf"))

    def finish(self, value: object, error: DriverError | None) -> None:
        """Report the outcome, the first time only."""
        if not self.ended:
            self.ended = True
            self.procedure.close()
            self.done(value, error)


class JobQueue:
    """Jobs by urgency and arrival. Owned by the reader thread."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Job]] = []
        self._order = itertools.count()

    def push(self, job: Job) -> None:
        """Put a job behind all of its urgency."""
        heapq.heappush(self._heap, (job.urgency, next(self._order), job))

    def pop(self) -> Job | None:
        """Take the next job, or None."""
        while self._heap:
            job = heapq.heappop(self._heap)[2]
            if not job.ended:
                return job
        return None

    def cancelled(self) -> list[Job]:
        """Take out and return the jobs that were taken back."""
        return self._take(lambda job: job.cancelled)

    def expired(self, now: float) -> list[Job]:
        """Take out and return the jobs whose time to begin is over."""
        return self._take(lambda job: job.deadline <= now)

    def clear(self) -> list[Job]:
        """Take out and return all jobs, in order."""
        return self._take(lambda _: True)

    def next_deadline(self) -> float:
        """Return when the first job expires, in seconds of the monotonic clock."""
        return min((job.deadline for _, _, job in self._heap), default=float("inf"))

    def _take(self, chosen: Callable[[Job], bool]) -> list[Job]:
        if not any(chosen(entry[2]) for entry in self._heap):
            return []
        taken = [entry[2] for entry in sorted(self._heap, key=_key) if chosen(entry[2])]
        self._heap = [entry for entry in self._heap if not chosen(entry[2])]
        heapq.heapify(self._heap)
        return taken

    def __len__(self) -> int:
        return len(self._heap)


def _key(entry: tuple[int, int, Job]) -> tuple[int, int]:
    return entry[0], entry[1]


@dataclass(slots=True)
class Sleeping:
    """A job that waits aside for a time or a URC."""

    job: Job
    due: float
    head: str | None = None

    def wakes(self, urc: Urc) -> bool:
        """Tell whether this URC is what the job waits for."""
        return self.head == urc.head
