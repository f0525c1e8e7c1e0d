"""A line as a courier sees it: a modem that a test plays, a real store, time that is moved."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from appliance.exchange.courier import Courier, CourierSettings
from appliance.model.records import Application
from appliance.store import Store
from appliance.store.outbox import Which
from drivers.at.pdu import Deliver, StatusReport, Submit, decode, encode
from drivers.at.pdu_address import address_of
from drivers.at.pdu_header import Concat
from drivers.at.pdu_split import split
from drivers.at.pdu_text import join_bodies, text_body
from drivers.at.pdu_time import stamp
from drivers.clock import ManualClock, Timer
from drivers.errors import Cancelled, CommandFailed, DriverError
from drivers.modem import (
    Done,
    Facts,
    Failed,
    Identity,
    Lost,
    MessageRef,
    MessageStored,
    ModemEvent,
    PduArrived,
    Ready,
    Socket,
    Token,
)

IDENTITY = Identity("86", "8986", "460", "test", "test", "1", "generic")


@dataclass
class FakeModem:
    """A modem with a message storage. Answers are given when the line works through its inbox."""

    post: Callable[[ModemEvent], None]
    now: Callable[[], datetime]
    socket: Socket = field(default_factory=lambda: Socket("fake", "/dev/null"))
    slots: dict[int, str] = field(default_factory=dict)
    taken: list[Submit] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    answers: list[DriverError | str] = field(default_factory=list)
    """For the next sends: an error, ``silence``, ``taken-silence``, ``unasked`` (it does not
    even ask for the PDU); without any: accepted."""
    keep_slots: bool = False
    """Deletions fail."""
    reference: int = 250

    def __post_init__(self) -> None:
        self._tokens = itertools.count(1)

    # --- the network's side ---

    def deliver(self, sender: str, text: str, *, ref: int = 7, announce: bool = True) -> list[int]:
        """Store a text's parts as the network hands them over; return their slots."""
        return [
            self.store(pdu, announce=announce)
            for pdu in deliver_pdus(sender, text, self.now(), ref)
        ]

    def store(self, pdu: str, *, announce: bool = True) -> int:
        slot = next(n for n in itertools.count() if n not in self.slots)
        self.slots[slot] = pdu
        if announce:
            self.post(MessageStored(MessageRef("ME", slot)))
        return slot

    def report(
        self, submit: Submit, status: int = 0, *, reference: int, direct: bool = True
    ) -> None:
        report = StatusReport(
            reference=reference,
            recipient=submit.recipient,
            stamp=stamp(self.now()),
            discharge=stamp(self.now()),
            status=status,
        )
        pdu = encode(report)[0]
        if direct:
            self.post(PduArrived(pdu))
        else:
            self.store(pdu)

    # --- the contract ---

    def _done(self, value: object = None) -> Token:
        token = next(self._tokens)
        self.post(Done(token, value))
        return token

    def _failed(self, error: DriverError) -> Token:
        token = next(self._tokens)
        self.post(Failed(token, error))
        return token

    def read_message(self, ref: MessageRef) -> Token:
        return self._done(self.slots.get(ref.index))

    def delete_message(self, ref: MessageRef) -> Token:
        if self.keep_slots:
            return self._failed(CommandFailed("AT+CMGD: +CMS ERROR: 500", cms=500))
        self.slots.pop(ref.index, None)
        return self._done()

    def sweep_messages(self) -> Token:
        return self._done(
            tuple((MessageRef("ME", slot), pdu) for slot, pdu in sorted(self.slots.items()))
        )

    def send_message(
        self, pdu: str, tpdu_octets: int, before: Callable[[], None] | None = None
    ) -> Token:
        message = decode(pdu, submit=True)
        assert isinstance(message, Submit)
        assert tpdu_octets == len(pdu) // 2 - 1
        answer = self.answers.pop(0) if self.answers else "accepted"
        if answer == "unasked":
            return next(self._tokens)
        if before is not None:
            try:
                before()
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing may leave
                return self._failed(Cancelled(f"withheld: {error}"))
        self.written.append(pdu)
        if isinstance(answer, DriverError):
            return self._failed(answer)
        self.reference = (self.reference + 1) % 256
        if answer != "silence":
            self.taken.append(message)
        if answer in ("silence", "taken-silence"):
            return next(self._tokens)
        return self._done(self.reference)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a courier has no business with {name}")


def deliver_pdus(sender: str, text: str, now: datetime, ref: int = 7) -> list[str]:
    """Return the DELIVERs of a text, as a service centre sends them."""
    parts = split(text)
    pdus = []
    for part in parts:
        elements = (Concat(ref, part.total, part.seq).element(),) if part.total > 1 else ()
        body = text_body(part.text, *elements)
        pdus.append(encode(Deliver(address_of(sender), stamp(now), body, dcs=part.dcs))[0])
    return pdus


class TextLine:
    """The line worker: an inbox, worked through by the test's thread."""

    def __init__(
        self,
        store: Store,
        clock: ManualClock,
        line: str,
        settings: CourierSettings | None = None,
        others: dict[str, TextLine] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.line = line
        self.iccid = f"898600{line[-6:]}"
        self.others = others if others is not None else {}
        self.others[line] = self
        self.settings = settings or CourierSettings()
        self.inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._writes = 0
        self.alive = True
        self.refuse: Callable[[Callable[[Database], Any]], BaseException | None] = lambda _w: None
        self.modem = FakeModem(self._event, clock.now)
        self.courier = Courier(self, store, self.settings)

    def _event(self, event: ModemEvent) -> None:
        if self.alive:
            self.inbox.put(lambda: self.courier.event(event) and None)

    # --- LinePort ---

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def after(self, seconds: float, name: str) -> Timer:
        courier = self.courier
        return self.clock.after(seconds, lambda: self.inbox.put(lambda: courier.timer(name)))

    def post_store(self, work: Any, done: Any) -> None:
        error = self.refuse(work)
        if error is not None:
            self.inbox.put(lambda: done(None, error))
            return
        self._writes += 1

        def committed(value: object, failure: BaseException | None) -> None:
            def settle() -> None:
                self._writes -= 1
                if self.alive:
                    done(value, failure)

            self.inbox.put(settle)

        self.store.post(work, committed)

    def write_store(self, work: Any, timeout: float) -> None:
        error = self.refuse(work)
        if error is not None:
            raise error
        self.store.write(work, timeout=timeout)

    def hand_over(self, line: str, text_id: int) -> None:
        other = self.others.get(line)
        if other is not None and other.alive:
            other.inbox.put(lambda: other.courier.adopt(text_id))

    # --- the test's side ---

    def ready(self) -> None:
        self._event(Ready(IDENTITY, Facts()))
        self.work()

    def lost(self) -> None:
        self._event(Lost("unplugged"))
        self.work()

    def work(self) -> None:
        """Work through every line's inbox until nothing is on its way any more."""
        lines = list(self.others.values())
        while True:
            if all(line.inbox.empty() and not line._writes for line in lines):
                return
            for line in lines:
                while line._writes or not line.inbox.empty():
                    line.inbox.get(timeout=10)()

    def step(self) -> None:
        """Take one thing out of the inbox."""
        self.inbox.get(timeout=10)()

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.work()

    def die(self) -> TextLine:
        """The box is killed here; return the line of the next start, on the same modem."""
        self.alive = False
        if self._writes:
            self.store.write(
                lambda _db: None
            )  # what was posted before is on the disk or not at all
        fresh = TextLine(self.store, self.clock, self.line, self.settings, self.others)
        fresh.modem = self.modem
        self.modem.post = fresh._event
        return fresh

    def sent(self) -> list[tuple[str, str]]:
        """Return (recipient, text of the part) of what the service centre has."""
        return [(each.recipient.text, each.body.text or "") for each in self.modem.taken]

    def whole(self) -> str:
        return join_bodies(each.body for each in self.modem.taken)


def notifies(store: Store, app: Application) -> list[dict[str, Any]]:
    """Return the smsEvents in the outbox, oldest first."""
    rows = store.outbox.recent(1000, which=Which(app_id=app.app_id))
    return [row.body["smsEvent"] for row in reversed(rows) if row.kind == "sms"]
