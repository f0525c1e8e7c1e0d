"""CHLD by the rules of 3GPP TS 22.030 §6.5.5."""

from __future__ import annotations

import pytest

from drivers.virtual.station import Station
from drivers.virtual.terminal import Call, CallStatus
from tests.drivers.virtual.town import A, B, C, D, Town, X

ACTIVE, HELD, WAITING, RELEASED = (
    CallStatus.ACTIVE,
    CallStatus.HELD,
    CallStatus.WAITING,
    CallStatus.RELEASED,
)
E_, F, G = "+8613900000005", "+8613900000006", "+8613900000007"


def held_and_active(town: Town, **services: object) -> tuple[Station, Call, Call]:
    """X holds A and speaks with B."""
    (x,) = town.join(X, **services)
    a, b = town.join(A, B)
    _first, _ = town.connect(a, x)
    assert town.ask(x, "2") is None
    town.connect(x, b)
    return x, x.calls[0], x.calls[1]


def with_waiting(town: Town) -> tuple[Station, Call, Call]:
    """X speaks with A while C waits."""
    x, a, c = town.join(X, A, C)
    town.connect(a, x)
    c.dial(X)
    town.wait(4)
    assert [call.status for call in x.calls] == [ACTIVE, WAITING]
    return x, x.calls[0], x.calls[1]


def test_hold_and_retrieve_are_noticed_by_the_far_side() -> None:
    with Town() as town:
        a, x = town.join(A, X)
        out, into = town.connect(a, x)
        assert town.ask(x, "2") is None
        assert (into.status, out.status, out.held_by_peer) == (HELD, ACTIVE, True)
        assert town.ask(x, "2") is None
        assert (into.status, out.held_by_peer) == (ACTIVE, False)
        assert town.sets[A].notices == [("held", 1), ("retrieved", 1)]


def test_hold_without_the_service_is_cause_50() -> None:
    with Town() as town:
        (x,) = town.join(X, hold=False)
        (a,) = town.join(A)
        _, into = town.connect(a, x)
        assert town.ask(x, "2") == 50
        assert into.status is ACTIVE
        assert town.ask(x, "21") == 50


def test_a_second_call_without_hold_fails_with_cause_50() -> None:
    with Town() as town:
        (x,) = town.join(X, hold=False)
        a, _b = town.join(A, B)
        _, into = town.connect(a, x)
        second = x.dial(B)
        town.wait(1)
        assert (second.status, second.cause) == (RELEASED, 50)
        assert into.status is ACTIVE


def test_dialling_holds_the_active_call() -> None:
    with Town() as town:
        x, a, b = town.join(X, A, B)
        first, _ = town.connect(x, a)
        town.connect(x, b)
        assert first.status is HELD


def test_2_swaps_held_and_active() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, "2") is None
        assert (first.status, second.status) == (ACTIVE, HELD)


def test_0_releases_the_held_call() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, "0") is None
        assert (first.status, second.status) == (RELEASED, ACTIVE)


def test_1_releases_the_active_call_and_retrieves_the_held_one() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, "1") is None
        assert (first.status, second.status) == (ACTIVE, RELEASED)


def test_1_gives_up_the_call_being_set_up_and_retrieves_the_held_one() -> None:
    with Town() as town:
        x, a, _b = town.join(X, A, B)
        first, _ = town.connect(x, a)
        town.ask(x, "2")
        second = x.dial(B)
        town.wait(4)
        assert town.ask(x, "1") is None
        assert (first.status, second.status) == (ACTIVE, RELEASED)


@pytest.mark.parametrize(("code", "left"), [("11", 1), ("12", 0)])
def test_1x_releases_one_call_and_touches_no_other(code: str, left: int) -> None:
    with Town() as town:
        x, *calls = held_and_active(town)
        before = calls[left].status
        assert town.ask(x, code) is None
        assert calls[1 - left].status is RELEASED
        assert calls[left].status is before


def test_2x_retrieves_a_held_call_and_holds_the_active_one() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, "21") is None
        assert (first.status, second.status) == (ACTIVE, HELD)


@pytest.mark.parametrize("code", ["0", "1", "2", "3", "4", "11", "21"])
def test_without_any_call_there_is_nothing_to_do(code: str) -> None:
    with Town() as town:
        (x,) = town.join(X)
        assert town.ask(x, code) == 101


@pytest.mark.parametrize("code", ["", "5", "1a", "31", "111", "x", "2٣", "10"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, code) == 101
        assert (first.status, second.status) == (HELD, ACTIVE)


# --- a waiting call -------------------------------------------------------------------------------


def test_0_refuses_the_waiting_call_as_busy() -> None:
    with Town() as town:
        x, first, waiting = with_waiting(town)
        assert town.ask(x, "0") is None
        assert (first.status, waiting.status) == (ACTIVE, RELEASED)
        assert town.sets[C].told[-1].cause == 17


def test_1_releases_the_active_call_and_takes_the_waiting_one() -> None:
    with Town() as town:
        x, first, waiting = with_waiting(town)
        assert town.ask(x, "1") is None
        assert (first.status, waiting.status) == (RELEASED, ACTIVE)


def test_2_holds_the_active_call_and_takes_the_waiting_one() -> None:
    with Town() as town:
        x, first, waiting = with_waiting(town)
        assert town.ask(x, "2") is None
        assert (first.status, waiting.status) == (HELD, ACTIVE)


@pytest.mark.parametrize(
    ("code", "held", "waiting"),
    [("0", HELD, RELEASED), ("1", HELD, ACTIVE), ("2", HELD, ACTIVE)],
)
def test_held_and_waiting_the_codes_act_on_the_waiting_one(
    code: str, held: CallStatus, waiting: CallStatus
) -> None:
    with Town() as town:
        x, first, _second = with_waiting(town)
        assert town.ask(x, "21") is None  # nothing to hold: A stays active
        third = x.calls[1]
        x.release(third, 17)
        town.ask(x, "2")
        town.network.stations[C].dial(X)
        town.wait(4)
        third = x.calls[1]
        assert (first.status, third.status) == (HELD, WAITING)
        assert town.ask(x, code) is None
        assert (first.status, third.status) == (held, waiting)


@pytest.mark.parametrize(
    ("code", "outcome", "states"),
    [
        ("0", None, [HELD, ACTIVE, RELEASED]),
        ("1", None, [HELD, RELEASED, ACTIVE]),
        ("2", 101, [HELD, ACTIVE, WAITING]),
        ("11", None, [RELEASED, ACTIVE, WAITING]),
        ("12", None, [HELD, RELEASED, WAITING]),
        ("13", None, [HELD, ACTIVE, RELEASED]),
        ("21", None, [ACTIVE, HELD, WAITING]),
        ("23", 101, [HELD, ACTIVE, WAITING]),
        ("3", None, [ACTIVE, ACTIVE, WAITING]),
    ],
)
def test_held_active_and_waiting(code: str, outcome: int | None, states: list[CallStatus]) -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        (c,) = town.join(C)
        c.dial(X)
        town.wait(4)
        third = x.calls[2]
        assert town.ask(x, code) == outcome
        assert [call.status for call in (first, second, third)] == states


# --- multiparty -----------------------------------------------------------------------------------


def test_3_joins_and_tells_the_remotes() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, "3") is None
        assert [(c.status, c.multiparty) for c in (first, second)] == [(ACTIVE, True)] * 2
        assert ("multiparty", 1) in town.sets[A].notices
        assert ("multiparty", 1) in town.sets[B].notices
        assert not town.network.stations[A].calls[0].multiparty


@pytest.mark.parametrize(
    ("services", "cause"),
    [({"multiparty": False}, 50), ({"join_refused": True}, 29)],
)
def test_a_join_that_the_subscription_lacks(services: dict[str, bool], cause: int) -> None:
    with Town() as town:
        x, first, second = held_and_active(town, **services)
        assert town.ask(x, "3") == cause
        assert (first.status, second.status) == (HELD, ACTIVE)


@pytest.mark.parametrize("leaver", [A, B])
def test_one_remote_leaving_leaves_the_other(leaver: str) -> None:
    with Town() as town:
        x, _first, _second = held_and_active(town)
        town.ask(x, "3")
        station = town.network.stations[leaver]
        station.release(station.calls[0])
        town.wait(1)
        (left,) = x.calls
        assert (left.status, left.multiparty) == (ACTIVE, False)


def test_the_host_ends_all() -> None:
    with Town() as town:
        x, _first, _second = held_and_active(town)
        town.ask(x, "3")
        assert town.ask(x, "1") is None
        town.wait(1)
        assert not any(town.network.stations[n].calls for n in (X, A, B))


def test_the_host_whose_plug_is_pulled_ends_all() -> None:
    with Town() as town:
        x, _first, _second = held_and_active(town)
        town.ask(x, "3")
        x.radio(False, abrupt=True)
        town.wait(1)
        assert town.network.stations[A].calls
        town.wait(6)
        assert [town.sets[n].told[-1].cause for n in (A, B)] == [27, 27]


def test_five_remotes_are_the_most() -> None:
    with Town() as town:
        x, _first, _second = held_and_active(town)
        town.ask(x, "3")
        for number in (C, D, E_):
            (other,) = town.join(number)
            town.connect(x, other)
            assert town.ask(x, "3") is None
        assert len([call for call in x.calls if call.multiparty]) == 5
        (sixth,) = town.join(F)
        town.connect(x, sixth)
        assert town.ask(x, "3") == 29
        (waiting,) = town.join(G)
        waiting.dial(X)
        town.wait(4)
        assert len(x.calls) == 7


def test_2x_makes_a_private_call_of_one_remote() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        town.ask(x, "3")
        (c,) = town.join(C)
        town.connect(x, c)
        town.ask(x, "3")
        assert town.ask(x, "21") is None
        third = x.calls[2]
        assert [(c.status, c.multiparty) for c in (first, second, third)] == [
            (ACTIVE, False),
            (HELD, True),
            (HELD, True),
        ]
        assert town.ask(x, "3") is None
        assert all(call.multiparty and call.status is ACTIVE for call in x.calls)


def test_a_whole_multiparty_is_held_and_retrieved() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        town.ask(x, "3")
        town.ask(x, "2")
        assert [(c.status, c.multiparty) for c in (first, second)] == [(HELD, True)] * 2
        town.ask(x, "2")
        assert [(c.status, c.multiparty) for c in (first, second)] == [(ACTIVE, True)] * 2


# --- transfer -------------------------------------------------------------------------------------


def test_4_connects_both_and_drops_the_host() -> None:
    with Town() as town:
        x, _first, _second = held_and_active(town, transfer=True)
        assert town.ask(x, "4") is None
        a, b = town.network.stations[A], town.network.stations[B]
        assert not x.calls
        assert a.legs[0].peer is b.legs[0]
        assert not a.calls[0].held_by_peer
        a.release(a.calls[0])
        town.wait(1)
        assert not b.calls


def test_4_without_the_service_is_cause_50() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        assert town.ask(x, "4") == 50
        assert (first.status, second.status) == (HELD, ACTIVE)


def test_4_while_the_second_rings_lets_it_ring_on() -> None:
    with Town() as town:
        (x,) = town.join(X, transfer=True)
        a, b = town.join(A, B)
        out, _ = town.connect(a, x)
        town.ask(x, "2")
        x.dial(B)
        town.wait(4)
        assert town.ask(x, "4") is None
        b.answer(b.calls[0])
        town.wait(1)
        assert a.legs[0].open
        assert out.status is ACTIVE


def test_4_while_the_second_rings_ends_with_its_refusal() -> None:
    with Town() as town:
        (x,) = town.join(X, transfer=True)
        a, b = town.join(A, B)
        out, _ = town.connect(a, x)
        town.ask(x, "2")
        x.dial(B)
        town.wait(4)
        town.ask(x, "4")
        b.release(b.calls[0], 21)
        town.wait(1)
        assert out.cause == 21


def test_requests_are_done_one_after_the_other() -> None:
    with Town() as town:
        x, first, second = held_and_active(town)
        order: list[str] = []
        for place in range(4):
            x.supplementary("2", lambda _cause, place=place: order.append(str(place)))
        town.wait(4)
        assert order == ["0", "1", "2", "3"]
        assert (first.status, second.status) == (HELD, ACTIVE)
