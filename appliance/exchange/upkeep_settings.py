"""When idle lines are looked after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """When idle lines are looked at, seconds.

    Args:
        first: After the start; ``every``: between two looks at what is due.
        radio: Between two readings of a line's radio; ``day``: of its subscription and credit.
    """

    first: float = 120.0
    every: float = 60.0
    radio: float = 300.0
    day: float = 86_400.0
