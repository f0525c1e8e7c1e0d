"""Durable bindings per second over HTTP, through the mirrored interface as it ships.

    python -m tests.bench http_binds

The server is a process of its own and so are the clients, which keep their connections. Measured
beside it, in turns in the same run: the same interface with a commit for each request, and what
Bottle answers on the same server when it has nothing to do, which is the ceiling. Then how long a
bind takes at 50 in a second, and what is left over TLS when every answer closes the connection.
Data lie in the folder for temporary files (``TMPDIR``).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.store_binds import sync_delays
from tests.bench.table import Row, cpu_seconds, median, memory_mb, percentile

RATE_BUDGET = 1000.0  # binds per second
DELAY_BUDGET = 50.0  # milliseconds, p99 at STEADY per second
STEADY = 50.0
LOADED = 100_000  # bindings that are there before
PROCESSES = 2  # of clients
_PEOPLE = 50_000_000  # numbers that one process of clients may use


@dataclass(frozen=True)
class Run:
    """What one run of the clients found.

    Args:
        rate: Answers per second.
        delays: Milliseconds, all of them.
        failures: Answers that were no success.
        cpu_ms: The server's processor time per answer.
        memory: The server's memory at the end, MB.
    """

    rate: float
    delays: list[float]
    failures: int
    cpu_ms: float
    memory: float

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 were answered."""
        return percentile(self.delays, 0.99)


class Target:
    """A server's process.

    Args:
        kind: As http_server knows it.
        folder: Where its data lie.
    """

    def __init__(self, kind: str, folder: Path, *, tls: bool = False, loaded: int = 0) -> None:
        command = [sys.executable, "-m", "tests.bench.http_server", kind, str(folder)]
        command += [*(["--tls"] if tls else []), "--loaded", str(loaded)]
        self._tls = tls
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.about = json.loads(self._process.stdout.readline())
        self._first = 0

    def drive(self, clients: int, seconds: float, rate: float = 0.0) -> Run:
        """Let clients bind for ``seconds``; ``rate`` per second in all, 0 as fast as they can."""
        about, processes = self.about, 1 if rate else PROCESSES
        crowd = []
        for _ in range(processes):
            command = [sys.executable, "-m", "tests.bench.http_load", str(about["port"])]
            command += [about["key"], about["secret"], "--clients", str(clients // processes)]
            command += ["--seconds", str(seconds), "--rate", str(rate)]
            command += ["--first", str(self._first), *(["--tls"] if self._tls else [])]
            self._first += _PEOPLE
            crowd.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        for one in crowd:
            assert one.stdout is not None
            one.stdout.readline()
        before = cpu_seconds(about["pid"])
        for one in crowd:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        found: list[dict[str, Any]] = [
            json.loads(one.communicate(timeout=seconds + 60)[0]) for one in crowd
        ]
        used = cpu_seconds(about["pid"]) - before
        delays = [delay for one in found for delay in one["delays_ms"]]
        return Run(
            rate=sum(len(one["delays_ms"]) / one["seconds"] for one in found),
            delays=delays,
            failures=sum(one["failures"] for one in found),
            cpu_ms=1000 * used / len(delays),
            memory=memory_mb(about["pid"]),
        )

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


@contextmanager
def target(kind: str, folder: Path, *, tls: bool = False, loaded: int = 0) -> Iterator[Target]:
    """A running server with a folder of its own."""
    place = folder / f"{kind}{'-tls' if tls else ''}"
    place.mkdir()
    made = Target(kind, place, tls=tls, loaded=loaded)
    try:
        yield made
    finally:
        made.close()


def measure(
    folder: Path, clients: int, seconds: float, rounds: int, loaded: int
) -> dict[str, list[Run]]:
    """Return the runs by what ran: the servers in turns, then the steady rate, then TLS."""
    found: dict[str, list[Run]] = {}
    with (
        target("ours", folder, loaded=loaded) as ours,
        target("single", folder, loaded=loaded) as single,
        target("bare", folder) as bare,
        target("stock", folder) as stock,
    ):
        ours.drive(clients, 0.5)  # warm
        for _ in range(rounds):
            for name, one in (("ours", ours), ("single", single), ("bare", bare), ("stock", stock)):
                found.setdefault(name, []).append(one.drive(clients, seconds))
        found["steady"], found["disk"] = steadily(ours, folder, seconds, rounds)
    with target("ours", folder, tls=True) as secure:
        found["tls"] = [secure.drive(clients, seconds) for _ in range(rounds)]
    return found


def steadily(one: Target, folder: Path, seconds: float, rounds: int) -> tuple[list[Run], list[Run]]:
    """Let customers bind STEADY times a second; returns that, and what the disk takes by itself."""
    binds, disk = [], []
    for _ in range(rounds):
        binds.append(one.drive(32, 2 * seconds, STEADY))
        delays = sync_delays(folder, int(2 * seconds * STEADY), STEADY)
        disk.append(Run(STEADY, delays, 0, 0.0, 0.0))
    return binds, disk


def table(found: dict[str, list[Run]], loaded: int) -> list[Row]:
    """Return the figures: of several rounds the median."""
    rate = {name: median(run.rate for run in runs) for name, runs in found.items()}
    p99 = {name: median(run.p99 for run in runs) for name, runs in found.items()}
    cost = {name: median(run.cpu_ms for run in runs) for name, runs in found.items()}
    among = f", {loaded:,} set before" if loaded else ""
    return [
        Row(
            f"durable binds over HTTP{among}", rate["ours"], "/s", "one commit per request",
            rate["single"], f"≥ {RATE_BUDGET:g}", rate["ours"] >= RATE_BUDGET, True,
        ),
        Row("binds against the ceiling", rate["ours"], "/s", "bare Bottle, same server",
            rate["bare"], more_is_better=True),
        Row("bare Bottle, our server", rate["bare"], "/s", "bare Bottle, cheroot as it comes",
            rate["stock"], more_is_better=True),
        Row("bind, p99 with 32 clients asking at once", p99["ours"], "ms",
            "one commit per request", p99["single"]),
        Row(f"bind, p99 at {STEADY:g}/s", p99["steady"], "ms", "page and sync at that rate",
            p99["disk"], f"≤ {DELAY_BUDGET:g}", p99["steady"] <= DELAY_BUDGET),
        Row("processor time per bind", cost["ours"], "ms", "bare Bottle, same server",
            cost["bare"]),
        Row("binds over TLS, closing each time", rate["tls"], "/s", "kept alive, plain",
            rate["ours"], more_is_better=True),
        Row("memory", median(run.memory for run in found["ours"]), "MB", "bare Bottle, same server",
            median(run.memory for run in found["bare"])),
        failures(run for runs in found.values() for run in runs),
    ]  # fmt: skip


def failures(runs: Iterable[Run]) -> Row:
    """Return how many binds failed, of all."""
    count = sum(run.failures for run in runs)
    return Row("failures among all binds", count, budget="0", met=count == 0)


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    loaded = 100 if quick else LOADED
    with tempfile.TemporaryDirectory() as folder:
        if quick:
            return table(measure(Path(folder), 4, 0.2, 1, loaded), loaded)
        return table(measure(Path(folder), 32, 5.0, 3, loaded), loaded)
