"""The facts of calls and texts of AX, AXE, AXYB and X, read from the store and decided."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import NotFound
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import MINUTES, AxeTerms
from appliance.model.bindings_axyb import AxybTerms, YbTerms
from appliance.model.records import Application, Mode
from appliance.model.routing import (
    AllocateY,
    AskApplication,
    AskText,
    CollectExtension,
    Decision,
    Refusal,
    Route,
    RouteFacts,
    TextRoute,
    decide,
    decide_text,
)
from appliance.model.routing_axe import entered
from appliance.model.routing_x import Connect, answered
from appliance.store import Store
from drivers.clock import ManualClock
from tests.store.conftest import enrol, person

CITY = "0755"
A, B, N, M = (person(last) for last in (1, 2, 3, 4))


class Place:
    """An application of one mode with its numbers, and two trunks."""

    def __init__(self, store: Store, mode: Mode, numbers: int) -> None:
        self.store = store
        self.app: Application = store.write(
            lambda db: store.applications.add(db, "shop", mode, record=True, sms=True)
        )
        self.numbers = [enrol(store, self.app, last, CITY) for last in range(1, numbers + 1)]
        self.trunks = [enrol(store, None, last) for last in (90, 91)]

    @property
    def now(self) -> Any:
        return self.store.clock.now()

    def facts(self, line: str, caller: str | None) -> RouteFacts:
        return self.store.bindings.route_facts(line, caller, self.now)

    def call(self, line: str, caller: str | None) -> Decision:
        return decide(self.facts(line, caller), self.now)

    def reaches(self, line: str, caller: str) -> str:
        found = self.call(line, caller)
        assert isinstance(found, Route), found
        return found.callee

    def refused(self, line: str, caller: str) -> int:
        found = self.call(line, caller)
        assert isinstance(found, Refusal), found
        return found.state_code

    def text(self, line: str, sender: str, body: str) -> Any:
        return decide_text(self.facts(line, sender), body, self.now)

    def show(self, line: str, callee: str, subscription: str, other: str) -> None:
        """Keep that somebody was shown a second line."""
        self.store.write(
            lambda db: self.store.bindings.add_return_route(db, line, callee, subscription, other)
        )


def test_ax_calls_texts_and_ways_back(store: Store, clock: ManualClock) -> None:
    shop = Place(store, Mode.AX, 2)
    x, other_x = shop.numbers
    trunk, other_trunk = shop.trunks
    assert shop.refused(x, N) == 8018
    ax = store.write(lambda db: store.ax.bind(db, shop.app, AxTerms(A, x=x), clock.now()))
    found = shop.call(x, N)
    assert isinstance(found, Route)
    # An AX number lends no line: the second is always a trunk.
    assert (found.callee, found.second_lines) == (A, (trunk, other_trunk))
    assert shop.refused(x, A) == 8013
    store.write(lambda db: store.ax.set_callee(db, shop.app, B, clock.now(), seconds=5, x=x))
    assert shop.reaches(x, A) == B
    shop.show(trunk, B, ax.subscription_id, A)
    assert shop.reaches(trunk, B) == A
    back = shop.call(trunk, B)
    assert isinstance(back, Route)
    assert (back.binding.x, back.second_lines) == (x, (x, other_trunk))
    shop.show(trunk, A, ax.subscription_id, N)
    assert shop.reaches(trunk, A) == N
    clock.advance(5)
    assert shop.refused(x, A) == 8013
    assert shop.reaches(trunk, A) == N
    assert shop.refused(trunk, M) == 8014

    assert shop.text(x, N, "hi").body == f"hi[From{N}]"
    to_b = shop.text(x, A, f"hi@{B}")
    assert isinstance(to_b, TextRoute)
    assert (to_b.recipient, to_b.body) == (B, "hi")
    for ours in (x, other_x, trunk):  # a text to ourselves would come back
        assert isinstance(shop.text(x, A, f"hi@{ours}"), AskText)

    store.write(lambda db: store.ax.modify(db, shop.app, {"a": M}, clock.now(), x=x))
    assert shop.reaches(x, N) == M
    assert shop.refused(trunk, B) == 8014
    enrol(store, shop.app, 5)
    ours = "+8617000000077"
    store.write(lambda db: store.ax.bind(db, shop.app, AxTerms(ours, x=other_x), clock.now()))
    enrol(store, shop.app, 77)
    assert shop.refused(other_x, N) == 7500


def test_axe_extension_call_back_and_second_lines(store: Store, clock: ManualClock) -> None:
    shop = Place(store, Mode.AXE, 1)
    (x,), (trunk, other_trunk) = shop.numbers, shop.trunks
    assert shop.refused(x, N) == 8022
    terms = AxeTerms(
        A, x=x, extension="0042", unit=MINUTES, bind_time=10, call_back_time=1, record=True
    )
    axe = store.write(lambda db: store.axe.bind(db, shop.app, terms, clock.now()))
    assert isinstance(shop.call(x, N), CollectExtension)
    for digits, code in (("0043", 8022), ("42", 8022), ("", 8033)):
        facts, relation = store.axe.extension(shop.facts(x, N), digits, clock.now())
        wrong = entered(facts, relation, digits)
        assert isinstance(wrong, Refusal)
        assert wrong.state_code == code
    facts, relation = store.axe.extension(shop.facts(x, N), "0042", clock.now())
    found = entered(facts, relation, "0042")
    assert isinstance(found, Route)
    assert (found.callee, found.second_lines) == (A, (trunk, other_trunk))
    assert (found.extension, found.remembers_caller, found.record) == ("0042", True, True)

    assert shop.refused(x, A) == 8019
    identity = axe.subscription_id
    store.write(lambda db: store.axe.remember_caller(db, identity, N, clock.now()))
    store.write(lambda db: store.axe.remember_caller(db, identity, M, clock.now()))
    assert shop.reaches(x, A) == M
    shop.show(trunk, A, identity, M)
    shop.show(trunk, M, identity, A)
    assert shop.reaches(trunk, A) == M
    assert shop.reaches(trunk, M) == A
    clock.advance(60)
    assert shop.refused(x, A) == 8019
    assert shop.refused(trunk, A) == 8019
    assert shop.reaches(trunk, M) == A
    clock.advance(540)
    assert shop.refused(x, N) == 8022
    assert shop.refused(trunk, M) == 8014
    with pytest.raises(NotFound):
        store.write(lambda db: store.axe.remember_caller(db, "gone", N, clock.now()))


def test_a_person_with_two_extensions_calls_back_the_youngest(
    store: Store, clock: ManualClock
) -> None:
    shop = Place(store, Mode.AXE, 1)
    (x,) = shop.numbers
    first, second = (
        store.write(lambda db: store.axe.bind(db, shop.app, AxeTerms(A, x=x), clock.now()))
        for _ in range(2)
    )
    for relation, caller in ((second, N), (first, M)):
        clock.advance(1)
        store.write(
            lambda db, one=relation, who=caller: store.axe.remember_caller(  # type: ignore[misc]
                db, one.subscription_id, who, clock.now()
            )
        )
    assert shop.reaches(x, A) == M
    store.write(
        lambda db: store.axe.remove(
            db, shop.app, clock.now(), subscription_id=first.subscription_id
        )
    )
    assert shop.reaches(x, A) == N


def test_axyb_by_either_number_and_a_y_for_a_first_call(store: Store, clock: ManualClock) -> None:
    shop = Place(store, Mode.AXYB, 3)
    terms = AxybTerms(A, CITY, yb_duration=60)
    axyb = store.write(lambda db: store.axyb.bind(db, shop.app, terms, clock.now()))
    identity, x = axyb.subscription_id, axyb.x
    first = shop.call(x, B)
    assert isinstance(first, AllocateY)
    made = store.write(
        lambda db: store.axyb.allocate_y(db, shop.app, identity, first.b, clock.now())
    )
    over_x, over_y = shop.call(x, B), shop.call(made.y, A)
    assert isinstance(over_x, Route)
    assert isinstance(over_y, Route)
    assert (over_x.callee, over_x.second_lines) == (A, (made.y,))
    assert (over_y.callee, over_y.second_lines) == (B, (x,))
    for line, caller, code in ((x, A, 8032), (made.y, B, 8032), (made.y, N, 8030)):
        assert shop.refused(line, caller) == code
    number = store.numbers.by_msisdn(made.y)
    assert number is not None
    store.write(lambda db: store.numbers.update(db, number.number_id, status=9))
    assert shop.refused(x, B) == 8055
    assert shop.refused(made.y, A) == 8055
    store.write(lambda db: store.numbers.update(db, number.number_id, status=5))
    clock.advance(60)  # the half has ended; it is not removed yet
    assert isinstance(shop.call(x, B), AllocateY)
    assert shop.refused(made.y, A) == 8030
    half = YbTerms(B, duration=0)
    store.write(lambda db: store.axyb.bind_yb(db, shop.app, identity, half, clock.now()))
    assert shop.reaches(x, B) == A
    clock.advance(7140)
    assert shop.refused(x, B) == 8030
    assert shop.text(x, B, "hi").application is None


def test_x_mode_asks_for_its_own_lines_and_for_those_it_has_shown(
    store: Store, clock: ManualClock
) -> None:
    shop = Place(store, Mode.X, 1)
    (x,), (trunk, other_trunk) = shop.numbers, shop.trunks
    question = shop.call(x, N)
    assert isinstance(question, AskApplication)
    facts = store.bindings.reaching(shop.facts(x, N), B, question.x)
    found = answered(facts, question, Connect(B))
    assert isinstance(found, Route)
    assert found.second_lines == (trunk, other_trunk)
    ours = store.bindings.reaching(shop.facts(x, N), trunk, question.x)
    assert isinstance(answered(ours, question, Connect(trunk)), Refusal)

    store.write(lambda db: store.bindings.add_x_return_route(db, trunk, B, x))
    again = shop.call(trunk, B)
    assert isinstance(again, AskApplication)
    assert (again.x, again.application) == (x, shop.app)
    facts = store.bindings.reaching(shop.facts(trunk, B), N, again.x)
    back = answered(facts, again, Connect(N))
    assert isinstance(back, Route)
    assert (back.line, back.second_lines) == (trunk, (x, other_trunk))
    assert shop.refused(trunk, N) == 8014
    with pytest.raises(NotFound):
        store.write(lambda db: store.bindings.add_x_return_route(db, trunk, B, "+8617099999999"))
    # The next to call somebody over a line is whom that person calls back.
    other = store.write(lambda db: store.applications.add(db, "ax", Mode.AX))
    other_x = enrol(store, other, 50)
    ax = store.write(lambda db: store.ax.bind(db, other, AxTerms(A, x=other_x), clock.now()))
    shop.show(trunk, B, ax.subscription_id, A)
    assert shop.reaches(trunk, B) == A
