"""The call machine when a second caller waits, at every step."""

from __future__ import annotations

import pytest

from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from appliance.model.call_events import Command, Failure, LegState
from appliance.model.call_state import Phase
from tests.model.call_world import World


class TestSecondCaller:
    def test_is_refused_while_no_call_is_held(self) -> None:
        world = World().routed(words_caller=("notice.wav",)).answered()
        world.feed(ev.WaitingCame)
        assert world.wants(fx.RefuseWaiting)

    def test_keeps_a_from_being_held_until_it_is_gone(self) -> None:
        world = World().routed(words_caller=("notice.wav",)).answered()
        world.feed(ev.WaitingCame)
        world.said()
        assert world.phase is Phase.BLOCKED
        assert not world.count(fx.Hold)
        world.feed(ev.WaitingGone)
        assert world.wants(fx.Hold)

    def test_that_will_not_go_makes_the_call_a_bridge(self) -> None:
        world = World().routed(words_caller=("notice.wav",)).answered()
        world.feed(ev.WaitingCame)
        world.said()
        world.feed(ev.TimerFired, "waiting")
        assert world.wants(fx.ReserveSecond)

    @pytest.mark.parametrize("step", range(4))
    def test_is_left_alone_at_every_step_with_a_call_held(self, step: int) -> None:
        world = World().routed(words_callee=("notice.wav",)).answered().held()
        if step > 0:
            world.b(LegState.ALERTING)
        if step > 1:
            world.b(LegState.ACTIVE)
        if step > 2:
            world.said()
        world.feed(ev.WaitingCame)
        assert not world.count(fx.RefuseWaiting)

    def test_is_refused_once_the_legs_are_joined(self) -> None:
        world = World().routed().answered().held()
        world.feed(ev.WaitingCame)
        world.b_up().joined()
        assert world.wants(fx.RefuseWaiting)

    def test_that_keeps_the_modem_from_joining_is_waited_for(self) -> None:
        world = World().routed().answered().held()
        world.feed(ev.WaitingCame)
        world.b_up()
        world.feed(ev.CommandFailed, Command.JOIN, "b", Failure.REFUSED, None)
        assert world.phase is Phase.BLOCKED
        world.feed(ev.WaitingGone)
        assert world.wants(fx.Join)

    def test_whose_call_was_taken_is_gone_before_b_is_dialled(self) -> None:
        world = World().routed().answered()
        world.feed(ev.WaitingCame)
        world.feed(ev.WaitingTaken)
        world.held()
        assert not world.count(fx.Dial)
        world.feed(ev.WaitingGone)
        assert world.wants(fx.Dial)

    def test_whose_call_leaves_b_no_room_is_gone_before_b_is_dialled_again(self) -> None:
        world = World().routed().answered().held()
        world.feed(ev.WaitingCame)
        world.feed(ev.WaitingTaken)
        world.feed(ev.LegEnded, "b", 101)
        assert world.count(fx.Dial) == 1
        world.feed(ev.WaitingGone)
        assert world.wants(fx.Dial)
        assert world.told.count("callout") == 1
        world.b_up().joined()
        assert world.phase is Phase.TALKING

    def test_does_not_keep_a_from_being_retrieved(self) -> None:
        world = World().routed().answered().held()
        world.feed(ev.WaitingCame)
        world.feed(ev.LegEnded, "b", 17)
        assert world.wants(fx.Retrieve)
        world.feed(ev.CommandDone, Command.RETRIEVE, "a")
        assert world.wants(fx.RefuseWaiting)
