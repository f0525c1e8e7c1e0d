"""The sending half of a courier: which text's next part goes when, and what came of it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlite_utils import Database

from appliance.exchange.dispatch_rules import (
    DispatchSettings,
    advice_for,
    quiet_for,
    relay_from,
)
from appliance.exchange.intake import Intake
from appliance.model import budget
from appliance.model.message import (
    Accepted,
    AwaitReport,
    Effect,
    Event,
    Expired,
    Finish,
    NoReport,
    Note,
    Noted,
    NotNoted,
    OutcomeOpen,
    PartState,
    Refused,
    Relay,
    Settle,
    Submit,
    Turn,
    step,
)
from appliance.model.numbers import mask
from appliance.model.sms_causes import After
from appliance.store.messages import Text
from appliance.store.sends import Send
from drivers.at.pdu_split import submits
from drivers.errors import DriverError
from drivers.modem import Done, Failed

if TYPE_CHECKING:
    from appliance.exchange.courier import Courier

_log = logging.getLogger(__name__)

NOTE_AGAIN_SECONDS = 5.0
"""How soon an attempt is made again whose journal entry was refused."""
MARK_SECONDS = 5.0
"""How long a modem that has asked for a part waits for the mark that says so to be on the disk."""
REPORT_AGAIN_SECONDS = 10.0
"""What a report has at least to come after a start: it may have waited for the box as well."""
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class _Live:
    """A text that is being relayed."""

    text: Text
    relay: Relay
    rest_until: float = 0.0
    reference: int | None = None
    error: str | None = None
    pdus: list[tuple[str, int]] = field(default_factory=list)

    @property
    def recipient(self) -> str:
        return self.text.recipient or ""

    def pdu(self, part: int) -> tuple[str, int]:
        if not self.pdus:
            self.pdus = submits(
                self.recipient, self.text.body, reference=self.text.reference, report=True
            )
        return self.pdus[part - 1]


class Dispatch:
    """Sends the texts of one line, one part at a time; on the line's thread, as its courier."""

    def __init__(self, courier: Courier, intake: Intake, settings: DispatchSettings) -> None:
        self._courier = courier
        self._intake = intake
        self._settings = settings
        speed = settings.speed
        self._rules = {
            scope: budget.Rule(rule.per_minute * speed, rule.burst)
            for scope, rule in settings.rules.items()
        }
        self._levels: dict[budget.Key, budget.Level] = {}
        self._live: dict[int, _Live] = {}
        self._done: set[int] = set()  # finished, their outcome on its way to the disk
        self._with_modem: tuple[int, int] | None = None  # text and part being noted or sent
        self._ready = False
        self._in_service = True
        self._loaded = False

    # --- what the courier tells -----------------------------------------------------------------

    def begin(self) -> None:
        """The modem is there (again)."""
        self._ready = True
        self._pump()

    def lose(self) -> None:
        """The modem is gone: what it had asked for may have been sent."""
        self._ready = False
        if self._with_modem is None:
            return
        text_id, part = self._with_modem
        live = self._live.get(text_id)
        if live is None or live.relay.parts[part - 1].state is not PartState.NOTING:
            # The journal decides, so that a mark which is on its way comes before this or in vain.
            sends, now = self._courier.store.messages.sends, self._courier.port.now()
            self._courier.persist(
                lambda db: sends.unasked(db, text_id=text_id, part=part, now=now),
                lambda unasked: self._lost(text_id, part, unasked=unasked),
            )

    def _lost(self, text_id: int, part: int, *, unasked: bool) -> None:
        self._free(text_id, part)
        live = self._live.get(text_id)
        if unasked and live is not None:
            live.error = "the modem was gone before it asked for the text"
        self.apply(text_id, Refused(part, final=False) if unasked else OutcomeOpen(part))
        self._pump()

    def forget(self) -> None:
        """Another SIM is in the modem: keep nothing of the former one's texts in memory."""
        for text_id, live in self._live.items():
            for part in range(1, len(live.relay.parts) + 1):
                self._courier.not_later(f"report:{text_id}:{part}")
        self._live.clear()
        self._with_modem = None
        self._loaded = False

    def halt(self) -> None:
        """Send nothing more."""
        self._ready = False

    def in_service(self, yes: bool) -> None:
        """The line's registration changed."""
        self._in_service = yes
        self._pump()

    @property
    def busy(self) -> bool:
        """True while a part is being noted or is with the modem."""
        return self._with_modem is not None

    def depth(self) -> int:
        """Return how many parts wait."""
        return sum(live.relay.waiting for live in self._live.values())

    def load(self) -> None:
        """Take up every text of the store that has to leave from this line."""
        port, messages = self._courier.port, self._courier.store.messages
        line, iccid = port.line, port.iccid
        since = port.now() - _MINUTE / self._settings.speed

        def read(db: Database) -> tuple[list[tuple[Text, list[Send]]], int]:
            texts = messages.relaying(line, db)
            journal = [(text, messages.sends.of_text(db, text.text_id)) for text in texts]
            return journal, messages.sends.began_since(db, iccid, since)

        self._courier.persist(read, lambda found: self._take_up(*found))

    def load_one(self, text_id: int) -> None:
        """Take up one text of the store."""
        messages = self._courier.store.messages

        def read(db: Database) -> list[tuple[Text, list[Send]]]:
            text = messages.get(text_id, db)
            if text is None or text.state != "relaying":
                return []
            return [(text, messages.sends.of_text(db, text_id))]

        self._courier.persist(read, self._add_all)

    def add(self, text: Text) -> None:
        """Take up a text that has just been entered."""
        self._add_all([(text, [])])

    def _take_up(self, journal: list[tuple[Text, list[Send]]], used: int) -> None:
        if not self._loaded:
            self._loaded = True
            key = (budget.PER_SIM, self._courier.port.iccid)
            if used and budget.PER_SIM in self._rules:
                self._levels[key] = budget.take(
                    self._rules[budget.PER_SIM], None, used, self._courier.port.monotonic()
                )
        self._add_all(journal)

    def _add_all(self, journal: Iterable[tuple[Text, list[Send]]]) -> None:
        for text, sends in journal:
            if text.text_id in self._live or text.text_id in self._done:
                continue
            live = _Live(text, relay_from(text.parts, sends))
            self._live[text.text_id] = live
            opened = [send for send in sends if send.state == "writing"]
            unwritten = [send.send_id for send in opened if send.prompted_at is None]
            if unwritten:
                self._withdraw(unwritten)
            for send in opened:
                if send.prompted_at is not None:
                    self._await_report(text.text_id, send.part, send)
            if not live.relay.waiting and not live.relay.under_way:
                self.apply(text.text_id, Turn())  # the box died before it had noted the end
        self._pump()

    def _withdraw(self, send_ids: list[int]) -> None:
        sends = self._courier.store.messages.sends
        self._courier.persist(lambda db: sends.withdraw(db, send_ids))

    # --- the machine ----------------------------------------------------------------------------

    def apply(self, text_id: int, event: Event) -> None:
        """Give a relay an event and carry out what follows from it."""
        live = self._live.get(text_id)
        if live is None:
            return
        live.relay, effects = step(live.relay, event)
        for effect in effects:
            self._perform(text_id, live, effect)
        self._pump()

    def _perform(self, text_id: int, live: _Live, effect: Effect) -> None:
        match effect:
            case Note(part, attempt):
                self._note(text_id, live, part, attempt)
            case Submit(part, attempt):
                self._submit(text_id, live, part, attempt)
            case Settle(part, attempt, state):
                self._settle(text_id, live, part, attempt, state)
            case AwaitReport(part):
                self._await_report(text_id, part)
            case Finish():
                self._finish(text_id, live, effect)

    def _note(self, text_id: int, live: _Live, part: int, attempt: int) -> None:
        self._with_modem = (text_id, part)
        sends = self._courier.store.messages.sends
        iccid, now, recipient = self._courier.port.iccid, self._courier.port.now(), live.recipient

        def work(db: Database) -> None:
            sends.begin(
                db,
                text_id=text_id,
                part=part,
                attempt=attempt,
                iccid=iccid,
                recipient=recipient,
                now=now,
            )

        def done(_value: None, error: BaseException | None) -> None:
            if error is None:
                self.apply(text_id, Noted(part))
                return
            self._free(text_id, part)
            _log.error("a send was not noted and not made: %s", error)
            if isinstance(error, sqlite3.IntegrityError):
                # What is in memory is not what is on the disk: believe the disk.
                self._live.pop(text_id, None)
                self._courier.later(
                    NOTE_AGAIN_SECONDS, f"load:{text_id}", lambda: self.load_one(text_id)
                )
                return
            live.rest_until = self._courier.port.monotonic() + NOTE_AGAIN_SECONDS
            self.apply(text_id, NotNoted(part))

        self._courier.port.post_store(work, done)

    def _submit(self, text_id: int, live: _Live, part: int, attempt: int) -> None:
        if not self._ready:
            # Noted, but the modem went meanwhile: nothing was written to it.
            self._free(text_id, part)
            live.error = "the modem was gone"
            self.apply(text_id, Refused(part, final=False))
            return
        self._with_modem = (text_id, part)
        pdu, octets = live.pdu(part)
        port, sends = self._courier.port, self._courier.store.messages.sends

        def mark(db: Database) -> None:
            sends.prompted(db, text_id=text_id, part=part, attempt=attempt, now=port.now())

        token = port.modem.send_message(pdu, octets, lambda: port.write_store(mark, MARK_SECONDS))
        self._courier.expect(token, lambda outcome: self._answered(text_id, part, outcome))
        self._courier.sending(token, live.recipient)

    def _answered(self, text_id: int, part: int, outcome: Done | Failed) -> None:
        self._free(text_id, part)
        live = self._live.get(text_id)
        if live is None:
            self._pump()
            return
        if isinstance(outcome, Done):
            live.reference = outcome.value if isinstance(outcome.value, int) else None
            live.error = None
            self.apply(text_id, Accepted(part))
            return
        self._refused(text_id, live, part, outcome.error)

    def _refused(self, text_id: int, live: _Live, part: int, error: DriverError) -> None:
        found = advice_for(error)
        attempts = live.relay.parts[part - 1].attempts
        live.error = f"{found.meaning}: {error}"
        _log.warning("a text was not sent, attempt %d: %s", attempts, live.error)
        if found.after is After.OPEN:
            self.apply(text_id, OutcomeOpen(part))
            return
        pause = found.pause(attempts) / self._settings.speed
        live.rest_until = self._courier.port.monotonic() + pause
        final = found.after is After.GIVE_UP or attempts >= found.attempts
        self.apply(text_id, Refused(part, final=final))

    def _settle(self, text_id: int, live: _Live, part: int, attempt: int, state: PartState) -> None:
        sends, now = self._courier.store.messages.sends, self._courier.port.now()
        reference, error = live.reference, live.error
        live.reference = live.error = None
        self._courier.not_later(f"report:{text_id}:{part}")
        outcome = _SEND_STATES[state]
        self._courier.persist(
            lambda db: sends.settle(
                db,
                text_id=text_id,
                part=part,
                attempt=attempt,
                state=outcome,
                now=now,
                reference=reference,
                error=error,
            )
        )

    def _await_report(self, text_id: int, part: int, send: Send | None = None) -> None:
        """Wait for the report of an open part; of a ``send`` of before what is left of the time."""
        wait = self._settings.report_wait / self._settings.speed
        if send is not None:
            passed = (self._courier.port.now() - send.began_at).total_seconds()
            least = min(wait, REPORT_AGAIN_SECONDS / self._settings.speed)
            wait = max(wait - max(passed, 0.0), least)
        self._courier.later(
            wait,
            f"report:{text_id}:{part}",
            lambda: self.apply(text_id, NoReport(part)),
        )

    def _finish(self, text_id: int, live: _Live, effect: Finish) -> None:
        del self._live[text_id]
        self._done.add(text_id)
        self._courier.counts[effect.outcome.value] += 1
        now = self._courier.port.now()
        _log.info("text %d to %s: %s", text_id, mask(live.recipient), effect.outcome.value)
        self._courier.persist(
            lambda db: self._intake.entry.finish(db, text_id, effect.outcome, effect.sent, now),
            lambda _first: self._done.discard(text_id),
        )

    def _free(self, text_id: int, part: int) -> None:
        if self._with_modem == (text_id, part):
            self._with_modem = None

    # --- whose turn it is -----------------------------------------------------------------------

    def _pump(self) -> None:
        """Let the next part go, if there is one and it may; otherwise come back in time."""
        if not self._ready or not self._in_service or self._with_modem is not None:
            return
        now, monotonic = self._courier.port.now(), self._courier.port.monotonic()
        waits = [wait] if (wait := quiet_for(self._settings, now)) > 0 else []
        busy: set[str] = set()
        for text_id, live in list(self._live.items()):
            if now - live.text.received_at > self._settings.expire and live.relay.waiting:
                self.apply(text_id, Expired())
                return
            if live.recipient in busy:
                continue
            busy.add(live.recipient)
            if wait > 0 or live.relay.under_way or not live.relay.waiting:
                continue
            if self._too_many(live):
                _log.warning("text %d: the allowance of its SIM is used up", text_id)
                self.apply(text_id, Expired())
                return
            rest = live.rest_until - monotonic
            if rest <= 0:
                rest = self._spend(live, monotonic)
            if rest <= 0:
                self.apply(text_id, Turn())
                return
            waits.append(rest)
        if waits:
            self._courier.later(min(waits), "pump", self._pump)

    def _too_many(self, live: _Live) -> bool:
        """Return whether what is left of a text is more than its SIM may still send this month."""
        if self._settings.parts_left is None:
            return False
        left = self._settings.parts_left(self._courier.port.line)
        return left is not None and left < live.relay.waiting

    def _spend(self, live: _Live, monotonic: float) -> float:
        """Take one part from every allowance; return 0, or the seconds until there is room."""
        keys = [
            (budget.PER_SIM, self._courier.port.iccid),
            (budget.PER_BINDING, live.text.subscription_id or ""),
            (budget.PER_DESTINATION, live.recipient),
        ]
        spent = budget.spend(self._rules, self._levels, keys, 1, monotonic)
        self._levels.update(spent.levels)
        return spent.wait


_SEND_STATES: Mapping[PartState, Literal["accepted", "failed", "unknown"]] = {
    PartState.SENT: "accepted",
    PartState.FAILED: "failed",
    PartState.UNKNOWN: "unknown",
}
