"""What becomes of a PDU that a SIM has received: works for the store's writer, nothing else.

Everything here runs inside one writer transaction: a text is either still a PDU on the SIM, or
a row that will be dealt with, and at no moment neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from appliance.exchange.text_entry import TextEntry, TextStore
from appliance.model.numbers import caller_id
from appliance.store.messages import InboxKind, Text
from appliance.store.questions import TextQuestion
from appliance.store.received import HeldPart, PartKey, digest_of
from appliance.store.sends import Send
from drivers.at.pdu import Deliver, StatusReport, decode
from drivers.at.pdu_text import Body, join_bodies
from drivers.modem import MessageRef

CHECK_WORDS = "simveil check "
"""How a text begins that proves a number of the box's own: the operator's, whoever sent it."""
_SILENT = 0x40  # TS 23.040 §9.2.3.9: short message type 0, for the network's own purposes


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
        question: A whole text about which its application is to be asked.
    """

    received_id: int
    duplicate: bool = False
    text: Text | None = None
    question: TextQuestion | None = None


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
        self.entry = TextEntry(store)

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
                name=message.sender.text if message is not None and sender is None else None,
            )
            return TakenIn(received_id)
        body = self._whole(db, arrival, message.body, sender, received_id)
        if body is None:
            return TakenIn(received_id)
        routed = self.entry.enter(db, arrival.line, sender, body, arrival.now)
        if isinstance(routed, TextQuestion):
            return TakenIn(received_id, question=routed)
        return TakenIn(received_id, text=routed)

    def close_overdue(self, db: Database, line: str, now: datetime) -> list[Text | TextQuestion]:
        """Route what has waited too long for its missing parts; return what came of it."""
        received = self._store.messages.received
        texts: list[Text | TextQuestion] = []
        for sender, parts in received.overdue_sets(db, line, now - self._assemble):
            received.release(db, [part.received_id for part in parts])
            body = _with_gaps(parts)
            text = self.entry.enter(db, line, sender, body, now, incomplete=True)
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


def _for_operator(message: Deliver | None, sender: str | None) -> InboxKind | None:
    """Return why a PDU concerns no application, or None."""
    if message is None:
        return "undecodable"
    if message.body.text is None:
        return "data"
    if message.coding.waiting is not None or message.pid == _SILENT:
        return "indication"
    if message.body.text.startswith(CHECK_WORDS):
        return "service"
    if sender is None:  # no number: a short code or letters, or nobody
        return "service" if message.sender.text else "unroutable"
    return None


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
