"""One call on its owner's thread: events into the machine, its effects out to modem and media."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from appliance.errors import Refused
from appliance.exchange.call_books import CallBooks
from appliance.exchange.inquiry import Inquiry
from appliance.exchange.keys import Keys, send_digit
from appliance.exchange.messages import (
    GuestDigit,
    GuestLeg,
    GuestLost,
    GuestOutcome,
    Reserve,
    Reserved,
)
from appliance.exchange.ports import LineCore
from appliance.exchange.routes import Found, Routes
from appliance.exchange.second_line import SecondLine
from appliance.media import (
    DigitHeard,
    LevelNote,
    MediaEvent,
    Played,
    PortFailed,
    Recorded,
    RecordingFailed,
)
from appliance.media.events import Note
from appliance.model import call as machine
from appliance.model import call_effects as effects
from appliance.model import call_events as events
from appliance.model.call_effects import CallEffect
from appliance.model.call_events import CallEvent, Command, Failure, Leg, LegState
from appliance.model.call_plan import Asking, Collection, Denial, Plan
from appliance.model.call_state import GONE, Call, Phase
from appliance.model.numbers import caller_id, dial_check, mask
from drivers.errors import CommandFailed, CommandTimeout, NotSupported
from drivers.modem import CallInfo, CallState, Done, Failed, Modem, Token

_log = logging.getLogger(__name__)

LIST_AGAIN_SECONDS = 1.0
BAD_FORMAT = 28
"""Q.850 cause of a number that must not be dialled."""

STATES = {
    CallState.ACTIVE: LegState.ACTIVE,
    CallState.HELD: LegState.HELD,
    CallState.DIALLING: LegState.DIALLING,
    CallState.ALERTING: LegState.ALERTING,
    CallState.INCOMING: LegState.RINGING,
    CallState.WAITING: LegState.RINGING,
}


class Exchanges(Protocol):
    """What a session has of its switchboard."""

    @property
    def routes(self) -> Routes:
        """The routing of the line."""

    def refuse_waiting(self) -> None:
        """Refuse the second caller."""

    def remember(self, service: str) -> None:
        """Keep that the SIM's network refuses a service."""

    def advanced(self, session: Session) -> None:
        """The session has changed; it may be over."""


def failure_of(failed: Failed) -> tuple[Failure, int | None]:
    """Return why a command failed, in the machine's words, and its Q.850 cause."""
    error = failed.error
    if isinstance(error, NotSupported):
        return Failure.UNSUPPORTED, error.cause
    if isinstance(error, CommandTimeout):
        return Failure.TIMEOUT, None
    return Failure.REFUSED, error.cause if isinstance(error, CommandFailed) else None


class Session:
    """A call owned by this line.

    Args:
        line: The owner's worker.
        board: The owner's switchboard.
        call: The machine's state, with the effects of its beginning.
        a_index: Index of leg a on the owner's modem, 0 while unknown.
        b_index: Index of a leg b that is on the owner's modem, None while there is none.
    """

    def __init__(
        self,
        line: LineCore,
        board: Exchanges,
        call: machine.Result,
        *,
        a_index: int,
        b_index: int | None = None,
    ) -> None:
        self._line = line
        self._board = board
        self.call: Call = call[0]
        self.session_id = self.call.record.session_id
        self.a_index = a_index
        self.b_index = b_index
        self._b_line: str | None = line.msisdn if b_index is not None else None
        self._events: deque[CallEvent] = deque()
        self._busy = False
        self._hang_up_b_when_known = False
        self._second = SecondLine(
            line, self.session_id, granted=self._second_granted, denied=self._second_denied
        )
        self._books = CallBooks(line, self.session_id)
        self._inquiry = Inquiry(line, board.routes, self.session_id, self._decided)
        self._keys: dict[Leg, Keys] = {"a": Keys(), "b": Keys()}
        self._do = self._table()
        self._begin = call[1]

    def begin(self) -> None:
        """Carry out what the call begins with."""
        self._line.registry.voice.begin(self._line.msisdn, self.session_id)
        self._run(self._begin)
        self._settle()

    @property
    def over(self) -> bool:
        """The machine is done with the call."""
        return self.call.phase is Phase.DONE

    @property
    def on_line(self) -> bool:
        """A leg of the call is, or may be, on the owner's own modem."""
        own_b = self.b_index is not None and self.call.b not in GONE
        return self.call.a not in GONE or own_b

    # --- from the switchboard ---

    def feed(self, event: CallEvent) -> None:
        """Let the machine take an event; what it wants is done before the next one."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                self.call, wanted = machine.step(self.call, self._events.popleft())
                self._run(wanted)
        finally:
            self._busy = False
        self._settle()

    def offers(self, index: int) -> bool:
        """Return whether a call that rings under this index is leg a, told of once more."""
        call = self.call
        if call.a in GONE:
            return False
        if index and index == self.a_index:
            return True  # a modem uses an index again only after the end of its call
        refused = call.a is LegState.RELEASING and not call.answering
        return (call.a is LegState.RINGING or refused) and 0 in (index, self.a_index)

    def offered(self, index: int, number: str | None, *, withheld: bool) -> None:
        """The modem tells of leg a, perhaps with more than before."""
        if index:
            self.a_index = index
        known = caller_id(number, self._line.settings.region)
        if known is not None or withheld:
            self.feed(events.NumberKnown(self._line.now(), known))

    def own_leg(self, info: CallInfo) -> Leg | None:
        """Return which leg a call on the owner's modem is, learning its index."""
        if info.index == self.a_index and self.call.a not in GONE:
            return "a"
        if self.b_index is not None and info.index == self.b_index:
            return "b" if self.call.b not in GONE else None
        if not info.outgoing and self.a_index == 0 and self.call.a not in GONE:
            self.a_index = info.index
            return "a"
        if info.outgoing and self.b_index == 0 and self.call.b not in GONE:
            self._know_b(info.index)
            return "b"
        return None

    def changed(self, leg: Leg, info: CallInfo) -> None:
        """A leg on the owner's modem has a new state."""
        state = STATES[info.state]
        self.feed(events.LegChanged(self._line.now(), leg, state, info.multiparty))

    def ended(self, index: int, cause: int | None) -> bool:
        """A call on the owner's modem is over; False when it was none of this session's."""
        leg: Leg | None = None
        if index == self.b_index and self.call.b not in GONE:
            leg = "b"
        elif index == self.a_index and self.call.a not in GONE:
            leg = "a"
        if leg is None:
            return False
        self.feed(events.LegEnded(self._line.now(), leg, cause))
        return True

    def media(self, event: MediaEvent) -> None:
        """The media room tells something of this call."""
        at = self._line.now()
        match event:
            case Played(_, _, play_id, _):
                self.feed(events.Said(at, play_id))
            case PortFailed(_, leg, cause):
                _log.warning("call %s: voice port of leg %s: %s", self.session_id, leg, cause)
                self.feed(events.AudioLost(at, "b" if leg == "b" else "a"))
            case DigitHeard(_, leg, digit, held):
                self._pressed("b" if leg == "b" else "a", digit, held / 1000.0)
            case Recorded(_, _, seconds, sha256):
                self.feed(events.RecordingDone(at, seconds, sha256))
            case RecordingFailed(_, _, cause):
                self.feed(events.RecordingLost(at, cause))
            case LevelNote(_, leg, note):
                self._voice_noted("b" if leg == "b" else "a", note)
            case _:
                pass

    def key_reported(self, digit: str) -> None:
        """The owner's modem reports a key of its far end."""
        self._pressed("a", digit, None)

    def _pressed(self, leg: Leg, digit: str, held: float | None) -> None:
        """Take a key that a modem reported (``held`` None) or the media room heard, once."""
        at = self._line.now()
        keys = self._keys[leg]
        new = keys.reported(at, digit) if held is None else keys.heard(at, digit, held)
        if new:
            self.feed(events.DigitPressed(at, leg, digit))

    def _voice_noted(self, leg: Leg, note: Note) -> None:
        """Only a bridge hears both; a conference's voice is the network's."""
        if self.call.phase is not Phase.TALKING or not self.call.b_second:
            return
        line = self._line.msisdn if leg == "a" or self._b_line is None else self._b_line
        self._line.registry.voice.add(line, self.session_id, note)
        self.feed(events.VoiceNoted(self._line.now(), leg, note))

    def yields_to(self, wanted: Reserve) -> int:
        """Give leg a up to a call that is about to call its person, and return its index.

        0 when that is not so, or leg a is further than ringing. Where both calls have asked for
        the other's line the older one owns the conversation.
        """
        call, since = self.call, wanted.since
        record = call.record
        rings = call.a is LegState.RINGING and not call.answering and self.a_index
        if not rings or since is None or wanted.callee is None or record.caller != wanted.callee:
            return 0
        asked = call.phase is Phase.RESERVING
        mine = (record.call_in_at or since, self.session_id)
        if not asked and call.phase not in (Phase.NUMBER, Phase.ROUTING):
            return 0
        if asked and mine < (since, wanted.session_id):
            return 0
        index = self.a_index
        self.feed(events.LegTaken(self._line.now(), wanted.session_id))
        return index

    def line_lost(self) -> None:
        """The owner's own modem is gone."""
        self.feed(events.LegLost(self._line.now(), "a"))

    def abandon(self) -> None:
        """Let go of the call without ending it: only the journal knows it from now on."""
        self._line.media.close(self.session_id)
        self._second.give_back()

    # --- from the second line ---

    def reserved(self, answer: Reserved) -> None:
        """A line says whether it can be lent."""
        self._second.reserved(answer)

    def _second_granted(self, number: str, answer: Reserved) -> None:
        self._b_line, self.b_index = number, None
        self._line.registry.voice.begin(number, self.session_id)
        at = self._line.now()
        self.feed(events.SecondGranted(at, number, answer.answered_is_true))

    def _second_denied(self) -> None:
        self.feed(events.SecondDenied(self._line.now()))

    def guest(self, message: GuestOutcome | GuestLeg | GuestDigit | GuestLost) -> None:
        """The second line tells of leg b."""
        if message.ticket != self._second.ticket:
            return
        at = self._line.now()
        if isinstance(message, GuestLeg) and message.index:
            self._second.index = message.index
        match message:
            case GuestOutcome(command=command, failure=None):
                self.feed(events.CommandDone(at, command, "b"))
            case GuestOutcome(command=command, failure=failure, cause=cause):
                assert failure is not None
                self.feed(events.CommandFailed(at, command, "b", failure, cause))
            case GuestLeg(state=LegState.GONE, cause=cause):
                self.feed(events.LegEnded(at, "b", cause))
            case GuestLeg(state=state):
                self.feed(events.LegChanged(at, "b", state))
            case GuestDigit(digit=digit):
                self._pressed("b", digit, None)
            case GuestLost():
                self._second.forget()
                self.feed(events.LegLost(at, "b"))

    # --- the machine's wishes ---

    def _table(self) -> dict[type, Callable[[Any], None]]:
        return {
            effects.FindRoute: lambda e: self._inquiry.find(e.caller),
            effects.AskApplication: lambda _: self._inquiry.ask(self.call.record),
            effects.FindExtension: lambda e: self._inquiry.typed(e.digits, e.tries),
            effects.RememberCaller: self._books.remember_caller,
            effects.Answer: lambda _: self._ask(Command.ANSWER, "a", lambda m: m.answer()),
            effects.Dial: self._dial,
            effects.Hold: lambda _: self._ask(Command.HOLD, "a", lambda m: m.hold()),
            effects.Retrieve: self._retrieve,
            effects.Join: lambda _: self._ask(Command.JOIN, "b", lambda m: m.join()),
            effects.Transfer: lambda _: self._ask(Command.TRANSFER, "b", lambda m: m.transfer()),
            effects.HangUp: self._hang_up,
            effects.RefuseWaiting: lambda _: self._board.refuse_waiting(),
            effects.ListCalls: lambda _: self._list_calls(),
            effects.ReserveSecond: self._reserve,
            effects.ReleaseSecond: lambda _: self._second.give_back(),
            effects.KeepReturnRoute: self._keep_return_route,
            effects.OpenAudio: self._open_audio,
            effects.CloseAudio: lambda e: self._line.media.detach(self.session_id, e.leg),
            effects.Play: self._play,
            effects.StopPlay: lambda e: self._line.media.stop_play(self.session_id, e.leg),
            effects.Bridge: lambda e: self._line.media.bridge(self.session_id, e.on),
            effects.StartRecording: lambda e: self._line.media.record(self.session_id, e.name),
            effects.Listen: lambda e: self._line.media.listen(self.session_id, e.leg, e.on),
            effects.SendDigit: self._send_digit,
            effects.CloseMedia: lambda _: self._line.media.close(self.session_id),
            effects.StartTimer: self._start_timer,
            effects.StopTimer: lambda e: self._line.stop_timer(self.session_id, e.name),
            effects.Tell: lambda e: self._write(e.kind),
            effects.Save: lambda _: self._write(None),
            effects.Remember: lambda e: self._board.remember(e.service),
            effects.Finish: lambda _: self._line.stop_timers(self.session_id),
        }

    def _run(self, wanted: tuple[CallEffect, ...]) -> None:
        for effect in wanted:
            self._do[type(effect)](effect)

    def _settle(self) -> None:
        self._board.advanced(self)

    def _decided(self, found: Found) -> None:
        at = self._line.now()
        match found:
            case Plan():
                self.feed(events.RouteFound(at, found))
            case Denial():
                self.feed(events.RouteRefused(at, found))
            case Asking():
                self.feed(events.AnswerWanted(at, found))
            case Collection():
                self.feed(events.DigitsWanted(at, found))

    def _reserve(self, effect: effects.ReserveSecond) -> None:
        plan = self.call.plan
        callee = None if plan is None or plan.return_route else plan.callee
        self._second.reserve(effect.candidates, callee, self.call.record.call_in_at)

    def _ask(self, command: Command, leg: Leg, ask: Callable[[Modem], Token]) -> None:
        def outcome(result: Done | Failed) -> None:
            at = self._line.now()
            if isinstance(result, Done):
                self.feed(events.CommandDone(at, command, leg))
                return
            failure, cause = failure_of(result)
            _log.info("call %s: %s failed: %s", self.session_id, command.value, result.error)
            self.feed(events.CommandFailed(at, command, leg, failure, cause))

        self._line.command(ask, outcome)

    def _dial(self, effect: effects.Dial) -> None:
        number = effect.number
        try:
            dial_check(
                number, self._line.registry.lines(), self._line.settings.region, service=True
            )
        except Refused as refused:
            _log.warning("call %s: not dialled: %s", self.session_id, refused)
            at = self._line.now()
            self.feed(events.CommandFailed(at, Command.DIAL, "b", Failure.REFUSED, BAD_FORMAT))
            return
        if effect.second:
            self._second.dial(number)
            return
        self.b_index, self._b_line = 0, self._line.msisdn
        self._hang_up_b_when_known = False
        _log.info("call %s: dialling %s", self.session_id, mask(number))
        self._ask(Command.DIAL, "b", lambda modem: modem.dial(number))

    def _retrieve(self, _: effects.Retrieve) -> None:
        index = self.a_index
        self._ask(Command.RETRIEVE, "a", lambda modem: modem.retrieve(index))

    def _hang_up(self, effect: effects.HangUp) -> None:
        if effect.leg == "a":
            index = self.a_index
            self._ask(Command.HANG_UP, "a", lambda modem: modem.hang_up(index))
        elif self.b_index is None:
            self._second.hang_up()
        elif self.b_index or self.call.a in GONE:
            index = self.b_index
            self._ask(Command.HANG_UP, "b", lambda modem: modem.hang_up(index))
        else:
            # Without its index it can't be told from leg a: released as soon as a list tells it.
            self._hang_up_b_when_known = True
            self._list_calls()

    def _know_b(self, index: int) -> None:
        self.b_index = index
        if self._hang_up_b_when_known:
            self._hang_up_b_when_known = False
            self._ask(Command.HANG_UP, "b", lambda modem: modem.hang_up(index))

    def _list_calls(self) -> None:
        def outcome(result: Done | Failed) -> None:
            if isinstance(result, Done) and isinstance(result.value, tuple):
                self._listed(result.value)
            elif not self.over:
                self._line.set_timer(self.session_id, "list", LIST_AGAIN_SECONDS, self._list_calls)

        self._line.command(lambda modem: modem.list_calls(), outcome)

    def _listed(self, calls: tuple[CallInfo, ...]) -> None:
        found: dict[Leg, CallInfo] = {}
        for info in calls:
            leg = self.own_leg(info)
            if leg is not None:
                found[leg] = info
        states = {leg: STATES[info.state] for leg, info in found.items()}
        joined = len(found) == 2 and all(info.multiparty for info in found.values())
        at = self._line.now()
        self.feed(events.CallsListed(at, states.get("a"), states.get("b"), joined))

    def _keep_return_route(self, effect: effects.KeepReturnRoute) -> None:
        def kept(done: bool) -> None:
            self.feed(events.ReturnRouteKept(self._line.now(), done))

        self._books.keep_return_route(effect, self.call.record.mode, kept)

    def _open_audio(self, effect: effects.OpenAudio) -> None:
        spec = self._line.audio() if effect.leg == "a" else self._second.audio
        if spec is None:
            self.feed(events.AudioLost(self._line.now(), effect.leg))
        else:
            self._line.media.attach(self.session_id, effect.leg, spec)

    def _play(self, effect: effects.Play) -> None:
        self._line.media.play(
            self.session_id,
            effect.leg,
            effect.play_id,
            effect.sources,
            loop=effect.loop,
            interruptible=effect.interruptible,
            mix=effect.mix,
        )

    def _send_digit(self, effect: effects.SendDigit) -> None:
        if effect.leg == "b" and self.b_index is None:
            self._second.press(effect.digit)
            return
        send_digit(self._line, self.session_id, effect.digit)

    def _start_timer(self, effect: effects.StartTimer) -> None:
        name = effect.name
        seconds = effect.seconds / (self._line.settings.speed if effect.radio else 1.0)
        self._line.set_timer(
            self.session_id,
            name,
            seconds,
            lambda: self.feed(events.TimerFired(self._line.now(), name)),
        )

    def _write(self, kind: effects.Kind | None) -> None:
        b_leg: tuple[str, int] | None = None
        if self._b_line is not None:
            b_leg = (self._b_line, self._second.index if self.b_index is None else self.b_index)
        self._books.write(self.call, kind, a_index=self.a_index, b_leg=b_leg)
