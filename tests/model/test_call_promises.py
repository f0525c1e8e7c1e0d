"""Whatever happens to a call, and in whatever order: what the machine promises holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.model import call_effects as fx
from appliance.model import call_events as ev
from appliance.model.call_ending import TIMERS
from appliance.model.call_plan import Asking, Denial
from appliance.model.call_state import Phase
from appliance.model.records import Mode
from tests.model.call_world import SECOND, A, World, X, collection, plan

LEGS = st.sampled_from(["a", "b"])
CAUSES = st.one_of(st.none(), st.sampled_from([0, 16, 17, 19, 20, 21, 31, 34, 50, 69, 127]))
PLANS = st.builds(
    plan,
    strategies=st.permutations(["conference", "bridge", "transfer"]).map(lambda p: tuple(p[:2])),
    second_lines=st.sampled_from([(), (SECOND,), (SECOND, "+8617000000003")]),
    words_caller=st.sampled_from([(), ("notice.wav",)]),
    words_callee=st.sampled_from([(), ("notice.wav",)]),
    press_1=st.sampled_from([(), ("press.wav",)]),
    recording=st.sampled_from([None, "record.wav"]),
    audio=st.booleans(),
    host_audio=st.booleans(),
    early_dial=st.booleans(),
    answered_is_true=st.booleans(),
    max_seconds=st.sampled_from([0.0, 60.0, 600.0]),
    last_minute=st.sampled_from([(), ("minute.wav",)]),
    time_over=st.sampled_from([(), ("over.wav",)]),
    line=st.sampled_from(["+8617000000001", "+8617000000009"]),
)
DENIALS = st.builds(
    Denial,
    state_code=st.sampled_from([8014, 8016, 8023]),
    release_point=st.just(8014),
    words=st.sampled_from([(), ("missing.wav",)]),
)


def kinds(*args: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*(arg if isinstance(arg, st.SearchStrategy) else st.just(arg) for arg in args))


EVENTS = st.one_of(
    kinds(ev.NumberKnown, st.sampled_from([A, None])),
    kinds(ev.RouteFound, PLANS),
    kinds(ev.RouteRefused, DENIALS),
    kinds(ev.AnswerWanted, st.just(Asking(1, Mode.X, X))),
    kinds(ev.DigitsWanted, st.builds(collection, digits=st.integers(1, 2))),
    kinds(ev.CommandDone, st.sampled_from(list(ev.Command)), LEGS),
    kinds(
        ev.CommandFailed,
        st.sampled_from(list(ev.Command)),
        LEGS,
        st.sampled_from(list(ev.Failure)),
        CAUSES,
    ),
    kinds(ev.LegChanged, LEGS, st.sampled_from(list(ev.LegState)), st.booleans()),
    kinds(ev.LegEnded, LEGS, CAUSES),
    kinds(ev.LegLost, LEGS),
    kinds(ev.LegTaken, st.just("s-2")),
    kinds(
        ev.CallsListed,
        st.one_of(st.none(), st.sampled_from(list(ev.LegState))),
        st.one_of(st.none(), st.sampled_from(list(ev.LegState))),
        st.booleans(),
    ),
    kinds(ev.WaitingCame),
    kinds(ev.WaitingTaken),
    kinds(ev.WaitingGone),
    kinds(ev.SecondDenied),
    kinds(ev.ReturnRouteKept, st.booleans()),
    kinds(ev.Said, st.integers(1, 6)),
    kinds(ev.AudioLost, LEGS),
    kinds(ev.DigitPressed, LEGS, st.sampled_from(["1", "2", "#", "*"])),
    kinds(ev.RecordingDone, st.just(3.0), st.sampled_from(["", "abc"])),
    kinds(ev.RecordingLost, st.just("disk full")),
    kinds(ev.TimerFired, st.sampled_from([*TIMERS, "unknown"])),
    kinds(ev.StopAsked, st.sampled_from(["application", "box"])),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_any_events_in_any_order_leave_one_disconnect_one_fee_and_no_leg(
    events: list[tuple[Any, ...]],
) -> None:
    world = World()

    for kind, *args in events:
        world.feed(kind, *args)
    world.close()

    assert world.told.count("disconnect") == 1
    assert world.told.count("fee") == 1
    assert world.told[0] == "callin"
    assert world.record.ended_at is not None
    assert world.record.state_code is not None


def _likely(world: World) -> list[tuple[Any, ...]]:
    """Return what may well come next, given what the machine waits for."""
    always = [
        (ev.LegEnded, "a", 16),
        (ev.LegEnded, "b", 17),
        (ev.WaitingCame,),
        (ev.WaitingGone,),
        (ev.StopAsked, "application"),
        (ev.LegLost, "b"),
        (ev.AudioLost, "b"),
    ]
    say = [(ev.Said, number) for _, number in world.call.saying]
    by_phase: dict[Phase, list[tuple[Any, ...]]] = {
        Phase.NUMBER: [(ev.NumberKnown, A)],
        Phase.ANSWERING: [(ev.CommandDone, ev.Command.ANSWER, "a")],
        Phase.HOLDING: [
            (ev.CommandDone, ev.Command.HOLD, "a"),
            (ev.CommandFailed, ev.Command.HOLD, "a", ev.Failure.UNSUPPORTED, 50),
            (ev.CommandFailed, ev.Command.HOLD, "a", ev.Failure.TIMEOUT),
            (ev.CallsListed, ev.LegState.HELD, None),
            (ev.WaitingTaken,),
            (ev.ReturnRouteKept, True),
        ],
        Phase.RESERVING: [(ev.SecondGranted, SECOND), (ev.SecondDenied,)],
        Phase.DIALLING: [
            (ev.ReturnRouteKept, True),
            (ev.LegChanged, "b", ev.LegState.ALERTING),
            (ev.LegChanged, "b", ev.LegState.ACTIVE),
            (ev.CommandFailed, ev.Command.DIAL, "b", ev.Failure.REFUSED),
            (ev.TimerFired, "ring"),
        ],
        Phase.CONFIRMING: [
            (ev.DigitPressed, world.call.port_b, "1"),
            (ev.TimerFired, "confirm"),
        ],
        Phase.NOTICE: [(ev.TimerFired, "notice"), (ev.CommandDone, ev.Command.ANSWER, "a")],
        Phase.JOINING: [
            (ev.CommandDone, ev.Command.JOIN, "b"),
            (ev.CommandDone, ev.Command.TRANSFER, "b"),
            (ev.CommandFailed, ev.Command.JOIN, "b", ev.Failure.UNSUPPORTED, 69),
        ],
        Phase.RETRIEVING: [
            (ev.CommandDone, ev.Command.RETRIEVE, "a"),
            (ev.CommandFailed, ev.Command.RETRIEVE, "a", ev.Failure.REFUSED),
        ],
        Phase.TELLING: [(ev.TimerFired, "tell")],
        Phase.APOLOGY: [(ev.TimerFired, "tell")],
        Phase.BLOCKED: [(ev.WaitingGone,), (ev.TimerFired, "waiting")],
        Phase.TALKING: [
            (ev.TimerFired, "limit"),
            (ev.TimerFired, "last-minute"),
            (ev.TimerFired, "time-over"),
        ],
        Phase.ENDING: [(ev.RecordingDone, 5.0, "abc"), (ev.TimerFired, "release")],
    }
    return 6 * by_phase.get(world.phase, []) + 6 * say + always


@settings(max_examples=250, deadline=None)
@given(PLANS, st.data())
def test_a_plausible_call_keeps_every_promise(the_plan: Any, data: st.DataObject) -> None:
    world = World()
    world.feed(ev.NumberKnown, A)
    world.feed(ev.RouteFound, the_plan)

    for _ in range(30):
        if world.phase is Phase.DONE:
            break
        kind, *args = data.draw(st.sampled_from(_likely(world)))
        world.feed(kind, *args)
        if world.wants(fx.Finish):
            break
    if world.phase is not Phase.DONE:
        world.close()

    record = world.record
    times = [record.call_in_at, record.forward_at, record.alerting_at, record.answered_at]
    known = [time for time in [*times, record.ended_at] if time is not None]
    assert known == sorted(known)
    assert ("answer" in world.told) == (record.answered_at is not None)
    assert ("callout" in world.told) == (record.forward_at is not None)
