"""The call as a state machine: ``step(call, event) -> (call, effects)``, without clock or I/O.

The machine is total: an event that means nothing in a state changes nothing. It promises, whatever
comes: one ``disconnect`` and one ``fee`` per call, in that order and after all other events; every
leg released before the call is forgotten; a cap on the length of every call.

Split by subject: :mod:`call_events` and :mod:`call_effects` are input and output,
:mod:`call_plan` what was decided when the call was routed, :mod:`call_extension` what the caller of
an extension is asked, :mod:`call_conference` and :mod:`call_bridge` the two ways to b,
:mod:`call_connect` what they share, :mod:`call_ending` the end; the other modules deal with one
kind of event each.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from appliance.model import call_arrival as arrival
from appliance.model import call_asides as asides
from appliance.model import call_bridge as bridge
from appliance.model import call_conference as conference
from appliance.model import call_connect as connect
from appliance.model import call_extension as extension
from appliance.model import call_legs as legs
from appliance.model import call_timers as timers
from appliance.model.call_effects import CallEffect, Kind
from appliance.model.call_events import (
    AnswerWanted,
    AudioLost,
    CallEvent,
    CallsListed,
    CommandDone,
    CommandFailed,
    DigitPressed,
    DigitsWanted,
    LegChanged,
    LegEnded,
    LegLost,
    LegState,
    LegTaken,
    NumberKnown,
    RecordingDone,
    RecordingLost,
    ReturnRouteKept,
    RouteFound,
    RouteRefused,
    Said,
    SecondDenied,
    SecondGranted,
    StopAsked,
    TimerFired,
    VoiceNoted,
    WaitingCame,
    WaitingGone,
    WaitingTaken,
)
from appliance.model.call_plan import BRIDGE, CONFERENCE, Limits, Plan
from appliance.model.call_state import Call, Phase, Turn
from appliance.model.records import CallRecord, Mode

Result = tuple[Call, tuple[CallEffect, ...]]


def start(record: CallRecord, limits: Limits, at: datetime) -> Result:
    """Begin a call that rings on a line of ours.

    Args:
        record: With its ids, the dialled number, and ``call_in_at``.
        at: Now.
    """
    turn = Turn(Call(record=record, limits=limits), at)
    turn.timer("number", limits.number_wait, radio=True)
    turn.timer("cap", limits.hard_cap)
    return turn.call, tuple(turn.effects)


def resume(
    record: CallRecord, limits: Limits, at: datetime, *, told: tuple[Kind, ...], max_seconds: float
) -> Result:
    """Take up a conference that lived on while the box was away.

    Args:
        told: The events of it that are on disk.
        max_seconds: Limit of the call from its answer, 0 none; what has passed is taken off.
    """
    plan = Plan(
        app_id=record.app_id or 0,
        mode=record.mode or Mode.AXB,
        subscription_id=record.subscription_id,
        bind_number=record.bind_number,
        line=record.dialled,
        callee=record.callee or "",
        strategies=(CONFERENCE,),
        audio=False,
    )
    call = Call(
        record=record,
        limits=limits,
        phase=Phase.TALKING,
        plan=plan,
        strategy=CONFERENCE,
        a=LegState.ACTIVE,
        b=LegState.ACTIVE,
        a_told=True,
        b_told=True,
        told=told,
        joined=True,
    )
    turn = Turn(call, at)
    if record.answered_at is None:
        turn.write(answered_at=at)
    turn.note("taken up again after a restart")
    turn.tell("answer")
    turn.save()
    passed = (at - (record.answered_at or at)).total_seconds()
    turn.timer("cap", max(limits.hard_cap - passed, 0.0))
    turn.timer("pulse", limits.pulse)
    if max_seconds:
        turn.timer("limit", max(max_seconds - passed, 0.0))
    return turn.call, tuple(turn.effects)


def step(call: Call, event: CallEvent) -> Result:
    """Return the call after an event, and what has to be done, in that order."""
    if call.phase is Phase.DONE:
        return call, ()
    turn = Turn(call, event.at)
    _HANDLERS[type(event)](turn, event)
    while turn.retry:
        turn.retry = False
        _attempt(turn)
    return turn.call, tuple(turn.effects)


def _attempt(turn: Turn) -> None:
    """Try the next strategy."""
    call = turn.call
    if call.phase in (Phase.ENDING, Phase.DONE):
        return
    if not call.untried:
        connect.no_way(turn)
        return
    turn.set(
        strategy=call.untried[0],
        untried=call.untried[1:],
        b_second=call.untried[0] == BRIDGE,
        b=LegState.NONE,
        b_told=False,
        route_kept=True,
        then="tell",
    )
    if turn.call.b_second:
        bridge.reserve(turn)
        return
    connect.keep_route(turn, connect.plan_of(turn).line)
    if call.a is LegState.RINGING:
        connect.answer(turn)
    else:
        conference.begin(turn)


_HANDLERS: dict[type, Callable[[Turn, Any], None]] = {
    NumberKnown: arrival.number_known,
    RouteFound: arrival.route_found,
    RouteRefused: arrival.route_refused,
    AnswerWanted: arrival.answer_wanted,
    DigitsWanted: extension.digits_wanted,
    CommandDone: legs.command_done,
    CommandFailed: legs.command_failed,
    LegChanged: legs.leg_changed,
    LegEnded: legs.leg_ended,
    LegLost: legs.leg_lost,
    LegTaken: legs.leg_taken,
    CallsListed: legs.calls_listed,
    WaitingCame: asides.waiting_came,
    WaitingTaken: asides.waiting_taken,
    WaitingGone: asides.waiting_gone,
    SecondGranted: asides.second_granted,
    SecondDenied: asides.second_denied,
    ReturnRouteKept: asides.return_route,
    Said: asides.said,
    AudioLost: asides.audio_lost,
    DigitPressed: asides.digit,
    RecordingDone: asides.recording_done,
    RecordingLost: asides.recording_lost,
    VoiceNoted: asides.voice_noted,
    TimerFired: timers.timer,
    StopAsked: asides.stop_asked,
}
