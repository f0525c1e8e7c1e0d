"""The bridge: leg b on a second line, the two voice ports joined by the box."""

from __future__ import annotations

from dataclasses import replace

from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import causes
from appliance.model.call_effects import Dial, ReserveSecond, StopPlay
from appliance.model.call_events import LegState, SecondGranted
from appliance.model.call_state import Phase, Turn


def reserve(turn: Turn) -> None:
    """Ask for a second line before anything is promised to the caller."""
    call, plan = turn.call, connect.plan_of(turn)
    candidates = tuple(line for line in plan.second_lines if line not in call.tried)
    if not candidates:
        denied(turn)
        return
    turn.set(phase=Phase.RESERVING)
    turn.do(ReserveSecond(candidates))
    turn.timer("reserve", call.limits.say)


def denied(turn: Turn) -> None:
    """No second line is free."""
    turn.stop_timers("reserve")
    call = turn.call
    if not call.tried:
        turn.set(regret=call.regret or causes.box_ended(causes.NO_PORT, call.how_far))
    turn.retry = True


def granted(turn: Turn, event: SecondGranted) -> None:
    """A second line is ours."""
    shown = event.shown
    plan = replace(connect.plan_of(turn), answered_is_true=event.answered_is_true)
    turn.set(second=shown, plan=plan)
    turn.stop_timers("reserve")
    connect.keep_route(turn, shown)
    if turn.call.a is LegState.RINGING and not _early(turn):
        connect.answer(turn)
    else:
        speak_and_dial(turn)


def speak_and_dial(turn: Turn) -> None:
    """Leg a hears what it has to hear while b is dialled, then the waiting tone."""
    turn.set(phase=Phase.DIALLING)
    call, words = turn.call, connect.plan_of(turn).words_caller
    must_hear = words[: len(words) - connect.plan_of(turn).waiting_words]
    if call.a is LegState.RINGING or call.a_told:
        turn.set(a_told=True)
    elif turn.say("a", must_hear):
        turn.timer("say", call.limits.say)
    else:
        turn.set(a_told=True)
        wait(turn)
    dial(turn)


def wait(turn: Turn) -> None:
    """Let leg a hear the waiting tone, once: until its end, its limit or b's answer."""
    call, plan = turn.call, connect.plan_of(turn)
    if plan.waiting_words and call.audio_a:
        turn.set(waits=turn.play("a", plan.words_caller[-plan.waiting_words :]))
        turn.timer("wait", call.limits.say)


def waited(turn: Turn) -> None:
    """The waiting tone is over: ringback follows."""
    turn.stop_timers("wait")
    turn.set(waits=0)
    connect.ringback(turn)


def dial(turn: Turn) -> None:
    """Dial b on the second line as soon as its return route is on disk."""
    call, plan = turn.call, connect.plan_of(turn)
    if not call.route_kept or call.second is None:
        return
    early = call.a is LegState.RINGING
    connect.forward(turn, call.second, call.limits.early_ring if early else call.limits.ring)
    turn.do(Dial(plan.callee, second=True))


def a_told(turn: Turn) -> None:
    """Leg a has heard what it has to hear."""
    turn.stop_timers("say")
    turn.hush("a")
    turn.set(a_told=True)
    if turn.call.phase is Phase.DIALLING:
        wait(turn)
    connect.ringback(turn)
    connect.ready(turn)


def cut_words(turn: Turn) -> None:
    """What is said to leg a has taken long enough."""
    turn.do(StopPlay("a"))
    a_told(turn)


def second_lost(turn: Turn) -> None:
    """The second line went away under leg b."""
    call = turn.call
    turn.set(second=None, audio_b=False)
    turn.leg("b", LegState.GONE)
    if call.phase is Phase.ENDING:
        ending.check_done(turn)
    elif call.joined:
        outcome = causes.box_ended(causes.NETWORK_FAULT_CALLEE, call.how_far)
        ending.end(turn, outcome, "box")
    elif call.phase in (Phase.RESERVING, Phase.ANSWERING, Phase.DIALLING):
        turn.set(tried=(*call.tried, call.second or ""), untried=("bridge", *call.untried))
        turn.stop_timers("ring", "route")
        turn.leg("b", LegState.NONE)
        turn.retry = True
    elif call.phase in (Phase.CONFIRMING, Phase.NOTICE):
        outcome = causes.box_ended(causes.NETWORK_FAULT_CALLEE, call.how_far)
        ending.fail(turn, outcome, "box")


def _early(turn: Turn) -> bool:
    plan = connect.plan_of(turn)
    return plan.early_dial and not plan.words_caller and not plan.press_1 and not plan.recording
