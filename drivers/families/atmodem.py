"""A modem behind an AT port: the contract of :mod:`drivers.modem` on one engine and one family."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence

from drivers.at.commands import Command, Reply
from drivers.at.engine import Engine
from drivers.at.exchange import Transcript
from drivers.at.port_thread import MakePortThread, PortThread
from drivers.at.queue import Job, Procedure, Urgency
from drivers.errors import DriverError, PortLost
from drivers.families import callcontrol, startup, texts, ussd, watch
from drivers.families.catalogue import URC_RULES
from drivers.families.unit import Steps, Unit, refuse_controls
from drivers.modem import (
    AtExchange,
    AudioSpec,
    Done,
    Failed,
    Lost,
    MessageRef,
    ModemEvent,
    Post,
    Ready,
    Socket,
    Token,
)

CALL_EXPIRES = 45.0  # seconds that a call command may wait for the port
MESSAGE_EXPIRES = 300.0

_Begin = Callable[[Unit], Procedure]


class AtModem:
    """One stick. Requests may come from any thread; events leave on the port's reader thread.

    Args:
        socket: Where it is plugged in, and what is known of it beforehand.
        make_engine: Makes what drives its port.
    """

    def __init__(self, socket: Socket, make_engine: MakePortThread = Engine) -> None:
        self.socket = socket
        self._make_engine = make_engine
        self._tokens = itertools.count(1)
        self._jobs: dict[Token, Job] = {}
        self._lock = threading.Lock()  # guards _jobs
        self._post: Post | None = None
        self._engine: PortThread | None = None
        self._watch: watch.Watch | None = None
        self._transcript = Transcript()

    # --- life ---

    def start(self, post: Post) -> None:
        """Open the port and initialise; :class:`Ready` or :class:`Lost` follows. Raises nothing."""
        self._post = post
        self._watch = watcher = watch.Watch(self.socket, self._emit, self._begin)
        engine = self._make_engine(
            self.socket.port, URC_RULES, watcher.unsolicited, self._lost, self._transcript
        )
        self._engine = engine
        watcher.attach(engine)
        self._begin()
        engine.start()

    def _begin(self) -> None:
        """Queue the start-up procedure, at the start and after every reboot of the modem."""
        engine, watcher = self._engine, self._watch
        assert engine is not None
        assert watcher is not None
        unit = watcher.unit

        def begun(identity: object, error: DriverError | None) -> None:
            if error is not None:
                raise PortLost(f"start-up: {error}")
            if watcher.take_reboot():
                self._begin()
                return
            unit.identity = identity  # type: ignore[assignment]
            unit.ready = True
            self._emit(Ready(identity, unit.facts))  # type: ignore[arg-type]
            watcher.ready()

        engine.submit(Job(startup.startup(unit), begun, "start-up", Urgency.AT_ONCE))

    def _lost(self, cause: str) -> None:
        self._emit(Lost(cause))

    def _emit(self, event: ModemEvent) -> None:
        if self._post is not None:
            self._post(event)

    def stop(self, timeout: float) -> None:
        """Close the port within ``timeout`` seconds. Pending requests fail as Cancelled."""
        if self._engine is not None:
            self._engine.stop(timeout)

    def audio(self) -> AudioSpec | None:
        """Return where the voice of this modem's calls is to be opened."""
        return self.socket.audio

    # --- requests ---

    def dial(self, number: str) -> Token:
        """Dial ``number``; see :class:`drivers.modem.Modem`."""
        return self._call("dial", lambda unit: callcontrol.dial(unit, number), soon=True)

    def answer(self) -> Token:
        """Answer the ringing call (``ATA``)."""
        return self._call("answer", callcontrol.answer, soon=True)

    def hang_up(self, index: int | None = None) -> Token:
        """Release call ``index``, or every call with None."""
        return self._call("hang up", lambda unit: callcontrol.hang_up(unit, index), soon=True)

    def refuse_waiting(self) -> Token:
        """Refuse the waiting call as busy; fails while a call is held."""
        return self._call("refuse waiting", callcontrol.refuse_waiting, soon=True)

    def hold(self) -> Token:
        """Hold the active call, or swap; fails while a call waits."""
        return self._call("hold", callcontrol.hold)

    def retrieve(self, index: int) -> Token:
        """Make held call ``index`` the active one."""
        return self._call("retrieve", lambda unit: callcontrol.retrieve(unit, index))

    def join(self) -> Token:
        """Join held and active call."""
        return self._call("join", callcontrol.join)

    def transfer(self) -> Token:
        """Connect both parties and leave."""
        return self._call("transfer", callcontrol.transfer, soon=True)

    def list_calls(self) -> Token:
        """Ask ``+CLCC``. Done.value: ``tuple[CallInfo, ...]``, voice calls only."""
        return self._call("list calls", callcontrol.list_calls)

    def send_digits(self, digits: str) -> Token:
        """Send DTMF, one digit per command with the family's gap."""
        return self._call("send digits", lambda unit: callcontrol.send_digits(unit, digits))

    def read_message(self, ref: MessageRef) -> Token:
        """Read a stored message. Done.value: hex PDU with SMSC octets, or None."""
        return self._text("read message", lambda unit: texts.read(unit, ref))

    def delete_message(self, ref: MessageRef) -> Token:
        """Delete a stored message; an empty slot is success."""
        return self._text("delete message", lambda unit: texts.delete(unit, ref))

    def sweep_messages(self) -> Token:
        """List what is stored. Done.value: ``tuple[tuple[MessageRef, str], ...]``."""
        return self._text("sweep messages", texts.sweep)

    def send_message(
        self, pdu: str, tpdu_octets: int, before: Callable[[], None] | None = None
    ) -> Token:
        """Send one SUBMIT. Done.value: the message reference (0-255)."""
        return self._text("send message", lambda _: texts.send(pdu, tpdu_octets, before))

    def ussd(self, code: str) -> Token:
        """Run a USSD code. Done.value: the network's text."""
        return self._text("USSD", lambda unit: ussd.run(unit, code))

    def raw(self, command: str, timeout: float = 10.0) -> Token:
        """Send any AT command. Done.value: ``tuple[str, ...]`` of lines, final result last."""
        return self._text("raw command", lambda _: _raw(command, timeout))

    def cancel(self, token: Token) -> None:
        """Take a queued request back; harmless when it has begun or ended."""
        with self._lock:
            job = self._jobs.get(token)
        if job is not None and self._engine is not None:
            self._engine.cancel(job)

    def transcript(self) -> Sequence[AtExchange]:
        """Return the last exchanges on the port, oldest first, secrets masked."""
        return self._transcript.lines()

    # --- tokens and jobs ---

    def _call(self, name: str, steps: _Begin, *, soon: bool = False) -> Token:
        return self._request(name, steps, Urgency.CALL, CALL_EXPIRES, look_soon=soon)

    def _text(self, name: str, steps: _Begin) -> Token:
        return self._request(name, steps, Urgency.MESSAGE, MESSAGE_EXPIRES)

    def _request(
        self, name: str, steps: _Begin, urgency: Urgency, expires: float, *, look_soon: bool = False
    ) -> Token:
        token = next(self._tokens)
        engine, watcher = self._engine, self._watch

        def done(value: object, error: DriverError | None) -> None:
            with self._lock:
                self._jobs.pop(token, None)
            if look_soon and watcher is not None:
                watcher.look_soon()
            self._emit(Done(token, value) if error is None else Failed(token, error))

        if engine is None or watcher is None:
            done(None, PortLost(f"{name}: {self.socket.port} was never opened"))
            return token
        job = Job(steps(watcher.unit), done, name, urgency, expires)
        with self._lock:
            self._jobs[token] = job
        engine.submit(job)
        return token


def _raw(command: str, timeout: float) -> Steps:
    refuse_controls(command)
    reply: Reply = yield Command(command, timeout=timeout, raw=True)
    return (*reply.lines, reply.final)
