"""What must be done when its time has come: bindings end, and nothing else remembers it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from appliance.store import Store
from drivers.clock import Clock, Timer

_log = logging.getLogger(__name__)

EXPIRY_SECONDS: Final = 1.0
"""Between two looks for bindings that have ended. Routing refuses them from that moment anyway."""


TIME_UNKNOWN: Final = Path("/run/simveil-time-unknown")
"""There from the start of a machine without a clock of its own until a source has told the time."""


class Caretaker:
    """Posts the store's timed work; it does nothing itself.

    Args:
        store: Where bindings end, and where records are marked while the time is unknown.
        clock: Runs it on its timer thread.
        time_unknown: The file that is there as long.
    """

    def __init__(self, store: Store, clock: Clock, time_unknown: Path = TIME_UNKNOWN) -> None:
        self._store = store
        self._time_unknown = time_unknown
        self._time_known: bool | None = None
        self._clock = clock
        self._timer: Timer | None = None
        self._ended = False

    def start(self) -> None:
        """Begin."""
        self._ended = False
        self._time_known = None
        self._look_at_time()
        self._arm()

    def stop(self) -> None:
        """Stop; what was posted is still done."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if not self._ended:
            self._timer = self._clock.after(EXPIRY_SECONDS, self._look)

    def _look(self) -> None:
        self._look_at_time()
        now = self._clock.now()
        self._store.post(lambda db: self._store.bindings.end_lapsed(db, now), self._looked)
        self._arm()

    def _look_at_time(self) -> None:
        known = not self._time_unknown.exists()
        if known != self._time_known:
            self._time_known = known
            self._store.post(lambda db: self._store.calls.time_known(db, known))

    @staticmethod
    def _looked(ended: int | None, error: BaseException | None) -> None:
        if error is not None:
            _log.warning("bindings that have ended could not be removed: %s", error)
        elif ended:
            _log.info("%d bindings ended", ended)
