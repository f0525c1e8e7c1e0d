"""The conference: both legs on the line that was dialled, joined by the network."""

from __future__ import annotations

from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import causes
from appliance.model.call_effects import Dial, ListCalls, Remember, StopPlay
from appliance.model.call_effects import Hold as HoldLeg
from appliance.model.call_events import CallsListed, CommandFailed, Failure, LegState
from appliance.model.call_plan import TRANSFER
from appliance.model.call_state import Phase, Step, Turn

NOT_SUBSCRIBED = 50
"""Q.850 cause told where a network refused a service without a cause of its own."""


def begin(turn: Turn) -> None:
    """Leg a is up: say everything that it has to hear, for while held it hears the network only."""
    plan = connect.plan_of(turn)
    if not turn.call.a_told and turn.say("a", plan.words_caller):
        turn.set(phase=Phase.SAYING)
        turn.timer("say", turn.call.limits.say)
        return
    said(turn)


def said(turn: Turn) -> None:
    """Leg a has heard what it has to hear."""
    turn.stop_timers("say")
    turn.hush("a")
    if turn.call.phase is Phase.SAYING:
        turn.do(StopPlay("a"))
    turn.set(a_told=True)
    hold(turn)


def hold(turn: Turn) -> None:
    """Hold leg a, unless that would accept a waiting call."""
    if turn.call.waiting:
        ending.block(turn, Step.HOLD)
        return
    turn.set(phase=Phase.HOLDING)
    turn.do(HoldLeg())


def held(turn: Turn) -> None:
    """Leg a is held: dial b as soon as its return route is on disk."""
    turn.leg("a", LegState.HELD)
    turn.save()
    dial(turn)


def dial(turn: Turn) -> None:
    """Dial leg b on the own line."""
    call = turn.call
    if not call.route_kept:
        return
    if call.taken:
        ending.block(turn, Step.DIAL)
        return
    plan = connect.plan_of(turn)
    connect.forward(turn, plan.line, call.limits.ring)
    turn.do(Dial(plan.callee, second=False))


def crowded_out(turn: Turn) -> bool:
    """Dial b again later where a second caller's call was in its way; False where none was.

    The hold had taken that call along, and a third has no room (3GPP TS 22.030 §6.5.5): what the
    network said of b is not b's doing.
    """
    call = turn.call
    if call.b_second or not call.taken or call.phase is not Phase.DIALLING:
        return False
    turn.stop_timers("ring")
    turn.leg("b", LegState.GONE)
    ending.block(turn, Step.DIAL)
    return True


def hold_failed(turn: Turn, event: CommandFailed) -> None:
    """The network did not hold leg a: find out, or go on with the next strategy."""
    if event.failure is Failure.TIMEOUT:
        turn.do(ListCalls())
        return
    if turn.call.waiting and event.failure is Failure.REFUSED:
        ending.block(turn, Step.HOLD)
        return
    if event.failure is Failure.UNSUPPORTED:
        turn.do(Remember("hold"))
        turn.note("the network refused to hold a call")
    cause = event.cause or NOT_SUBSCRIBED
    turn.set(regret=causes.callee_failed(cause, turn.call.how_far))
    turn.retry = True


def join_failed(turn: Turn, event: CommandFailed) -> None:
    """The network did not join the legs: b is told, released, and called again another way."""
    if event.failure is Failure.TIMEOUT:
        turn.do(ListCalls())
        return
    if turn.call.waiting and event.failure is Failure.REFUSED:
        ending.block(turn, Step.JOIN)
        return
    if event.failure is Failure.UNSUPPORTED and turn.call.strategy != TRANSFER:
        turn.do(Remember("multiparty"))
    turn.note("the network refused to join the calls")
    apologise(turn, event.cause)


def retrieve_failed(turn: Turn) -> None:
    """Leg a did not come back: wait for a second caller to go, or look what the modem lists."""
    if turn.call.waiting:
        ending.block(turn, Step.RETRIEVE)
    else:
        turn.do(ListCalls())


def apologise(turn: Turn, cause: int | None) -> None:
    """Tell b that it will be called again, if it will."""
    call = turn.call
    turn.set(
        phase=Phase.APOLOGY,
        then="attempt",
        regret=causes.callee_failed(cause or NOT_SUBSCRIBED, call.how_far),
    )
    if call.untried and call.plan and turn.say("a", call.plan.call_again):
        turn.timer("tell", call.limits.say)
    else:
        apologised(turn)


def apologised(turn: Turn) -> None:
    """Leg b has been told, or has left: release it and take leg a back."""
    turn.stop_timers("tell")
    turn.hush("a")
    ending.back_to_a(turn)


def transferred(turn: Turn) -> None:
    """Both legs go on without the box: nothing more will be seen of them."""
    connect.talk(turn)
    turn.leg("a", LegState.GONE)
    turn.leg("b", LegState.GONE)
    turn.note("end unknown: the call was transferred and goes on without the box")
    ending.end(turn, causes.Outcome(causes.ANSWERED_END, causes.ANSWERED_END), "box")


def listed(turn: Turn, event: CallsListed) -> None:
    """Go on from what the modem lists, after a command whose outcome was unknown."""
    phase = turn.call.phase
    if event.a is None:
        ending.caller_left(turn, None)
    elif phase is Phase.HOLDING and event.a is LegState.HELD:
        held(turn)
    elif phase is Phase.HOLDING:
        turn.retry = True
    elif phase is Phase.JOINING and event.multiparty:
        connect.talk(turn)
    elif phase is Phase.JOINING:
        apologise(turn, None)
    elif phase is Phase.DIALLING and event.b is None:
        turn.leg("b", LegState.GONE)
        connect.next_way(turn)
    elif phase is Phase.RETRIEVING and event.a is LegState.ACTIVE:
        ending.came_back(turn)
    elif phase is Phase.RETRIEVING:
        outcome = turn.call.failure or turn.call.regret
        ending.end(
            turn,
            outcome or causes.box_ended(causes.NETWORK_FAULT_CALLER, turn.call.how_far),
            "box",
        )
