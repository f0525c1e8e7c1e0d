"""The call machine, case by case: each test says what one kind of call does and how it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.model import call as machine
from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from appliance.model.call_events import Command, Failure, LegState
from appliance.model.call_plan import Denial, Limits
from appliance.model.call_state import Phase
from tests.model.call_world import ALL, SECOND, UNANSWERED, A, B, World, X, codes


def test_conference_holds_a_dials_b_and_joins() -> None:
    world = World().routed()
    assert world.wants(fx.Answer)
    world.answered()
    assert world.wants(fx.Hold)
    world.held()
    assert world.last(fx.Dial) == fx.Dial(B, second=False)
    world.b_up()
    assert world.wants(fx.Join)
    world.joined()

    assert world.phase is Phase.TALKING
    assert world.record.strategy == "conference"
    assert world.record.shown == X
    assert world.record.answered_at == world.at
    world.feed(ev.LegEnded, "a", 16)
    assert world.wants(fx.HangUp)
    world.feed(ev.LegEnded, "b", 16)
    assert world.told == ALL
    assert codes(world) == (0, 0, 0, "caller")
    assert world.phase is Phase.DONE


def test_b_hanging_up_ends_the_call_by_the_callee() -> None:
    world = World().talking_in_conference()
    world.feed(ev.LegEnded, "b", 16)
    assert world.last(fx.HangUp) == fx.HangUp("a")
    assert codes(world) == (0, 0, 0, "callee")


def test_a_hears_everything_before_it_is_held_and_no_longer_than_the_limit() -> None:
    world = World().routed(words_caller=("notice.wav", "wait.wav")).answered()
    assert world.last(fx.Play).sources == ("notice.wav", "wait.wav")
    assert not world.count(fx.Hold)
    assert "say" in world.timers
    world.feed(ev.TimerFired, "say")
    assert world.wants(fx.StopPlay)
    assert world.wants(fx.Hold)


def test_b_hears_its_notice_between_answer_and_join() -> None:
    world = World().routed(words_callee=("notice.wav",)).answered().held().b_up()
    assert world.last(fx.Play).leg == "a"  # a conference has the line's port only
    assert not world.count(fx.Join)
    world.said()
    assert world.wants(fx.Join)


def test_a_call_back_shown_another_number_dials_only_with_its_return_route() -> None:
    world = World().routed(line=SECOND).answered().held()
    assert world.last(fx.KeepReturnRoute) == fx.KeepReturnRoute(SECOND, B, "sub-1", X, A)
    assert not world.count(fx.Dial)
    world.kept()
    assert world.wants(fx.Dial)


@pytest.mark.parametrize(
    ("cause", "rang", "state", "q850"),
    [
        (17, False, 8102, 17),
        (17, True, 8102, 17),
        (21, True, 7503, 21),
        (19, True, 8101, 19),
        (18, False, 8103, 18),
        (20, False, 8104, 20),
        (1, False, 8100, 1),
        (None, False, 7506, 0),
    ],
)
def test_when_b_cannot_be_had_a_is_retrieved_told_and_released(
    cause: int | None, rang: bool, state: int, q850: int
) -> None:
    world = World().routed().answered().held()
    if rang:
        world.b(LegState.ALERTING)
    world.feed(ev.LegEnded, "b", cause)
    assert world.wants(fx.Retrieve)
    world.feed(ev.CommandDone, Command.RETRIEVE, "a")
    assert world.last(fx.Play).sources == ("tone:busy",)
    world.feed(ev.TimerFired, "tell")
    assert world.last(fx.HangUp) == fx.HangUp("a")
    world.feed(ev.LegEnded, "a", 16)

    assert world.told == (UNANSWERED if rang else ["callin", "callout", "disconnect", "fee"])
    assert codes(world)[:3] == (state, q850, state)
    assert world.record.answered_at is None
    assert world.phase is Phase.DONE


def test_the_applications_own_announcement_takes_the_place_of_the_tone() -> None:
    world = World().routed(slots={"callee-busy": "1/busy.wav"}).answered().held()
    world.feed(ev.LegEnded, "b", 17)
    world.feed(ev.CommandDone, Command.RETRIEVE, "a")
    assert world.last(fx.Play).sources == ("1/busy.wav",)


def test_b_that_rings_too_long_is_given_up_before_a_is_retrieved() -> None:
    world = World().routed().answered().held().b(LegState.ALERTING)
    world.feed(ev.TimerFired, "ring")
    assert world.last(fx.HangUp) == fx.HangUp("b")
    assert not world.count(fx.Retrieve)
    world.feed(ev.LegEnded, "b", 16)
    assert world.wants(fx.Retrieve)
    world.feed(ev.CommandDone, Command.RETRIEVE, "a")
    world.feed(ev.TimerFired, "tell")
    assert codes(world) == (8035, 0, 8035, "box")


@pytest.mark.parametrize(
    ("rings", "state"), [(False, 7501), (True, 7502)], ids=["while dialling", "while it rings"]
)
def test_a_that_leaves_while_held_releases_b(rings: bool, state: int) -> None:
    world = World().routed().answered().held()
    if rings:
        world.b(LegState.ALERTING)
    world.feed(ev.LegEnded, "a", 16)
    assert world.last(fx.HangUp) == fx.HangUp("b")
    assert codes(world) == (state, 0, state, "caller")
    world.feed(ev.LegEnded, "b", 16)
    assert world.phase is Phase.DONE


def test_a_that_leaves_before_anything_was_dialled() -> None:
    world = World().routed()
    world.feed(ev.LegEnded, "a", 16)
    assert codes(world) == (7516, 0, 7516, "caller")
    assert world.told == ["callin", "disconnect", "fee"]


def test_a_that_leaves_before_its_number_came_is_still_told() -> None:
    world = World()
    world.feed(ev.LegEnded, "a", 16)
    assert world.last(fx.FindRoute) == fx.FindRoute(None)
    world.feed(ev.RouteRefused, Denial(8014, 8014, app_id=1))
    assert world.told == ["callin", "disconnect", "fee"]
    assert world.record.state_code == 7516


def test_without_a_number_in_time_the_caller_is_a_stranger() -> None:
    world = World()
    world.feed(ev.TimerFired, "number")
    assert world.last(fx.FindRoute) == fx.FindRoute(None)


def test_a_refusal_without_a_prompt_rejects_unanswered() -> None:
    world = World()
    world.feed(ev.NumberKnown, A)
    world.feed(ev.RouteRefused, Denial(8014, 8014, app_id=1))
    assert not world.count(fx.Answer)
    assert world.last(fx.HangUp) == fx.HangUp("a")
    assert codes(world) == (8014, 0, 8014, "box")
    world.feed(ev.LegEnded, "a", 21)
    assert world.phase is Phase.DONE


def test_a_refusal_with_a_prompt_answers_plays_and_hangs_up() -> None:
    world = World()
    world.feed(ev.NumberKnown, A)
    world.feed(ev.RouteRefused, Denial(8014, 8014, app_id=1, words=("1/missing.wav",)))
    assert world.wants(fx.Answer)
    world.answered()
    assert world.last(fx.Play).sources == ("1/missing.wav",)
    world.said()
    assert world.last(fx.HangUp) == fx.HangUp("a")
    assert codes(world)[0] == 8014
    assert "answer" not in world.told


def test_hold_refused_is_remembered_and_the_bridge_is_tried_in_the_same_call() -> None:
    world = World().routed().answered()
    world.feed(ev.CommandFailed, Command.HOLD, "a", Failure.UNSUPPORTED, 50)
    assert fx.Remember("hold") in world.effects
    assert world.wants(fx.ReserveSecond)
    world.granted().kept().b_up()
    assert world.phase is Phase.TALKING
    assert world.record.strategy == "bridge"
    assert world.record.shown == SECOND
    assert world.told == ALL[:4]


def test_join_refused_tells_b_releases_it_and_calls_it_again_over_a_second_line() -> None:
    world = World().routed().answered().held().b_up()
    first = world.record.forward_at
    world.feed(ev.CommandFailed, Command.JOIN, "b", Failure.UNSUPPORTED, 69)
    assert fx.Remember("multiparty") in world.effects
    assert world.last(fx.Play).sources == ("default:call-again",)
    world.said()
    assert world.last(fx.HangUp) == fx.HangUp("b")
    world.feed(ev.LegEnded, "b", 16)
    assert world.wants(fx.Retrieve)
    world.feed(ev.CommandDone, Command.RETRIEVE, "a")
    world.granted().kept()
    assert world.last(fx.Dial) == fx.Dial(B, second=True)
    world.b_up()

    assert world.told == ALL[:4]
    assert world.record.forward_at == first
    assert world.record.answered_at == world.at
    assert world.record.strategy == "bridge"


def test_b_that_cannot_be_told_is_released_at_once() -> None:
    world = World().routed(audio=False).answered().held().b_up()
    world.feed(ev.CommandFailed, Command.JOIN, "b", Failure.REFUSED, None)
    assert world.last(fx.HangUp) == fx.HangUp("b")
    assert not world.count(fx.Remember)  # it was refused this time, not for good


def test_join_refused_without_a_second_line_tells_a_and_ends() -> None:
    world = World().routed(strategies=("conference",)).answered().held().b_up()
    world.feed(ev.CommandFailed, Command.JOIN, "b", Failure.UNSUPPORTED, 69)
    world.feed(ev.LegEnded, "b", 16)
    world.feed(ev.CommandDone, Command.RETRIEVE, "a")
    world.feed(ev.TimerFired, "tell")
    assert world.record.state_code == 7506
    assert world.record.answered_at is None
    assert world.told == UNANSWERED


def test_the_limit_ends_the_call_and_the_last_minute_is_announced_to_both() -> None:
    world = World().talking_over_bridge(max_seconds=120.0, last_minute=("minute.wav",))
    assert fx.StartTimer("last-minute", 60.0) in world.effects
    assert fx.StartTimer("limit", 120.0) in world.effects
    world.feed(ev.TimerFired, "last-minute")
    assert [(e.leg, e.mix) for e in world.latest if isinstance(e, fx.Play)] == [
        ("a", True),
        ("b", True),
    ]
    world.feed(ev.TimerFired, "limit")
    assert codes(world) == (8010, 0, 8010, "box")


def test_shortly_before_the_limit_both_hear_that_the_time_is_over() -> None:
    world = World().talking_over_bridge(max_seconds=120.0, time_over=("over.wav",))
    assert fx.StartTimer("time-over", 116.0) in world.effects
    world.feed(ev.TimerFired, "time-over")
    played = [(e.leg, e.sources, e.mix) for e in world.latest if isinstance(e, fx.Play)]
    assert played == [("a", ("over.wav",), True), ("b", ("over.wav",), True)]
    assert world.phase is Phase.TALKING


def test_every_call_has_a_cap_though_the_binding_sets_no_limit() -> None:
    world = World(Limits(hard_cap=100.0))
    assert fx.StartTimer("cap", 100.0) in world.effects
    world.talking_in_conference()
    world.feed(ev.TimerFired, "cap")
    assert codes(world) == (8010, 0, 8010, "box")


def test_the_fee_waits_for_the_recording() -> None:
    world = World().talking_over_bridge(recording="r.wav")
    assert fx.StartRecording("r.wav") in world.effects
    assert world.record.record_started_at == world.record.answered_at
    world.feed(ev.LegEnded, "a", 16)
    world.feed(ev.LegEnded, "b", 16)
    assert world.told == ALL[:5]
    assert world.phase is Phase.ENDING
    world.feed(ev.RecordingDone, 4.0, "abc")
    assert world.told == ALL
    assert (world.record.recorded, world.record.record_file) == (True, "r.wav")
    assert world.phase is Phase.DONE


def test_a_recording_that_never_comes_does_not_keep_the_fee() -> None:
    world = World().talking_over_bridge(recording="r.wav")
    world.feed(ev.LegEnded, "a", 16)
    world.feed(ev.TimerFired, "recording")
    assert world.told == ALL
    assert not world.record.recorded


@pytest.mark.parametrize("talking", [True, False])
def test_the_application_ends_both_legs(talking: bool) -> None:
    world = World()
    if talking:
        world.talking_in_conference()
    else:
        world.routed().answered().held()
    world.feed(ev.StopAsked, "application")
    assert {e.leg for e in world.latest if isinstance(e, fx.HangUp)} == {"a", "b"}
    assert codes(world) == ((0, 0, 0, "application") if talking else (7501, 0, 8017, "application"))


def test_a_join_of_unknown_outcome_is_looked_up() -> None:
    world = World().routed().answered().held().b_up()
    world.feed(ev.CommandFailed, Command.JOIN, "b", Failure.TIMEOUT, None)
    assert world.wants(fx.ListCalls)
    world.feed(ev.CallsListed, LegState.ACTIVE, LegState.ACTIVE, True)
    assert world.phase is Phase.TALKING


def test_a_leg_that_is_not_reported_gone_is_asked_three_times_and_let_go() -> None:
    world = World().talking_in_conference()
    world.feed(ev.LegEnded, "a", 16)
    for _ in range(3):
        world.feed(ev.TimerFired, "release")
    assert world.phase is Phase.DONE
    assert any("not reported" in note for note in world.record.notes)


def test_transfer_ends_the_record_with_the_time_of_the_transfer() -> None:
    world = World().routed(strategies=("transfer",)).answered().held().b_up()
    assert world.wants(fx.Transfer)
    world.feed(ev.CommandDone, Command.TRANSFER, "b")
    assert world.told == ALL
    assert world.record.ended_at == world.record.answered_at
    assert any("end unknown" in note for note in world.record.notes)
    assert not world.count(fx.HangUp)


def test_a_conference_taken_up_again_is_limited_by_what_is_left() -> None:
    before = World().talking_in_conference(max_seconds=600.0)
    at = before.at + timedelta(seconds=200)
    told = ("callin", "callout", "alerting", "answer")
    call, effects = machine.resume(before.record, Limits(), at, told=told, max_seconds=600.0)
    assert fx.StartTimer("limit", 400.0) in effects
    assert not any(isinstance(effect, fx.Tell) for effect in effects)
    call, effects = machine.step(call, ev.LegEnded(at, "b", 16))
    assert [e.kind for e in effects if isinstance(e, fx.Tell)] == ["disconnect", "fee"]
    assert fx.HangUp("a") in effects


def test_a_crash_between_join_and_journal_still_tells_the_answer() -> None:
    before = World().routed().answered().held().b_up()
    call, effects = machine.resume(
        before.record, Limits(), before.at, told=("callin", "callout", "alerting"), max_seconds=0
    )
    assert fx.Tell("answer") in effects
    assert call.record.answered_at == before.at


def test_a_dial_that_fails_after_its_call_has_ended_leaves_nothing_to_wait_for() -> None:
    world = World().routed().answered().held()
    assert world.phase is Phase.DIALLING
    world.feed(ev.LegEnded, "a", 16)
    assert codes(world)[0] == 7501
    assert world.phase is Phase.ENDING  # b is being hung up, which no modem will confirm
    world.feed(ev.CommandFailed, Command.DIAL, "b", Failure.TIMEOUT, None)
    assert world.phase is Phase.ENDING  # it may have become a call all the same
    world.feed(ev.CommandFailed, Command.DIAL, "b", Failure.REFUSED, None)
    assert world.phase is Phase.DONE
