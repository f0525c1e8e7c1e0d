"""A call comes in: its number, its route, its refusal."""

from __future__ import annotations

from dataclasses import replace

from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import causes
from appliance.model.call_effects import AskApplication, FindRoute
from appliance.model.call_events import (
    AnswerWanted,
    LegState,
    NumberKnown,
    RouteFound,
    RouteRefused,
)
from appliance.model.call_state import GONE, Phase, Turn


def number_known(turn: Turn, event: NumberKnown) -> None:
    """The caller is known, or will not be."""
    if turn.call.phase is Phase.NUMBER:
        turn.stop_timers("number")
        turn.write(caller=event.number)
        turn.set(phase=Phase.ROUTING)
        turn.do(FindRoute(event.number))


def answer_wanted(turn: Turn, event: AnswerWanted) -> None:
    """The application says where the call goes: ask it, unless the caller has left."""
    call = turn.call
    if call.phase is not Phase.ROUTING:
        return
    asking = event.asking
    turn.write(app_id=asking.app_id, mode=asking.mode, bind_number=asking.bind_number)
    turn.tell("callin")
    if call.a in GONE:
        ending.caller_left(turn, None)
        return
    turn.set(phase=Phase.ASKING)
    turn.do(AskApplication())


def route_found(turn: Turn, event: RouteFound) -> None:
    """The call goes through."""
    if turn.call.phase not in _UNDECIDED:
        return
    plan = event.plan
    turn.set(plan=plan, untried=plan.strategies)
    turn.write(
        app_id=plan.app_id,
        mode=plan.mode,
        subscription_id=plan.subscription_id,
        bind_number=plan.bind_number,
        callee=plan.callee,
        user_data=plan.user_data,
        extension=plan.extension,
    )
    turn.tell("callin")
    if turn.call.a in GONE:
        ending.caller_left(turn, None)
    else:
        turn.retry = True


def route_refused(turn: Turn, event: RouteRefused) -> None:
    """The call does not go through: told so, or rejected unanswered."""
    call = turn.call
    if call.phase not in _UNDECIDED:
        return
    denial = event.denial
    turn.set(denial=denial)
    turn.write(
        app_id=denial.app_id,
        mode=denial.mode,
        subscription_id=denial.subscription_id,
        bind_number=denial.bind_number or call.record.bind_number,
        user_data=denial.user_data,
    )
    turn.tell("callin")
    if call.a in GONE:
        ending.caller_left(turn, None)
        return
    outcome = causes.box_ended(denial.state_code, causes.Phase.INCOMING)
    outcome = replace(outcome, release_point=denial.release_point)
    if not denial.words:
        ending.end(turn, outcome, denial.by)
        return
    turn.set(failure=outcome, failure_by=denial.by)
    if call.a is LegState.ACTIVE:
        ending.tell_caller(turn)
    else:
        connect.answer(turn)


_UNDECIDED = (Phase.ROUTING, Phase.ASKING)
