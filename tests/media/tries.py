"""Measurements in real time that the machine may disturb."""

from __future__ import annotations

from collections.abc import Callable

from tests.media.machine import Watch

TRIES = 4
STOLEN = (
    12.0  # milliseconds by which the machine itself may be late; more disturbs what is measured
)


def within_tries(measure: Callable[[], None], *ways: str) -> None:
    """Measure once; once more only where the machine, watched beside it, was itself late.

    What fails on a machine that was on time fails. Raises the measurement's AssertionError, with
    how late the machine was. ``ways`` are those of :class:`Watch` that matter to it, else all.
    """
    for left in range(TRIES - 1, -1, -1):
        with Watch() as machine:
            failure: AssertionError | None = None
            try:
                measure()
            except AssertionError as error:
                failure = error
        if failure is None:
            return
        if machine.worst(*ways) < STOLEN or not left:
            failure.add_note(f"the machine itself was late by {machine.late}")
            raise failure
