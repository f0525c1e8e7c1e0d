"""The SMS centre: takes SUBMITs, keeps them, delivers them, reports (3GPP TS 23.040 §3.2).

A text to a number that nobody has is taken all the same, as real centres do that look the recipient
up later; a requested report then says 0x43 (not obtainable).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial

from drivers.virtual.journal import Journal
from drivers.virtual.numbering import resolve
from drivers.virtual.pdu import BadPdu, Deliver, StatusReport, Submit
from drivers.virtual.reactor import Handle, Reactor
from drivers.virtual.station import Station
from drivers.virtual.terminal import BARRED
from drivers.virtual.times import Pace

ADDRESS = "+8613800100500"
"""The centre's own number."""

ZONE = timezone(timedelta(hours=8))

NETWORK_OUT = 38
MEMORY_EXCEEDED = 22
PROTOCOL_ERROR = 111
"""RP causes (3GPP TS 24.011 §8.2.5.4)."""

DELIVERED = 0x00
NOT_OBTAINABLE = 0x43
EXPIRED = 0x46

Taken = Callable[[int | None], None]


@dataclass
class Faults:
    """What the centre does wrong on purpose, for the next so many SUBMITs.

    Args:
        refuse: RP cause to refuse with.
        refusals: How many SUBMITs yet.
        mute: How many SUBMITs yet are taken and delivered while their sender gets no answer.
    """

    refuse: int = 42
    refusals: int = 0
    mute: int = 0


@dataclass(eq=False)
class _Item:
    """One TPDU on its way to one recipient."""

    recipient: str
    make: Callable[[bool], bytes]  # told whether more waits for the same recipient
    expires: float
    settled: Callable[[int], None]  # told the TP-ST once nothing more will happen
    attempts: int = 0


@dataclass
class _Queue:
    """What waits for one recipient, oldest first; one attempt at a time keeps the order."""

    items: deque[_Item] = field(default_factory=deque)
    timer: Handle | None = None
    trying: bool = False


class Smsc:
    """The network's one SMS centre.

    Args:
        reactor: Time.
        pace: The network's times.
        journal: Every TPDU on the air is noted as ``pdu`` with its direction (``up`` from a
            terminal, ``down`` to one), its hex without SMSC octets, and the centre's address.
        find: Returns the station that has a number, None if nobody has it.
        wall: The time of day, for time stamps.
    """

    def __init__(
        self,
        reactor: Reactor,
        pace: Pace,
        journal: Journal,
        find: Callable[[str], Station | None],
        wall: Callable[[], datetime],
    ) -> None:
        self._reactor, self._pace, self._journal, self._find = reactor, pace, journal, find
        self._wall = wall
        self._queues: dict[str, _Queue] = {}
        self.faults = Faults()

    # --- from a terminal --------------------------------------------------------------------------

    def submit(self, sender: Station, tpdu: bytes, done: Taken) -> None:
        """Take a SUBMIT after its air time; ``done`` is told None or an RP cause."""
        wait = self._pace.span(self._pace.times.submit)
        self._reactor.after(wait, partial(self._take, sender, tpdu, done))

    def _take(self, sender: Station, tpdu: bytes, done: Taken) -> None:
        if not sender.registered:
            done(NETWORK_OUT)
            return
        if sender.refusal == BARRED:
            done(BARRED)
            return
        self._note(sender, "up", tpdu)
        if self.faults.refusals > 0:
            self.faults.refusals -= 1
            done(self.faults.refuse)
            return
        try:
            submit = Submit.decode(tpdu)
        except BadPdu:
            done(PROTOCOL_ERROR)
            return
        self._accept(sender, submit)
        if self.faults.mute > 0:
            self.faults.mute -= 1
        else:
            done(None)

    def _accept(self, sender: Station, submit: Submit) -> None:
        taken = self._wall().astimezone(ZONE).replace(microsecond=0)
        recipient = resolve(submit.number)
        self._journal.add(
            "sms", **sender.who, state="taken", to=recipient, reference=submit.reference
        )
        settled = partial(self._settle, sender, submit, taken)
        if self._find(recipient) is None:
            wait = self._pace.span(self._pace.times.deliver)
            self._reactor.after(wait, partial(settled, NOT_OBTAINABLE))
            return
        deliver = Deliver(sender.msisdn, submit.body, taken, pid=submit.pid)
        self._queue(recipient, deliver, self._validity(submit.validity), settled)

    def inject(self, sender: str, recipient: str, bodies: list[Deliver]) -> None:
        """Queue DELIVERs that no terminal sent: a bank's, an operator's, a name's."""
        self._journal.add("sms", state="injected", sender=sender, to=recipient)
        for deliver in bodies:
            self._queue(recipient, deliver, self._validity(b""), lambda _status: None)

    def _validity(self, period: bytes) -> float:
        """Return the seconds at speed 1 that a TP-VP means (3GPP TS 23.040 §9.2.3.12.1)."""
        if len(period) != 1:
            return self._pace.times.validity
        value = period[0]
        if value <= 143:
            return (value + 1) * 300.0
        if value <= 167:
            return 43_200.0 + (value - 143) * 1800.0
        return (value - 166 if value <= 196 else (value - 192) * 7) * 86_400.0

    # --- to a terminal ----------------------------------------------------------------------------

    def _queue(
        self, recipient: str, deliver: Deliver, validity: float, settled: Callable[[int], None]
    ) -> None:
        def make(more: bool) -> bytes:
            return replace(deliver, more=more).encode()

        self._enqueue(recipient, make, validity, settled)

    def _enqueue(
        self,
        recipient: str,
        make: Callable[[bool], bytes],
        validity: float,
        settled: Callable[[int], None],
    ) -> None:
        expires = self._reactor.now() + self._pace.scaled(validity)
        queue = self._queues.setdefault(recipient, _Queue())
        queue.items.append(_Item(recipient, make, expires, settled))
        if len(queue.items) == 1:
            self._try(recipient)

    def _try(self, recipient: str) -> None:
        queue = self._queues[recipient]
        if queue.trying or not queue.items:
            return
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        queue.trying = True
        wait = self._pace.span(self._pace.times.deliver)
        self._reactor.after(wait, partial(self._attempt, recipient))

    def _attempt(self, recipient: str) -> None:
        queue = self._queues[recipient]
        queue.trying = False
        item = queue.items[0]
        station = self._find(recipient)
        refusal: int | None = NETWORK_OUT
        if station is not None and station.registered:
            tpdu = item.make(len(queue.items) > 1)
            self._note(station, "down", tpdu)
            refusal = station.terminal.deliver(tpdu, ADDRESS)
        if refusal is None:
            self._finish(queue, item, DELIVERED)
        elif self._reactor.now() >= item.expires:
            self._finish(queue, item, EXPIRED)
        else:
            self._pause(queue, item, refusal)

    def _pause(self, queue: _Queue, item: _Item, refusal: int) -> None:
        pauses = self._pace.times.retry
        pause = self._pace.scaled(pauses[min(item.attempts, len(pauses) - 1)])
        item.attempts += 1
        self._journal.add(
            "sms", state="waiting", to=item.recipient, cause=refusal, attempts=item.attempts
        )
        left = max(0.0, item.expires - self._reactor.now())
        queue.timer = self._reactor.after(min(pause, left), partial(self._try, item.recipient))

    def _finish(self, queue: _Queue, item: _Item, status: int) -> None:
        queue.items.popleft()
        self._journal.add("sms", state="settled", to=item.recipient, status=status)
        item.settled(status)
        if queue.items:
            self._try(item.recipient)
        elif self._queues.get(item.recipient) is queue and not queue.trying:
            del self._queues[item.recipient]

    def reachable(self, station: Station) -> None:
        """A station has registered or has room again: try now what waits for it."""
        queue = self._queues.get(station.msisdn)
        if queue is not None:
            for item in queue.items:
                item.attempts = 0
            self._try(station.msisdn)

    def waiting(self, msisdn: str) -> int:
        """Return how many TPDUs wait for a number."""
        queue = self._queues.get(msisdn)
        return len(queue.items) if queue else 0

    # --- reports ----------------------------------------------------------------------------------

    def _settle(self, sender: Station, submit: Submit, taken: datetime, status: int) -> None:
        services = sender.sim.services
        if not submit.report or not services.reports:
            return
        discharged = self._wall().astimezone(ZONE).replace(microsecond=0)
        report = StatusReport(submit.reference, submit.number, taken, discharged, status)
        tpdu = report.encode()

        def send() -> None:
            if services.reports:
                self._enqueue(
                    sender.msisdn,
                    lambda _more: tpdu,
                    self._pace.times.validity,
                    lambda _status: None,
                )

        self._reactor.after(self._pace.scaled(services.report_delay), send)

    def _note(self, station: Station, direction: str, tpdu: bytes) -> None:
        self._journal.add(
            "pdu", **station.who, direction=direction, hex=tpdu.hex().upper(), smsc=ADDRESS
        )
