"""What happens beside the legs: a second caller, a second line, voice, the end on demand."""

from __future__ import annotations

from appliance.model import call_bridge as bridge
from appliance.model import call_conference as conference
from appliance.model import call_connect as connect
from appliance.model import call_ending as ending
from appliance.model import call_extension as extension
from appliance.model import causes
from appliance.model.call_effects import RefuseWaiting, SendDigit
from appliance.model.call_events import (
    AudioLost,
    DigitPressed,
    LegState,
    RecordingDone,
    RecordingLost,
    ReturnRouteKept,
    Said,
    SecondDenied,
    SecondGranted,
    StopAsked,
    VoiceNoted,
    WaitingCame,
    WaitingGone,
    WaitingTaken,
)
from appliance.model.call_state import Phase, Step, Turn

VOICE_NOTES = {
    "clipping": "the voice of leg {leg} was distorted by its loudness",
    "silence": "nothing was heard from leg {leg} for ten seconds",
    "noise": "leg {leg} was noisy for ten seconds",
    "stalled": "the modem of leg {leg} stopped delivering voice for a second",
    "announcement": "what answered on leg {leg} was probably a voicemail or an announcement",
}
KEY_ACCEPTS = "1"
"""What b presses to take the call."""


def waiting_came(turn: Turn, _event: WaitingCame) -> None:
    """A second caller waits: refused at once unless a call is held or being held."""
    call = turn.call
    if call.waiting:
        return
    turn.set(waiting=True)
    if call.a is LegState.ACTIVE and call.phase is not Phase.HOLDING:
        turn.do(RefuseWaiting())


def waiting_taken(turn: Turn, _event: WaitingTaken) -> None:
    """A hold crossed with a second caller and took its call."""
    turn.set(waiting=True, taken=True)


def waiting_gone(turn: Turn, _event: WaitingGone) -> None:
    """The second caller is gone: what it blocked goes on."""
    call = turn.call
    turn.set(waiting=False, taken=False, after_waiting=None)
    if call.phase is not Phase.BLOCKED:
        return
    turn.stop_timers("waiting")
    if call.after_waiting is Step.HOLD:
        conference.hold(turn)
    elif call.after_waiting is Step.DIAL:
        conference.dial(turn)
    elif call.after_waiting is Step.JOIN:
        connect.join(turn)
    else:
        ending.back_to_a(turn)


def second_granted(turn: Turn, event: SecondGranted) -> None:
    """A second line was reserved."""
    if turn.call.phase is Phase.RESERVING:
        bridge.granted(turn, event)
    elif turn.call.second is None:
        turn.set(second=event.shown)
        ending.give_back(turn)


def second_denied(turn: Turn, _event: SecondDenied) -> None:
    """No second line is free."""
    if turn.call.phase is Phase.RESERVING:
        bridge.denied(turn)


def return_route(turn: Turn, event: ReturnRouteKept) -> None:
    """The return route is on disk, or could not be kept."""
    call = turn.call
    if call.route_kept:
        return
    turn.stop_timers("route")
    turn.set(route_kept=True)
    if not event.kept:
        turn.note("no return route could be kept: a call back will not find the caller")
    if call.b_second and call.phase is Phase.DIALLING and call.b is LegState.NONE:
        bridge.dial(turn)
    elif call.phase is Phase.HOLDING and call.a is LegState.HELD:
        conference.dial(turn)


def said(turn: Turn, event: Said) -> None:
    """Something has been said to its end."""
    call = turn.call
    port = next((port for port, number in call.saying if number == event.play_id), None)
    if port is None:
        if event.play_id == call.waits:
            bridge.waited(turn)
        return
    turn.hush(port)
    if call.phase is Phase.SAYING:
        conference.said(turn)
    elif call.phase is Phase.COLLECTING:
        extension.asked(turn)
    elif call.phase is Phase.TELLING:
        outcome = call.failure or causes.box_ended(causes.NETWORK_FAULT_CALLEE, call.how_far)
        ending.end(turn, outcome, call.failure_by)
    elif call.phase is Phase.APOLOGY:
        conference.apologised(turn)
    elif call.phase is Phase.NOTICE and port == call.port_b:
        turn.set(b_told=True)
        connect.ready(turn)
    elif call.b_second and port == "a":
        bridge.a_told(turn)


def audio_lost(turn: Turn, event: AudioLost) -> None:
    """A voice port is gone."""
    call = turn.call
    port = event.leg
    turn.set(**{f"audio_{port}": False})
    lost = causes.NETWORK_FAULT_CALLER if port == "a" else causes.NETWORK_FAULT_CALLEE
    outcome = causes.box_ended(lost, call.how_far)
    if call.phase is Phase.COLLECTING:
        extension.voice_lost(turn)
    elif call.phase is Phase.TALKING and call.b_second:
        turn.note(f"the voice port of leg {port} was lost")
        ending.end(turn, outcome, "box")
    elif (
        call.b_second and call.phase in (Phase.DIALLING, Phase.CONFIRMING, Phase.NOTICE)
    ) or call.phase is Phase.CONFIRMING:
        ending.fail(turn, outcome, "box")
    else:
        for waiting_port, number in call.saying:
            if waiting_port == port:
                said(turn, Said(event.at, number))


def digit(turn: Turn, event: DigitPressed) -> None:
    """A key was pressed: b's consent, or across a bridge something for the other side.

    A bridge keeps the key's tone out of the voice that it passes on, so it is sent by the other
    leg's modem; in a conference the network carries it.
    """
    call = turn.call
    if call.phase is Phase.TALKING and call.b_second:
        turn.do(SendDigit("b" if event.leg == "a" else "a", event.digit))
        return
    if call.phase is Phase.COLLECTING and event.leg == "a":
        extension.pressed(turn, event.digit)
        return
    if call.phase is Phase.CONFIRMING and event.digit == KEY_ACCEPTS and event.leg == call.port_b:
        connect.confirmed(turn)


def recording_done(turn: Turn, event: RecordingDone) -> None:
    """The recording is on disk."""
    call = turn.call
    if not (call.recording or call.fee_due) or call.plan is None:
        return
    if event.sha256:
        turn.write(recorded=True, record_file=call.plan.recording, record_sha256=event.sha256)
    else:
        turn.note("the recording was too short to be kept")
    turn.set(recording=False)
    ending.recording_settled(turn)


def recording_lost(turn: Turn, event: RecordingLost) -> None:
    """The recording could not be made."""
    if turn.call.recording or turn.call.fee_due:
        turn.note(f"the recording failed: {event.why}")
        turn.set(recording=False)
        ending.recording_settled(turn)


def voice_noted(turn: Turn, event: VoiceNoted) -> None:
    """Something is wrong with a leg's voice: the box's own record says so, once."""
    turn.note(VOICE_NOTES[event.what].format(leg=event.leg))


def stop_asked(turn: Turn, event: StopAsked) -> None:
    """Somebody else ends the call."""
    how_far = turn.call.how_far
    if event.by == "application":
        ending.end(turn, causes.application_ended(how_far), "application")
    elif turn.call.joined:
        ending.end(turn, causes.Outcome(causes.ANSWERED_END, causes.ANSWERED_END), "box")
    else:
        ending.end(turn, causes.box_ended(causes.NETWORK_FAULT_CALLER, how_far), "box")
