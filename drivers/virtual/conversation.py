"""Who hears whom: one turn of the voice paths, every 20 ms."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.virtual.audio import HOLD_TONE, RINGBACK, SILENCE, mix
from drivers.virtual.station import Leg, Station
from drivers.virtual.terminal import CallStatus

_RINGING = (CallStatus.INCOMING, CallStatus.WAITING)


class Conversations:
    """Carries voice between stations.

    All stations that open calls connect, over a multiparty's host too, are one conversation: each
    hears the sum of the others. A host whose modem has no audio in a multiparty is left out of the
    sum and hears silence.

    Args:
        hold_tone: A held party hears a tone instead of silence.
    """

    def __init__(self, hold_tone: bool = False) -> None:
        self._hold_tone = hold_tone
        self._turn = 0

    def tick(self, stations: Iterable[Station]) -> None:
        """Take 20 ms from every terminal and give 20 ms to each."""
        self._turn += 1
        stations = list(stations)
        voices = {station: self._voice(station) for station in stations}
        done: set[Station] = set()
        for station in stations:
            if station in done:
                continue
            party = _party(station)
            done.update(party)
            if len(party) > 1:
                self._converse(party, voices)
            else:
                station.terminal.hear(self._network_voice(station))

    def _voice(self, station: Station) -> list[bytes]:
        frame = station.terminal.speak()
        if _muted(station):
            frame = None
        return [voice for voice in (frame, station.key_frame()) if voice is not None]

    def _converse(self, party: list[Station], voices: dict[Station, list[bytes]]) -> None:
        for station in party:
            if _muted(station):
                station.terminal.hear(SILENCE)
                continue
            others = [v for other in party if other is not station for v in voices.get(other, [])]
            station.terminal.hear(mix(others))

    def _network_voice(self, station: Station) -> bytes | None:
        """What the network itself gives to a station that speaks with nobody."""
        for leg in station.active + station.outgoing:
            if leg.peer is not None and leg.peer.status in _RINGING:
                leg.waited += 1
                return RINGBACK.frame(leg.waited - 1)
            if leg.status is CallStatus.DIALLING:
                return None
            if leg.held_by_peer and self._hold_tone:
                return HOLD_TONE.frame(self._turn)
            return SILENCE
        return None


def _muted(station: Station) -> bool:
    if getattr(station.terminal, "host_audio_in_multiparty", True):
        return False
    return any(leg.multiparty and leg.status is CallStatus.ACTIVE for leg in station.legs)


def _party(station: Station) -> list[Station]:
    """Return all stations that open calls connect with this one, itself first."""
    party, seen = [station], {station}
    for member in party:
        for far in _far_ends(member.legs):
            if far not in seen:
                seen.add(far)
                party.append(far)
    return party


def _far_ends(legs: list[Leg]) -> list[Station]:
    return [leg.peer.owner for leg in legs if leg.peer is not None and leg.open]
