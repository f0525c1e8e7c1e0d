"""The calls on one line: who each is, and which session, guest or second caller it belongs to."""

from __future__ import annotations

import logging

from appliance.exchange.call_records import come_in
from appliance.exchange.guest import Guest
from appliance.exchange.messages import (
    GuestDial,
    GuestDigit,
    GuestHangUp,
    GuestLeg,
    GuestLost,
    GuestOutcome,
    GuestPress,
    GuestRelease,
    Reserve,
    Reserved,
    StopCall,
)
from appliance.exchange.ports import LineCore
from appliance.exchange.routes import Routes
from appliance.exchange.second_callers import SecondCallers
from appliance.exchange.session import Session
from appliance.exchange.take_up import Released, TakeUp
from appliance.media import MediaEvent
from appliance.model import call as machine
from appliance.model import call_events as events
from appliance.model.call_events import LegState
from appliance.model.call_state import Phase
from appliance.model.numbers import caller_id, mask
from drivers.modem import (
    CallChanged,
    CallEnded,
    CallInfo,
    CallState,
    Digit,
    Done,
    Facts,
    Failed,
    ModemEvent,
    Offered,
    WaitingCall,
)

_log = logging.getLogger(__name__)

GuestOrder = GuestDial | GuestPress | GuestHangUp | GuestRelease
GuestMessage = GuestOutcome | GuestLeg | GuestDigit | GuestLost
CallReport = Offered | WaitingCall | CallChanged | CallEnded | Digit


class Switchboard:
    """The calls of one line. Every method is called on the line's thread."""

    def __init__(self, line: LineCore) -> None:
        self._line = line
        self._sessions: dict[str, Session] = {}
        self._current: Session | None = None  # the one with a leg on this line
        self._guest: Guest | None = None
        self._second = SecondCallers(
            line, may_refuse=self._may_refuse, came=self._waiting_came, gone=self._waiting_gone
        )
        self._routes = Routes(line)
        self._draining = False
        self._take_up: TakeUp | None = None
        self._taken_up = False  # once in this life
        self._held_back: list[CallReport] = []
        self._released = Released(line)

    # --- from the worker ---

    @property
    def call(self) -> str | None:
        """Session id of the call on this line, as owner or as lender."""
        if self._current is not None:
            return self._current.session_id
        return self._guest.session_id if self._guest else None

    @property
    def idle(self) -> bool:
        """No call is up and none is being ended."""
        return not self._sessions and self._guest is None and not self._second

    @property
    def facts(self) -> Facts:
        """What the modem can do by its family's rules."""
        return self._routes.facts

    def ready(self, facts: Facts) -> None:
        """The modem is there: find out what became of the calls of before."""
        self._routes.facts = facts
        self._held_back.clear()
        self._released.clear()
        self._take_up = TakeUp(self._line, self, first=not self._taken_up)
        self._take_up.begin(self._live_sessions())

    def report(self, event: ModemEvent) -> bool:
        """Take an event about calls; False when it is about something else."""
        if not isinstance(event, (Offered, WaitingCall, CallChanged, CallEnded, Digit)):
            return False
        if self._take_up is not None:
            self._held_back.append(event)
        else:
            self._report(event)
        return True

    def media(self, event: MediaEvent) -> None:
        """The media room tells something of a call of this line."""
        session = self._sessions.get(event.call)
        if session is not None:
            session.media(event)

    def stop_call(self, message: StopCall) -> None:
        """The application ends a call."""
        session = self._sessions.get(message.session_id)
        alive = session is not None and session.call.phase not in (Phase.ENDING, Phase.DONE)
        if session is not None and alive:
            session.feed(events.StopAsked(self._line.now(), "application"))
        message.answer(alive)

    def drain(self, *, leave: bool) -> None:
        """Take no new calls; end those that are up, or leave conferences to live on."""
        self._draining = True
        for session in list(self._sessions.values()):
            if leave and self._lives_on(session):
                self._suspend(session)
            else:
                session.feed(events.StopAsked(self._line.now(), "box"))

    def lost(self) -> None:
        """The modem is gone. A conference lives on without it; everything else is over."""
        self._take_up = None
        self._held_back.clear()
        self._second.lost()
        if self._guest is not None:
            self._guest.lost()
        session = self._current
        if session is None:
            return
        if self._lives_on(session):
            self._suspend(session)
        else:
            session.line_lost()

    def abandon(self) -> None:
        """The worker failed: drop everything; the journal and the next take-up see to the calls."""
        self._take_up = None
        self._held_back.clear()
        if self._guest is not None:
            self._guest.lost()
        for session in list(self._sessions.values()):
            session.abandon()
            self._drop(session)

    # --- a second line for others, and from them ---

    def reserve(self, wanted: Reserve, *, usable: bool) -> None:
        """Lend the line if nothing at all is on it, or the callee's own call rings here."""
        free = usable and not self._draining and self._take_up is None
        taken = self._guest is not None or len(self._second) > 0
        audio = self._line.audio()
        session, incoming = self._current, 0
        if free and not taken and audio is not None and session is not None:
            incoming = session.yields_to(wanted)
        if not free or taken or audio is None or (session is not None and not incoming):
            wanted.owner.post(Reserved(wanted.ticket, wanted.session_id, None))
            return
        self._guest = Guest(self._line, wanted, self._guest_gone, incoming)
        self._line.changed()
        wanted.owner.post(
            Reserved(
                wanted.ticket,
                wanted.session_id,
                self._line.msisdn,
                audio,
                self._routes.facts.answered_is_true,
                self._line.inbox,
            )
        )

    def reserved(self, answer: Reserved) -> None:
        """Another line answers."""
        session = self._sessions.get(answer.session_id)
        if session is not None:
            session.reserved(answer)
        elif answer.line is not None and answer.lender is not None:
            answer.lender.post(GuestRelease(answer.ticket))

    def for_guest(self, message: GuestOrder) -> None:
        """The owner of the call that this line was lent to wants something."""
        guest = self._guest
        if guest is None or guest.ticket != message.ticket:
            return
        match message:
            case GuestDial(number=number):
                guest.dial(number)
            case GuestPress(digit=digit):
                guest.press(digit)
            case GuestHangUp():
                guest.hang_up()
            case GuestRelease():
                guest.release()

    def from_guest(self, message: GuestMessage) -> None:
        """The second line of one of our calls tells of leg b."""
        session = self._sessions.get(message.session_id)
        if session is not None:
            session.guest(message)

    # --- for the sessions ---

    @property
    def routes(self) -> Routes:
        """The routing of the line."""
        return self._routes

    def refuse_waiting(self) -> None:
        """Refuse the second caller."""
        self._second.refuse()

    def remember(self, service: str) -> None:
        """Keep with the number that its SIM's network refuses a service."""
        self._routes.remember(service)

    def advanced(self, session: Session) -> None:
        """A session has changed: let go of it when it is over."""
        if session is self._current and not session.on_line:
            self._current = None
            self._line.changed()
        if session.over and self._sessions.get(session.session_id) is session:
            self._drop(session)
            self._look_for_strays()

    # --- for the take-up ---

    def resume(self, call: machine.Result, a_index: int, b_index: int) -> None:
        """Supervise a conference again."""
        session = Session(self._line, self, call, a_index=a_index, b_index=b_index)
        self._add(session)

    def taken_up(self, left: frozenset[int]) -> None:
        """What was up before is settled: take what was told meanwhile."""
        self._take_up = None
        self._taken_up = True
        self._released.release(index for index in left if index)
        held_back, self._held_back = self._held_back, []
        for event in held_back:
            index = event.call.index if isinstance(event, CallChanged) else None
            if isinstance(event, (Offered, WaitingCall)):
                index = event.index
            if index in left:
                continue
            self._report(event)

    # --- calls of this modem ---

    def _report(self, event: CallReport) -> None:
        match event:
            case Offered(index) | WaitingCall(index) if index in self._released:
                # It waited behind another call of before, and rings now that this one is over.
                self._released.hang_up(index)
            case Offered(index, number, withheld):
                self._offered(index, number, withheld=withheld)
            case WaitingCall(index, number, withheld):
                self._second.waits(index, number, withheld=withheld)
            case CallChanged(info):
                self._changed(info)
            case CallEnded(index, cause):
                self._ended(index, cause)
            case Digit(digit):
                self._digit(digit)

    def _offered(self, index: int, number: str | None, *, withheld: bool) -> None:
        session = self._current
        if session is not None and session.offers(index):
            session.offered(index, number, withheld=withheld)
        elif self._guest is not None and self._guest.meets(
            index, caller_id(number, self._line.settings.region), withheld=withheld
        ):
            _log.info("line %s: who is about to be called calls", mask(self._line.msisdn))
        elif session is not None or self._guest is not None or self._draining:
            self._second.waits(index, number, withheld=withheld)
            self._second.hang_up(index)
        elif index in self._second:
            # The call that it waited behind is over: it rings now, and was counted as refused.
            self._second.hang_up(index)
        elif not self._line.msisdn:
            _log.warning("a call on a line whose number nobody knows is rejected")
            self._line.command(lambda modem: modem.hang_up(index))
        else:
            self._begin(index, number, withheld=withheld)

    def _begin(self, index: int, number: str | None, *, withheld: bool) -> None:
        at = self._line.now()
        begun = machine.start(come_in(self._line, at), self._line.settings.limits, at)
        session = Session(self._line, self, begun, a_index=index)
        self._add(session)
        session.offered(index, number, withheld=withheld)

    def _add(self, session: Session) -> None:
        self._sessions[session.session_id] = session
        self._current = session
        self._line.registry.own(session.session_id, self._line.inbox)
        session.begin()
        self._line.changed()

    def _drop(self, session: Session) -> None:
        self._sessions.pop(session.session_id, None)
        self._line.registry.forget(session.session_id)
        self._line.gate.over(session.session_id)
        self._line.stop_timers(session.session_id)
        if session is self._current:
            self._current = None
        self._line.changed()

    def _changed(self, info: CallInfo) -> None:
        for session in list(self._sessions.values()):
            leg = session.own_leg(info)
            if leg is not None:
                session.changed(leg, info)
                return
        if self._guest is not None and self._guest.changed(info):
            if self._guest.active:
                self._second.refuse()
            return
        if info.index in self._second:
            if info.state is CallState.ACTIVE:
                self._taken(info.index)
            return
        if info.state not in (CallState.INCOMING, CallState.WAITING):
            self._stray(info)

    def _taken(self, index: int) -> None:
        """A hold crossed with a second caller and answered its call."""
        _log.warning("line %s: a second caller's call was taken", mask(self._line.msisdn))
        if self._current is not None:
            self._current.feed(events.WaitingTaken(self._line.now()))
        self._second.hang_up(index)

    def _stray(self, info: CallInfo) -> None:
        _log.warning("line %s: a call of nobody's is released", mask(self._line.msisdn))
        self._line.command(lambda modem: modem.hang_up(info.index))

    def _ended(self, index: int, cause: int | None) -> None:
        self._released.ended(index)
        if not index and index in self._second:
            # A modem keeps one call without an index: what it dialled since is not this one.
            self._second.ended(index)
            return
        for session in list(self._sessions.values()):
            if session.ended(index, cause):
                return
        if self._guest is not None and self._guest.ended(index, cause):
            return
        self._second.ended(index)

    def _digit(self, digit: str) -> None:
        if self._guest is not None and self._guest.active:
            self._guest.digit(digit)
        elif self._current is not None:
            self._current.key_reported(digit)

    def _guest_gone(self, guest: Guest) -> None:
        if guest is self._guest:
            self._guest = None
            self._line.changed()
            self._look_for_strays()

    def _look_for_strays(self) -> None:
        """After a call the modem has to be empty; what is left belongs to nobody."""

        def outcome(result: Done | Failed) -> None:
            if isinstance(result, Done) and isinstance(result.value, tuple):
                for info in result.value:
                    self._changed(info)

        if self._current is None and self._guest is None:
            self._line.command(lambda modem: modem.list_calls(), outcome)

    # --- second callers ---

    def _may_refuse(self) -> bool:
        session = self._current
        if session is None:
            return True
        call = session.call
        held = call.a is LegState.HELD or call.phase is Phase.HOLDING
        return call.a is not LegState.RINGING and not held

    def _waiting_came(self) -> None:
        if self._current is not None:
            self._current.feed(events.WaitingCame(self._line.now()))
        elif self._guest is not None and self._guest.active:
            self._second.refuse()

    def _waiting_gone(self) -> None:
        if self._current is not None:
            self._current.feed(events.WaitingGone(self._line.now()))

    # --- what is up ---

    def _live_sessions(self) -> frozenset[str]:
        return frozenset(self._sessions) | self._second.sessions()

    def _lives_on(self, session: Session) -> bool:
        call = session.call
        return call.phase is Phase.TALKING and call.conference and not call.recording

    def _suspend(self, session: Session) -> None:
        """Let go of a conference that lives on in the network; its journal tells what it was."""
        _log.warning("call %s lives on without the box", session.session_id)
        session.abandon()
        self._drop(session)
