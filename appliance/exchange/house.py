"""The exchange as the rest of the box sees it: lines that come and go, and what may be asked."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlite_utils import Database

from appliance.errors import NotFound, Refused, Unsettled
from appliance.exchange.allowances import Allowances
from appliance.exchange.ask import Ask as Questions
from appliance.exchange.commissioning import Commissionings
from appliance.exchange.desk import Desk
from appliance.exchange.gate import Gate
from appliance.exchange.journal import Entry, write_entries
from appliance.exchange.line import LineWorker
from appliance.exchange.line_services import Surroundings
from appliance.exchange.messages import (
    Ask,
    ByHand,
    DrainCalls,
    EnrolmentChanged,
    ModemAdded,
    ModemRemoved,
    Quit,
    RecoveryTold,
    Restart,
    StopCall,
    Wake,
)
from appliance.exchange.notifier import Identifiers
from appliance.exchange.number_watch import NumberWatch
from appliance.exchange.ports import MediaPort, Post, RackPort
from appliance.exchange.registry import LineState, LineStatus, Registry
from appliance.exchange.settings import ExchangeSettings
from appliance.exchange.take_up import closing, last_seen
from appliance.media import MediaEvent
from appliance.store import Store
from drivers.at.pdu_split import submits
from drivers.clock import Clock, Timer
from drivers.errors import CommandTimeout
from drivers.modem import AtExchange, Done, Failed, Modem, Token
from drivers.rack import Health

_log = logging.getLogger(__name__)

JANITOR_SECONDS = 60.0

_UNREAD = frozenset({LineState.LOST, LineState.HOSPITAL, LineState.STARTING, LineState.SIM})
"""States in which nobody has read which SIM is in the socket."""

MakeMedia = Callable[[Post], MediaPort]

_VOICE_KILLED: Final = 0.5  # seconds beyond a stop for a voice process that has to be killed


class Exchange:
    """Live traffic of the box.

    Args:
        store: Started before, and stopped after, the exchange.
        media: Makes the media room, given where its events go; the exchange starts and stops it.
        clock: Runs its timers on a thread of its own.
        rack: The modems; the exchange starts and stops it.

    Attributes:
        commissionings: What lines really can, found out by trying.
        desk: Setting lines up, and looking after them.
    """

    def __init__(
        self,
        *,
        store: Store,
        media: MakeMedia,
        clock: Clock,
        settings: ExchangeSettings,
        rack: RackPort,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._rack = rack
        allowances = Allowances(store, clock, settings.zone)
        self._registry = Registry(allowances)
        texts = settings.texts
        settings = replace(
            settings,
            texts=replace(
                texts, dispatch=replace(texts.dispatch, parts_left=allowances.parts_left)
            ),
        )
        self._media = media(self._media_said)
        self._around = Surroundings(
            store,
            self._media,
            clock,
            settings,
            self._registry,
            Identifiers(settings.node),
            rack.recover,
            rack.well,
            rack.health,
            Questions(clock, settings.questions),
            Gate(),
        )
        self.commissionings = Commissionings(
            store,
            self._media,
            self._registry,
            find=self._find,
            lines=self.lines,
            speed=settings.speed,
        )
        self.desk = Desk(
            store,
            clock,
            settings.upkeep,
            find=self._find,
            lines=self.lines,
            ask=self._ask_modem,
            allowances=allowances,
        )
        self._numbers = NumberWatch(store, clock, settings.watch, self.lines)
        self._lock = threading.Lock()  # guards the workers
        self._workers: dict[str, LineWorker] = {}
        self._stopping = False
        self._janitor: Timer | None = None
        self._closed_by_janitor = 0

    # --- life ---

    def start(self) -> None:
        """Begin to take calls as the modems come up."""
        self._media.start()
        self._janitor = self._clock.after(self._settings.orphan_seconds, self._tidy)
        self._numbers.start()
        self.desk.start()
        self._rack.start(self._added, self._removed, self._recovery_told)

    def stop(self, timeout: float = 10.0) -> None:
        """Take nothing new, end the calls with their records, give the modems back.

        Args:
            timeout: Seconds for all of it; what is not written by then is taken up at the next
                start.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            self._stopping = True
            workers = list(self._workers.values())
        if self._janitor is not None:
            self._janitor.cancel()
        self._numbers.stop()
        self.desk.stop()
        for worker in workers:
            worker.post(DrainCalls(leave=self._settings.on_stop == "leave"))
        self._wait_until_settled(workers, deadline - timeout * 0.4)
        # Beside what follows: completing recordings takes its time on a slow machine.
        voice = threading.Thread(
            target=self._media.stop,
            args=(max(0.1, deadline - time.monotonic()),),
            name="media-stop",
            daemon=True,
        )
        voice.start()
        self._rack.stop(max(0.1, deadline - time.monotonic() - timeout * 0.2))
        for worker in workers:
            worker.post(Quit())
        for worker in workers:
            if not worker.join(max(0.1, deadline - time.monotonic())):
                _log.error("the worker of socket %s did not end in time", worker.socket)
        self._around.questions.stop(max(0.1, deadline - time.monotonic()))
        voice.join(max(0.1, deadline - time.monotonic()) + _VOICE_KILLED)

    @staticmethod
    def _wait_until_settled(workers: list[LineWorker], until: float) -> None:
        for worker in workers:
            if not worker.at_rest.wait(max(0.0, until - time.monotonic())):
                _log.warning("socket %s: calls or records are left over", worker.socket)

    # --- for interface and operations ---

    def lines(self) -> list[LineStatus]:
        """Return every line, by number.

        Of a socket whose SIM works elsewhere by now nothing is shown while it is empty; the SIM
        that is in it, and can't be read, is nobody's.
        """
        with self._lock:
            workers = list(self._workers.values())
        every = [worker.status() for worker in workers]
        read = {line.msisdn for line in every if line.state not in _UNREAD and line.msisdn}
        shown = [
            replace(line, findings=self.desk.findings.of(line.iccid))
            for line in every
            if line.state not in _UNREAD or line.msisdn not in read
        ]
        shown += [
            replace(line, msisdn=None, iccid=None, role=None, own_number=None)
            for line in every
            if line.state in _UNREAD - {LineState.LOST} and line.msisdn in read
        ]
        return sorted(shown, key=lambda line: line.msisdn or line.socket)

    def stop_call(self, session_id: str, timeout: float = 2.0) -> bool:
        """End a call for the application; False when there is no such call any more.

        Args:
            timeout: Seconds to wait for the owner of the call to have begun.
        """
        owner = self._registry.owner(session_id)
        if owner is None:
            return False
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        owner.post(StopCall(session_id, answer.put))
        try:
            return answer.get(timeout=timeout)
        except queue.Empty:
            return False

    def enrolment_changed(self) -> None:
        """Tell the lines that a SIM was enrolled, released or replaced; they see it at once."""
        with self._lock:
            workers = list(self._workers.values())
        for worker in workers:
            worker.post(EnrolmentChanged())

    def raw_at(self, line: str, command: str, timeout: float) -> list[str]:
        """Send one AT command and return the lines of its answer, final result last.

        Args:
            line: A line's MSISDN, ICCID, IMEI or socket.
            timeout: Seconds.

        Raises:
            NotFound: No such line.
            Refused: ``modem``: it did not answer, or with an error.
        """
        value = self._ask_modem(line, lambda modem: modem.raw(command, timeout), timeout + 1.0)
        self._worker(line).post(ByHand())
        return [str(item) for item in value] if isinstance(value, tuple) else []

    def ussd(self, line: str, code: str, timeout: float) -> str:
        """Run a USSD code and return the network's text. Arguments and errors as for raw_at."""
        text = str(self._ask_modem(line, lambda modem: modem.ussd(code), timeout))
        self._worker(line).post(ByHand())
        return text

    def transcript(self, line: str, timeout: float = 2.0) -> list[AtExchange]:
        """Return a line's last AT exchanges, the oldest first; none when its modem has gone.

        Args:
            line: A line's MSISDN, ICCID, IMEI or socket.
            timeout: Seconds.

        Raises:
            NotFound: No such line.
            Refused: ``line``: its worker did not answer.
        """
        worker = self._worker(line)
        answer: queue.SimpleQueue[list[AtExchange]] = queue.SimpleQueue()
        worker.post(Ask(lambda: answer.put(worker.transcript())))
        try:
            return answer.get(timeout=timeout)
        except queue.Empty:
            raise Refused("line", f"line {line} did not answer within {timeout:g} s") from None

    def answers(self, timeout: float) -> bool:
        """Ask each line's worker whether it lives; return whether all did in ``timeout`` s."""
        with self._lock:
            workers = [] if self._stopping else list(self._workers.values())
        deadline = time.monotonic() + timeout
        asked = []
        for worker in workers:
            answered = threading.Event()
            worker.post(Ask(answered.set))
            asked.append((worker.socket, answered))
        silent = [
            socket
            for socket, answered in asked
            if not answered.wait(max(0.0, deadline - time.monotonic()))
        ]
        for socket in silent:
            _log.error("the worker of socket %s does not answer", socket)
        return not silent

    def send_text(self, line: str, to: str, text: str, timeout: float) -> int:
        """Send a text of one part by hand, past the courier; return its message reference.

        Args:
            line: As for :meth:`raw_at`; its SIM need not be enrolled.
            to: E.164.
            timeout: Seconds for the service centre to take it.

        Raises:
            NotFound: No such line.
            Refused: ``modem``: it was not sent.
            Unsettled: Nobody knows whether it was.
        """
        ((pdu, octets),) = submits(to, text, reference=0, report=False)
        value = self._ask_modem(line, lambda modem: modem.send_message(pdu, octets), timeout)
        return value if isinstance(value, int) else 0

    def reset(self, line: str) -> None:
        """Have a line's modem started anew; a call on it ends. Raises NotFound."""
        self._worker(line).post(Restart())

    def wake(self, line: str) -> None:
        """Let a line that rests work again. Raises NotFound."""
        self._worker(line).post(Wake())

    def metrics(self) -> Iterable[Metric]:
        """Return what the exchange counts, for the metrics of the box."""
        lines = self.lines()
        by_state = GaugeMetricFamily("simveil_lines", "Lines by state.", labels=["state"])
        for state in sorted({line.state.value for line in lines}):
            count = sum(line.state.value == state for line in lines)
            by_state.add_metric([state], count)
        yield by_state
        busy = GaugeMetricFamily("simveil_lines_in_call", "Lines with a call on them.")
        busy.add_metric([], sum(line.call is not None for line in lines))
        yield busy
        up = GaugeMetricFamily("simveil_calls_up", "Calls that are up.")
        up.add_metric([], len(self._registry.sessions()))
        yield up
        voice = CounterMetricFamily(
            "simveil_voice_notes", "What was wrong with the voice of legs.", labels=["note"]
        )
        for note, count in self._registry.voice.counts().items():
            voice.add_metric([note], count)
        yield voice
        closed = CounterMetricFamily(
            "simveil_calls_closed_unseen", "Calls closed because their line did not come back."
        )
        closed.add_metric([], self._closed_by_janitor)
        yield closed

    # --- from rack and media ---

    def _added(self, modem: Modem) -> None:
        socket = modem.socket
        with self._lock:
            if self._stopping:
                return
            worker = self._workers.get(socket.name)
            if worker is None:
                worker = LineWorker(socket.name, self._around, name=socket.msisdn)
                self._workers[socket.name] = worker
                worker.start()
        worker.post(ModemAdded(modem))

    def _removed(self, socket_name: str) -> None:
        with self._lock:
            worker = self._workers.get(socket_name)
        if worker is not None:
            worker.post(ModemRemoved())

    def _recovery_told(self, socket_name: str, health: Health) -> None:
        with self._lock:
            worker = self._workers.get(socket_name)
        if worker is not None:
            worker.post(RecoveryTold(health))

    def _media_said(self, event: MediaEvent) -> None:
        owner = self._registry.owner(event.call)
        if owner is not None:
            owner.post(event)

    # --- asking a line ---

    def _worker(self, name: str) -> LineWorker:
        with self._lock:
            workers = list(self._workers.values())
        sockets = {line.socket for line in self.lines()}
        for worker in workers:
            status = worker.status()
            names = (status.msisdn, status.iccid, status.imei, status.socket)
            if name in names and status.socket in sockets:
                return worker
        raise NotFound(f"there is no line {name}")

    def _find(self, name: str) -> tuple[LineWorker, LineStatus]:
        worker = self._worker(name)
        return worker, worker.status()

    def _ask_modem(self, line: str, ask: Callable[[Modem], Token], timeout: float) -> object:
        worker = self._worker(line)
        answer: queue.SimpleQueue[Done | Failed] = queue.SimpleQueue()
        worker.post(Ask(lambda: worker.command(ask, answer.put)))
        try:
            result = answer.get(timeout=timeout)
        except queue.Empty:
            raise Unsettled("modem", f"line {line} did not answer within {timeout:g} s") from None
        if isinstance(result, Failed):
            open_end = isinstance(result.error, CommandTimeout) and result.error.outcome_unknown
            raise (Unsettled if open_end else Refused)("modem", str(result.error))
        return result.value

    # --- calls whose line does not come back ---

    def _tidy(self) -> None:
        """Have calls closed that no line owns and nobody has seen for long. On the timer thread."""
        if self._stopping:
            return
        self._janitor = self._clock.after(JANITOR_SECONDS, self._tidy)
        now = self._clock.now()

        def work(db: Database) -> int:
            return self._close_orphans(db, now)

        def done(closed: Any, error: BaseException | None) -> None:
            if error is not None:
                _log.error("calls without a line were not closed: %s", error)
            elif closed:
                self._closed_by_janitor += closed
                _log.warning("%d calls whose line did not come back were closed", closed)

        self._store.post(work, done)

    def _close_orphans(self, db: Database, now: datetime) -> int:
        closed = 0
        live = self._registry.sessions()
        for record in self._store.calls.unfinished(db):
            seen = last_seen(record)
            silent = (now - seen).total_seconds() if seen else self._settings.orphan_seconds
            if record.session_id in live or silent < self._settings.orphan_seconds:
                continue
            entries = tuple(
                Entry(final, kind, at, now) for kind, final, at in closing(record, now, None)
            )
            write_entries(self._store, db, self._settings.host_name, entries)
            closed += 1
        return closed
