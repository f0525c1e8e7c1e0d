"""What a modem says unasked, and the care it needs between requests. Runs on the reader thread."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from drivers.at import commands
from drivers.at.port_thread import PortThread
from drivers.at.queue import Job, Procedure, Urgency
from drivers.at.urcs import Urc
from drivers.errors import CommandTimeout, DriverError, PortLost
from drivers.families import callcontrol, reports, startup, texts, voice
from drivers.families.callbook import CallBook
from drivers.families.unit import Steps, Unit, attempt
from drivers.modem import (
    CallState,
    Digit,
    MessageRef,
    MessageStored,
    ModemEvent,
    PduArrived,
    Signal,
    Socket,
    StorageFull,
)

# Seconds.
TICK: Final = 1.0
HEARTBEAT_AFTER: Final = 15.0
REFRESH_EVERY: Final = 60.0
SEARCH_EVERY: Final = 10.0  # registration, while there is none
SWEEP_EVERY: Final = 180.0
SWEEP_OFTEN: Final = 30.0  # where announcements get lost
FIRST_SWEEP: Final = 20.0
CALM: Final = 2.0  # from what may have hidden an announcement to the look for it
SWEEPS_APART: Final = 10.0  # between two such looks at the storage
WARY: Final = 2.0  # after octets that made no sense, a number has to be told twice
RECONCILE_EVERY: Final = 5.0
POLL_EVERY: Final = 2.0  # calls of makes that do not report them
LOOK_SOON: Final = 1.0  # after a call command, for makes that stay silent
IDENTIFY_AFTER: Final = 0.3  # a call that rings without an index
DOUBT_PAUSE: Final = 0.5  # until the second list that makes a missing call gone
DOUBTS: Final = 10  # lists in a row that may leave a call in doubt; others come anyway
CAUSE_LIMIT: Final = 1.0  # for AT+CEER; an end is not held up longer
LATE_BOOT: Final = 30.0  # after Ready, a "boot done" means that the modem has rebooted

ANNOUNCEMENTS: Final = frozenset({"+CMTI", "+CDSI", "+CMT", "+CLIP", "+CCWA"})
"""Heads of lines that always say something, unless noise has torn them."""

EARLY_EVENTS: Final = 256  # kept until the modem is ready
REBOOTED_CAUSE: Final = 41  # temporary failure
_RSSI_STEP, _RSSI_BASE, _RSSI_MAX = 2, -113, 31

_log = logging.getLogger(__name__)


def dbm_of(rssi: int) -> int | None:
    """Return the dBm of ``<rssi>`` (27.007 §8.5), None for unknown."""
    return _RSSI_BASE + _RSSI_STEP * rssi if 0 <= rssi <= _RSSI_MAX else None


class Watch:
    """Hears a modem and cares for it.

    Args:
        socket: Where it is plugged in.
        emit: Takes events, in order.
        begin: Queues the start-up procedure.
    """

    def __init__(
        self, socket: Socket, emit: Callable[[ModemEvent], None], begin: Callable[[], None]
    ) -> None:
        self._emit = emit
        self._begin = begin
        self.book = CallBook(self._told_by_book, self._ask_cause, self._is_wary)
        self.unit = Unit(socket, emit, self.book)
        self._engine: PortThread | None = None
        self._rebooted = False
        self._clock = 0.0  # seconds since ready, by ticks
        self._due = {"refresh": 0.0, "sweep": FIRST_SWEEP, "calls": 0.0}
        self._looking: set[str] = set()  # looks at the calls that are queued
        self._doubts = 0  # lists in a row that left a call in doubt
        self._torn = False  # a line of a known kind made no sense
        self._mishaps = 0  # the engine's, as far as they were seen to
        self._swept = 0.0  # when the storage was looked at last
        self._uncertain = False  # a call may ring unheard
        self._ticking = False
        self._signal: Signal | None = None
        self._early: deque[ModemEvent] = deque(maxlen=EARLY_EVENTS)

    def attach(self, engine: PortThread) -> None:
        """Use this engine from now on."""
        self._engine = engine

    @property
    def engine(self) -> PortThread:
        """The engine; there is one before anything is heard."""
        assert self._engine is not None
        return self._engine

    # --- life ---

    def ready(self) -> None:
        """The modem is ready: tell what is known and begin to care."""
        self._clock = 0.0
        self._due = {"refresh": 0.0, "sweep": FIRST_SWEEP, "calls": RECONCILE_EVERY}
        self._swept = 0.0
        self._mishaps = self.engine.mishaps
        self._torn = self._uncertain = False
        self._signal = None
        while self._early:
            self._emit(self._early.popleft())
        self._care("calls at start", callcontrol.list_calls(self.unit), Urgency.CALL)
        self._refresh()
        if not self._ticking:
            self._ticking = True
            self.engine.after(TICK, self._tick)

    def take_reboot(self) -> bool:
        """Tell, once, whether the modem has rebooted while it was being set up."""
        rebooted, self._rebooted = self._rebooted, False
        return rebooted

    def _begin_anew(self, why: str) -> None:
        self.book.clear(REBOOTED_CAUSE)
        was_ready = self.unit.ready
        self.unit.begin_anew()
        if was_ready:
            _log.warning("%s: %s; set up anew", self.unit.socket.name, why)
            self._begin()
        else:
            self._rebooted = True

    # --- what it says ---

    def unsolicited(self, urc: Urc) -> None:
        """Take one unsolicited line."""
        if urc.head == "+CUSD":
            self.unit.note_ussd(urc.rest)
            return
        parser = self.unit.family.all_parsers().get(urc.head)
        if parser is None:
            return
        report = parser(urc)
        if report is None:
            self._torn = self._torn or urc.head in ANNOUNCEMENTS
        else:
            self._take(report)

    def _take(self, report: reports.Report) -> None:
        match report:
            case reports.Arrived(pdu):
                self._emit_when_ready(PduArrived(pdu))
            case reports.Stored(storage, index):
                self._emit_when_ready(MessageStored(MessageRef(storage, index)))
            case reports.Full(storage):
                self._emit_when_ready(StorageFull(storage))
            case reports.KeyPressed(digit):
                self._emit(Digit(digit))
            case reports.Registered(status, packet):
                self.unit.note_registration(status, packet=packet)
                # Some makes lose their SIM without a word: a lost network may be the only sign.
                if not self.unit.in_service or not self.unit.operator_known:
                    self._due["refresh"] = self._clock
            case reports.SignalSeen(rssi):
                self._tell_signal(dbm_of(rssi))
            case reports.SimState(word):
                self._sim(word)
            case reports.Rebooted():
                self._begin_anew("the modem has rebooted")
            case reports.BootDone():
                if self.unit.ready and self._clock > LATE_BOOT:
                    self._begin_anew("the modem has rebooted")
            case _ if self.unit.ready:
                self._take_call(report)
            case _:
                pass  # once it is ready, a list tells of the calls

    def _emit_when_ready(self, event: ModemEvent) -> None:
        if self.unit.ready:
            self._emit(event)
        else:
            self._early.append(event)

    def _take_call(self, report: reports.Report) -> None:
        match report:
            case reports.Ringing():
                self.book.rings()
                self._identify_soon()
            case reports.CallerKnown(number, withheld):
                self.book.caller(number, withheld=withheld)
                self._named()
            case reports.SecondCaller(number, withheld):
                self.book.second_caller(number, withheld=withheld)
                self._named()
            case reports.CallSeen():
                self.book.seen(report)
            case reports.CallGone(index, cause):
                self.book.gone(index, cause)
                if self.book.in_doubt:
                    self._look("doubt")
            case reports.CallsChanged(cause):
                self.book.hint(cause)
                if len(self.book):
                    self._look("ended", certain=True)
            case _:
                pass

    def _sim(self, word: str) -> None:
        # The start-up procedure tells of a missing SIM and waits for the next.
        if self.unit.ready and word not in {"READY", "INSERTED", "BUSY"}:
            self._begin_anew(f"the SIM is {word}")

    def _tell_signal(self, dbm: int | None) -> None:
        found = Signal(dbm)
        if self.unit.ready and found != self._signal:
            self._signal = found
            self._emit(found)

    # --- calls ---

    def _told_by_book(self, event: ModemEvent) -> None:
        """Pass a call's event on; voice goes on with the first active call, off with the last."""
        self._emit(event)
        unit = self.unit
        if self.book.any_in(CallState.ACTIVE) and not unit.voice_on:
            unit.voice_on = True
            self._care("voice on", voice.switch_on(unit), Urgency.CALL)
        elif not len(self.book) and unit.voice_on:
            unit.voice_on = False
            self._care("voice off", voice.switch_off(unit), Urgency.CALL)

    def _ask_cause(self, ending: object) -> None:
        def answered(cause: object, _: DriverError | None) -> None:
            self.book.caused(ending, cause if isinstance(cause, int) else None)

        job = Job(callcontrol.ask_cause(), answered, "cause of an end", Urgency.AT_ONCE)
        self.engine.submit(job)
        self.engine.after(CAUSE_LIMIT, lambda: self.book.caused(ending, None))

    def look_soon(self) -> None:
        """Look at the calls in a second, whatever the modem says meanwhile."""
        self.engine.call(lambda: self.engine.after(LOOK_SOON, lambda: self._look("soon")))

    def _named(self) -> None:
        """A number was told: if it is not believed a list has to tell it, too."""
        if self.book.in_doubt:
            self._look("doubt")
        self._identify_soon()

    def _identify_soon(self) -> None:
        if "identify" in self._looking:
            return
        self._looking.add("identify")

        def identify() -> None:
            self._looking.discard("identify")
            if self.book.indefinite or self.book.any_in(CallState.ACTIVE):
                self._look("index")

        self.engine.after(IDENTIFY_AFTER, identify)

    def _look(self, why: str, *, certain: bool = False) -> None:
        """Queue a list of calls, one for each reason."""
        if why in self._looking or not self.unit.ready:
            return
        self._looking.add(why)

        def looked(_: object, error: DriverError | None) -> None:
            self._looking.discard(why)
            if error is not None:
                _log.debug("%s: no list of calls: %s", self.unit.socket.name, error)
            self._doubts = self._doubts + 1 if self.book.in_doubt else 0
            if 0 < self._doubts <= DOUBTS:
                self.engine.after(DOUBT_PAUSE, lambda: self._look("doubt"))

        steps = callcontrol.list_calls(self.unit, certain=certain)
        self.engine.submit(Job(steps, looked, f"list calls ({why})", Urgency.CALL))

    # --- care ---

    def _tick(self) -> None:
        self._clock += TICK
        self.engine.after(TICK, self._tick)
        if not self.unit.ready:
            return
        if self._upset():
            soon = max(self._clock + CALM, self._swept + SWEEPS_APART)
            self._due["sweep"] = min(self._due["sweep"], soon)
            if not len(self.book) and not self._uncertain:
                self._uncertain, self._due["calls"] = True, soon
        if len(self.book) or self.unit.family.loses_lines or self._uncertain:
            self._reconcile()
        if self._clock >= self._due["refresh"]:
            self._refresh()
        if self._clock >= self._due["sweep"]:
            often = self.unit.family.loses_lines
            self._due["sweep"] = self._clock + (SWEEP_OFTEN if often else SWEEP_EVERY)
            self._sweep()
        if self.engine.unanswered_for >= HEARTBEAT_AFTER and not self.engine.busy:
            self._care("heartbeat", _heartbeat())

    def _reconcile(self) -> None:
        if self._clock >= self._due["calls"]:
            every = RECONCILE_EVERY if self.unit.family.tells_calls else POLL_EVERY
            self._due["calls"] = self._clock + every
            self._uncertain = False
            self._look("reconcile")

    def _upset(self) -> bool:
        """Tell, once, whether a line may have been lost: octets made no sense, or a result missed.

        What was announced meanwhile is looked for: AT repeats no ``+CMTI``.
        """
        torn, self._torn = self._torn, False
        before, self._mishaps = self._mishaps, self.engine.mishaps
        return torn or before != self._mishaps

    def _is_wary(self) -> bool:
        return time.monotonic() - self.engine.garbled_at < WARY

    def _refresh(self) -> None:
        def done(_: object, __: DriverError | None) -> None:
            every = REFRESH_EVERY if self.unit.in_service else SEARCH_EVERY
            self._due["refresh"] = self._clock + every

        self._due["refresh"] = self._clock + REFRESH_EVERY
        self.engine.submit(Job(self._measure(), done, "refresh"))

    def _measure(self) -> Steps:
        self._sim((yield from startup.sim_state()))
        if not self.unit.ready:
            return
        yield from startup.registration(self.unit)
        reply = yield from attempt(commands.SIGNAL)
        rest = reply.rest("+CSQ") if reply is not None else None
        if rest is not None:
            rssi = rest.split(",")[0].strip()
            self._tell_signal(dbm_of(int(rssi)) if rssi.isdigit() else None)
        self.unit.tell_registration()

    def _sweep(self) -> None:
        self._swept = self._clock

        def swept(found: object, _: DriverError | None) -> None:
            if isinstance(found, tuple):
                for ref, _pdu in found:
                    self._emit(MessageStored(ref))

        self.engine.submit(Job(texts.sweep(self.unit), swept, "sweep"))

    def _care(self, name: str, steps: Procedure, urgency: Urgency = Urgency.CARE) -> None:
        def done(_: object, error: DriverError | None) -> None:
            if error is not None and not isinstance(error, CommandTimeout | PortLost):
                _log.debug("%s: %s failed: %s", self.unit.socket.name, name, error)

        self.engine.submit(Job(steps, done, name, urgency))


def _heartbeat() -> Steps:
    yield commands.HEARTBEAT
