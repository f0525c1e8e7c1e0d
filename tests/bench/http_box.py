"""Durable bindings per second over HTTP, asked of a whole box with its bank beside it.

    python -m tests.bench http_box

The box runs as an owner starts it, with 16 idle lines of a virtual bank in a process of its own and
with 100,000 bindings set before; bank and clients take their share of the same processors. The
peer is the mirrored interface with a commit for each request, as many bindings and no lines.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.http_binds import (
    DELAY_BUDGET,
    LOADED,
    RATE_BUDGET,
    STEADY,
    Run,
    failures,
    steadily,
    target,
)
from tests.bench.table import Row, median


def measure(
    folder: Path, clients: int, seconds: float, rounds: int, loaded: int
) -> dict[str, list[Run]]:
    """Return the runs by what ran."""
    with (
        target("box", folder, loaded=loaded) as box,
        target("single", folder, loaded=loaded) as single,
    ):
        box.drive(clients, 0.5)  # warm
        found: dict[str, list[Run]] = {"box": [], "single": []}
        for _ in range(rounds):
            found["box"].append(box.drive(clients, seconds))
            found["single"].append(single.drive(clients, seconds))
        found["steady"], found["disk"] = steadily(box, folder, seconds, rounds)
    return found


def table(found: dict[str, list[Run]], loaded: int) -> list[Row]:
    """Return the figures: of several rounds the median."""
    rate = {name: median(run.rate for run in runs) for name, runs in found.items()}
    p99 = {name: median(run.p99 for run in runs) for name, runs in found.items()}
    peer = "one commit per request"
    return [
        Row(f"durable binds, whole box, {loaded:,} set before", rate["box"], "/s", peer,
            rate["single"], f"≥ {RATE_BUDGET:g}", rate["box"] >= RATE_BUDGET, True),
        Row("  p99 with all clients asking at once", p99["box"], "ms", peer, p99["single"]),
        Row(f"  p99 at {STEADY:g}/s", p99["steady"], "ms", "page and sync at that rate",
            p99["disk"], f"≤ {DELAY_BUDGET:g}", p99["steady"] <= DELAY_BUDGET),
        Row("  memory", median(run.memory for run in found["box"]), "MB", peer,
            median(run.memory for run in found["single"])),
        failures(run for runs in found.values() for run in runs),
    ]  # fmt: skip


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    loaded = 100 if quick else LOADED
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), *((4, 0.2, 1) if quick else (32, 5.0, 3)), loaded)
    return table(found, loaded)
