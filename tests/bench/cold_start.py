"""From nothing to a bank of ready lines, and the memory and the processor that they take idle.

    python -m tests.bench cold_start

The virtual bank and the box start together; modems take as long as real ones to register. Measured
is the time until the box says of every line that it is ready; then its processor time over a minute
of idling, and its memory after it. The peer is a program of python-gsmmodem-new's that connects to
as many modems at once and waits for the network; it sets up less of each, and keeps no store, no
interface and no voice.
"""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from tests.bench.scene import Place, Scene, lines, python_peer
from tests.bench.table import Row, cpu_seconds, memory_mb

SECONDS_BUDGET, MEMORY_BUDGET = 60.0, 150.0  # seconds, MB
CPU_BUDGET = 3.0  # % of one core
SETTLE = 10.0  # seconds from ready to idle: the first looks at the store and at the network
IDLE = 60.0  # seconds


def idling(process: int, idle: float) -> tuple[float, float]:
    """Let a process idle; returns MB and the % of one core that it used."""
    pause = threading.Event()
    pause.wait(min(SETTLE, idle))
    before, began = cpu_seconds(process), monotonic()
    pause.wait(idle)
    return memory_mb(process), 100 * (cpu_seconds(process) - before) / (monotonic() - began)


def ours(place: Place, idle: float) -> tuple[float, float, float]:
    """Start a box; returns seconds, MB and % of one core."""
    with ExitStack() as stack:
        stage = Scene(place, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(stage.stop)
        began = monotonic()
        stage.open_bank()
        stage.start_box()
        took = monotonic() - began
        return took, *idling(stage.box_pid, idle)


def theirs(place: Place, idle: float) -> tuple[float, float, float]:
    """Connect python-gsmmodem-new to as many lines; returns seconds, MB and % of one core."""
    with ExitStack() as stack:
        stage = Scene(place, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(stage.stop)
        began = monotonic()
        stage.open_bank()
        ports = [str(stage.bank.line(number)["port"]) for number in place.numbers]
        words = [w for n in range(0, len(ports), 2) for w in (*ports[n : n + 2], "+8613900000001")]
        pid = stack.enter_context(python_peer("gsmmodem_calls", *words))
        took = monotonic() - began
        return took, *idling(pid, idle)


def table(count: int, speed: float, idle: float) -> list[Row]:
    """Measure both and return the figures."""
    place = Place(lines(1, count), speed)
    took, memory, cpu = ours(place, idle)
    plain = Place(lines(1, count), speed, plain=True)
    their_time, their_memory, their_cpu = theirs(plain, idle)
    name = f"python-gsmmodem-new, {count} modems"
    return [
        Row(f"start to {count} lines ready", took, "s", name, their_time,
            f"≤ {SECONDS_BUDGET:g}", took <= SECONDS_BUDGET),
        Row("memory, idle", memory, "MB", name, their_memory,
            f"< {MEMORY_BUDGET:g}", memory < MEMORY_BUDGET),
        Row("processor, idle", cpu, "%", name, their_cpu, f"< {CPU_BUDGET:g}", cpu < CPU_BUDGET),
    ]  # fmt: skip


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    return table(2, 20.0, 0.1) if quick else table(16, 1.0, IDLE)
