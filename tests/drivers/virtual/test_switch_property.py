"""The switch under any sequence of what people and networks do: what holds after each step."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drivers.virtual.station import Leg, Station
from drivers.virtual.terminal import CallStatus
from tests.drivers.virtual.town import A, B, C, D, Town, X, Y

NUMBERS = [A, B, C, D, X, Y]
who = st.sampled_from(NUMBERS)
CODES = ["0", "1", "2", "3", "4", *(f"{c}{x}" for c in "12" for x in range(1, 8))]


class Traffic(RuleBasedStateMachine):
    """Six subscribers who do as they please."""

    def __init__(self) -> None:
        super().__init__()
        self.town = Town()
        services = {"transfer": True}
        self.town.join(A, B, C, **services)
        self.town.join(X, Y, **services)
        self.town.join(D, call_waiting=False)
        self.asked = self.answered = 0

    def teardown(self) -> None:
        for station in list(self.town.network.stations.values()):
            for call in list(station.calls):
                station.release(call)
        self.town.wait(120)
        assert not any(s.calls for s in self.town.network.stations.values())
        assert self.asked == self.answered
        for terminal in self.town.sets.values():
            per_call: dict[int, CallStatus] = {}
            for told in terminal.told:
                if told.status is CallStatus.RELEASED:
                    per_call.pop(told.index, None)
                else:
                    per_call[told.index] = told.status
            assert not per_call, "a call began and its end was never told"
        self.town.reactor.close()

    def station(self, number: str) -> Station:
        return self.town.network.stations[number]

    @rule(caller=who, callee=who, withhold=st.booleans())
    def dial(self, caller: str, callee: str, withhold: bool) -> None:
        if self.station(caller).free_index() is not None:
            self.station(caller).dial(callee, withhold=withhold)
            self.town.wait(0)  # what is refused at once is gone

    @rule(number=who)
    def answer(self, number: str) -> None:
        if (leg := self.station(number).offered) is not None:
            self.station(number).answer(leg)

    @rule(number=who, which=st.integers(0, 6), cause=st.sampled_from([16, 17, 21]))
    def release(self, number: str, which: int, cause: int) -> None:
        calls = self.station(number).calls
        if which < len(calls):
            self.station(number).release(calls[which], cause)

    @rule(number=who, code=st.sampled_from(CODES))
    def supplementary(self, number: str, code: str) -> None:
        self.asked += 1

        def done(cause: int | None) -> None:
            assert cause in (None, 29, 50, 69, 101)
            self.answered += 1

        self.station(number).supplementary(code, done)

    @rule(number=who, on=st.booleans(), abrupt=st.booleans())
    def radio(self, number: str, on: bool, abrupt: bool) -> None:
        self.station(number).radio(on, abrupt=abrupt)

    @rule(number=who, keys=st.text("0123456789*#ABCD", min_size=1, max_size=3))
    def press(self, number: str, keys: str) -> None:
        if calls := self.station(number).calls:
            self.station(number).send_digits(calls[0], keys)

    @rule(seconds=st.sampled_from([0.0, 0.02, 0.3, 1.0, 3.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.town.wait(seconds)
        self.town.talk(0.1)

    @invariant()
    def promises_hold(self) -> None:
        for station in self.town.network.stations.values():
            legs = station.legs
            assert len({leg.index for leg in legs}) == len(legs)
            assert all(1 <= leg.index <= 7 for leg in legs)
            for group in (station.active, station.held):
                assert len(group) <= 1 or all(leg.multiparty for leg in group)
            many = [leg for leg in legs if leg.multiparty]
            assert len(many) != 1
            assert len(many) <= 5
            assert len({leg.status for leg in many}) <= 1
            assert len(station.outgoing) <= 1
            assert len(station.in_state(CallStatus.INCOMING, CallStatus.WAITING)) <= 1
            for leg in legs:
                self.leg_holds(leg)

    def leg_holds(self, leg: Leg) -> None:
        assert not leg.over
        if leg.peer is not None:
            assert leg.peer.peer is leg
            assert leg.peer in leg.peer.owner.calls
            assert leg.peer.owner is not leg.owner
            assert leg.held_by_peer == (leg.peer.status is CallStatus.HELD)
        else:  # on its way to somebody, or on its way out
            assert any(timer.pending for timer in leg.timers)
        if leg.status is CallStatus.INCOMING:
            assert not leg.owner.active


Traffic.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestTraffic = Traffic.TestCase
