"""A line that is lent to a commissioning: what its modem tells goes there meanwhile."""

from __future__ import annotations

from appliance.exchange.messages import Inbox
from drivers.modem import Lost, ModemEvent

TRIAL = "commission"
"""Shown as the call of a line that is being commissioned."""


class Trial:
    """Who has the line. Lives on the line's thread."""

    def __init__(self) -> None:
        self._taker: Inbox | None = None

    @property
    def on(self) -> bool:
        """True while the line is lent."""
        return self._taker is not None

    def begin(self, taker: Inbox) -> None:
        """Give everything that the modem tells of calls and texts to ``taker`` from now on."""
        self._taker = taker

    def end(self) -> bool:
        """Take the line back; returns whether it was lent."""
        taker, self._taker = self._taker, None
        return taker is not None

    def take(self, event: ModemEvent) -> bool:
        """Give an event to whoever has the line; False when nobody has it."""
        if self._taker is None:
            return False
        self._taker.post(event)
        return True

    def lost(self, cause: str) -> None:
        """The modem is gone, and with it the trial."""
        self.take(Lost(cause))
        self.end()
