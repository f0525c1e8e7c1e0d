"""The texts of one line: in from its SIM to the disk, and out again to the person they are for.

A :class:`Courier` lives on its line worker's thread and never blocks: it is given events and
timers, and acts through a :class:`LinePort`. It keeps in memory only what the store can tell it
again.

In: read → on the disk → deleted from the SIM. Out: noted in the journal → given to the modem →
settled. A crash between two steps leaves a PDU that is read again and recognised, or a send whose
outcome is open; never a text that is lost or sent twice.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.exchange.ask import Answer, ask_timeout
from appliance.exchange.dispatch import Dispatch
from appliance.exchange.dispatch_rules import DispatchSettings
from appliance.exchange.intake import Arrival, Intake, TakenIn
from appliance.exchange.replies import text_answer
from appliance.exchange.services import Services
from appliance.exchange.text_entry import TextStore
from appliance.model.message import Reported
from appliance.model.numbers import mask
from appliance.model.records import Application, UrlKind
from appliance.store.messages import Text
from appliance.store.questions import TextQuestion
from appliance.store.sends import Send
from drivers.at.pdu import Deliver, StatusReport, decode
from drivers.at.pdu_octets import PduError
from drivers.clock import Timer
from drivers.modem import (
    Done,
    Failed,
    Lost,
    MessageRef,
    MessageStored,
    Modem,
    ModemEvent,
    PduArrived,
    Ready,
    Registration,
    StorageFull,
    Token,
)

_log = logging.getLogger(__name__)

T = TypeVar("T")

SAVE_AGAIN_SECONDS = 5.0
"""How soon a write that the store refused is offered to it again."""
SWEEP_SOON_SECONDS = 10.0
"""How soon the storage is looked through after a sweep, a read or a deletion failed."""


KEEP_RECEIVED = timedelta(days=7)
"""How long the journal says which PDU was read where, once nothing needs it."""


class LinePort(Services, Protocol):
    """What a courier has of its line worker. All but write_store returns at once."""

    @property
    def modem(self) -> Modem:
        """The line's modem as it is now."""

    @property
    def line(self) -> str:
        """The number of the line's SIM."""

    @property
    def iccid(self) -> str:
        """The SIM."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def after(self, seconds: float, name: str) -> Timer:
        """Have :meth:`Courier.timer` called with ``name``, on the line's thread, after a time."""

    def write_store(self, work: Callable[[Database], Any], timeout: float) -> None:
        """Have ``work`` written before this returns; called on a thread of the modem's.

        Args:
            timeout: Seconds.

        Raises:
            StoreFailed: Nothing is known to be on the disk.
        """

    def hand_over(self, line: str, text_id: int) -> None:
        """Have :meth:`Courier.adopt` called by the worker of another line, if it has one now.

        Without one nothing is lost: its courier finds the text when it starts.
        """


@dataclass(frozen=True, slots=True)
class CourierSettings:
    """How texts are handled.

    Args:
        dispatch: Pacing, waits and limits of sending.
        region: The box's home country.
        sweep_seconds: How often the modem's storage is looked through for what no event told.
        assemble: How long a text waits for missing parts.
    """

    dispatch: DispatchSettings = field(default_factory=DispatchSettings)
    region: str = "CN"
    sweep_seconds: float = 180.0
    assemble: timedelta = timedelta(hours=24)


class Courier:
    """The texts of one line. Every method is called on the line's own thread.

    Args:
        port: The line.
        store: The repositories; read and written inside :meth:`LinePort.post_store` only.
    """

    def __init__(
        self, port: LinePort, store: TextStore, settings: CourierSettings | None = None
    ) -> None:
        self._port = port
        self._store = store
        self._settings = settings or CourierSettings()
        self._intake = Intake(store, region=self._settings.region, assemble=self._settings.assemble)
        self._sending: tuple[Token, str] = (-1, "")
        self._tokens: dict[Token, Callable[[Done | Failed], None]] = {}
        self._slots: set[MessageRef] = set()  # being read, stored or deleted
        self._asked: set[int] = set()  # questions that are with their applications
        self._actions: dict[str, tuple[Callable[[], None], Timer]] = {}
        self._serial = 0
        self._writes = 0
        self._ready = False
        self._sim = (port.line, port.iccid)
        self.counts: Counter[str] = Counter()
        self._dispatch = Dispatch(self, self._intake, self._settings.dispatch)

    # --- from the line worker -------------------------------------------------------------------

    def event(self, event: ModemEvent) -> bool:
        """Take an event of the modem; False when it is none of the courier's business."""
        match event:
            case Done(token) | Failed(token):
                action = self._tokens.pop(token, None)
                if action is None:
                    return False
                action(event)
            case MessageStored(ref):
                self._read(ref)
            case PduArrived(pdu):
                self._take(pdu, None)
            case StorageFull():
                _log.warning("line %s: the message storage is full", mask(self._port.line))
                self._sweep()
            case Ready():
                self._begin()
            case Registration():
                self._dispatch.in_service(event.in_service)
            case Lost():
                self._lose()
            case _:
                return False
        return True

    def timer(self, name: str) -> None:
        """Take the end of a time asked for with :meth:`LinePort.after`."""
        entry = self._actions.pop(name, None)
        if entry is not None:
            entry[0]()

    def adopt(self, text_id: int) -> None:
        """Take over a text that arrived on another line and leaves from this one."""
        self._dispatch.load_one(text_id)

    def stop(self) -> None:
        """Begin nothing new; timers are cancelled. What is open stays in the store.

        Events are still taken: a send that is with the modem is settled by its answer if the line
        lives until then, see :attr:`idle`.
        """
        self._ready = False
        self._dispatch.halt()
        for _, timer in self._actions.values():
            timer.cancel()
        self._actions.clear()

    @property
    def idle(self) -> bool:
        """True while no part is with the modem and no write is under way: a good time to end."""
        return not self._dispatch.busy and self._writes == 0

    def depth(self) -> int:
        """Return how many parts wait to be sent."""
        return self._dispatch.depth()

    # --- for the dispatch -----------------------------------------------------------------------

    @property
    def port(self) -> LinePort:
        """The line."""
        return self._port

    @property
    def store(self) -> TextStore:
        """The repositories."""
        return self._store

    def expect(self, token: Token, action: Callable[[Done | Failed], None]) -> None:
        """Have ``action`` called with the outcome of a request to the modem."""
        self._tokens[token] = action

    def sending(self, token: Token, to: str) -> None:
        """Note for whom the part is that the modem has."""
        self._sending = (token, to)

    def sending_to(self, token: Token) -> str | None:
        """Return for whom the part was that a token is about, None for any other token."""
        return self._sending[1] if self._sending[0] == token else None

    def later(self, seconds: float, name: str, action: Callable[[], None]) -> None:
        """Have ``action`` called after ``seconds``; a later call with the same name replaces it."""
        former = self._actions.pop(name, None)
        if former is not None:
            former[1].cancel()
        self._actions[name] = (action, self._port.after(seconds, name))

    def not_later(self, name: str) -> None:
        """Take back what :meth:`later` was asked for."""
        former = self._actions.pop(name, None)
        if former is not None:
            former[1].cancel()

    def persist(
        self,
        work: Callable[[Database], T],
        then: Callable[[T], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Write what must not be lost: offered to the store until it is on the disk.

        Args:
            otherwise: Called instead of offering it again when not the store failed but the work.
        """

        def done(value: T | None, error: BaseException | None) -> None:
            self._writes -= 1
            if error is None:
                if then is not None:
                    then(value)  # type: ignore[arg-type]  # without an error it is a T
                return
            _log.error("line %s: a write failed: %s", self._masked, type(error).__name__)
            if otherwise is not None and not isinstance(error, StoreFailed):
                _log.error("the work itself failed", exc_info=error)
                otherwise()
                return
            self._serial += 1
            self.later(
                SAVE_AGAIN_SECONDS,
                f"save:{self._serial}",
                lambda: self.persist(work, then, otherwise),
            )

        self._writes += 1
        self._port.post_store(work, done)

    # --- in -------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._slots.clear()
        sim = (self._port.line, self._port.iccid)
        if sim != self._sim:
            # Another SIM in this modem: its number's texts are others, and those of the former
            # one leave from wherever that SIM is now.
            self._sim = sim
            self._dispatch.forget()
        self._ready = True
        self._dispatch.begin()
        self._look_round()

    def _lose(self) -> None:
        self._ready = False
        self._tokens.clear()
        self._slots.clear()
        self.not_later("sweep")
        self._dispatch.lose()

    def _look_round(self) -> None:
        """At the beginning and every few minutes: what no event told, what is overdue."""
        self._sweep()
        now = self._port.now()
        line = self._port.line
        self.persist(lambda db: self._intake.close_overdue(db, line, now), self._relay_all)
        questions = self._store.messages.questions
        self.persist(lambda db: questions.open(db, line), self._relay_all)
        received, before = self._store.messages.received, now - KEEP_RECEIVED
        self.persist(lambda db: received.forget(db, before))
        self._dispatch.load()

    def _sweep(self) -> None:
        self.later(self._settings.sweep_seconds, "sweep", self._look_round)
        if self._ready:
            self.expect(self._port.modem.sweep_messages(), self._swept)

    def _sweep_soon(self) -> None:
        self.later(SWEEP_SOON_SECONDS, "sweep", self._look_round)

    def _swept(self, outcome: Done | Failed) -> None:
        if isinstance(outcome, Failed):
            _log.warning("line %s: no list of messages: %s", self._masked, outcome.error)
            self._sweep_soon()
            return
        assert isinstance(outcome.value, tuple)
        for ref, pdu in outcome.value:
            if ref not in self._slots:
                self._slots.add(ref)
                self._take(pdu, ref)

    def _read(self, ref: MessageRef) -> None:
        if ref in self._slots or not self._ready:
            return
        self._slots.add(ref)
        self.expect(
            self._port.modem.read_message(ref), lambda outcome: self._have_read(ref, outcome)
        )

    def _have_read(self, ref: MessageRef, outcome: Done | Failed) -> None:
        if isinstance(outcome, Done) and isinstance(outcome.value, str):
            self._take(outcome.value, ref)
            return
        self._slots.discard(ref)
        if isinstance(outcome, Failed):
            _log.warning("line %s: a message was not read: %s", self._masked, outcome.error)
        # An announced place that is empty: noise may have changed its number.
        self._sweep_soon()

    def _take(self, pdu: str, ref: MessageRef | None) -> None:
        arrival = Arrival(self._port.line, self._port.iccid, pdu, self._port.now(), ref)
        try:
            message = decode(pdu)
        except PduError as error:
            _log.warning("line %s: a PDU cannot be decoded: %s", self._masked, error)
            message = None
        self.counts["reports" if isinstance(message, StatusReport) else "received"] += 1
        if isinstance(message, StatusReport):
            report = message
            self.persist(
                lambda db: self._intake.take_report(db, arrival, report),
                lambda found: self._reported(ref, found),
            )
            return
        self._keep(arrival, message if isinstance(message, Deliver) else None)

    def _keep(self, arrival: Arrival, message: Deliver | None) -> None:
        def as_it_came() -> None:
            """A text that our own rules stumble over is still the operator's to read."""
            self._keep(arrival, None)

        self.persist(
            lambda db: self._intake.take_in(db, arrival, message),
            lambda taken: self._taken_in(arrival.ref, taken),
            otherwise=None if message is None else as_it_came,
        )

    def _taken_in(self, ref: MessageRef | None, taken: TakenIn) -> None:
        self._delete(ref, taken.received_id)
        if taken.duplicate:
            self.counts["duplicates"] += 1
        if taken.text is not None:
            self._relay(taken.text)
        if taken.question is not None:
            self._ask(taken.question)

    def _reported(self, ref: MessageRef | None, found: tuple[Send, bool] | None) -> None:
        self._delete(ref, None)
        if found is None:
            self.counts["unmatched"] += 1
            return
        send, settled = found
        if settled:
            self._dispatch.apply(send.text_id, Reported(send.part))

    def _relay_all(self, texts: Sequence[Text | TextQuestion]) -> None:
        for text in texts:
            if isinstance(text, TextQuestion):
                self._ask(text)
            else:
                self._relay(text)

    # --- what an application has to be asked ----------------------------------------------------

    def _ask(self, question: TextQuestion) -> None:
        """Ask about a text once, however often it is found to be open."""
        if question.question_id in self._asked:
            return
        self._asked.add(question.question_id)

        def put(found: tuple[Application, dict[str, Any]] | None) -> None:
            if found is None:
                self._answered(question, Answer(None, "nobody has to be asked any more"))
                return
            application, body = found
            self._port.ask(
                application,
                UrlKind.SMS_CONTROL,
                body,
                lambda answer: self._answered(question, answer),
                ask_timeout(application),
            )

        now = self._port.now()
        self.persist(lambda db: self._intake.entry.put(db, question, now), put)

    def _answered(self, question: TextQuestion, answer: Answer) -> None:
        if answer.error is not None:
            _log.warning("line %s: a text is not answered for: %s", self._masked, answer.error)
        said = text_answer(answer.body, question.sender, self._settings.region)
        now, number = self._port.now(), question.question_id

        def entered(text: Text | None) -> None:
            self._asked.discard(number)
            if text is not None:
                self._relay(text)

        self.persist(lambda db: self._intake.entry.answered(db, number, said, now), entered)

    def _relay(self, text: Text) -> None:
        if text.x == self._port.line:
            self._dispatch.add(text)
        else:
            self._port.hand_over(text.x, text.text_id)

    def _delete(self, ref: MessageRef | None, received_id: int | None) -> None:
        """Empty a slot whose PDU is on the disk."""
        if ref is None or ref not in self._slots or not self._ready:
            return  # the modem went meanwhile: the sweep of its return finds the slot again

        def deleted(outcome: Done | Failed) -> None:
            self._slots.discard(ref)
            if isinstance(outcome, Failed):
                _log.warning("line %s: a slot was not emptied: %s", self._masked, outcome.error)
                self._sweep_soon()
            elif received_id is not None:
                now = self._port.now()
                received = self._store.messages.received
                self.persist(lambda db: received.mark_deleted(db, received_id, now))

        self.expect(self._port.modem.delete_message(ref), deleted)

    @property
    def _masked(self) -> str:
        return mask(self._port.line)
