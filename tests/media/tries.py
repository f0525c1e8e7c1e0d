"""Measurements in real time that the machine may disturb."""

from __future__ import annotations

from collections.abc import Callable

TRIES = 5


def within_tries(measure: Callable[[], None]) -> None:
    """Let a measurement be disturbed by the machine, but not five times in a row."""
    for left in range(TRIES - 1, -1, -1):
        try:
            measure()
        except AssertionError:
            if not left:
                raise
        else:
            return
