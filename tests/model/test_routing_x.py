"""X mode: the application's answer is the route."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.model.records import Mode
from appliance.model.routing import AskApplication, Refusal, RouteFacts, decide
from appliance.model.routing_records import Place
from appliance.model.routing_x import Close, Connect, answered
from tests.model.route_world import (
    FIXED,
    NOW,
    SERVICE,
    TRUNK,
    TRUNK_LINE,
    A,
    B,
    N,
    World,
    X,
    refused,
    through,
)


@pytest.fixture
def world() -> World:
    return World(Mode.X)


def answer(world: World, said: Any, caller: str | None = N, **changes: Any) -> Any:
    question = world.decide(caller, None)
    assert isinstance(question, AskApplication)
    return answered(world.facts(caller, None, **changes), question, said)


@pytest.mark.parametrize("caller", [A, FIXED, SERVICE, "10086", None])
def test_every_call_is_a_question(world: World, caller: str | None) -> None:
    assert world.decide(caller, None) == AskApplication(world.app, world.number, X)


@pytest.mark.parametrize("callee", [B, FIXED, SERVICE])
def test_connect_is_carried_out_as_it_says(world: World, callee: str) -> None:
    said = Connect(callee, X, 7, "w.wav", True, "h.wav", "l.wav", "u")
    found = through(answer(world, said))
    assert (found.callee, found.line, found.caller_role) == (callee, X, "a")
    assert (found.binding.subscription_id, found.binding.mode) == ("", Mode.X)
    assert (found.binding.x, found.user_data, found.max_minutes) == (X, "u", 7)
    assert found.record
    assert found.prompts.caller == found.prompts.callee == ("h.wav",)
    assert (found.prompts.waiting, found.prompts.last_minute) == ("w.wav", "l.wav")


def test_recording_needs_the_applications_switch_and_last_words_a_limit(world: World) -> None:
    world.app = replace(world.app, record=False)
    found = through(answer(world, Connect(B, record=True, last_minute_voice="l.wav")))
    assert not found.record
    assert found.prompts.last_minute is None
    assert through(answer(world, Connect(B), FIXED)).callee == B


def test_close_and_no_answer(world: World) -> None:
    assert answer(world, Close("bye.wav", "u")) == Refusal(
        8017, 8017, "application-end", application=world.app, voice="bye.wav", user_data="u"
    )
    assert refused(answer(world, None)) == 8014


def test_what_an_answer_cannot_have(world: World) -> None:
    assert refused(answer(world, Connect(B, "+8617000000005"))) == 8024
    for callee, code in (("+86110", 7500), ("+14155550123", 8043)):
        found = answer(world, Connect(callee, user_data="u"))
        assert refused(found) == code
        assert (found.binding, found.user_data) == (None, "u")
    assert refused(answer(world, Connect(B), own=frozenset({B}))) == 7500


def test_a_stopped_number_asks_nobody(world: World) -> None:
    for changes, code in (
        ({"number": replace(world.number, status=9)}, 8055),
        ({"application": replace(world.app, frozen=True)}, 7108),
    ):
        assert refused(world.decide(N, None, **changes)) == code


def test_a_second_line_asks_as_if_x_had_been_dialled(world: World) -> None:
    place = Place(world.number, world.app)
    facts = RouteFacts(TRUNK, B, TRUNK_LINE, asks=place, second_lines=(X,))
    question = decide(facts, NOW)
    assert question == AskApplication(world.app, world.number, X)
    found = through(answered(facts, question, Connect(N)))
    assert (found.line, found.binding.x, found.second_lines) == (TRUNK, X, (X,))
    frozen = Place(world.number, replace(world.app, frozen=True))
    assert refused(decide(replace(facts, asks=frozen), NOW)) == 7108
