"""AXYB: in on one number of the relation and out on the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.model.call_plan import Abilities, Denial, Plan, Rules, make_plan
from appliance.model.records import AxybDetails, Mode, Number, Role, YbRelation
from appliance.model.routing import AllocateY, AxybFacts, Refusal, RouteFacts, decide
from appliance.model.routing_axyb import no_y
from tests.model.route_world import FIXED, NOW, A, B, N, World, X, Y, refused, through

YB = YbRelation("b-1", "s-1", Y, B, pre_voice="y.wav")
Y_LINE = Number(2, Y, "8987", Role.NUMBER, 1)


@pytest.fixture
def world() -> World:
    return World(Mode.AXYB, AxybDetails())


def on_y(world: World, caller: str | None, **known: Any) -> RouteFacts:
    return RouteFacts(Y, caller, Y_LINE, world.app, by_mode=AxybFacts(is_y=True, **known))


def test_b_dials_x_and_a_is_called_from_y(world: World) -> None:
    world.change(pre_voice_callee="x.wav")
    found = through(world.decide(B, AxybFacts(world.relation, YB, other=Y_LINE)))
    assert (found.callee, found.caller_role, found.line) == (A, "b", X)
    assert (found.second_lines, found.only_bridge) == ((Y,), True)
    assert (found.binding.x, found.prompts.waiting) == (X, "x.wav")


def test_a_dials_y_and_b_is_called_from_x(world: World) -> None:
    world.change(pre_voice_callee="x.wav")
    facts = on_y(world, A, relation=world.relation, yb=YB, other=world.number)
    found = through(decide(facts, NOW))
    assert (found.callee, found.caller_role, found.line) == (B, "a", Y)
    assert (found.second_lines, found.only_bridge) == ((X,), True)
    assert (found.binding.x, found.prompts.waiting) == (X, "y.wav")


def test_only_a_bridge_shows_the_right_number(world: World) -> None:
    found = through(world.decide(B, AxybFacts(world.relation, YB)))
    plan = make_plan(found, Abilities(transfer=True), Rules(x_only=True), "r.wav")
    assert isinstance(plan, Plan)
    assert plan.strategies == ("bridge",)
    assert plan.second_lines == (Y,)
    assert isinstance(make_plan(found, Abilities(audio=False), Rules(), "r.wav"), Denial)


def test_the_halfs_data_come_before_the_relations(world: World) -> None:
    yb = replace(YB, user_data="half")
    assert through(world.decide(B, AxybFacts(world.relation, yb))).user_data == "half"
    assert through(world.decide(B, AxybFacts(world.relation, YB))).user_data == "order"


def test_a_first_call_needs_a_y_first(world: World) -> None:
    assert world.decide(N, AxybFacts(world.relation)) == AllocateY(world.relation, N)
    assert no_y(world.relation).state_code == 8031
    assert refused(world.decide(FIXED, AxybFacts(world.relation))) == 8023
    assert refused(world.decide(None, AxybFacts(world.relation))) == 8030


@pytest.mark.parametrize(("direction", "over_x", "over_y"), [(0, 0, 0), (1, 8016, 0), (2, 0, 8016)])
def test_the_direction_rule(world: World, direction: int, over_x: int, over_y: int) -> None:
    world.change(direction=direction)
    x = world.decide(B, AxybFacts(world.relation, YB))
    y = decide(on_y(world, A, relation=world.relation, yb=YB), NOW)
    for found, code in ((x, over_x), (y, over_y)):
        assert refused(found) == code if code else through(found)
    first = world.decide(N, AxybFacts(world.relation))
    assert refused(first) == 8016 if over_x else isinstance(first, AllocateY)


def test_nobody_calls_the_own_number(world: World) -> None:
    assert refused(world.decide(A, AxybFacts(world.relation))) == 8032
    assert refused(decide(on_y(world, B, known_b=True), NOW)) == 8032


def test_strangers(world: World) -> None:
    nobody = Refusal(8030, 8030, "binding-missing", application=world.app)
    assert world.decide(N, AxybFacts()) == nobody
    assert decide(on_y(world, N), NOW) == nobody
    assert decide(on_y(world, None), NOW) == nobody


def test_the_number_of_the_way_out_must_work_too(world: World) -> None:
    stopped = replace(Y_LINE, status=9)
    assert refused(world.decide(B, AxybFacts(world.relation, YB, other=stopped))) == 8055
    out = replace(world.number, status=10)
    facts = on_y(world, A, relation=world.relation, yb=YB, other=out)
    assert refused(decide(facts, NOW)) == 8055
