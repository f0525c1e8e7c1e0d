"""One line: a worker thread that alone speaks with one modem, and never waits.

Everything reaches it through its inbox: what the modem says, what a timer, the media room, another
line or the interface wants. The courier and the switchboard live on its thread.
"""

from __future__ import annotations

import logging
import queue
import threading

from appliance.exchange.diversions import Diversions
from appliance.exchange.line_luck import Luck
from appliance.exchange.line_modem import FromModem
from appliance.exchange.line_services import LineServices, Surroundings
from appliance.exchange.line_sight import LineSight
from appliance.exchange.line_sim import LineSim
from appliance.exchange.line_trial import TRIAL, Trial
from appliance.exchange.messages import (
    AdoptText,
    Ask,
    ByHand,
    DrainCalls,
    EnrolmentChanged,
    GuestDial,
    GuestDigit,
    GuestHangUp,
    GuestLeg,
    GuestLost,
    GuestOutcome,
    GuestPress,
    GuestRelease,
    Inbox,
    ModemAdded,
    ModemRemoved,
    Quit,
    RecoveryTold,
    Reserve,
    Reserved,
    Restart,
    StopCall,
    StoreDone,
    TimerDue,
    Wake,
)
from appliance.exchange.registry import LineState, LineStatus
from appliance.exchange.switchboard import Switchboard
from appliance.exchange.vitals import Vitals
from appliance.media import MediaEvent
from appliance.model.numbers import mask
from appliance.model.suspicion import Suspicion
from drivers.modem import (
    Done,
    Facts,
    Failed,
    Identity,
    Lost,
    Modem,
    ModemEvent,
    Ready,
    Registration,
    Signal,
    SimProblem,
    StorageFull,
)

_log = logging.getLogger(__name__)

IDLE_SECONDS = 5.0
"""How often an idle worker wakes to look at its own house."""
MODEM_STOP_SECONDS = 2.0

_TO_GUEST = (GuestDial, GuestPress, GuestHangUp, GuestRelease)
_FROM_GUEST = (GuestOutcome, GuestLeg, GuestDigit, GuestLost)


class LineWorker(LineServices):
    """A socket's line. Only :meth:`post`, :meth:`status` and the life cycle are for other threads.

    Args:
        socket: Name of the socket that its modems are plugged into.
        around: What all lines share.
        name: The number, where the socket knows it before the modem does.

    ``at_rest`` is set once nothing is left to be ended or written after DrainCalls.
    """

    def __init__(self, socket: str, around: Surroundings, *, name: str | None = None) -> None:
        super().__init__(socket, around)
        self._recover = around.recover
        self._well = around.well
        self._health = around.health
        self._thread = threading.Thread(
            target=self._run, name=f"line-{name or socket}", daemon=True
        )
        self._sim = LineSim(self, name if name and name.startswith("+") else "")
        self._luck = Luck(lambda: self._sim.msisdn, self._luck_turned)
        self._board = Switchboard(self)
        self._trial = Trial()
        self._diversions = Diversions(self, self._sim, self.settings.duty_number, self._settled)
        self.sight = LineSight(
            socket,
            self._sim,
            self._diversions,
            self._luck,
            self.registry.voice,
            self._occupied,
            lambda: self.audio() is not None,
        )
        self._vitals = Vitals(self)
        self.draining = False
        self._quitting = False
        self.at_rest = threading.Event()

    # --- for other threads ---

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def status(self) -> LineStatus:
        """Return how the line is."""
        return self.sight.status

    def join(self, timeout: float) -> bool:
        """Wait for the worker's end up to ``timeout`` seconds; return whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # --- the thread ---

    def _run(self) -> None:
        _log.debug("line %s: worker begins", mask(self._sim.msisdn))
        try:
            while not self._quitting:
                self._once()
        finally:
            self._close()
            _log.debug("line %s: worker has ended", mask(self._sim.msisdn))

    def _once(self) -> None:
        try:
            message = self._inbox.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            message = EnrolmentChanged()
        try:
            self._handle(message)
        except Exception:  # noqa: BLE001 - a bug in one call must not cost the box this line
            _log.exception("line %s: failed on %s", mask(self._sim.msisdn), type(message).__name__)
            self._to_hospital("A fault of the box itself; the line is started anew.")
        self._settled()

    def _settled(self) -> None:
        ended = self.draining and self._board.idle and not self.journal.pending()
        if ended and self._diversions.at_rest():
            self.at_rest.set()

    def _handle(self, message: object) -> None:
        match message:
            case FromModem(modem, event):
                if modem is self.modem:
                    self._modem_said(event)
            case TimerDue():
                self._timers.due(message)
            case StoreDone(then, value, error):
                then(value, error)
            case Ask(run):
                run()
            case StopCall():
                self._board.stop_call(message)
            case Reserve():
                self._board.reserve(message, usable=self._usable())
            case Reserved():
                self._board.reserved(message)
            case AdoptText(text_id):
                if self._sim.courier is not None:
                    self._sim.courier.adopt(text_id)
            case ModemAdded(modem):
                self._modem_added(modem)
            case ModemRemoved():
                self._modem_removed()
            case EnrolmentChanged():
                self._sim.look_up()
            case RecoveryTold(health):
                self.sight.health = health
                self.changed()
            case Wake():
                self._luck.forget()
            case Restart():
                if self.modem is not None:
                    self._modem_gone("It is started anew by hand.")
                self._recover(self.socket, "by hand")
            case ByHand():
                self._diversions.look()
            case DrainCalls(leave):
                self._drain(leave=leave)
            case Quit():
                self._quitting = True
            case _ if isinstance(message, _TO_GUEST):
                self._board.for_guest(message)
            case _ if isinstance(message, _FROM_GUEST):
                self._board.from_guest(message)
            case _ if isinstance(message, MediaEvent):
                self._board.media(message)
            case _:
                _log.error("a message of kind %s is not understood", type(message).__name__)

    def _close(self) -> None:
        self._timers.clear()
        if self._sim.msisdn:
            self.registry.leave(self._sim.msisdn, self)
        modem = self._modem.take_out()
        if modem is not None:
            modem.stop(MODEM_STOP_SECONDS)

    # --- the modem ---

    def _modem_added(self, modem: Modem) -> None:
        if self.draining:
            return
        if self.modem is not None:
            self._modem_gone("Another modem took its place.")
        self.sight.arrived()
        self._modem.begin(modem)

    def _modem_removed(self) -> None:
        if self.modem is not None:
            self._modem_gone("The modem was pulled out.")

    def _modem_said(self, event: ModemEvent) -> None:
        match event:
            case Done() | Failed():
                if not self._modem.answered(event):
                    self._text_outcome(event)
            case Ready(identity, facts):
                self._is_ready(identity)
                self._board.ready(facts)
                self._sim.tell_courier(event)
                self._sim.ready_event = event
            case SimProblem(state, identity):
                if self._sim.unread(identity):
                    self._another_sim()
                self._well(self.socket, "")
                pin = self.modem is not None and self.modem.socket.pin is not None
                self.sight.sim(state, pin_configured=pin)
            case Registration():
                self._sim.registration = event
                self._network_changed()
                self._sim.tell_courier(self._for_courier())
            case Signal(dbm):
                self.sight.signal = dbm
                self.changed()
            case Lost(cause):
                self._modem_gone(cause)
                self._recover(self.socket, cause)
            case StorageFull():
                self._vitals.full()
                self._deal(event)
            case _:
                self._deal(event)

    def _text_outcome(self, event: Done | Failed) -> None:
        courier = self._sim.courier
        if courier is None:
            return
        to = courier.sending_to(event.token)
        if to is not None:
            self._luck.text(event, to)
        courier.event(event)

    def _deal(self, event: ModemEvent) -> None:
        self._luck.hear(event)
        if not self._trial.take(event):
            self.give_back(event)

    def _is_ready(self, identity: Identity) -> None:
        if self._sim.seen(identity):
            self._another_sim()
        _log.info(
            "line %s is up: %s %s", mask(self._sim.msisdn), identity.manufacturer, identity.model
        )
        self._well(self.socket, identity.family)
        self.sight.ready()
        self._network_changed()
        self._vitals.look()

    def _another_sim(self) -> None:
        self._diversions.another_sim()
        self._luck.forget()

    def _network_changed(self) -> None:
        if self._sim.usable:
            self._diversions.network_changed()
            self.changed()

    def _luck_turned(self) -> None:
        """Another thing is suspected than before: texts rest with the line, or go on."""
        self._sim.tell_courier(self._for_courier())
        self.changed()

    def _for_courier(self) -> Registration:
        """Return what the courier is to know of the network: to a line that rests there is none."""
        resting = self._luck.suspected is Suspicion.BLOCKED
        return Registration(0) if resting else self._sim.registration

    def _modem_gone(self, cause: str) -> None:
        modem = self._modem.take_out()
        self._sim.gone()
        self._diversions.gone()
        self._sim.tell_courier(Lost(cause))
        self._luck.lost()
        self._vitals.stop()
        self._board.lost()
        self._trial.lost(cause)
        self._modem.fail_waiting(cause)
        self.sight.gone(cause)
        if modem is not None:
            modem.stop(MODEM_STOP_SECONDS)

    def _to_hospital(self, cause: str) -> None:
        try:
            self._board.abandon()
            self._sim.stop_courier()
            self._modem_gone(cause)
        except Exception:  # noqa: BLE001 - what failed once may fail again while it is dropped
            _log.exception("line %s: failed again on its way out", mask(self._sim.msisdn))
        self._board = Switchboard(self)
        self.sight.gone(cause, failed=True)
        self._recover(self.socket, cause)

    # --- a commissioning ---

    def _usable(self, *, enrolled: bool = True) -> bool:
        ready = self.sight.state is LineState.READY
        return ready and not self._trial.on and (self._sim.number is not None or not enrolled)

    def _occupied(self) -> str | None:
        return self._board.call or (TRIAL if self._trial.on else None)

    def begin_trial(self, taker: Inbox, *, enrolled: bool = True) -> Facts | None:
        """Give everything that the modem tells of calls and texts to ``taker`` from now on.

        Args:
            taker: Whose they are meanwhile.
            enrolled: Only if the line's SIM is enrolled.

        Returns the facts of the modem's family, None when the line is in use or not ready.
        """
        if not self._usable(enrolled=enrolled) or not self._board.idle or self.draining:
            return None
        self._trial.begin(taker)
        self.changed()
        return self._board.facts

    def end_trial(self) -> None:
        """Take it back; texts that came meanwhile are looked for."""
        if self._trial.end():
            self._sim.tell_courier_ready()
            self.changed()

    def give_back(self, event: ModemEvent) -> None:
        """Deal with what the modem tells of calls and texts."""
        if not self._board.report(event):
            self._sim.tell_courier(event)

    # --- the end ---

    def _drain(self, *, leave: bool) -> None:
        self.draining = True
        if self._sim.courier is not None:
            self._sim.courier.stop()
        self._board.drain(leave=leave)

    # --- for what lives on the thread, beside the services ---

    @property
    def msisdn(self) -> str:
        """The line's number, empty while it is not known."""
        return self._sim.msisdn

    @property
    def identity(self) -> Identity | None:
        """Who answered on the port."""
        return self._sim.identity

    @property
    def facts(self) -> Facts:
        """What its modem can do by its family's rules."""
        return self._board.facts

    def courier_timer(self, name: str) -> None:
        """Tell the courier that a time of its is over."""
        if self._sim.courier is not None:
            self._sim.courier.timer(name)

    def look_at_health(self) -> None:
        """Take how the recovery of the socket stands by now: old troubles are forgotten."""
        self.sight.health = self._health(self.socket)
        self.changed()

    def empty_storage(self) -> None:
        """Have the courier take what lies in the modem."""
        self._sim.tell_courier(StorageFull("SM"))

    def changed(self) -> None:
        """Publish how the line is, to others."""
        self.sight.publish()
