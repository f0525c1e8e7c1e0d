"""What becomes of a PDU that a SIM has received: works for the store's writer, nothing else.

Everything here runs inside one writer transaction: a text is either still a PDU on the SIM, or
a row that will be dealt with, and at no moment neither.
"""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlite_utils import Database

from appliance.exchange.notifier import SendResult, TextDirection, sms_event
from appliance.model.message import Outcome
from appliance.model.numbers import caller_id, is_service_sender
from appliance.model.records import Application, UrlKind
from appliance.model.routing import RouteFacts, TextRefusal, TextRoute, route_text
from appliance.store.messages import InboxKind, Messages, Text
from appliance.store.outbox import Outbox
from appliance.store.received import HeldPart, PartKey, digest_of
from appliance.store.sends import Send
from drivers.at.pdu import Deliver, StatusReport, decode
from drivers.at.pdu_octets import PduError
from drivers.at.pdu_split import split
from drivers.at.pdu_text import Body, join_bodies
from drivers.modem import MessageRef

SEND_RESULTS: Mapping[Outcome, SendResult] = {
    Outcome.SENT: SendResult.OK,
    Outcome.PARTLY: SendResult.PARTLY,
    Outcome.FAILED: SendResult.FAILED,
    # [inferred] behaviour §3 has no value for "may have been sent"; 10 would be a claim.
    Outcome.UNKNOWN: SendResult.INTERNAL,
}
"""``sendResult`` by outcome of a relay."""

_SILENT = 0x40  # TS 23.040 §9.2.3.9: short message type 0, for the network's own purposes


class _Applications(Protocol):
    def by_id(self, app_id: int) -> Application | None: ...


class _Bindings(Protocol):
    def route_facts(
        self, line_msisdn: str, caller: str | None, now: datetime, db: Database | None = None
    ) -> RouteFacts: ...


class TextStore(Protocol):
    """What texts need of the store."""

    @property
    def applications(self) -> _Applications:
        """The applications' repository."""

    @property
    def bindings(self) -> _Bindings:
        """The bindings' repository."""

    @property
    def messages(self) -> Messages:
        """The texts' repository."""

    @property
    def outbox(self) -> Outbox:
        """The outbox."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A PDU as it came.

    Args:
        raw: Hex with SMSC octets.
        ref: Where it lies in the modem; None when it came directly.
    """

    line: str
    iccid: str
    raw: str
    now: datetime
    ref: MessageRef | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a PDU.

    Args:
        received_id: Its row in the journal, to be told when its slot is empty.
        duplicate: It had been read before; only its slot was not empty yet.
        text: A whole text that is to be sent on.
    """

    received_id: int
    duplicate: bool = False
    text: Text | None = None


class Intake:
    """The rules of arrival.

    Args:
        region: The box's home country, for senders in national form.
        assemble: How long a text waits for its missing parts.
    """

    def __init__(
        self, store: TextStore, *, region: str = "CN", assemble: timedelta = timedelta(hours=24)
    ) -> None:
        self._store = store
        self._region = region
        self._assemble = assemble
        self._references = itertools.count(secrets.randbelow(256))

    def take_in(self, db: Database, arrival: Arrival, message: Deliver | None) -> TakenIn:
        """Put a received text on the disk and decide what happens to it.

        Args:
            message: The PDU decoded; None when it cannot be.
        """
        received = self._store.messages.received
        if arrival.ref is not None:
            seen = received.seen(
                db,
                iccid=arrival.iccid,
                storage=arrival.ref.storage,
                slot=arrival.ref.index,
                digest=digest_of(arrival.raw),
                now=arrival.now,
            )
            if seen is not None:
                return TakenIn(seen, duplicate=True)
        sender = None if message is None else caller_id(message.sender.text, self._region)
        received_id = received.add(
            db,
            iccid=arrival.iccid,
            line=arrival.line,
            raw=arrival.raw,
            now=arrival.now,
            storage=arrival.ref.storage if arrival.ref else None,
            slot=arrival.ref.index if arrival.ref else None,
            sender=sender,
        )
        kind = _for_operator(message, sender)
        if message is None or sender is None or kind is not None:
            self._store.messages.keep_for_operator(
                db,
                line=arrival.line,
                sender=sender,
                kind=kind or "undecodable",
                received_at=arrival.now,
                body=message.body.text if message else None,
                raw=arrival.raw if message is None or message.body.text is None else None,
            )
            return TakenIn(received_id)
        body = self._whole(db, arrival, message.body, sender, received_id)
        text = None if body is None else self._route(db, arrival.line, sender, body, arrival.now)
        return TakenIn(received_id, text=text)

    def close_overdue(self, db: Database, line: str, now: datetime) -> list[Text]:
        """Send on what has waited too long for its missing parts; return the texts to relay."""
        received = self._store.messages.received
        texts = []
        for sender, parts in received.overdue_sets(db, line, now - self._assemble):
            received.release(db, [part.received_id for part in parts])
            body = _with_gaps(parts)
            text = self._route(db, line, sender, body, now, incomplete=True)
            if text is not None:
                texts.append(text)
        return texts

    def take_report(
        self, db: Database, arrival: Arrival, report: StatusReport
    ) -> tuple[Send, bool] | None:
        """Keep what a status report says; return its send and whether this settled it."""
        return self._store.messages.sends.report(
            db,
            iccid=arrival.iccid,
            recipient=caller_id(report.recipient.text, self._region) or "",
            reference=report.reference,
            stamp=report.stamp.utc,
            status=report.status,
            now=arrival.now,
        )

    def finish(
        self, db: Database, text_id: int, outcome: Outcome, sent: int, now: datetime
    ) -> bool:
        """Record how a relay ended and tell the application; False when that was done before."""
        messages = self._store.messages
        result = SEND_RESULTS[outcome]
        if not messages.finish(db, text_id, outcome.value, result, now):
            return False
        text = messages.get(text_id, db)
        if text is not None:
            self._tell(db, text, result, sent, now)
        return True

    def _whole(
        self, db: Database, arrival: Arrival, body: Body, sender: str, received_id: int
    ) -> str | None:
        """Return the text that this body is or completes; None while parts are missing."""
        concat = body.concat
        if concat is None or concat.total == 1:
            return join_bodies([body])
        received = self._store.messages.received
        key = PartKey(arrival.line, sender, concat.ref, concat.total, concat.wide)
        sets: dict[int, dict[int, HeldPart]] = {}
        for part in received.open_parts(db, key, arrival.now - self._assemble):
            sets.setdefault(part.set_id, {})[part.seq] = part
        chosen = received_id
        for set_id in sorted(sets, reverse=True):
            held = sets[set_id].get(concat.seq)
            if held is None:
                chosen = set_id
                break
            if held.digest == digest_of(arrival.raw):
                return None  # the network has handed the same part over once more
        received.hold(db, received_id, key, concat.seq, arrival.raw, chosen)
        others = sets.get(chosen, {})
        if len(others) + 1 < concat.total:
            return None
        bodies = {seq: _body(part.raw) for seq, part in others.items()} | {concat.seq: body}
        received.release(db, [received_id, *(part.received_id for part in others.values())])
        return join_bodies(bodies[seq] for seq in sorted(bodies))

    def _route(
        self,
        db: Database,
        line: str,
        sender: str,
        body: str,
        now: datetime,
        *,
        incomplete: bool = False,
    ) -> Text | None:
        """Enter a whole text where it belongs; return it when it is to be sent on."""
        messages = self._store.messages
        if is_service_sender(sender):
            messages.keep_for_operator(
                db, line=line, sender=sender, kind="service", received_at=now, body=body
            )
            return None
        facts = self._store.bindings.route_facts(line, sender, now, db)
        decision = route_text(facts, now)
        if isinstance(decision, TextRoute):
            return self._accept(db, line, sender, body, now, decision, incomplete=incomplete)
        if decision.application is None:
            messages.keep_for_operator(
                db, line=line, sender=sender, kind="unroutable", received_at=now, body=body
            )
            return None
        self._refuse(db, line, sender, body, now, decision, decision.application, incomplete)
        return None

    def _accept(
        self,
        db: Database,
        line: str,
        sender: str,
        body: str,
        now: datetime,
        route: TextRoute,
        *,
        incomplete: bool,
    ) -> Text | None:
        binding = route.binding
        try:
            parts = len(split(body))
        except PduError:
            refusal = TextRefusal(SendResult.FAILED, binding, route.application)
            self._refuse(db, line, sender, body, now, refusal, route.application, incomplete)
            return None
        return self._store.messages.add(
            db,
            identifier=str(uuid.uuid4()),
            app_id=route.application.app_id,
            x=binding.x,
            arrived=line,
            sender=sender,
            recipient=route.recipient,
            subscription_id=binding.subscription_id,
            user_data=binding.user_data,
            direction=_direction(route.sender_role == "a"),
            body=body,
            incomplete=incomplete,
            parts=parts,
            reference=next(self._references) % 256,
            received_at=now,
        )

    def _refuse(
        self,
        db: Database,
        line: str,
        sender: str,
        body: str,
        now: datetime,
        refusal: TextRefusal,
        application: Application,
        incomplete: bool,
    ) -> None:
        binding = refusal.binding
        text = self._store.messages.add(
            db,
            identifier=str(uuid.uuid4()),
            app_id=application.app_id,
            x=binding.x if binding else line,
            arrived=line,
            sender=sender,
            subscription_id=binding.subscription_id if binding else None,
            user_data=binding.user_data if binding else None,
            direction=_direction(binding.a == sender) if binding else TextDirection.UNKNOWN,
            body=body,
            incomplete=incomplete,
            received_at=now,
            refused=refusal.send_result,
        )
        self._tell(db, text, refusal.send_result, 0, now)

    def _tell(self, db: Database, text: Text, result: int, sent: int, now: datetime) -> None:
        application = self._store.applications.by_id(text.app_id)
        if application is None:
            return
        body = sms_event(
            application,
            identifier=text.identifier,
            calling=text.sender,
            called=text.recipient,
            x=text.x,
            at=text.received_at,
            send_result=result,
            parts=sent,
            direction=text.direction,
            subscription_id=text.subscription_id,
            content=text.body,
            user_data=text.user_data,
        )
        push_id = self._store.outbox.enqueue(
            db,
            app_id=text.app_id,
            url=UrlKind.SMS,
            kind="sms",
            order_key=text.identifier,
            body=body,
            now=now,
        )
        self._store.messages.note_push(db, text.text_id, push_id)


def _for_operator(message: Deliver | None, sender: str | None) -> InboxKind | None:
    """Return why a PDU concerns no application, or None."""
    if message is None:
        return "undecodable"
    if message.body.text is None:
        return "data"
    if message.coding.waiting is not None or message.pid == _SILENT:
        return "indication"
    return "unroutable" if sender is None else None


def _direction(from_a: bool) -> TextDirection:
    return TextDirection.FROM_A if from_a else TextDirection.TO_A


def _body(raw: str) -> Body:
    message = decode(raw)
    assert isinstance(message, Deliver)
    return message.body


def _with_gaps(parts: Sequence[HeldPart]) -> str:
    """Return the text with a note in the place of each missing part."""
    held = {part.seq: part for part in parts}
    pieces: list[str] = []
    run: list[Body] = []
    for seq in range(1, parts[0].total + 1):
        if seq in held:
            run.append(_body(held[seq].raw))
            continue
        pieces += [join_bodies(run), f"[part {seq} missing]"]
        run = []
    return "".join([*pieces, join_bodies(run)])
