"""An engine on a pty, and the procedures that are run on it."""

from __future__ import annotations

from typing import Any

from drivers.at.commands import Command
from drivers.at.engine import Engine
from drivers.at.queue import Job, Procedure
from drivers.errors import DriverError
from drivers.families.catalogue import URC_RULES
from tests.drivers.wire import Events, Wire

PDU = "0021000C91945111325476000005C8329BFD06"


class Bench:
    """An engine on a wire, its outcomes and lines in one queue."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.events = Events()
        self.engine = Engine(self.wire.path, URC_RULES, self.events.post, self._lost)

    def _lost(self, cause: str) -> None:
        self.events.post(("lost", cause))

    def run(self, procedure: Procedure, name: str = "job", **options: Any) -> Job:
        def done(value: object, error: DriverError | None) -> None:
            self.events.post((name, value if error is None else error))

        job = Job(procedure, done, name, **options)
        self.engine.submit(job)
        return job

    def send(self, command: Command | str, name: str = "job", **options: Any) -> Job:
        return self.run(one(command), name, **options)

    def outcome(self, name: str = "job", limit: float = 5.0) -> Any:
        return self.events.until(lambda e: isinstance(e, tuple) and e[0] == name, limit)[1]

    def open(self) -> None:
        """Start, and wait until the port is open: what is said before that is flushed."""
        self.engine.start()
        self.engine.call(lambda: self.events.post("open"))
        assert self.events.next() == "open"
        self.events.seen.clear()

    def close(self) -> None:
        self.engine.stop(2.0)
        self.wire.unplug()


def one(command: Command | str) -> Procedure:
    reply = yield Command(command) if isinstance(command, str) else command
    return reply
