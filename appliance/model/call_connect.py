"""What conference and bridge share: the choice between them, the second leg, the conversation."""

from __future__ import annotations

from appliance.model import call_ending as ending
from appliance.model import call_plan, causes
from appliance.model.call_effects import (
    Answer,
    Bridge,
    KeepReturnRoute,
    ListCalls,
    Listen,
    OpenAudio,
    RefuseWaiting,
    RememberCaller,
    StartRecording,
    StopPlay,
)
from appliance.model.call_effects import Join as JoinLegs
from appliance.model.call_effects import Transfer as TransferLegs
from appliance.model.call_events import LegState
from appliance.model.call_plan import BRIDGE, NO_STRATEGY, RINGBACK, TRANSFER, Plan
from appliance.model.call_state import Phase, Turn


def plan_of(turn: Turn) -> Plan:
    """Return the plan of a routed call."""
    plan = turn.call.plan
    if plan is None:
        raise ValueError("a call that was not routed has no plan")
    return plan


def no_way(turn: Turn) -> None:
    """No strategy is left."""
    regret = turn.call.regret or causes.box_ended(NO_STRATEGY, turn.call.how_far)
    ending.fail(turn, regret, "box")


def answer(turn: Turn) -> None:
    """Answer leg a, or wait for it where that was asked before."""
    turn.set(phase=Phase.ANSWERING)
    pick_up(turn)


def pick_up(turn: Turn) -> None:
    """Have leg a answered, once."""
    if not turn.call.answering:
        turn.set(answering=True)
        turn.do(Answer())
        turn.timer("answer", turn.call.limits.answer)


def a_is_up(turn: Turn) -> None:
    """Leg a has been answered."""
    turn.leg("a", LegState.ACTIVE)
    turn.stop_timers("answer")
    call = turn.call
    speaks = call.collection is not None or bool(call.denial and call.denial.words)
    if call.plan.audio if call.plan is not None else speaks:
        turn.do(OpenAudio("a"))
        turn.set(audio_a=True)
    turn.save()
    if call.waiting:
        turn.do(RefuseWaiting())


def keep_route(turn: Turn, shown: str) -> None:
    """Have the return route written unless b is shown a number that leads back by itself."""
    plan = plan_of(turn)
    kept = shown == plan.bind_number or not plan.return_route
    turn.set(route_kept=kept)
    if not kept:
        caller = turn.call.record.caller
        turn.do(KeepReturnRoute(shown, plan.callee, plan.subscription_id, plan.bind_number, caller))
        turn.timer("route", turn.call.limits.say)


def forward(turn: Turn, shown: str, ring: float) -> None:
    """Leg b is being dialled: tell it, the first time, and limit its ringing."""
    call, plan = turn.call, plan_of(turn)
    turn.set(phase=Phase.DIALLING)
    turn.leg("b", LegState.DIALLING)
    turn.write(
        forward_at=call.record.forward_at or turn.at,
        strategy=call.strategy,
        shown=shown,
    )
    if not turn.tell("callout"):
        turn.save()
    elif plan.remember_caller and plan.subscription_id and call.record.caller:
        turn.do(RememberCaller(plan.subscription_id, call.record.caller))
    turn.timer("ring", ring, radio=True)


def b_rings(turn: Turn) -> None:
    """Leg b's phone rings."""
    turn.leg("b", LegState.ALERTING)
    if turn.call.record.alerting_at is None:
        turn.write(alerting_at=turn.at)
    turn.tell("alerting")
    ringback(turn)


def ringback(turn: Turn) -> None:
    """Let leg a hear that b rings, once everything else was said to it."""
    call = turn.call
    ready = call.b is LegState.ALERTING and call.a is LegState.ACTIVE and call.a_told
    ready = ready and not call.waits
    if call.b_second and ready and call.audio_a and call.phase is Phase.DIALLING:
        turn.play("a", (RINGBACK,), loop=True)


def b_is_up(turn: Turn) -> None:
    """Leg b is answered, as far as its modem can tell."""
    plan = plan_of(turn)
    turn.leg("b", LegState.ACTIVE)
    turn.stop_timers("ring")
    if turn.call.b_second and plan.audio:
        turn.do(OpenAudio("b"))
        turn.set(audio_b=True)
    if turn.call.record.alerting_at is None:
        # Missed, or what the modem calls an answer is no more than ringing: no answer without it.
        turn.write(alerting_at=turn.at)
        turn.tell("alerting")
    if not plan.press_1:
        if not plan.answered_is_true:
            turn.note("the modem's word that the callee answered is not proof")
        notice(turn)
        return
    turn.set(phase=Phase.CONFIRMING)
    port = turn.call.port_b
    if not turn.say(port, plan.press_1):
        ending.fail(turn, causes.box_ended(causes.NETWORK_FAULT_CALLEE, turn.call.how_far), "box")
        return
    turn.do(Listen(port, True))
    turn.timer("confirm", turn.call.limits.confirm)


def confirmed(turn: Turn) -> None:
    """Leg b has pressed the key that accepts the call."""
    port = turn.call.port_b
    turn.stop_timers("confirm")
    turn.do(Listen(port, False), StopPlay(port))
    turn.hush(port)
    notice(turn)


def notice(turn: Turn) -> None:
    """Say to b what it has to hear before the join; answer a where it still rings."""
    call = turn.call
    turn.set(phase=Phase.NOTICE)
    if call.a is LegState.RINGING:
        pick_up(turn)
    if turn.say(call.port_b, plan_of(turn).words_callee):
        turn.set(b_told=False)
        turn.timer("notice", call.limits.say)
    else:
        turn.set(b_told=True)
    ready(turn)


def ready(turn: Turn) -> None:
    """Join the legs once both have heard what they have to hear."""
    call = turn.call
    if call.phase is not Phase.NOTICE or not (call.a_told and call.b_told):
        return
    if call.a is LegState.RINGING:
        return
    turn.stop_timers("say", "wait", "notice")
    turn.set(waits=0)
    if call.strategy == BRIDGE:
        turn.do(StopPlay("a"), Bridge(True), Listen("a", True), Listen("b", True))
        talk(turn)
        return
    join(turn)


def join(turn: Turn) -> None:
    """Have the network connect the legs."""
    turn.set(phase=Phase.JOINING)
    turn.do(TransferLegs() if turn.call.strategy == TRANSFER else JoinLegs())


def talk(turn: Turn) -> None:
    """The conversation begins: this is the answer that is told and paid for."""
    plan, limits = plan_of(turn), turn.call.limits
    turn.set(phase=Phase.TALKING, joined=True, regret=None, saying=())
    turn.leg("a", LegState.ACTIVE)
    turn.leg("b", LegState.ACTIVE)
    turn.write(answered_at=turn.at)
    if plan.recording and (turn.call.b_second or plan.host_audio):
        turn.set(recording=True)
        turn.write(record_started_at=turn.at)
        turn.do(StartRecording(plan.recording))
    turn.tell("answer")
    if plan.max_seconds:
        turn.timer("limit", plan.max_seconds)
        if plan.last_minute and plan.max_seconds > call_plan.MINUTE:
            turn.timer("last-minute", plan.max_seconds - call_plan.MINUTE)
        if plan.time_over and plan.max_seconds > call_plan.TIME_OVER:
            turn.timer("time-over", plan.max_seconds - call_plan.TIME_OVER)
    turn.timer("pulse", limits.pulse)
    if turn.call.waiting:
        turn.do(RefuseWaiting())


def say_to_both(turn: Turn, words: tuple[str, ...]) -> None:
    """Say something into the conversation, where the box is heard."""
    call, plan = turn.call, plan_of(turn)
    if call.b_second:
        for port in ("a", "b"):
            turn.play("a" if port == "a" else "b", words, mix=True)
    elif plan.host_audio and call.audio_a:
        turn.play("a", words, mix=True)


def dial_failed(turn: Turn, cause: int | None, *, unknown: bool) -> None:
    """The command that dials b failed: by b's own cause, or because the line cannot."""
    call = turn.call
    if unknown and not call.b_second:
        turn.do(ListCalls())
        return
    if cause and not unknown:
        turn.leg("b", LegState.GONE)
        ending.fail(turn, causes.callee_failed(cause, call.how_far))
        return
    if unknown:
        ending.release(turn, "b")
    else:
        turn.leg("b", LegState.GONE)
    next_way(turn)


def next_way(turn: Turn) -> None:
    """This way of reaching b does not work: take leg a back and try the next one."""
    call = turn.call
    turn.stop_timers("ring", "confirm", "notice")
    turn.set(
        then="attempt",
        regret=call.regret or causes.box_ended(causes.NETWORK_FAULT_CALLEE, call.how_far),
    )
    if call.b_second:
        ending.release(turn, "b")
        if call.second is not None:
            turn.set(tried=(*call.tried, call.second), untried=(BRIDGE, *call.untried))
        ending.give_back(turn)
        turn.leg("b", LegState.NONE)
        turn.set(audio_b=False)
        turn.retry = True
    else:
        ending.back_to_a(turn)
