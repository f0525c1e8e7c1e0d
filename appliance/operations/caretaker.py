"""What must be done when its time has come: bindings end, and nothing else remembers it."""

from __future__ import annotations

import logging
from typing import Final

from appliance.store import Store
from drivers.clock import Clock, Timer

_log = logging.getLogger(__name__)

EXPIRY_SECONDS: Final = 1.0
"""Between two looks for bindings that have ended. Routing refuses them from that moment anyway."""


class Caretaker:
    """Posts the store's timed work; it does nothing itself.

    Args:
        store: Where bindings end.
        clock: Runs it on its timer thread.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._timer: Timer | None = None
        self._ended = False

    def start(self) -> None:
        """Begin."""
        self._ended = False
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
        now = self._clock.now()
        self._store.post(lambda db: self._store.bindings.end_lapsed(db, now), self._looked)
        self._arm()

    @staticmethod
    def _looked(ended: int | None, error: BaseException | None) -> None:
        if error is not None:
            _log.warning("bindings that have ended could not be removed: %s", error)
        elif ended:
            _log.info("%d bindings ended", ended)
