"""Calls between two subscribers, from dialling to every kind of end."""

from __future__ import annotations

import pytest

from drivers.virtual.terminal import CallStatus
from tests.drivers.virtual.town import A, B, C, D, Town

DIALLING, ALERTING, ACTIVE = CallStatus.DIALLING, CallStatus.ALERTING, CallStatus.ACTIVE
HELD, INCOMING, WAITING = CallStatus.HELD, CallStatus.INCOMING, CallStatus.WAITING
RELEASED = CallStatus.RELEASED


def test_a_call_goes_through_its_states_on_both_sides() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out = a.dial("13900000002")

        assert out.status is DIALLING
        assert town.sets[A].told == []

        town.wait(1.9)
        assert town.sets[A].states() == [DIALLING]
        town.wait(1.2)
        assert town.sets[A].states() == [DIALLING, ALERTING]
        assert town.sets[B].told[0].number == A
        b.answer(b.calls[0])
        assert b.calls[0].status is ACTIVE
        town.wait(0.4)
        a.release(out)
        assert out.released_here
        town.wait(0.3)

        assert town.sets[A].states() == [DIALLING, ALERTING, ACTIVE, RELEASED]
        assert town.sets[B].states() == [INCOMING, ACTIVE, RELEASED]
        assert [town.sets[n].told[-1].cause for n in (A, B)] == [16, 16]
        assert not a.calls
        assert not b.calls


def test_the_dialled_number_is_shown_as_dialled() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        assert a.dial("13900000002").number == "13900000002"


def test_a_withheld_number_is_not_shown() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        a.dial(B, withhold=True)
        town.wait(4)

        assert (b.calls[0].number, b.calls[0].withheld) == ("", True)


def cause_of_call(town: Town, number: str, seconds: float) -> int | None:
    out = town.network.stations[A].dial(number)
    town.wait(seconds)
    assert out.status is RELEASED
    assert not out.released_here
    return out.cause


@pytest.mark.parametrize("number", ["+8613999999999", "110", "13", "*#06#"])
def test_an_unknown_number_is_cause_1(number: str) -> None:
    with Town() as town:
        town.join(A)
        assert cause_of_call(town, number, 3.1) == 1


def test_the_next_call_to_a_number_can_be_made_to_fail() -> None:
    with Town() as town:
        town.join(A, B)
        town.network.switch.fail_calls(B, 41, times=1)
        assert cause_of_call(town, B, 3.1) == 41
        out = town.network.stations[A].dial(B)
        town.wait(3.1)
        assert out.status is ALERTING


def test_a_phone_switched_off_is_cause_20() -> None:
    with Town() as town:
        _, b = town.join(A, B)
        b.radio(False)
        assert cause_of_call(town, B, 3.1) == 20


def test_a_pulled_plug_is_cause_27_after_vain_paging() -> None:
    with Town() as town:
        _, b = town.join(A, B)
        b.radio(False, abrupt=True)
        out = town.network.stations[A].dial(B)
        town.wait(5)
        assert out.status is DIALLING
        town.wait(4.1)
        assert out.cause == 27


def test_no_coverage_is_cause_27() -> None:
    with Town() as town:
        _, b = town.join(A, B)
        b.cover(False)
        assert cause_of_call(town, B, 9.1) == 27


def test_no_answer_is_cause_19_after_a_minute() -> None:
    with Town() as town:
        _, b = town.join(A, B)
        out = town.network.stations[A].dial(B)
        town.wait(61)
        assert out.status is ALERTING
        town.wait(2.1)
        assert (out.status, out.cause) == (RELEASED, 19)
        assert not b.calls


@pytest.mark.parametrize(("cause", "told"), [(21, 21), (16, 21), (17, 17)])
def test_a_refusal_reaches_the_caller(cause: int, told: int) -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out = a.dial(B)
        town.wait(4)
        b.release(b.calls[0], cause)
        town.wait(0.3)
        assert out.cause == told


def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    with Town() as town:
        a, _b = town.join(A, B)
        out = a.dial(B)
        town.wait(4)
        a.release(out)
        town.wait(0.3)
        assert town.sets[B].states() == [INCOMING, RELEASED]


def test_a_caller_who_gives_up_at_once_never_rings() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        a.release(a.dial(B))
        town.wait(10)
        assert town.sets[A].states() == [RELEASED]
        assert town.sets[B].told == []


def test_an_answer_that_crosses_the_callers_release_ends_in_release() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out = a.dial(B)
        town.wait(4)
        into = b.calls[0]
        a.release(out)
        b.answer(into)
        town.wait(1)
        assert into.status is RELEASED
        assert not b.calls


def test_a_busy_line_without_call_waiting_is_cause_17_and_knows_nothing_of_it() -> None:
    with Town() as town:
        town.join(A)
        b, c = town.join(B, C, call_waiting=False)
        town.connect(b, c)
        before = list(town.sets[B].told)
        assert cause_of_call(town, B, 3.1) == 17
        assert town.sets[B].told == before


def test_a_phone_that_takes_no_waiting_calls_is_busy() -> None:
    with Town() as town:
        _, b, c = town.join(A, B, C)
        town.connect(b, c)
        town.sets[B].takes_waiting_calls = False
        assert cause_of_call(town, B, 3.1) == 17


def test_a_phone_that_rings_is_busy_to_others() -> None:
    with Town() as town:
        _, _, c = town.join(A, B, C)
        c.dial(B)
        town.wait(4)
        assert cause_of_call(town, B, 3.1) == 17


def test_a_phone_that_dials_is_busy_to_others() -> None:
    with Town() as town:
        _, b, _ = town.join(A, B, C)
        b.dial(C)
        town.wait(4)
        assert cause_of_call(town, B, 3.1) == 17


def test_ones_own_number_is_busy() -> None:
    with Town() as town:
        town.join(A)
        assert cause_of_call(town, A, 3.1) == 17


def test_a_second_waiting_call_is_busy() -> None:
    with Town() as town:
        _, b, c, d = town.join(A, B, C, D)
        town.connect(b, c)
        d.dial(B)
        town.wait(4)
        assert cause_of_call(town, B, 3.1) == 17


def test_without_network_a_call_fails_here() -> None:
    with Town() as town:
        a, _ = town.join(A, B)
        a.radio(False)
        assert cause_of_call(town, B, 1) == 38


@pytest.mark.parametrize(("abrupt", "cause", "seconds"), [(False, 16, 0.3), (True, 27, 6.1)])
def test_a_lost_radio_ends_the_call_at_the_far_side(
    abrupt: bool, cause: int, seconds: float
) -> None:
    with Town() as town:
        a, b = town.join(A, B)
        _, into = town.connect(a, b)
        a.radio(False, abrupt=abrupt)
        assert not a.calls
        town.wait(seconds)
        assert into.cause == cause


def test_a_phone_switched_off_while_it_rings_is_absent() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        out = a.dial(B)
        town.wait(4)
        b.radio(False)
        town.wait(0.3)
        assert out.cause == 20


def test_a_waiting_call_rings_once_nothing_is_before_it() -> None:
    with Town() as town:
        a, b, c = town.join(A, B, C)
        out, _ = town.connect(a, b)
        c.dial(A)
        town.wait(4)
        waiting = a.calls[1]
        assert waiting.status is WAITING
        a.release(out)
        town.wait(0)
        assert waiting.status is INCOMING
        a.answer(waiting)
        town.wait(1)
        assert waiting.status is ACTIVE


def test_indices_are_the_smallest_free_ones() -> None:
    with Town() as town:
        a, b, c, d = town.join(A, B, C, D)
        first, _ = town.connect(a, b)
        town.ask(a, "2")
        second, _ = town.connect(a, c)
        assert (first.index, second.index) == (1, 2)
        a.release(first)
        town.ask(a, "2")
        assert a.dial(d.msisdn).index == 1


def test_a_terminal_may_act_from_within_what_it_is_told() -> None:
    with Town() as town:
        a, b = town.join(A, B)
        town.sets[B].call_changed = lambda call: (  # type: ignore[method-assign]
            b.release(call, 21) if call.status is INCOMING else None
        )
        out = a.dial(B)
        town.wait(4)
        assert out.cause == 21
        assert town.sets[A].states() == [DIALLING, ALERTING, RELEASED]
