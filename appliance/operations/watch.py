"""The ``watch`` thread: the marks of the generation on SIMs, and who has to be told of findings."""

from __future__ import annotations

import logging
import threading
from typing import Final

from appliance.operations.alerts import Teller
from appliance.operations.generation import Marks

_log = logging.getLogger(__name__)

EVERY: Final = 5.0
"""Seconds between two looks."""
TARGET_EVERY: Final = 720
"""Looks between two at the backup's target: an hour."""


class Watch:
    """Looks every few seconds; what fails is logged and tried again at the next look.

    Args:
        marks: Of the generation.
        teller: Of the findings.
        every: Seconds between two looks.
    """

    def __init__(self, marks: Marks, teller: Teller, every: float = EVERY) -> None:
        self._marks = marks
        self._teller = teller
        self._every = every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End after the look at hand, or without waiting longer than ``timeout`` s for it."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        looks = 0
        while True:
            try:
                if looks % TARGET_EVERY == 0:
                    self._marks.look_at_target()
                self._marks.look()
                if self._teller.wanted:
                    self._teller.look()
            except Exception:  # noqa: BLE001 - the next look has to come all the same
                _log.exception("a look at the box failed")
            looks += 1
            if self._ending.wait(self._every):
                return
