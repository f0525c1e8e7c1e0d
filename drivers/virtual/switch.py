"""The switch: calls from dialling to release (3GPP TS 24.008 §5, causes of ITU-T Q.850).

Every change is made completely before any terminal is told of it, so that a terminal may act from
within what it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from drivers.virtual.journal import Journal
from drivers.virtual.numbering import resolve
from drivers.virtual.reactor import Reactor
from drivers.virtual.station import Leg, Station
from drivers.virtual.terminal import CallStatus
from drivers.virtual.times import Pace

UNKNOWN_NUMBER = 1
OPERATOR_BARRING = 8
NORMAL = 16
BUSY = 17
NO_ANSWER = 19
ABSENT = 20
REJECTED = 21
OUT_OF_ORDER = 27
FACILITY_REJECTED = 29
NETWORK_OUT_OF_ORDER = 38
NOT_SUBSCRIBED = 50
NOT_IMPLEMENTED = 69
WRONG_STATE = 101

_UNANSWERED = (CallStatus.INCOMING, CallStatus.WAITING)

ALWAYS, WHEN_BUSY, NO_REPLY, NOT_REACHABLE = range(4)
"""Reasons of a diversion (``<reason>`` of ``+CCFC``, 3GPP TS 27.007 §7.11)."""


def _diverted(target: Station) -> str | None:
    """Return where a call to ``target`` goes as things are, None when it goes there."""
    reasons = [ALWAYS]
    if not target.registered:
        reasons.append(NOT_REACHABLE)
    elif target.calls:
        reasons.append(WHEN_BUSY)
    for reason in reasons:
        diversion = target.sim.diversions.get(reason)
        if diversion is not None and diversion.on:
            return resolve(diversion.to)
    return None


class Switch:
    """All calls of the network.

    Args:
        reactor: Time.
        pace: The network's times.
        journal: Told of every state of every end of a call.
        find: Returns the station that has a number, None if nobody has it.
    """

    def __init__(
        self,
        reactor: Reactor,
        pace: Pace,
        journal: Journal,
        find: Callable[[str], Station | None],
    ) -> None:
        self._reactor, self._pace, self._journal, self._find = reactor, pace, journal, find
        self._failures: dict[str, tuple[int, int]] = {}

    def fail_calls(self, number: str, cause: int, times: int) -> None:
        """Let the next ``times`` calls to a number fail with ``cause`` instead of ringing."""
        self._failures[number] = (cause, times)

    def _ordered_failure(self, number: str) -> int | None:
        cause, times = self._failures.get(number, (0, 0))
        if times <= 0:
            return None
        self._failures[number] = (cause, times - 1)
        return cause

    # --- set-up -----------------------------------------------------------------------------------

    def dial(self, station: Station, number: str, withhold: bool) -> Leg:
        """Start a call; an active one is held first (3GPP TS 22.030 §6.5.5.1)."""
        refusal = self._refuse_dial(station)
        if refusal is None and station.active:
            self.change(held=station.active)
        leg = Leg(
            index=station.free_index() or 0,
            outgoing=True,
            number=number,
            status=CallStatus.DIALLING,
            owner=station,
            hide=withhold,
        )
        station.calls.append(leg)
        self._reactor.after(0, partial(self._tell, leg))
        if refusal is None:
            self._later(leg, self._pace.span(self._pace.times.setup), partial(self._route, leg))
        else:
            self._later(leg, 0, partial(self._drop, leg, refusal))
        return leg

    @staticmethod
    def _refuse_dial(station: Station) -> int | None:
        if not station.registered:
            return NETWORK_OUT_OF_ORDER
        if station.outgoing or (station.active and station.held) or station.free_index() is None:
            return WRONG_STATE
        if station.in_state(CallStatus.INCOMING):
            return WRONG_STATE
        if station.refusal is not None:
            return station.refusal
        if station.sim.services.barred:
            return OPERATOR_BARRING
        if station.active and not station.sim.services.hold:
            return NOT_SUBSCRIBED
        return None

    def _route(self, leg: Leg) -> None:
        self._reach(leg, resolve(leg.number))

    def _reach(self, leg: Leg, number: str, *, diverted: bool = False) -> None:
        target = self._find(number)
        if (cause := self._ordered_failure(number)) is not None:
            self._drop(leg, cause)
        elif target is None:
            self._drop(leg, UNKNOWN_NUMBER)
        elif not diverted and (to := _diverted(target)) is not None:
            self._reach(leg, to, diverted=True)
        elif not target.registered and target.vanished:
            wait = self._pace.span(self._pace.times.paging)
            self._later(leg, wait, partial(self._drop, leg, OUT_OF_ORDER))
        elif not target.registered:
            self._drop(leg, ABSENT)
        elif target is leg.owner or not self._takes(target):
            self._drop(leg, BUSY)
        else:
            self._offer(leg, target)

    @staticmethod
    def _takes(target: Station) -> bool:
        if not target.calls:
            return True
        if not target.sim.services.call_waiting or target.free_index() is None:
            return False
        if not getattr(target.terminal, "takes_waiting_calls", True):
            return False
        return not target.outgoing and target.offered is None

    def _offer(self, caller: Leg, target: Station) -> None:
        leg = Leg(
            index=target.free_index() or 0,
            outgoing=False,
            number="" if caller.hide else caller.owner.msisdn,
            withheld=caller.hide,
            status=CallStatus.WAITING if target.calls else CallStatus.INCOMING,
            owner=target,
            peer=caller,
        )
        target.calls.append(leg)
        caller.peer, caller.status = leg, CallStatus.ALERTING
        limit = self._pace.scaled(self._pace.times.ring_limit)
        self._later(leg, limit, partial(self._ring_out, leg))
        self._tell(leg)
        self._tell(caller)

    def _ring_out(self, leg: Leg) -> None:
        caller = self._part(leg)
        self._drop(leg, NORMAL)
        if caller is None:
            return
        to = leg.owner.sim.diversions.get(NO_REPLY)
        if to is None or not to.on or to.to == caller.owner.msisdn:
            self._drop(caller, NO_ANSWER)
        else:
            self._reach(caller, resolve(to.to), diverted=True)

    def answer(self, leg: Leg) -> None:
        """Answer a ringing or waiting call, holding the active one first where that is possible."""
        station = leg.owner
        if leg.status not in _UNANSWERED:
            return
        if station.active:
            if station.held or not station.sim.services.hold:
                return
            self.change(held=station.active)
        if leg.status not in _UNANSWERED:
            return
        leg.status, leg.answered_at = CallStatus.ACTIVE, self._reactor.now()
        leg.stop_timers()
        if (caller := leg.peer) is not None:
            wait = self._pace.span(self._pace.times.connect)
            self._later(caller, wait, partial(self._through, caller))
        else:
            # the caller left while this one rang: the release that was on its way still comes
            self._later(leg, self._pace.span(self._pace.times.release), partial(self._drop, leg))
        self._tell(leg)

    def _through(self, caller: Leg) -> None:
        if caller.status is not CallStatus.ALERTING:
            return
        caller.status, caller.answered_at = CallStatus.ACTIVE, self._reactor.now()
        self._tell(caller)

    # --- release ----------------------------------------------------------------------------------

    def release(self, leg: Leg, cause: int = NORMAL) -> None:
        """Release one end by its owner's wish; the far end follows after the network's time."""
        if leg.over:
            return
        rejected = leg.status in _UNANSWERED and cause == NORMAL
        far = self._part(leg)
        if far is not None:
            wait = self._pace.span(self._pace.times.release)
            self._later(far, wait, partial(self._drop, far, REJECTED if rejected else cause))
        self._drop(leg, cause, here=True)

    def lose(self, station: Station, *, abrupt: bool) -> None:
        """End all calls of a station that went off (or, ``abrupt``, was torn from the network)."""
        legs = station.legs
        station.keys.clear()
        times = self._pace.times
        for leg in legs:
            ringing = leg.status in _UNANSWERED
            far = self._part(leg)
            if far is None:
                continue
            cause = OUT_OF_ORDER if abrupt else ABSENT if ringing else NORMAL
            wait = self._pace.span(times.radio_link if abrupt else times.release)
            self._later(far, wait, partial(self._drop, far, cause))
        for leg in legs:
            self._drop(leg, NETWORK_OUT_OF_ORDER if abrupt else NORMAL, here=True)

    @staticmethod
    def _part(leg: Leg) -> Leg | None:
        """Undo the pair of ``leg`` and its peer; returns the peer if it is still there."""
        far, leg.peer = leg.peer, None
        if far is None or far.over:
            return None
        far.peer = None
        far.stop_timers()
        return far

    def _drop(self, leg: Leg, cause: int = NORMAL, *, here: bool = False) -> None:
        if leg.over:
            return
        station = leg.owner
        leg.stop_timers()
        leg.status, leg.cause, leg.released_here = CallStatus.RELEASED, cause, here
        leg.multiparty = False
        station.calls.remove(leg)
        rest = self._lone_remote(station)
        self._tell(leg)
        for left in rest:
            self._tell(left)
        if station.in_state(CallStatus.WAITING):
            self._reactor.after(0, partial(self._promote, station))

    def _promote(self, station: Station) -> None:
        """A waiting call rings like any other once there is nothing left that it waits for."""
        if len(station.calls) == 1 and (leg := station.offered) is not None:
            leg.status = CallStatus.INCOMING
            self._tell(leg)

    @staticmethod
    def _lone_remote(station: Station) -> list[Leg]:
        """A multiparty with one remote left is an ordinary call again."""
        rest = [leg for leg in station.legs if leg.multiparty]
        if len(rest) != 1:
            return []
        rest[0].multiparty = False
        return rest

    # --- what supplementary services are made of --------------------------------------------------

    def change(self, *, held: Iterable[Leg] = (), active: Iterable[Leg] = ()) -> None:
        """Hold and retrieve ends of one station in one step, and let the far ends know."""
        held, active = list(held), list(active)
        for leg in held:
            leg.status = CallStatus.HELD
        for leg in active:
            leg.status = CallStatus.ACTIVE
        for leg in (*held, *active):
            self._tell(leg)
        for leg in (*held, *active):
            self.refresh_far(leg)

    def refresh_far(self, leg: Leg) -> None:
        """Let the far end of ``leg`` know if it is now held, or no longer."""
        far = leg.peer
        if far is None or far.over:
            return
        held = leg.status is CallStatus.HELD
        if far.held_by_peer != held:
            far.held_by_peer = held
            self.notice("held" if held else "retrieved", far)

    def join(self, legs: list[Leg]) -> None:
        """Make one active multiparty of held and active ends of one station."""
        fresh = [leg for leg in legs if not leg.multiparty]
        for leg in legs:
            leg.status, leg.multiparty = CallStatus.ACTIVE, True
        for leg in legs:
            self._tell(leg)
        for leg in legs:
            self.refresh_far(leg)
        for leg in fresh:
            if leg.peer is not None:
                self.notice("multiparty", leg.peer)

    def split(self, leg: Leg) -> None:
        """Hold all of an active multiparty but ``leg``, which becomes a private call."""
        station = leg.owner
        others = [other for other in station.active if other is not leg]
        leg.multiparty = False
        for other in others:
            other.status = CallStatus.HELD
        self._lone_remote(station)
        for each in (leg, *others):
            self._tell(each)
        for other in others:
            self.refresh_far(other)

    def transfer(self, one: Leg, other: Leg) -> bool:
        """Connect the far ends of two calls and drop the host; False if there are no two."""
        first, second = one.peer, other.peer
        if first is None or second is None or first.owner is second.owner:
            return False
        first.peer, second.peer = second, first
        one.peer = other.peer = None
        for leg in (one, other):
            self._drop(leg, NORMAL)
        self.refresh_far(first)
        self.refresh_far(second)
        return True

    def press(self, leg: Leg, digit: str) -> None:
        """Tell the far end, or all remotes of a multiparty, that a key was pressed."""
        legs = [each for each in leg.owner.active if each.multiparty] if leg.multiparty else [leg]
        for each in legs:
            if each.open and each.peer is not None:
                self._journal.add("digit", **each.peer.owner.who, digit=digit)
                each.peer.owner.terminal.dtmf(each.peer, digit)

    def notice(self, kind: str, far: Leg) -> None:
        """Give a far end the notification ``held``, ``retrieved`` or ``multiparty``."""
        if not far.over:
            self._journal.add("notice", **far.owner.who, notice=kind, call=far.index)
            far.owner.terminal.service_notice(kind, far)

    def _later(self, leg: Leg, seconds: float, action: Callable[[], None]) -> None:
        leg.timers.append(self._reactor.after(seconds, action))

    def _tell(self, leg: Leg) -> None:
        if leg.told_end:
            return
        leg.told_end = leg.over
        self._journal.add(
            "call",
            **leg.owner.who,
            call=leg.index,
            direction="out" if leg.outgoing else "in",
            number=leg.number or None,
            state=leg.status.name.lower(),
            multiparty=leg.multiparty,
            cause=leg.cause,
        )
        leg.owner.terminal.call_changed(leg)
