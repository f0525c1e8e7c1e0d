"""Calls that need a word before they are routed: the application's, or the caller's extension."""

from __future__ import annotations

import pytest

from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from appliance.model.call_events import LegState
from appliance.model.call_plan import Denial
from appliance.model.call_state import Phase
from appliance.model.records import Mode
from tests.model.call_world import B, World, collection, plan


class TestTheApplication:
    def test_is_asked_once_and_its_answer_connects(self) -> None:
        world = World().asked()
        assert world.wants(fx.AskApplication)
        assert world.told == ["callin"]
        assert (world.record.app_id, world.record.mode) == (1, Mode.X)
        assert not world.count(fx.Answer)
        world.feed(ev.RouteFound, plan(mode=Mode.X, subscription_id=None, user_data="u"))
        assert world.wants(fx.Answer)
        world.answered().held().b_up().joined()
        world.feed(ev.LegEnded, "a", 16)
        world.feed(ev.LegEnded, "b", 16)
        assert world.told == ["callin", "callout", "alerting", "answer", "disconnect", "fee"]
        assert (world.record.subscription_id, world.record.user_data) == (None, "u")
        assert world.count(fx.AskApplication) == 1

    def test_may_close_unanswered_or_with_words(self) -> None:
        for words in ((), ("bye.wav",)):
            world = World().asked()
            world.feed(
                ev.RouteRefused, Denial(7516, 8017, 1, Mode.X, words=words, by="application")
            )
            if words:
                world.answered()
                assert world.last(fx.Play).sources == words
                world.said()
            assert (world.record.state_code, world.record.release_point) == (7516, 8017)
            assert world.record.ended_by == "application"
            assert world.count(fx.Answer) == len(words)
            world.close()

    def test_that_answers_after_the_caller_left_is_not_heard(self) -> None:
        world = World().asked()
        world.feed(ev.LegEnded, "a", 16)
        assert (world.record.state_code, world.record.ended_by) == (7516, "caller")
        world.feed(ev.RouteFound, plan(mode=Mode.X))
        assert not world.count(fx.Dial)
        assert world.phase is Phase.DONE

    def test_is_not_asked_about_a_caller_who_left_before(self) -> None:
        world = World()
        world.feed(ev.LegEnded, "a", 16)
        world.asked()
        assert not world.count(fx.AskApplication)
        assert world.record.state_code == 7516


class TestAnExtension:
    def test_of_all_its_digits_is_looked_up_and_reaches_a(self) -> None:
        world = World().collecting()
        assert world.told == ["callin"]
        assert world.last(fx.Play) == fx.Play("a", 1, ("enter.wav",), interruptible=True)
        assert world.last(fx.Listen) == fx.Listen("a", True)
        world.types("12")
        assert not world.count(fx.FindExtension)
        world.types("3")
        assert world.last(fx.FindExtension) == fx.FindExtension("123", 1)
        assert world.last(fx.Listen) == fx.Listen("a", False)
        assert world.told == ["callin", "collectInfo"]
        found = plan(mode=Mode.AXE, extension="123", remember_caller=True)
        world.feed(ev.RouteFound, found)
        assert world.wants(fx.Hold)  # the caller is up already
        world.held()
        assert world.last(fx.RememberCaller) == fx.RememberCaller("sub-1", world.record.caller)
        assert world.last(fx.Dial) == fx.Dial(B, second=False)
        assert world.record.extension == "123"
        world.close()

    def test_is_cut_in_on_and_may_end_early_or_begin_anew(self) -> None:
        world = World().collecting()
        world.types("9")
        assert world.wants(fx.StopPlay)
        world.types("*47#")
        assert world.last(fx.FindExtension) == fx.FindExtension("47", 1)

    @pytest.mark.parametrize("keys", ["", "1"])
    def test_that_is_not_typed_in_time_is_what_there_is(self, keys: str) -> None:
        world = World().collecting().said().types(keys)
        timer = world.last(fx.StartTimer)
        limits = world.call.limits
        assert timer.name == "digits"
        assert timer.seconds == (limits.next_digit if keys else limits.first_digit)
        world.feed(ev.TimerFired, "digits")
        assert world.last(fx.FindExtension) == fx.FindExtension(keys, 1)
        assert ("collectInfo" in world.told) == bool(keys)

    def test_that_is_wrong_may_be_typed_again_and_every_one_is_told(self) -> None:
        world = World().collecting().types("999")
        world.feed(ev.DigitsWanted, collection())
        assert world.last(fx.Play).sources == ("again.wav",)
        world.types("123")
        assert world.last(fx.FindExtension) == fx.FindExtension("123", 2)
        assert world.told == ["callin", "collectInfo", "collectInfo"]
        world.feed(ev.RouteRefused, Denial(8022, 8022, 1, Mode.AXE, words=("wrong.wav",)))
        assert world.last(fx.Play).sources == ("wrong.wav",)
        world.said()
        assert (world.record.state_code, world.record.ended_by) == (8022, "box")
        world.close()

    def test_of_a_caller_who_leaves_is_never_looked_up(self) -> None:
        world = World().collecting().types("1")
        world.feed(ev.LegEnded, "a", 16)
        assert (world.record.state_code, world.record.release_point) == (7516, 7516)
        assert not world.count(fx.FindExtension)

    def test_cannot_be_typed_without_voice(self) -> None:
        world = World().collecting()
        world.feed(ev.AudioLost, "a")
        assert (world.record.state_code, world.record.ended_by) == (8008, "box")

    def test_is_no_key_for_the_other_side(self) -> None:
        world = World().collecting(digits=1).types("1")
        world.feed(ev.RouteFound, plan(mode=Mode.AXE, strategies=("bridge",)))
        world.granted().kept().b(LegState.ALERTING).types("5")
        assert not world.count(fx.SendDigit)
        world.b(LegState.ACTIVE).types("6")
        assert world.last(fx.SendDigit) == fx.SendDigit("b", "6")
