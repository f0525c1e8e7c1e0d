"""Random binds, unbinds and modifications against a list of pairs that knows the rules."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlite_utils import Database

from appliance.errors import Refused
from appliance.model.bindings import AxbTerms
from appliance.model.records import Mode
from appliance.model.routing import Route, route
from appliance.store import Store
from drivers.clock import ManualClock
from tests.store.conftest import enrol, person

T = TypeVar("T")
PEOPLE = st.integers(1, 6)
LINES = st.integers(0, 2)


@dataclass
class Pair:
    """What the oracle knows of a binding."""

    x: str
    a: int
    b: int
    expires: datetime | None

    def holds(self, who: int) -> bool:
        return who in (self.a, self.b)


class Sequences(RuleBasedStateMachine):
    """The store on one side, a dictionary on the other."""

    bound = Bundle("bound")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.store = Store(Path(self.folder.name) / "simveil.db", clock=self.clock)
        self.store.start()
        self.app = self.store.write(lambda db: self.store.applications.add(db, "shop", Mode.AXB))
        self.lines = [enrol(self.store, self.app, last) for last in (1, 2, 3)]
        self.pairs: dict[str, Pair] = {}

    def teardown(self) -> None:
        self.store.stop()
        self.folder.cleanup()

    def write(self, work: Callable[[Database], T]) -> T | str:
        try:
            return self.store.write(work)
        except Refused as refusal:
            return refusal.reason

    def live(self) -> dict[str, Pair]:
        now = self.clock.now()
        return {
            key: pair
            for key, pair in self.pairs.items()
            if pair.expires is None or pair.expires > now
        }

    def free(self, x: str, *people: int, but: str = "") -> bool:
        return not any(
            pair.x == x and any(pair.holds(who) for who in people)
            for key, pair in self.live().items()
            if key != but
        )

    def end(self, seconds: int) -> datetime | None:
        return self.clock.now() + timedelta(seconds=seconds) if seconds else None

    @rule(
        target=bound,
        people=st.tuples(PEOPLE, PEOPLE).filter(lambda pair: pair[0] != pair[1]),
        line=st.one_of(st.none(), LINES),
        seconds=st.sampled_from([0, 0, 30, 90]),
    )
    def bind(self, people: tuple[int, int], line: int | None, seconds: int) -> object:
        a, b = people
        x = None if line is None else self.lines[line]
        terms = AxbTerms(person(a), person(b), x=x, duration=seconds)
        now = self.clock.now()
        outcome = self.write(lambda db: self.store.bindings.bind_axb(db, self.app, terms, now))
        self.pairs = self.live()
        fitting = [number for number in self.lines if self.free(number, a, b)]
        if x is None and not fitting:
            assert outcome == "exhausted"
        elif x is not None and x not in fitting:
            assert outcome == "already-bound"
        else:
            assert not isinstance(outcome, str)
            assert outcome.x in fitting
            assert x in (None, outcome.x)
            self.pairs[outcome.subscription_id] = Pair(outcome.x, a, b, self.end(seconds))
            return outcome.subscription_id
        return multiple()

    @rule(key=consumes(bound))
    def unbind(self, key: str) -> None:
        outcome = self.write(lambda db: self.store.bindings.remove(db, self.app, key))
        # An expired binding that nobody removed yet may still be unbound.
        assert not isinstance(outcome, str) or (
            outcome == "binding-unknown" and key not in self.live()
        )
        self.pairs.pop(key, None)

    @rule(key=bound, a=st.one_of(st.none(), PEOPLE), seconds=st.sampled_from([None, 0, 60]))
    def modify(self, key: str, a: int | None, seconds: int | None) -> None:
        pair = self.live().get(key)
        if pair is not None and a == pair.b:
            return
        changes: dict[str, object] = {} if a is None else {"a": person(a)}
        if seconds is not None:
            changes["duration"] = seconds
        now = self.clock.now()
        outcome = self.write(
            lambda db: self.store.bindings.modify_axb(db, self.app, key, changes, now)
        )
        if pair is None:
            assert outcome == "binding-unknown"
        elif a is not None and not self.free(pair.x, a, but=key):
            assert outcome == "already-bound"
        else:
            assert not isinstance(outcome, str)
            pair.a = pair.a if a is None else a
            pair.expires = pair.expires if seconds is None else self.end(seconds)
            assert outcome.expires == pair.expires

    @rule(line=LINES)
    def unbind_line(self, line: int) -> None:
        x = self.lines[line]
        count = self.write(lambda db: self.store.bindings.remove_all(db, self.app, x))
        assert isinstance(count, int)
        assert count >= sum(pair.x == x for pair in self.live().values())
        self.pairs = {key: pair for key, pair in self.pairs.items() if pair.x != x}

    @rule(seconds=st.sampled_from([10, 30, 60]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def expire(self) -> None:
        self.write(lambda db: self.store.bindings.expire(db, self.clock.now()))
        assert self.store.bindings.find(self.app)[0] == len(self.live())

    @invariant()
    def routes_agree(self) -> None:
        now = self.clock.now()
        for x, who in itertools.product(self.lines, range(1, 7)):
            found = route(self.store.bindings.route_facts(x, person(who), now), now)
            expected = [
                pair.b if who == pair.a else pair.a
                for pair in self.live().values()
                if pair.x == x and pair.holds(who)
            ]
            assert len(expected) <= 1
            callee = found.callee if isinstance(found, Route) else None
            assert callee == (person(expected[0]) if expected else None)

    @invariant()
    def counters_agree(self) -> None:
        rows = self.store.reader().execute(
            "SELECT n.bound, (SELECT count(*) FROM bindings b WHERE b.number_id = n.id), "
            "(SELECT count(*) FROM binding_parties p WHERE p.number_id = n.id) FROM numbers n"
        )
        for counted, bindings, parties in rows.fetchall():
            assert counted == bindings
            assert parties == 2 * bindings


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
