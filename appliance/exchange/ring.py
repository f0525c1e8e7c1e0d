"""The owner's own phone rings from a line: the number that it shows is the SIM's."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.exchange.commission_line import Station
from appliance.exchange.dialled import DIAL_SECONDS, dial
from drivers.errors import NotSupported
from drivers.modem import Failed


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
        told = dial(station, phone, DIAL_SECONDS, rings=seconds)
        hold = None if told.index is None else _held(station, told.index)
        return Rung(told.rang, told.answered, hold, told.why)
    finally:
        station.end()


def _held(station: Station, index: int) -> bool | None:
    told = station.command(lambda modem: modem.hold())
    if isinstance(told, Failed):
        return False if isinstance(told.error, NotSupported) else None
    return True if station.done(lambda modem: modem.retrieve(index)) else None
