"""One table of figures: what was measured, beside which peer, against which budget."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure.

    Args:
        what: What was measured.
        figure: Its value.
        unit: ``/s``, ``ms``, ``%``, ``MB`` …
        peer: What was measured beside it in the same run; empty for none.
        peer_figure: The peer's value, in the same unit.
        budget: The design's budget in words; empty for none.
        met: Whether the budget holds; None when there is none, or when it is for quiet machines
            and only a hint here.
        more_is_better: A rate rather than a delay: says which way the ratio is built.
    """

    what: str
    figure: float
    unit: str = ""
    peer: str = ""
    peer_figure: float | None = None
    budget: str = ""
    met: bool | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer; None without one."""
        if self.peer_figure is None or not self.figure or not self.peer_figure:
            return None
        better = self.figure / self.peer_figure
        return better if self.more_is_better else 1 / better

    def as_json(self) -> dict[str, Any]:
        """Return everything, the ratio too."""
        return {**asdict(self), "ratio": self.ratio}


def percentile(values: Iterable[float], part: float) -> float:
    """Return the value below which ``part`` (0 to 1) of the values lie, 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def median(values: Iterable[float]) -> float:
    """Return the middle value, 0 without values."""
    return percentile(values, 0.5)


def number(value: float) -> str:
    """Return a figure with as many digits as mean something."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def render(rows: Sequence[Row]) -> str:
    """Return the rows as a table for people."""
    lines = [("what", "figure", "peer", "", "ratio", "budget", "")]
    for row in rows:
        peer = "" if row.peer_figure is None else f"{number(row.peer_figure)} {row.unit}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = "" if row.met is None else ("met" if row.met else "MISSED")
        figure = f"{number(row.figure)} {row.unit}"
        lines.append((row.what, figure, row.peer, peer, ratio, row.budget, met))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    right = {1, 3, 4}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def load() -> str:
    """Return the machine's load averages over 1 and 5 minutes, and how many cores share it."""
    one, five, _ = os.getloadavg()
    return f"load {one:.2f} {five:.2f} on {os.cpu_count()} cores"


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process and those it started have used, user and system."""
    used = 0
    for one in family(process):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def memory_mb(process: int | None = None) -> float:
    """Return the memory that a process (this one) and those it started hold now, in MB.

    What they share is counted once (proportional set size).
    """
    held = 0
    for one in family(process or os.getpid()):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                held += int(line.split()[1]) * 1024
    return held / 1e6


def family(process: int) -> list[int]:
    """Return a process and all that it started, directly or not, and that still run."""
    found = [process]
    for one in found:
        for thread in Path(f"/proc/{one}/task").iterdir():
            found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found
