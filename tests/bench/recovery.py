"""How long a line is away after a replug and after a hang, and what idling costs.

    python -m tests.bench recovery

A whole box on a bank of sixteen lines whose radio takes as long as a real one. A line is pulled and
plugged in again, or made to hang so that only its port's power brings it back, which is the longest
way up the ladder; measured is the time from the plug, or from the hang, until the box says that the
line is ready. Then the box idles, and its processor time is counted over a minute.
"""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

from tests.bench.scene import Place, Scene, lines
from tests.bench.table import Row, cpu_seconds

REPLUG_BUDGET, HANG_BUDGET, CPU_BUDGET = 30.0, 90.0, 3.0  # seconds, seconds, % of a core
IDLE = 60.0  # seconds
LOOK = 0.1
GIVE_UP = 240.0


def back(stage: Scene, number: str, kinds: tuple[str, str | None]) -> float:
    """Break a line and return the seconds until it is ready again, from the last fault on."""
    for kind in kinds:
        if kind is None:
            began = monotonic()
            _until(stage, number, ready=False)
            _until(stage, number, ready=True)
            return monotonic() - began
        stage.bank.post(f"/lines/{quote(number, safe='')}/fault", {"kind": kind})
        if kind == "unplug":
            _until(stage, number, ready=False)
    began = monotonic()
    _until(stage, number, ready=True)
    return monotonic() - began


def _until(stage: Scene, number: str, *, ready: bool) -> None:
    end = monotonic() + GIVE_UP
    while _is_ready(stage, number) is not ready:
        if monotonic() > end:
            raise RuntimeError(f"line {number} did not change within {GIVE_UP:g} s")
        threading.Event().wait(LOOK)


def _is_ready(stage: Scene, number: str) -> bool:
    found: list[dict[str, Any]] = stage.admin("GET", "/lines")
    return any(line["msisdn"] == number and line["state"] == "ready" for line in found)


def idle_percent(stage: Scene, seconds: float) -> float:
    """Return the share of a core that the box and its children take while nothing happens."""
    before, began = cpu_seconds(stage.box_pid), monotonic()
    threading.Event().wait(seconds)
    return 100.0 * (cpu_seconds(stage.box_pid) - before) / (monotonic() - began)


def table(count: int, speed: float, idle: float, *, hang: bool) -> list[Row]:
    """Measure and return the figures."""
    place = Place(lines(1, count), speed)
    with ExitStack() as stack:
        stage = Scene(place, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(stage.stop)
        stage.open_bank()
        stage.start_box()
        replugs = [back(stage, number, ("unplug", "plug")) for number in place.numbers[:3]]
        hangs = [back(stage, number, ("hang", None)) for number in place.numbers[:3] if hang]
        percent = idle_percent(stage, idle)
    rows = [
        Row("line back after a replug, longest of 3", max(replugs), "s",
            budget=f"≤ {REPLUG_BUDGET:g}", met=max(replugs) <= REPLUG_BUDGET),
        Row(f"CPU of the box, {count} idle lines", percent, "% of a core",
            budget=f"< {CPU_BUDGET:g}", met=percent < CPU_BUDGET),
    ]  # fmt: skip
    if hangs:
        rows.insert(1, Row("line back after a hang, longest of 3", max(hangs), "s",
            budget=f"≤ {HANG_BUDGET:g}", met=max(hangs) <= HANG_BUDGET))  # fmt: skip
    return rows


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    return table(3, 20.0, 0.1, hang=False) if quick else table(16, 1.0, IDLE, hang=True)
