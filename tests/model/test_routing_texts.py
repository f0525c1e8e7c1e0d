"""Texts of the modes beside A-X-B."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.model.records import AxDetails, AxeDetails, AxybDetails, Mode
from appliance.model.routing import (
    AskText,
    AxeFacts,
    AxFacts,
    AxybFacts,
    TextRefusal,
    TextRoute,
    decide_text,
)
from appliance.model.routing_texts import addressed, answered
from tests.model.route_world import NOW, A, B, N, World, X


@pytest.fixture
def ax() -> World:
    return World(Mode.AX, AxDetails())


def text(world: World, sender: str | None, body: str = "hello", **changes: Any) -> Any:
    known = AxFacts(world.relation) if world.mode is Mode.AX else None
    return decide_text(world.facts(sender, changes.pop("known", known), **changes), body, NOW)


def test_others_are_shown_to_a_at_the_end_of_their_text(ax: World) -> None:
    assert text(ax, N) == TextRoute(A, ax.binding, ax.app, "b", f"hello[From{N}]")


@pytest.mark.parametrize(
    ("body", "recipient", "rest"),
    [
        (f"hello@{B}", B, "hello"),
        ("hello @13900000002", B, "hello"),
        ("at@home @13900000002 ", B, "at@home"),
        ("@13900000002", B, ""),
        ("hello@0755-28000001", "+8675528000001", "hello"),
        ("hello@86 139 0000 0002", B, "hello"),
        ("hello", None, "hello"),
        ("hello@", None, "hello@"),
        ("hello@bob", None, "hello@bob"),
        ("hello\uff2013900000002", None, "hello\uff2013900000002"),
        ("@13900000002 hello", None, "@13900000002 hello"),
        ("hello@12345", None, "hello@12345"),
    ],
)
def test_as_text_names_its_recipient_at_the_end(
    ax: World, body: str, recipient: str | None, rest: str
) -> None:
    assert addressed(body) == (recipient, rest)
    found = text(ax, A, body)
    if recipient is None:
        assert found == AskText(ax.app, ax.binding, 1)
    else:
        assert found == TextRoute(recipient, ax.binding, ax.app, "a", rest)


def test_a_recipient_that_may_not_be_texted_is_a_question(ax: World) -> None:
    assert isinstance(text(ax, A, f"hello@{B}", own=frozenset({B})), AskText)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"known": AxFacts()}, 2),
        ({"sender": None}, 2),
        ({"own": frozenset({A})}, 2),
        ({"number": 9}, 3),
        ({"frozen": True}, 1),
        ({"details": AxDetails(on=False)}, 3),
        ({"private_sms": False}, 11),
        ({"sms": False}, 11),
    ],
)
def test_what_keeps_a_text_back(ax: World, changes: dict[str, Any], result: int) -> None:
    given: dict[str, Any] = {}
    for name, value in changes.items():
        if name in ("details", "private_sms"):
            ax.change(**{name: value})
        elif name == "number":
            ax.number = replace(ax.number, status=value)
        elif name in ("frozen", "sms"):
            ax.app = replace(ax.app, **{name: value})
        elif name != "sender":
            given[name] = value
    found = text(ax, changes.get("sender", N), **given)
    assert isinstance(found, TextRefusal)
    assert (found.send_result, found.application) == (result, ax.app)


def test_answers_to_a_question(ax: World) -> None:
    question = text(ax, A)
    facts = ax.facts(A, AxFacts(ax.relation))
    assert answered(facts, question, B, "u") == TextRoute(B, ax.binding, ax.app, "a", user_data="u")
    assert answered(facts, question, None) == TextRefusal(7, ax.binding, ax.app)
    assert answered(facts, question, None, "u", discard=True) == TextRefusal(
        6, ax.binding, ax.app, "u"
    )
    for called in ("+86110", "+8695588"):
        assert answered(facts, question, called) == TextRefusal(2, ax.binding, ax.app)


def test_x_mode_asks_about_every_text() -> None:
    world = World(Mode.X)
    question = text(world, N)
    assert isinstance(question, AskText)
    assert (question.direction, question.binding.x, question.binding.subscription_id) == (2, X, "")
    assert answered(world.facts(N, None), question, None) == TextRefusal(7, None, world.app)
    route = answered(world.facts(N, None), question, B)
    assert isinstance(route, TextRoute)
    assert (route.recipient, route.sender_role) == (B, "a")
    assert text(world, None) == TextRefusal(2, None, world.app)
    off = replace(world.number, sms=False)
    assert text(world, N, number=off) == TextRefusal(11, None, world.app)


@pytest.mark.parametrize(
    ("mode", "details", "known"),
    [
        (Mode.AXE, AxeDetails("1"), AxeFacts(True)),
        (Mode.AXYB, AxybDetails(), AxybFacts()),
    ],
)
def test_modes_without_texts_tell_nobody(mode: Mode, details: Any, known: Any) -> None:
    world = World(mode, details)
    assert text(world, N, known=known) == TextRefusal(11)
    assert decide_text(world.on_trunk(N), "hello", NOW) == TextRefusal(11)
