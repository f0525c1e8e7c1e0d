"""A test call: a line dials a phone and lets it hear a tone, for somebody to say they heard it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from appliance.exchange.commission_line import Station
from appliance.exchange.dialled import dial
from appliance.exchange.ports import MediaPort
from appliance.exchange.registry import Registry
from appliance.media import Attached, MediaClosed, Played
from drivers.modem import CallEnded

OPEN: Final = 15.0  # seconds for the voice port to open or close
HERTZ: Final = 1000

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Toned:
    """What came of it.

    Args:
        answered: The phone was answered.
        played: The whole tone was played to it.
        why: What went wrong, None when nothing did.
    """

    answered: bool
    played: bool
    why: str | None = None


def tone_call(
    station: Station,
    phone: str,
    seconds: float,
    *,
    media: MediaPort,
    registry: Registry,
    ring: float,
) -> Toned:
    """Call a phone, play a tone of 1 kHz to it once it is answered, and hang up.

    Args:
        station: The line, not begun yet.
        phone: E.164, already known to be safe to dial.
        seconds: Of the tone.
        ring: Seconds that the phone may ring.

    Raises:
        Refused: The line is in use, or was lost.
    """
    station.begin()
    try:
        told = dial(station, phone, ring)
        if not told.answered:
            return Toned(False, False, told.why or "it was not answered")
        played = _play(station, seconds, media, registry)
        why = None if played else "the line's voice could not be played"
        return Toned(answered=True, played=played, why=why)
    finally:
        station.end()


def _play(station: Station, seconds: float, media: MediaPort, registry: Registry) -> bool:
    spec = station.worker.audio()
    if spec is None:
        return False
    name = f"tone-{next(_serial)}-{station.msisdn.lstrip('+')}"
    registry.own(name, station)
    try:
        media.attach(name, "a", spec)
        if station.wait(Attached, OPEN) is None:
            return False
        media.play(name, "a", 1, (f"tone:{HERTZ}/{seconds:g}",))
        event = station.wait(
            object, seconds + OPEN, lambda told: isinstance(told, Played | CallEnded)
        )
        return isinstance(event, Played)
    finally:
        media.close(name)
        station.wait(MediaClosed, OPEN)
        registry.forget(name)
