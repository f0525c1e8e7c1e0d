"""AX: anybody reaches A, A reaches its temporary callee."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.model.records import AxDetails, Mode, TemporaryCallee
from appliance.model.routing import AxFacts, Refusal, decide
from tests.model.route_world import FIXED, NOW, SERVICE, TRUNK, A, B, N, World, refused, through

CALLEE = TemporaryCallee(B, NOW + timedelta(seconds=60))


@pytest.fixture
def world() -> World:
    return World(Mode.AX, AxDetails())


@pytest.mark.parametrize("caller", [N, B, SERVICE, "10086", None])
def test_anybody_reaches_a_fixed_lines_services_and_withheld_numbers_too(
    world: World, caller: str | None
) -> None:
    world.change(pre_voice_caller="a.wav", pre_voice_callee="n.wav", max_minutes=5)
    found = through(world.decide(caller, AxFacts(world.relation, CALLEE)))
    assert (found.callee, found.caller_role, found.line) == (A, "b", world.binding.x)
    assert (found.binding, found.user_data, found.max_minutes) == (world.binding, "order", 5)
    assert found.prompts.waiting == "n.wav"
    assert found.second_lines == (TRUNK,)
    assert not found.only_bridge
    assert not found.remembers_caller


@pytest.mark.parametrize("callee", [B, FIXED, SERVICE, "+8695588"])
def test_a_reaches_the_temporary_callee_as_often_as_it_lives(world: World, callee: str) -> None:
    world.change(pre_voice_caller="a.wav")
    temporary = TemporaryCallee(callee, CALLEE.expires, "this call")
    for _ in range(2):
        found = through(world.decide(A, AxFacts(world.relation, temporary)))
        assert (found.callee, found.caller_role) == (callee, "a")
        assert (found.user_data, found.prompts.waiting) == ("this call", "a.wav")
    plain = through(world.decide(A, AxFacts(world.relation, CALLEE)))
    assert plain.user_data == "order"


def test_without_a_living_temporary_callee_a_reaches_nobody(world: World) -> None:
    for temporary in (None, replace(CALLEE, expires=NOW)):
        assert refused(world.decide(A, AxFacts(world.relation, temporary))) == 8013
    just = replace(CALLEE, expires=NOW + timedelta(microseconds=1))
    through(world.decide(A, AxFacts(world.relation, just)))


def test_a_number_without_a_relation(world: World) -> None:
    expected = Refusal(8018, 7104, "binding-missing", application=world.app)
    assert world.decide(N, AxFacts()) == expected
    assert world.decide(None, AxFacts()) == expected


@pytest.mark.parametrize(
    ("direction", "a_calls", "others_call"), [(0, 0, 0), (1, 0, 8016), (2, 8016, 0)]
)
def test_the_direction_rule(world: World, direction: int, a_calls: int, others_call: int) -> None:
    world.change(direction=direction)
    for caller, code in ((A, a_calls), (N, others_call)):
        found = world.decide(caller, AxFacts(world.relation, CALLEE))
        assert refused(found) == code if code else through(found)


def test_a_number_that_is_switched_off_is_off_for_everybody(world: World) -> None:
    world.change(details=AxDetails(on=False))
    for caller in (A, N):
        found = world.decide(caller, AxFacts(world.relation, CALLEE))
        assert isinstance(found, Refusal)
        assert (found.state_code, found.prompt_slot) == (8104, None)
        assert found.binding == world.binding


def test_showing_the_real_caller_is_blocked(world: World) -> None:
    world.change(details=AxDetails(display="1"))
    assert refused(world.decide(N, AxFacts(world.relation, CALLEE))) == 8024
    through(world.decide(A, AxFacts(world.relation, CALLEE)))


def test_a_fixed_a_is_called_but_does_not_call(world: World) -> None:
    world.change(a=FIXED)
    assert through(world.decide(N, AxFacts(world.relation, CALLEE))).callee == FIXED
    assert refused(world.decide(FIXED, AxFacts(world.relation, CALLEE))) == 8023
    world.change(a=A)
    assert refused(world.decide(FIXED, AxFacts(world.relation, CALLEE))) == 8023


def test_states_of_number_and_application_and_our_own_lines(world: World) -> None:
    known = AxFacts(world.relation, CALLEE)
    own = frozenset({A})
    assert refused(world.decide(N, known, own=own)) == 7500
    number, app = world.number, world.app
    for status, code in ((9, 8055), (10, 8055)):
        assert refused(world.decide(N, known, number=replace(number, status=status))) == code
    assert refused(world.decide(N, known, application=replace(app, frozen=True))) == 7108
    found = world.decide(N, known, application=replace(app, active=False))
    assert refused(found) == 8018
    assert isinstance(found, Refusal)
    assert found.binding == world.binding


def test_a_second_line_leads_back_to_whom_it_was_shown_for(world: World) -> None:
    assert through(decide(world.on_trunk(B, returned_to=A), NOW)).callee == A
    back = through(decide(world.on_trunk(A, returned_to=N), NOW))
    assert (back.callee, back.caller_role, back.line) == (N, "a", TRUNK)
    assert back.binding == world.binding
    assert refused(decide(world.on_trunk(A), NOW)) == 8019
    world.change(direction=2)
    assert refused(decide(world.on_trunk(A, returned_to=N), NOW)) == 8016
    world.change(direction=0, details=AxDetails(on=False))
    assert refused(decide(world.on_trunk(A, returned_to=N), NOW)) == 8104
