"""What the modems tell of the legs, and what became of commands to them."""

from __future__ import annotations

from appliance.model import call_bridge as bridge
from appliance.model import call_conference as conference
from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import call_extension as extension
from appliance.model import causes
from appliance.model.call_effects import FindRoute, ListCalls
from appliance.model.call_events import (
    CallsListed,
    Command,
    CommandDone,
    CommandFailed,
    Failure,
    LegChanged,
    LegEnded,
    LegLost,
    LegState,
    LegTaken,
)
from appliance.model.call_plan import BRIDGE, TRANSFER
from appliance.model.call_state import GONE, Phase, Step, Turn

_AWAITS_B = (Phase.DIALLING, Phase.CONFIRMING, Phase.NOTICE, Phase.JOINING)


def command_done(turn: Turn, event: CommandDone) -> None:
    """A command succeeded."""
    call = turn.call
    if event.command is Command.ANSWER:
        answered(turn)
    elif event.command is Command.HOLD and call.phase is Phase.HOLDING:
        _held(turn)
    elif event.command is Command.RETRIEVE and call.phase is Phase.RETRIEVING:
        ending.came_back(turn)
    elif event.command is Command.JOIN and call.phase is Phase.JOINING:
        connect.talk(turn)
    elif event.command is Command.TRANSFER and call.phase is Phase.JOINING:
        conference.transferred(turn)


def answered(turn: Turn) -> None:
    """Leg a is up."""
    call = turn.call
    if call.a is not LegState.RINGING or not call.answering:
        return
    connect.a_is_up(turn)
    if call.phase is Phase.NOTICE:
        connect.ready(turn)
    elif call.phase is not Phase.ANSWERING:
        return
    elif call.denial is not None:
        ending.tell_caller(turn)
    elif call.plan is None and call.collection is not None:
        extension.begin(turn, call.collection)
    elif call.strategy == BRIDGE:
        bridge.speak_and_dial(turn)
    else:
        conference.begin(turn)


def _held(turn: Turn) -> None:
    if turn.call.a is LegState.ACTIVE:
        conference.held(turn)


def command_failed(turn: Turn, event: CommandFailed) -> None:
    """A command failed, or its outcome is unknown."""
    call = turn.call
    phase = call.phase
    if event.command is Command.ANSWER and call.a is LegState.RINGING:
        if call.answering:
            turn.do(ListCalls())
    elif event.command is Command.DIAL and phase is Phase.DIALLING:
        if call.b in (LegState.DIALLING, LegState.NONE):
            unknown = event.failure is Failure.TIMEOUT
            if unknown or not conference.crowded_out(turn):
                connect.dial_failed(turn, event.cause, unknown=unknown)
    elif event.command is Command.DIAL and call.b is LegState.RELEASING:
        if event.failure is not Failure.TIMEOUT:
            _b_ended(turn, event.cause)  # given up before it was a call: nothing else tells its end
    elif event.command is Command.HOLD and phase is Phase.HOLDING:
        if call.a is LegState.ACTIVE:
            conference.hold_failed(turn, event)
    elif event.command is Command.RETRIEVE and phase is Phase.RETRIEVING:
        conference.retrieve_failed(turn)
    elif event.command in (Command.JOIN, Command.TRANSFER) and phase is Phase.JOINING:
        conference.join_failed(turn, event)


def leg_changed(turn: Turn, event: LegChanged) -> None:
    """A modem reports a leg."""
    if event.leg == "a":
        _a_changed(turn, event)
    else:
        _b_changed(turn, event)


def _a_changed(turn: Turn, event: LegChanged) -> None:
    call = turn.call
    if event.state is LegState.ACTIVE and call.a is LegState.RINGING:
        answered(turn)
    elif event.state is LegState.ACTIVE and call.a is LegState.HELD:
        if call.phase is Phase.RETRIEVING and call.b in GONE:
            ending.came_back(turn)
    elif event.state is LegState.HELD and call.phase is Phase.HOLDING:
        _held(turn)


def _b_changed(turn: Turn, event: LegChanged) -> None:
    call = turn.call
    if event.multiparty and call.phase is Phase.JOINING and call.strategy != TRANSFER:
        connect.talk(turn)
    elif call.phase is not Phase.DIALLING:
        return
    elif event.state is LegState.ALERTING and call.b is LegState.DIALLING:
        connect.b_rings(turn)
    elif event.state is LegState.ACTIVE and call.b in (LegState.DIALLING, LegState.ALERTING):
        connect.b_is_up(turn)


def leg_ended(turn: Turn, event: LegEnded) -> None:
    """A leg is over."""
    if event.leg == "b":
        _b_ended(turn, event.cause)
    elif turn.call.a in GONE:
        return
    elif turn.call.phase is Phase.NUMBER:
        turn.leg("a", LegState.GONE)
        turn.stop_timers("number")
        turn.set(phase=Phase.ROUTING)
        turn.do(FindRoute(turn.call.record.caller))
    elif turn.call.phase is Phase.ROUTING:
        turn.leg("a", LegState.GONE)
    else:
        ending.caller_left(turn, event.cause)


def _b_ended(turn: Turn, cause: int | None) -> None:
    call = turn.call
    if call.b in GONE:
        return
    turn.leg("b", LegState.GONE)
    if call.phase is Phase.ENDING:
        ending.check_done(turn)
    elif call.phase is Phase.TALKING:
        ending.end(turn, causes.callee_failed(cause, causes.Phase.ANSWERED), "callee")
    elif call.phase is Phase.RETRIEVING:
        ending.back_to_a(turn)
    elif call.phase is Phase.APOLOGY:
        conference.apologised(turn)
    elif conference.crowded_out(turn):
        return
    elif call.phase in _AWAITS_B or (
        call.phase is Phase.BLOCKED and call.after_waiting is Step.JOIN
    ):
        ending.fail(turn, causes.callee_failed(cause, call.how_far))


def leg_lost(turn: Turn, event: LegLost) -> None:
    """A leg's line went away."""
    call = turn.call
    if event.leg == "b":
        if call.b_second and (call.second is not None or call.b not in GONE):
            bridge.second_lost(turn)
        return
    turn.leg("a", LegState.GONE)
    if not call.b_second:
        turn.leg("b", LegState.GONE)
    if call.phase is Phase.ENDING:
        ending.check_done(turn)
    else:
        outcome = causes.box_ended(causes.NETWORK_FAULT_CALLER, call.how_far)
        ending.end(turn, call.failure or outcome, "box")


def leg_taken(turn: Turn, event: LegTaken) -> None:
    """Leg a goes on in another call; this one is told as one that met a busy line."""
    call = turn.call
    if call.a is not LegState.RINGING:
        return
    turn.leg("a", LegState.GONE)
    turn.note(f"its caller was joined to call {event.by}")
    ending.end(turn, causes.box_ended(causes.BUSY, call.how_far), "box")


def answer_failed(turn: Turn) -> None:
    """Leg a cannot be answered."""
    call = turn.call
    outcome = causes.box_ended(causes.NETWORK_FAULT_CALLER, call.how_far)
    ending.end(turn, call.failure or outcome, "box")


def calls_listed(turn: Turn, event: CallsListed) -> None:
    """The modem has listed its calls, after a command whose outcome was unknown."""
    phase = turn.call.phase
    if turn.call.answering and turn.call.a is LegState.RINGING:
        if event.a is None:
            ending.caller_left(turn, None)
        elif event.a is LegState.ACTIVE:
            answered(turn)
        else:
            answer_failed(turn)
    elif phase in (Phase.HOLDING, Phase.JOINING, Phase.DIALLING, Phase.RETRIEVING):
        conference.listed(turn, event)
