"""The owner's own phone rings from a line: the number that it shows is the SIM's."""

from __future__ import annotations

import time
from dataclasses import dataclass

from appliance.exchange.commission_line import Station
from drivers.errors import NotSupported
from drivers.modem import CallChanged, CallEnded, CallState, Failed

DIAL_SECONDS = 60.0
"""For the modem to take the number; falling back from LTE may take half of it."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What came of it.

    Args:
        rang: The network said that the phone rings.
        answered: It was answered.
        hold: The call could be held and taken back; None: not tried.
        why: What went wrong when it did not ring, None otherwise.
    """

    rang: bool
    answered: bool
    hold: bool | None = None
    why: str | None = None


def ring(station: Station, phone: str, seconds: float) -> Rung:
    """Call a phone and hang up again.

    Args:
        station: The line, not begun yet.
        phone: E.164, already known to be safe to dial.
        seconds: For which it rings at most.

    Raises:
        Refused: The line is in use, or was lost.
    """
    station.begin()
    try:
        told = station.command(lambda modem: modem.dial(phone), DIAL_SECONDS)
        if isinstance(told, Failed):
            return Rung(rang=False, answered=False, why=str(told.error))
        return _watched(station, seconds)
    finally:
        station.end()


def _watched(station: Station, seconds: float) -> Rung:
    rang = False
    end = time.monotonic() + DIAL_SECONDS
    while True:
        event = station.wait(
            object,
            max(0.0, end - time.monotonic()),
            lambda told: isinstance(told, CallChanged | CallEnded),
        )
        match event:
            case None:
                return Rung(rang, answered=False, why=None if rang else "the network was silent")
            case CallEnded(cause=cause):
                why = None if rang else f"the network ended the call with cause {cause}"
                return Rung(rang, answered=False, why=why)
            case CallChanged(call) if call.state is CallState.ACTIVE:
                return Rung(True, True, _held(station, call.index))
            case CallChanged(call) if call.state is CallState.ALERTING and not rang:
                rang = True
                end = time.monotonic() + seconds


def _held(station: Station, index: int) -> bool | None:
    told = station.command(lambda modem: modem.hold())
    if isinstance(told, Failed):
        return False if isinstance(told.error, NotSupported) else None
    return True if station.done(lambda modem: modem.retrieve(index)) else None
