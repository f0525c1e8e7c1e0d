"""What happens when a time of a call has run out."""

from __future__ import annotations

from collections.abc import Callable

from appliance.model import call_arrival as arrival
from appliance.model import call_asides as asides
from appliance.model import call_bridge as bridge
from appliance.model import call_conference as conference
from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import call_extension as extension
from appliance.model import call_legs as legs
from appliance.model import causes
from appliance.model.call_effects import StopPlay
from appliance.model.call_events import (
    LegState,
    NumberKnown,
    RecordingLost,
    ReturnRouteKept,
    SecondDenied,
    TimerFired,
)
from appliance.model.call_state import Phase, Step, Turn


def _number_overdue(turn: Turn) -> None:
    arrival.number_known(turn, NumberKnown(turn.at, turn.call.record.caller))


def _answer_overdue(turn: Turn) -> None:
    if turn.call.a is LegState.RINGING:
        legs.answer_failed(turn)


def _say_overdue(turn: Turn) -> None:
    if turn.call.phase is Phase.SAYING:
        conference.said(turn)
    elif turn.call.b_second and not turn.call.a_told:
        bridge.cut_words(turn)


def _wait_overdue(turn: Turn) -> None:
    if turn.call.waits:
        turn.do(StopPlay("a"))
        bridge.waited(turn)


def _notice_overdue(turn: Turn) -> None:
    if turn.call.phase is Phase.NOTICE:
        turn.hush(turn.call.port_b)
        turn.set(b_told=True)
        connect.ready(turn)


def _ring_overdue(turn: Turn) -> None:
    if turn.call.phase is Phase.DIALLING:
        ending.fail(turn, causes.box_ended(causes.CONNECT_TIMEOUT, turn.call.how_far), "box")


def _confirm_overdue(turn: Turn) -> None:
    if turn.call.phase is Phase.CONFIRMING:
        ending.fail(turn, causes.box_ended(causes.NO_ANSWER, turn.call.how_far), "box")


def _tell_overdue(turn: Turn) -> None:
    call = turn.call
    if call.phase is Phase.APOLOGY:
        conference.apologised(turn)
    elif call.phase is Phase.TELLING:
        outcome = call.failure or causes.box_ended(causes.NETWORK_FAULT_CALLEE, call.how_far)
        ending.end(turn, outcome, call.failure_by)


def _waiting_overdue(turn: Turn) -> None:
    call = turn.call
    if call.phase is not Phase.BLOCKED:
        return
    turn.note("a second caller's call would not go away")
    outcome = causes.box_ended(causes.NO_PORT, call.how_far)
    if call.after_waiting is Step.HOLD:
        turn.set(after_waiting=None, regret=outcome)
        turn.retry = True
    elif call.after_waiting is Step.JOIN:
        conference.apologise(turn, None)
    else:
        ending.end(turn, call.failure or call.regret or outcome, "box")


def _limit_reached(turn: Turn) -> None:
    if turn.call.phase is Phase.TALKING:
        ending.end(turn, causes.box_ended(causes.LIMIT_REACHED, causes.Phase.ANSWERED), "box")


def _cap_reached(turn: Turn) -> None:
    turn.note("the box's own limit for any call was reached")
    if turn.call.joined:
        _limit_reached(turn)
    else:
        outcome = causes.box_ended(causes.CONNECT_TIMEOUT, turn.call.how_far)
        ending.end(turn, turn.call.failure or outcome, "box")


def _last_minute(turn: Turn) -> None:
    if turn.call.phase is Phase.TALKING:
        connect.say_to_both(turn, connect.plan_of(turn).last_minute)


def _time_over(turn: Turn) -> None:
    if turn.call.phase is Phase.TALKING:
        connect.say_to_both(turn, connect.plan_of(turn).time_over)


def _pulse(turn: Turn) -> None:
    if turn.call.phase is Phase.TALKING:
        turn.save()
        turn.timer("pulse", turn.call.limits.pulse)


def _release_overdue(turn: Turn) -> None:
    if turn.call.phase in (Phase.ENDING, Phase.RETRIEVING):
        ending.release_overdue(turn)


def _recording_overdue(turn: Turn) -> None:
    asides.recording_lost(turn, RecordingLost(turn.at, "its file did not come in time"))


def _route_overdue(turn: Turn) -> None:
    asides.return_route(turn, ReturnRouteKept(turn.at, kept=False))


def _reserve_overdue(turn: Turn) -> None:
    asides.second_denied(turn, SecondDenied(turn.at))


def timer(turn: Turn, event: TimerFired) -> None:
    """A timer has run out."""
    handler = _TIMERS.get(event.name)
    if handler is not None:
        handler(turn)


_TIMERS: dict[str, Callable[[Turn], None]] = {
    "number": _number_overdue,
    "answer": _answer_overdue,
    "say": _say_overdue,
    "wait": _wait_overdue,
    "notice": _notice_overdue,
    "route": _route_overdue,
    "reserve": _reserve_overdue,
    "digits": extension.overdue,
    "ring": _ring_overdue,
    "confirm": _confirm_overdue,
    "tell": _tell_overdue,
    "waiting": _waiting_overdue,
    "limit": _limit_reached,
    "last-minute": _last_minute,
    "time-over": _time_over,
    "pulse": _pulse,
    "release": _release_overdue,
    "recording": _recording_overdue,
    "cap": _cap_reached,
}
