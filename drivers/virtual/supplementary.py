"""Hold, waiting, multiparty and transfer: what ``+CHLD`` codes do (3GPP TS 22.030 §6.5.5.1).

A waiting call comes before a held one: while both are there, 0, 1 and 2 act on the waiting one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from drivers.virtual.reactor import Reactor
from drivers.virtual.station import Leg, Station
from drivers.virtual.switch import (
    BUSY,
    FACILITY_REJECTED,
    NORMAL,
    NOT_SUBSCRIBED,
    WRONG_STATE,
    Switch,
)
from drivers.virtual.terminal import CallStatus, Outcome
from drivers.virtual.times import Pace

MOST_REMOTES = 5
"""Remote parties of one multiparty (3GPP TS 22.084 §1.1)."""


class Supplementary:
    """Takes the requests of all stations, each station's own one after the other."""

    def __init__(self, reactor: Reactor, pace: Pace, switch: Switch) -> None:
        self._reactor, self._pace, self._switch = reactor, pace, switch
        self._plain: dict[str, Callable[[Station], int | None]] = {
            "0": self._drop_held,
            "1": self._drop_active,
            "2": self._swap,
            "3": self._join,
            "4": self._transfer,
        }
        self._indexed: dict[str, Callable[[Station, Leg], int | None]] = {
            "1": self._release,
            "2": self._private,
        }

    def request(self, station: Station, code: str, done: Outcome) -> None:
        """Do ``code`` after the network's time, then tell ``done`` None or the cause."""
        station.requests.append((code, done))
        if len(station.requests) == 1:
            self._schedule(station)

    def _schedule(self, station: Station) -> None:
        wait = self._pace.span(self._pace.times.supplementary)
        self._reactor.after(wait, partial(self._next, station))

    def _next(self, station: Station) -> None:
        code, done = station.requests[0]
        try:
            done(self.perform(station, code))
        finally:
            station.requests.popleft()
            if station.requests:
                self._schedule(station)

    def perform(self, station: Station, code: str) -> int | None:
        """Do ``code`` now; returns None, or the cause why it can't be."""
        if code in self._plain:
            return self._plain[code](station)
        if len(code) == 2 and code[0] in self._indexed:
            leg = next((leg for leg in station.legs if str(leg.index) == code[1]), None)
            return WRONG_STATE if leg is None else self._indexed[code[0]](station, leg)
        return WRONG_STATE

    def _drop_held(self, station: Station) -> int | None:
        """0: refuse the waiting call as busy, or release all held calls."""
        if (offered := station.offered) is not None:
            self._switch.release(offered, BUSY)
            return None
        if not (held := station.held):
            return WRONG_STATE
        for leg in held:
            self._switch.release(leg, NORMAL)
        return None

    def _drop_active(self, station: Station) -> int | None:
        """1: release all active calls and accept the waiting call, or else the held one."""
        going = station.active + station.outgoing
        offered = station.offered
        if not going and offered is None and not station.held:
            return WRONG_STATE
        for leg in going:
            self._switch.release(leg, NORMAL)
        if offered is not None:
            self._switch.answer(offered)
        elif station.held:
            self._switch.change(active=station.held)
        return None

    def _swap(self, station: Station) -> int | None:
        """2: hold all active calls and accept the waiting call, or else the held one."""
        active, held, offered = station.active, station.held, station.offered
        if station.outgoing or not (active or held or offered):
            return WRONG_STATE
        if offered is not None and active and held:
            return WRONG_STATE
        if (active or held) and not station.sim.services.hold:
            return NOT_SUBSCRIBED
        if offered is not None:
            self._switch.answer(offered)
        else:
            self._switch.change(held=active, active=held)
        return None

    def _release(self, _station: Station, leg: Leg) -> int | None:
        """1x: release call x, whatever its state."""
        self._switch.release(leg, NORMAL)
        return None

    def _private(self, station: Station, leg: Leg) -> int | None:
        """2x: speak with call x alone; the other active calls are held, a held x is retrieved."""
        active, held = station.active, station.held
        if not station.sim.services.hold:
            return NOT_SUBSCRIBED
        if leg.status is CallStatus.ACTIVE:
            if len(active) == 1:
                return None
            if held:
                return WRONG_STATE
            self._switch.split(leg)
            return None
        if leg.status is not CallStatus.HELD or leg.multiparty or station.outgoing:
            return WRONG_STATE
        self._switch.change(held=active, active=[leg])
        return None

    def _join(self, station: Station) -> int | None:
        """3: add the held call to the active one."""
        active, held = station.active, station.held
        services = station.sim.services
        if not active or not held:
            return WRONG_STATE
        if not services.multiparty:
            return NOT_SUBSCRIBED
        if services.join_refused or len(active) + len(held) > MOST_REMOTES:
            return FACILITY_REJECTED
        self._switch.join(held + active)
        return None

    def _transfer(self, station: Station) -> int | None:
        """4: connect the held call with the active (or alerting) one and leave (3GPP TS 22.091)."""
        others = station.active + station.in_state(CallStatus.ALERTING)
        held = station.held
        if len(held) != 1 or len(others) != 1:
            return WRONG_STATE
        if not station.sim.services.transfer:
            return NOT_SUBSCRIBED
        return None if self._switch.transfer(held[0], others[0]) else WRONG_STATE
