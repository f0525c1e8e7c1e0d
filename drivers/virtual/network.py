"""The mobile network: who has which number, and what connects them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from drivers.virtual.audio import FRAME_SECONDS
from drivers.virtual.conversation import Conversations
from drivers.virtual.journal import Journal, utc_now
from drivers.virtual.numbering import resolve
from drivers.virtual.reactor import Reactor, Ticker
from drivers.virtual.smsc import Smsc
from drivers.virtual.station import Station
from drivers.virtual.supplementary import Supplementary
from drivers.virtual.switch import Switch
from drivers.virtual.terminal import Sim, Terminal
from drivers.virtual.times import Pace, RadioTimes


class Network:
    """One network for all subscribers of the bank. Lives on its reactor's thread.

    Args:
        reactor: Time, and the 20 ms of voice.
        speed: Divides the radio's times; voice is never scaled.
        seed: Of the radio's small irregularities in time.
        hold_tone: A held party hears a tone instead of silence.
        times: The radio's times at speed 1.
        wall: The time of day, for time stamps.
        journal: Where everything that happens is noted; a new one by default.
    """

    def __init__(
        self,
        reactor: Reactor,
        *,
        speed: float = 1.0,
        seed: int = 1,
        hold_tone: bool = False,
        times: RadioTimes | None = None,
        wall: Callable[[], datetime] = utc_now,
        journal: Journal | None = None,
    ) -> None:
        self.reactor = reactor
        self.pace = Pace(times or RadioTimes(), speed, seed)
        self.wall = wall
        self.journal = journal or Journal(wall)
        self.stations: dict[str, Station] = {}
        self.switch = Switch(reactor, self.pace, self.journal, self.find)
        self.supplementary = Supplementary(reactor, self.pace, self.switch)
        self.smsc = Smsc(reactor, self.pace, self.journal, self.find, wall)
        self._conversations = Conversations(hold_tone)
        self._ticker: Ticker | None = None

    def attach(self, sim: Sim, terminal: Terminal, kind: str = "line") -> Station:
        """Put a SIM into a terminal; its radio is off. A terminal that had this number loses it.

        Args:
            sim: Number, identity, services.
            terminal: Told of calls, texts and registration.
            kind: ``line`` or ``phone``, the key of the number in the journal.
        """
        if (former := self.stations.get(sim.msisdn)) is not None:
            self.detach(former)
        station = Station(self, sim, terminal, kind)
        self.stations[sim.msisdn] = station
        return station

    def detach(self, station: Station) -> None:
        """Take a subscriber out of the network: its number is unknown from now on."""
        station.radio(False)
        if self.stations.get(station.msisdn) is station:
            del self.stations[station.msisdn]

    def find(self, number: str) -> Station | None:
        """Return the station with a number in any form, None if nobody has it."""
        return self.stations.get(resolve(number))

    def start(self) -> None:
        """Begin to carry voice, in real time."""
        if self._ticker is None:
            self._ticker = self.reactor.every(FRAME_SECONDS, self.tick)

    def stop(self) -> None:
        """Carry no more voice and detach everybody."""
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None
        for station in list(self.stations.values()):
            self.detach(station)

    def tick(self) -> None:
        """Carry 20 ms of voice between all stations."""
        self._conversations.tick(self.stations.values())

    @property
    def dropped_frames(self) -> int:
        """Frames of 20 ms that were lost because this machine was too late for them."""
        return self._ticker.dropped if self._ticker else 0
