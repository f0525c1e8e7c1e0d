"""How a call ends: its outcome is told at once, its legs are released, its recording awaited."""

from __future__ import annotations

from appliance.model import causes
from appliance.model.call_effects import CloseMedia, Finish, HangUp, RefuseWaiting, ReleaseSecond
from appliance.model.call_effects import Retrieve as RetrieveLeg
from appliance.model.call_events import Leg, LegState
from appliance.model.call_plan import (
    ANNOUNCEMENTS,
    BUSY_TONE,
    FALLBACK_SLOT,
    LINE_BUSY_SLOT,
)
from appliance.model.call_state import GONE, Phase, Step, Turn

TIMERS = (
    "number",
    "answer",
    "say",
    "wait",
    "notice",
    "route",
    "reserve",
    "digits",
    "ring",
    "confirm",
    "tell",
    "waiting",
    "limit",
    "last-minute",
    "time-over",
    "pulse",
    "release",
    "recording",
    "cap",
)
"""Every timer that the machine sets."""

RELEASE_TRIES = 3


def end(turn: Turn, outcome: causes.Outcome, by: str | None) -> None:
    """End the call now: told once, whatever happens to its legs afterwards."""
    call = turn.call
    if call.phase in (Phase.ENDING, Phase.DONE):
        return
    turn.stop_timers(*TIMERS)
    turn.set(phase=Phase.ENDING, saying=(), failure=None, tries=0)
    turn.write(
        state_code=outcome.state_code,
        release_point=outcome.release_point,
        q850=outcome.q850,
        sip_status=outcome.sip_status,
        ended_by=by,
        ended_at=turn.at,
    )
    for leg in ("a", "b"):
        release(turn, "a" if leg == "a" else "b")
    if call.audio_a or call.audio_b:
        turn.do(CloseMedia())
        turn.set(audio_a=False, audio_b=False)
    turn.tell("callin")
    turn.tell("disconnect")
    if call.recording:
        turn.set(fee_due=True, recording=False)
        turn.timer("recording", call.limits.recording)
    else:
        turn.tell("fee")
    turn.timer("release", call.limits.release)
    check_done(turn)


def release(turn: Turn, leg: Leg) -> None:
    """Hang a leg up unless it is gone or going."""
    state = turn.call.state(leg)
    if state not in GONE and state is not LegState.RELEASING:
        turn.do(HangUp(leg))
        turn.leg(leg, LegState.RELEASING)


def check_done(turn: Turn) -> None:
    """Finish the call when nothing is left of it."""
    call = turn.call
    if call.phase is not Phase.ENDING:
        return
    if call.second is not None and call.b in GONE:
        give_back(turn)
    if call.a in GONE and call.b in GONE and not call.fee_due:
        turn.stop_timers(*TIMERS)
        turn.set(phase=Phase.DONE)
        turn.do(Finish())


def give_back(turn: Turn) -> None:
    """Give the second line back."""
    if turn.call.second is not None:
        turn.do(ReleaseSecond())
        turn.set(second=None)


def release_overdue(turn: Turn) -> None:
    """Ask again for what is not gone; in the end let go of it."""
    call = turn.call
    legs: tuple[Leg, ...] = ("a", "b")
    overdue = [leg for leg in legs if call.state(leg) not in GONE]
    if call.tries + 1 < RELEASE_TRIES:
        turn.set(tries=call.tries + 1)
        for leg in overdue:
            turn.do(HangUp(leg))
        turn.timer("release", call.limits.release)
        return
    for leg in overdue:
        turn.note(f"leg {leg} was not reported as released")
        turn.leg(leg, LegState.GONE)
    if call.phase is Phase.ENDING:
        check_done(turn)
    else:
        outcome = turn.call.failure or causes.box_ended(
            causes.NETWORK_FAULT_CALLEE, turn.call.how_far
        )
        end(turn, outcome, "box")


def recording_settled(turn: Turn) -> None:
    """Tell the fee that waited for the recording."""
    turn.do()
    if turn.call.fee_due:
        turn.set(fee_due=False)
        turn.stop_timers("recording")
        turn.tell("fee")
        check_done(turn)


def caller_left(turn: Turn, cause: int | None) -> None:
    """Leg a is over."""
    turn.leg("a", LegState.GONE)
    call = turn.call
    if call.phase is Phase.ENDING:
        check_done(turn)
    elif call.failure is not None:
        end(turn, call.failure, call.failure_by)
    else:
        end(turn, causes.caller_left(call.how_far, cause if call.joined else None), "caller")


def fail(turn: Turn, outcome: causes.Outcome, by: str = "callee") -> None:
    """The second leg came to nothing for good: release it and tell leg a why."""
    call = turn.call
    turn.stop_timers("ring", "confirm", "say", "wait", "notice", "route", "reserve", "answer")
    turn.set(failure=outcome, failure_by=by, then="tell", saying=(), waits=0)
    release(turn, "b")
    if call.a is LegState.HELD:
        back_to_a(turn)
    elif call.a is LegState.ACTIVE:
        tell_caller(turn)
    else:
        end(turn, outcome, by)


def back_to_a(turn: Turn) -> None:
    """Make leg a active again, by its index: b has to be gone first."""
    turn.set(phase=Phase.RETRIEVING)
    call = turn.call
    if call.a is LegState.ACTIVE:
        came_back(turn)
    elif call.b not in GONE:
        release(turn, "b")
        turn.set(tries=0)
        turn.timer("release", call.limits.release)
    elif call.taken:
        block(turn, Step.RETRIEVE)
    else:
        turn.stop_timers("release")
        turn.do(RetrieveLeg())


def came_back(turn: Turn) -> None:
    """Leg a is active again."""
    turn.leg("a", LegState.ACTIVE)
    turn.stop_timers("release", "waiting")
    turn.save()
    if turn.call.waiting:
        turn.do(RefuseWaiting())
    if turn.call.then == "tell":
        tell_caller(turn)
    else:
        turn.retry = True


def block(turn: Turn, step: Step) -> None:
    """Wait until the second caller's call is gone before a step that would act on it."""
    turn.set(phase=Phase.BLOCKED, after_waiting=step)
    turn.timer("waiting", turn.call.limits.waiting, radio=True)


def tell_caller(turn: Turn) -> None:
    """Let leg a hear why, then end."""
    call = turn.call
    outcome = call.failure or causes.box_ended(causes.NETWORK_FAULT_CALLEE, call.how_far)
    turn.set(phase=Phase.TELLING, failure=outcome)
    prompt = None
    if call.plan is not None:
        slot = ANNOUNCEMENTS.get(outcome.state_code, FALLBACK_SLOT)
        prompt = call.plan.slots.get(slot)
        if outcome.state_code == causes.NO_PORT:
            prompt = call.plan.slots.get(LINE_BUSY_SLOT, prompt)
    words = call.denial.words if call.denial is not None else (prompt or BUSY_TONE,)
    if not turn.say("a", words):
        end(turn, outcome, call.failure_by)
        return
    only_tone = words == (BUSY_TONE,)
    turn.timer("tell", call.limits.tone if only_tone else call.limits.tell)
