"""The call machine over a bridge: second lines, early dial, what is heard, press 1."""

from __future__ import annotations

import pytest

from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from appliance.model.call_events import Command, Failure, LegState
from appliance.model.call_state import Phase
from tests.model.call_world import ALL, SECOND, B, World, codes


def test_bridge_reserves_before_it_answers_and_dials_after_the_return_route() -> None:
    world = World().routed(strategies=("bridge",))
    assert world.wants(fx.ReserveSecond)
    assert not world.count(fx.Answer)
    world.granted()
    assert world.wants(fx.Answer)
    assert world.wants(fx.KeepReturnRoute)
    world.answered()
    assert not world.count(fx.Dial)
    world.kept()
    assert world.last(fx.Dial) == fx.Dial(B, second=True)
    world.b(LegState.ALERTING)
    assert world.last(fx.Play) == fx.Play("a", 1, ("tone:ringback",), loop=True)
    world.b(LegState.ACTIVE)
    assert world.wants(fx.Bridge)
    assert world.phase is Phase.TALKING


def test_without_a_free_second_line_the_caller_is_rejected_unanswered() -> None:
    world = World().routed(strategies=("bridge",))
    world.feed(ev.SecondDenied)
    assert not world.count(fx.Answer)
    assert codes(world) == (522, 0, 522, "box")


@pytest.mark.parametrize("own", ["line-busy", None])
def test_a_caller_who_was_answered_hears_that_no_line_is_free(own: str | None) -> None:
    slots = {"business-error": "error.wav"} | ({own: "busy.wav"} if own else {})
    world = World().collecting().types("123")
    world.routed(strategies=("bridge",), slots=slots)
    world.feed(ev.SecondDenied)
    assert world.last(fx.Play).sources == ("busy.wav" if own else "error.wav",)
    world.feed(ev.TimerFired, "tell")
    assert world.record.state_code == 522


def test_a_second_line_that_cannot_dial_is_given_back_and_another_is_tried() -> None:
    third = "+8617000000003"
    world = World().routed(strategies=("bridge",), second_lines=(SECOND, third))
    world.granted().answered().kept()
    world.feed(ev.CommandFailed, Command.DIAL, "b", Failure.REFUSED, None)
    assert world.wants(fx.ReleaseSecond)
    assert world.last(fx.ReserveSecond).candidates == (third,)
    world.feed(ev.SecondGranted, third)
    world.kept()
    world.b_up()
    assert world.phase is Phase.TALKING
    assert world.told == ALL[:4]


def test_the_bridge_opens_only_when_a_has_heard_the_notice() -> None:
    world = World().routed(strategies=("bridge",), words_caller=("notice.wav",))
    world.granted().answered().kept().b_up()
    assert not world.count(fx.Bridge)
    world.said()
    assert world.count(fx.Bridge) == 1


def test_early_dial_answers_a_when_b_answers() -> None:
    world = World().routed(strategies=("bridge",), early_dial=True)
    world.granted().kept()
    assert world.last(fx.Dial) == fx.Dial(B, second=True)
    assert not world.count(fx.Answer)
    world.b_up()
    assert world.count(fx.Answer) == 1
    world.answered()
    assert world.phase is Phase.TALKING


def test_early_dial_that_nobody_answers_costs_a_nothing() -> None:
    world = World().routed(strategies=("bridge",), early_dial=True).granted().kept()
    world.b(LegState.ALERTING)
    world.feed(ev.TimerFired, "ring")
    assert not world.count(fx.Answer)
    assert world.record.state_code == 8035
    assert {effect.leg for effect in world.effects if isinstance(effect, fx.HangUp)} == {"a", "b"}


WAITING = {
    "strategies": ("bridge",), "words_caller": ("notice.wav", "wait.wav"), "waiting_words": 1,
}  # fmt: skip


def test_over_a_bridge_the_answer_cuts_the_waiting_tone_but_not_the_notice() -> None:
    world = World().routed(**WAITING).granted().answered().kept()
    assert world.last(fx.Play).sources == ("notice.wav",)
    world.b_up()
    assert world.phase is not Phase.TALKING
    world.said()
    assert world.phase is Phase.TALKING

    world = World().routed(**WAITING).granted().answered().kept().said()
    assert world.last(fx.Play).sources == ("wait.wav",)
    world.b_up()
    assert world.phase is Phase.TALKING
    assert fx.StopPlay("a") in world.latest
    world.close()


@pytest.mark.parametrize("over", ["played", "limit"])
def test_ringback_follows_the_waiting_tone(over: str) -> None:
    world = World().routed(**WAITING).granted().answered().kept().said().b(LegState.ALERTING)
    waiting = world.last(fx.Play)
    assert waiting.sources == ("wait.wav",)
    if over == "played":
        world.feed(ev.Said, waiting.play_id)
    else:
        world.feed(ev.TimerFired, "wait")
        assert fx.StopPlay("a") in world.latest
    assert world.last(fx.Play).sources == ("tone:ringback",)
    world.close()


def test_press_1_joins_only_after_the_key() -> None:
    world = World().routed(strategies=("bridge",), press_1=("press.wav",))
    world.granted().answered().kept().b_up()
    assert world.phase is Phase.CONFIRMING
    world.feed(ev.DigitPressed, "b", "2")
    assert not world.count(fx.Bridge)
    world.feed(ev.DigitPressed, "b", "1")
    assert world.phase is Phase.TALKING


def test_press_1_unpressed_is_no_answer_even_from_a_modem_that_claims_one() -> None:
    world = World().routed(strategies=("bridge",), press_1=("press.wav",))
    world.granted().answered().kept().b_up()
    world.feed(ev.TimerFired, "confirm")
    world.feed(ev.TimerFired, "tell")
    assert world.record.state_code == 8101
    assert "answer" not in world.told


def test_an_answer_that_proves_nothing_is_noted() -> None:
    world = World().routed(strategies=("bridge",))
    world.feed(ev.SecondGranted, SECOND, answered_is_true=False)
    world.answered().kept().b_up()
    assert world.phase is Phase.TALKING
    assert any("not proof" in note for note in world.record.notes)


def test_losing_the_second_line_ends_the_bridge() -> None:
    world = World().talking_over_bridge()
    world.feed(ev.LegLost, "b")
    assert world.last(fx.HangUp) == fx.HangUp("a")
    assert codes(world) == (7506, 0, 7506, "box")
