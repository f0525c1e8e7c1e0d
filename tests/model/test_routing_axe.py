"""AXE: an extension leads to A, and A calls back who reached it last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from appliance.model.records import AxeDetails, CallBack, Mode
from appliance.model.routing import AxeFacts, CollectExtension, Refusal, decide
from appliance.model.routing_axe import entered
from tests.model.route_world import FIXED, NOW, SERVICE, TRUNK, A, B, N, World, refused, through

RECORD = CallBack(N, NOW - timedelta(minutes=1), NOW + timedelta(minutes=1))


@pytest.fixture
def world() -> World:
    return World(Mode.AXE, AxeDetails("0042"))


def test_everybody_but_a_is_asked_for_an_extension(world: World) -> None:
    for caller in (N, SERVICE, None):
        found = world.decide(caller, AxeFacts(bound=True))
        assert found == CollectExtension(world.app, world.number, 4, 0)
    world.app = replace(world.app, extension_digits=2, settings={"extension_repeats": 2})
    assert world.decide(N, AxeFacts(bound=True)) == CollectExtension(world.app, world.number, 2, 2)


@pytest.mark.parametrize(("setting", "repeats"), [(-1, 0), (99, 9), ("2", 0), (True, 0), (9, 9)])
def test_a_setting_out_of_range_is_held_in_it(world: World, setting: Any, repeats: int) -> None:
    world.app = replace(world.app, settings={"extension_repeats": setting})
    found = world.decide(N, AxeFacts(bound=True))
    assert isinstance(found, CollectExtension)
    assert found.repeats == repeats


def test_a_number_without_relations_asks_for_nothing(world: World) -> None:
    assert world.decide(N, AxeFacts()) == Refusal(
        8022, 8022, "binding-missing", application=world.app
    )


def test_a_right_extension_leads_to_a_and_keeps_who_called(world: World) -> None:
    world.change(record=True, record_hint="hint.wav")
    found = through(entered(world.facts(N, AxeFacts(bound=True)), world.relation, "0042"))
    assert (found.callee, found.caller_role, found.extension) == (A, "b", "0042")
    assert found.remembers_caller
    assert found.record
    assert (found.user_data, found.max_minutes) == ("order", 0)
    hidden = through(entered(world.facts(None, AxeFacts(bound=True)), world.relation, "0042"))
    assert not hidden.remembers_caller


def test_a_wrong_extension_may_be_tried_again_as_often_as_the_application_says(
    world: World,
) -> None:
    world.app = replace(world.app, settings={"extension_repeats": 2})
    facts = world.facts(N, AxeFacts(bound=True))
    left = []
    for tries in (1, 2):
        found = entered(facts, None, "0043", tries)
        assert isinstance(found, CollectExtension)
        left.append(found.repeats)
    assert left == [1, 0]
    assert entered(facts, None, "0043", 3) == Refusal(
        8022, 8022, "extension-wrong-end", application=world.app
    )


def test_no_digits_end_the_call(world: World) -> None:
    world.app = replace(world.app, settings={"extension_repeats": 2})
    assert entered(world.facts(N, AxeFacts(bound=True)), None, "") == Refusal(
        8033, 8033, "extension-none-end", application=world.app
    )


def test_a_calls_back_who_reached_it_last(world: World) -> None:
    found = through(world.decide(A, AxeFacts(True, world.relation, RECORD)))
    assert (found.callee, found.caller_role, found.extension) == (N, "a", "0042")
    assert not found.remembers_caller
    service = replace(RECORD, caller=SERVICE, expires=None)
    assert through(world.decide(A, AxeFacts(True, world.relation, service))).callee == SERVICE


@pytest.mark.parametrize("record", [None, replace(RECORD, expires=NOW)])
def test_nobody_to_call_back(world: World, record: CallBack | None) -> None:
    def call() -> Any:
        return world.decide(A, AxeFacts(True, world.relation, record))

    expected = Refusal(8019, 8019, "callback-missing", world.binding, world.app, user_data="order")
    assert call() == expected
    world.app = replace(world.app, settings={"callback_number": SERVICE})
    assert through(call()).callee == SERVICE
    world.change(details=AxeDetails("0042", call_back_tone="none.wav"))
    assert call() == replace(
        expected, binding=world.binding, application=world.app, voice="none.wav"
    )
    world.change(details=AxeDetails("0042", call_back_number=B))
    assert through(call()).callee == B


def test_a_fixed_a_does_not_call_back_and_the_caller_is_never_shown(world: World) -> None:
    world.change(a=FIXED)
    assert refused(world.decide(FIXED, AxeFacts(True, world.relation, RECORD))) == 8023
    assert refused(world.decide(FIXED, AxeFacts(True))) == 8023
    world.change(a=A, details=AxeDetails("0042", display="1"))
    assert refused(entered(world.facts(N, AxeFacts(True)), world.relation, "0042")) == 8024


def test_a_second_line_needs_no_extension(world: World) -> None:
    found = through(decide(world.on_trunk(N, returned_to=A), NOW))
    assert (found.callee, found.extension, found.line) == (A, "0042", TRUNK)
    assert found.remembers_caller
    facts = world.on_trunk(A, by_mode=AxeFacts(True, world.relation, RECORD))
    assert through(decide(facts, NOW)).callee == N
    assert refused(decide(world.on_trunk(A), NOW)) == 8019


def test_an_ended_relation_leads_nowhere_from_a_second_line(world: World) -> None:
    world.change(duration=60, expires=NOW)
    assert refused(decide(world.on_trunk(N), NOW)) == 8014
