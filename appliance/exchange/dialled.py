"""A phone that a borrowed line dials: whether it rings, is answered, or the call is over first."""

from __future__ import annotations

import time
from dataclasses import dataclass

from appliance.exchange.commission_line import Station
from drivers.modem import CallChanged, CallEnded, CallState, Failed

DIAL_SECONDS = 60.0
"""For the modem to take the number; falling back from LTE may take half of it."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What came of it.

    Args:
        rang: The network said that the phone rings.
        index: Of the call in the modem's list once it is answered, None before.
        why: What went wrong when it did not ring, None otherwise.
    """

    rang: bool
    index: int | None = None
    why: str | None = None

    @property
    def answered(self) -> bool:
        """True once somebody has answered."""
        return self.index is not None


def dial(station: Station, phone: str, seconds: float, rings: float | None = None) -> Dialled:
    """Dial a phone and wait until it is answered; the call is left as it is then.

    Args:
        station: The line, begun.
        phone: E.164, already known to be safe to dial.
        seconds: For the answer; with ``rings`` for the phone to ring.
        rings: Seconds for which it rings at most.

    Raises Refused when the line is lost, or its modem does not take the number in time.
    """
    told = station.command(lambda modem: modem.dial(phone), DIAL_SECONDS)
    if isinstance(told, Failed):
        return Dialled(rang=False, why=str(told.error))
    rang = False
    end = time.monotonic() + seconds
    while True:
        event = station.wait(
            object,
            max(0.0, end - time.monotonic()),
            lambda told: isinstance(told, CallChanged | CallEnded),
        )
        match event:
            case None:
                return Dialled(rang, why=None if rang else "the network was silent")
            case CallEnded(cause=cause):
                why = None if rang else f"the network ended the call with cause {cause}"
                return Dialled(rang, why=why)
            case CallChanged(call) if call.state is CallState.ACTIVE:
                return Dialled(rang, index=call.index)
            case CallChanged(call) if call.state is CallState.ALERTING and not rang:
                rang = True
                if rings is not None:
                    end = time.monotonic() + rings
