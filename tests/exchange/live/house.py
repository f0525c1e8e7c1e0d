"""A whole exchange on a virtual bank with a line for every mode: real calls, real texts.

One house serves all live tests of a run: each test brings people of its own.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from appliance.demo.people import BankControl, Phone
from appliance.exchange import Exchange, ExchangeSettings
from appliance.exchange.ask import AskSettings
from appliance.exchange.courier import CourierSettings
from appliance.exchange.dispatch_rules import DispatchSettings
from appliance.exchange.messages import Ask
from appliance.exchange.number_watch import WatchSettings
from appliance.media import Media, tones, wav
from appliance.model import budget
from appliance.model.bindings import AxbTerms
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import AxeTerms
from appliance.model.bindings_axyb import AxybTerms, YbTerms
from appliance.model.call_plan import Limits
from appliance.model.records import (
    Application,
    Binding,
    CallRecord,
    Mode,
    Role,
    UrlKind,
    YbRelation,
)
from appliance.store import Store
from drivers.bank_tools import BankTools
from drivers.clock import SystemClock
from drivers.discovery import VirtualSource
from drivers.families.open import make_modem
from drivers.rack import Rack
from drivers.virtual.bank import Bank
from drivers.virtual.config import bank_config
from drivers.virtual.smsc import Faults
from drivers.virtual.times import Span
from tests.exchange.receiver import Receiver, Request

SPEED = 50.0
PATIENCE = 60.0
"""Seconds for whatever has to happen."""
CITY = "0755"
AXB, AX, AXE, KEYS, X, Y, ASKED, TRUNK = (f"+861700000000{number}" for number in range(1, 9))
"""The lines: AXE hears its keys in the voice, KEYS has them reported by its modem."""

PERSONALITIES = {
    AXB: "ec25",
    AX: "ec25",
    AXE: "e1550",
    KEYS: "ec25",
    X: "ec25",
    Y: "ec25",
    ASKED: "ec25",
    TRUNK: "ec25",
}
MODES = {
    AXB: Mode.AXB,
    AX: Mode.AX,
    AXE: Mode.AXE,
    KEYS: Mode.AXE,
    X: Mode.AXYB,
    Y: Mode.AXYB,
    ASKED: Mode.X,
}
TONES = {
    "wait.wav": 500,
    "callee-wait.wav": 600,
    "notice.wav": 700,
    "minute.wav": 800,
    "bye.wav": 900,
    "enter.wav": 1000,
    "wrong.wav": 1100,
    "wrong-end.wav": 1200,
    "none-end.wav": 1300,
    "missing.wav": 1400,
    "refused.wav": 1500,
    "error.wav": 1600,
}
"""Voice files of every application: each a tone of its own, to be told apart by ear."""
SECONDS = 0.4
PROMPTS = {
    "binding-missing": "missing.wav",
    "no-permission": "refused.wav",
    "business-error": "error.wav",
    "extension-enter": "enter.wav",
    "extension-wrong": "wrong.wav",
    "extension-wrong-end": "wrong-end.wav",
}

SETTINGS = ExchangeSettings(
    # Short is what is waited for in vain; what has to come has long, for many tests run at once.
    limits=Limits(say=1.5, tone=0.2, tell=10.0, ring=400.0, first_digit=8.0, next_digit=10.0),
    speed=SPEED,
    reserve_seconds=10.0,
    questions=AskSettings(timeout=10.0),
    watch=WatchSettings(every=0.2),
    texts=CourierSettings(
        dispatch=DispatchSettings(
            rules={budget.PER_SIM: budget.Rule(600, 600)}, speed=SPEED, report_wait=40.0
        )
    ),
)


@dataclass
class Told:
    """A call that is over: its record, and what its application was told of it."""

    record: CallRecord
    pushes: list[tuple[str, dict[str, Any]]]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.pushes]

    def info(self, kind: str) -> dict[str, Any]:
        body = next(body for each, body in self.pushes if each == kind)
        info = body["statusInfo"] if kind != "fee" else body
        assert isinstance(info, dict)
        return info

    @property
    def code(self) -> int:
        return int(self.info("disconnect")["stateCode"])


class ModeHouse:
    """Bank, store and exchange, an application per mode, and the people around."""

    LONG = 2.5
    """Seconds of ``long.wav``."""

    def __init__(
        self, folder: Path, *, lines: Sequence[str] = tuple(PERSONALITIES), **settings: Any
    ) -> None:
        self.folder = folder
        self.numbers = lines
        table = [{"msisdn": number, "personality": PERSONALITIES[number]} for number in lines]
        self.bank = Bank(bank_config({"line": table, "control": "127.0.0.1:0", "speed": SPEED}))
        self.bank.start()
        self.control = BankControl(self.bank.control)
        self.clock = SystemClock()
        self.clock.start()
        self.receiver = Receiver(lambda request: request.answer(200))
        self.store = Store(folder / "simveil.db", clock=self.clock)
        self.store.start()
        self.apps = {mode: self._application(mode) for mode in Mode}
        for msisdn in lines:
            self._enrol(msisdn)
        for application in self.apps.values():
            place = folder / "voices" / str(application.app_id)
            place.mkdir(parents=True)
            for name, hertz in TONES.items():
                wav.write_alaw(place / name, tones.make(f"tone:{hertz}/{SECONDS}"))
            wav.write_alaw(place / "long.wav", tones.make(f"tone:450/{self.LONG}"))
        (folder / "recordings").mkdir()
        self.settings = replace(SETTINGS, voices=folder / "voices", **settings)
        self._people = itertools.count(1)
        self._made: Counter[str] = Counter()  # calls by caller
        self.present: dict[str, Phone] = {}
        self.exchange = Exchange(
            store=self.store,
            media=lambda post: Media(
                post,
                clock=self.clock,
                prompts=folder / "voices",
                recordings=folder / "recordings",
            ),
            clock=self.clock,
            settings=self.settings,
            rack=Rack(
                [VirtualSource(self.bank.control)],
                make_modem,
                self.clock,
                BankTools(self.bank.control),
            ),
        )
        self.exchange.start()
        self.until(lambda: self.ready(*lines), 60, "ready lines")

    def _application(self, mode: Mode) -> Application:
        urls = dict.fromkeys(UrlKind, "http://127.0.0.1:9/push")
        urls[UrlKind.CALLIN] = urls[UrlKind.SMS_CONTROL] = self.receiver.url
        return self.store.write(
            lambda db: self.store.applications.add(
                db, mode.value, mode, urls=urls, record=True, sms=True, extension_digits=3
            )
        )

    def _enrol(self, msisdn: str) -> None:
        iccid = self.control.line(msisdn)["iccid"]
        mode = MODES.get(msisdn)
        app_id = self.apps[mode].app_id if mode else None
        role = Role.NUMBER if mode else Role.TRUNK
        self.store.write(
            lambda db: self.store.numbers.enrol(
                db, msisdn, iccid=iccid, role=role, app_id=app_id, city=CITY, sms=role == "number"
            )
        )

    def ready(self, *numbers: str) -> bool:
        """Return whether these lines are ready."""
        ready = {line.msisdn for line in self.exchange.lines() if line.state.value == "ready"}
        return ready >= set(numbers)

    def stumble(self, number: str) -> None:
        """Let a line's worker meet a bug."""

        def bug() -> None:
            raise ZeroDivisionError("a bug")

        for worker in self.exchange._workers.values():
            if worker.status().msisdn == number:
                worker.post(Ask(bug))

    def stop(self) -> None:
        self.exchange.stop(10.0)
        self.receiver.close()
        self.store.stop()
        self.control.close()
        self.bank.stop()
        self.clock.stop()

    # --- applications ---

    def app(self, mode: Mode, **fields: Any) -> None:
        """Change an application; ``settings`` are put over what it has, None removes one."""
        number = self.apps[mode].app_id
        self.apps[mode] = self.store.write(
            lambda db: self.store.applications.update(db, number, **fields)
        )

    def plain(self) -> None:
        """Every application is as it was, every number too; nothing is bound; nobody is there."""
        for mode, application in self.apps.items():
            settings = dict.fromkeys(application.settings) | {"prompts": PROMPTS}
            self.app(mode, settings=settings, frozen=False, active=True, record=True, sms=True)
        self.receiver.behave = lambda request: request.answer(200)

        def work(db: Any) -> None:
            db.conn.execute("DELETE FROM bindings")
            db.conn.execute("DELETE FROM return_routes")
            for number in self.store.numbers.all(db):
                settings = dict.fromkeys(number.settings)
                self.store.numbers.update(
                    db, number.number_id, status=5, cause=None, settings=settings
                )

        self.store.write(work)
        for phone in self.present.values():
            phone.leave()
        self.present.clear()
        self.until(self.idle, PATIENCE, "free lines")

    def answers(self, *replies: Any, delay: Callable[[], None] | None = None) -> None:
        """Have the applications answer these JSON values in turn, the last one for ever."""
        left = list(replies)

        def behave(request: Request) -> None:
            if delay is not None:
                delay()
            reply = left.pop(0) if len(left) > 1 else left[0]
            request.answer(200, json.dumps(reply).encode())

        self.receiver.behave = behave

    def asked(self) -> list[dict[str, Any]]:
        """Return the questions so far, oldest first."""
        return [request.json for request in self.receiver.requests]

    # --- relations ---

    def bind(self, a: str | None = None, **terms: Any) -> tuple[Phone, Phone, Binding]:
        """Bind two new people, or who is A and a new one; B answers at once."""
        first, b = self.person(number=a), self.person(answers=0.02)
        asked = AxbTerms(a=first.msisdn, b=b.msisdn, x=AXB, **terms)
        made = self.store.write(
            lambda db: self.store.bindings.bind_axb(
                db, self.apps[Mode.AXB], asked, self.clock.now()
            )
        )
        return first, b, made

    def bind_on(self, x: str, a: Phone, b: Phone) -> None:
        """Bind two people on another A-X-B number."""
        asked = AxbTerms(a=a.msisdn, b=b.msisdn, x=x)
        app = self.apps[Mode.AXB]
        self.store.write(lambda db: self.store.bindings.bind_axb(db, app, asked, self.clock.now()))

    def move(self, x: str, mode: Mode) -> None:
        """Give a number to the application of another mode."""
        app = self.apps[mode]
        self.store.write(lambda db: self.store.numbers.transfer(db, x, app.app_id))
        self.exchange.enrolment_changed()

    def ax(self, **terms: Any) -> tuple[Phone, Binding]:
        """Give a new person, who answers at once, the AX number."""
        a = self.person(answers=0.02)
        asked = AxTerms(a=a.msisdn, x=AX, **terms)
        app = self.apps[Mode.AX]
        made = self.store.write(lambda db: self.store.ax.bind(db, app, asked, self.clock.now()))
        return a, made

    def set_callee(self, callee: str, **more: Any) -> None:
        app = self.apps[Mode.AX]
        self.store.write(
            lambda db: self.store.ax.set_callee(db, app, callee, self.clock.now(), x=AX, **more)
        )

    def axe(self, extension: str, x: str = AXE, **terms: Any) -> tuple[Phone, Binding]:
        """Put a new person, who answers at once, behind an extension."""
        a = self.person(answers=0.02)
        asked = AxeTerms(a=a.msisdn, x=x, extension=extension, **terms)
        app = self.apps[Mode.AXE]
        made = self.store.write(lambda db: self.store.axe.bind(db, app, asked, self.clock.now()))
        return a, made

    def axyb(self, **terms: Any) -> tuple[Phone, Binding]:
        """Give a new person, who answers at once, an AXYB number."""
        a = self.person(answers=0.02)
        asked = AxybTerms(a=a.msisdn, area_code=CITY, **terms)
        app = self.apps[Mode.AXYB]
        made = self.store.write(lambda db: self.store.axyb.bind(db, app, asked, self.clock.now()))
        return a, made

    def yb(self, made: Binding, b: str, **terms: Any) -> YbRelation:
        app = self.apps[Mode.AXYB]
        return self.store.write(
            lambda db: self.store.axyb.bind_yb(
                db, app, made.subscription_id, YbTerms(b, **terms), self.clock.now()
            )
        )

    def lapses(self, table: str) -> None:
        """Let the time pass that ends every row of a table."""
        long_ago = "2020-01-01T00:00:00.000000Z"
        sql = f"UPDATE {table} SET expires = ?"
        self.store.write(lambda db: db.conn.execute(sql, (long_ago,)).rowcount)

    # --- people ---

    def person(self, *, answers: float | None = None, number: str | None = None) -> Phone:
        msisdn = number or f"+86139{next(self._people):08d}"
        phone = self.control.phone(msisdn)
        if answers is not None:
            phone.do("auto", answer_after=answers)
        self.present[msisdn] = phone
        return phone

    def fails(self, phone: Phone, cause: int) -> None:
        """Let the next call to a person fail with a Q.850 cause, as its network gives it."""
        self.control.post("/network/calls", {"to": phone.msisdn, "cause": cause})

    # --- what came of it ---

    def until(self, seen: Callable[[], Any], seconds: float, what: str) -> Any:
        end = time.monotonic() + seconds
        mark = int(self.control.get("/events?since=0&timeout=0")["next"])
        while not (found := seen()):
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            mark = int(self.control.get(f"/events?since={mark}&timeout=0.02")["next"])
        return found

    def passes(self, seconds: float) -> None:
        """Let time pass, in which people talk."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, seconds + 10, "the end of a pause")

    def seconds_of(self, phone: Phone, file: str) -> float:
        """Return how long a phone has heard a voice file in its current or last call."""
        return sum(hit for hit in _pitches(phone, TONES[file])) * 0.1

    def hears_pitch(self, phone: Phone, hertz: float) -> bool:
        """Return whether a phone has heard a tone in its current or last call."""
        return sum(_pitches(phone, hertz)) >= 2

    def idle(self) -> bool:
        up = [line for line in self.exchange.lines() if line.call]
        return not up and not self.store.calls.unfinished()

    def calls(self, phone: Phone) -> list[CallRecord]:
        """Return the calls that somebody made, oldest first."""
        records = self.store.calls.recent(50, party=phone.msisdn)
        return [each for each in reversed(records) if each.caller == phone.msisdn]

    def dials(self, phone: Phone, to: str) -> None:
        """Have somebody call."""
        self._made[phone.msisdn] += 1
        phone.do("dial", to=to)

    def record(self, phone: Phone, seen: Callable[[CallRecord], Any], what: str) -> CallRecord:
        """Wait until the latest call of somebody is such; return its record."""

        def such() -> CallRecord | None:
            calls = self.calls(phone)
            enough = len(calls) >= self._made[phone.msisdn]
            return calls[-1] if enough and seen(calls[-1]) else None

        found: CallRecord = self.until(such, PATIENCE, what)
        return found

    def talking(self, phone: Phone) -> CallRecord:
        return self.record(phone, lambda call: call.answered_at, "a conversation")

    def told(self, phone: Phone) -> Told:
        """Wait until the latest call of somebody is over and told."""

        def over(call: CallRecord) -> bool:
            up = {record.session_id for record in self.store.calls.unfinished()}
            return call.session_id not in up

        record = self.record(phone, over, "a call that is over")
        phone.until("idle", PATIENCE)
        pushes = [
            (push.kind, push.body)
            for push in reversed(self.store.outbox.recent(200))
            if push.order_key == record.session_id
        ]
        return Told(record, pushes)

    def talks(self, caller: Phone, x: str, keys: str = "") -> Told:
        """Have somebody call, talk and hang up."""
        self.dials(caller, x)
        if keys:
            self.types(caller, keys)
        self.talking(caller)
        caller.do("hangup")
        return self.told(caller)

    def refused(self, caller: Phone, x: str) -> Told:
        """Have somebody call who does not get through."""
        self.dials(caller, x)
        return self.told(caller)

    def types(self, caller: Phone, keys: str) -> None:
        """Have somebody press keys once the question is heard."""
        caller.until("active")
        self.until(lambda: hears(caller, "enter.wav"), PATIENCE, "a question")
        caller.do("digits", digits=keys)

    def texts(self, sender: Phone, to: str, text: str, *, centre: bool = True) -> dict[str, Any]:
        """Have somebody write; return what the application is told.

        Args:
            centre: Whether the person's own text goes through the SMS centre and its faults.
        """
        before = len(self.store.messages.recent(1000))
        if centre:
            sender.do("sms", to=to, text=text)
        else:
            body = {"from": sender.msisdn, "to": to, "text": text}
            self.control.post("/network/text", body)
        self.until(
            lambda: len(self.store.messages.recent(1000)) > before, PATIENCE, "a text that has come"
        )
        return self.event()

    def event(self) -> dict[str, Any]:
        """Return what the application is told of the latest text, once it is."""
        identifier = self.store.messages.recent(1)[0].identifier

        def told() -> dict[str, Any] | None:
            for push in self.store.outbox.recent(20):
                if push.kind == "sms" and push.body["smsEvent"]["smsIdentifier"] == identifier:
                    event = push.body["smsEvent"]
                    assert isinstance(event, dict)
                    return event
            return None

        found: dict[str, Any] = self.until(told, PATIENCE, "a text that is told of")
        return found

    def attempts(self) -> list[str]:
        """Return the states of the attempts to send the latest text."""
        text = self.store.messages.recent(1)[0]
        sends = self.store.messages.sends.of_text(self.store.reader(), text.text_id)
        return [send.state for send in sends]


def hears(phone: Phone, file: str) -> bool:
    """Return whether a phone has heard a voice file in its current or last call."""
    return sum(_pitches(phone, TONES[file])) >= 2


def _pitches(phone: Phone, hertz: float) -> list[bool]:
    """Return for every 100 ms that a phone has heard whether it was a tone of that pitch."""
    samples = wav.parse(phone.heard()).astype(np.float64)
    parts = samples[: len(samples) // 800 * 800].reshape(-1, 800)
    spectra = np.abs(np.fft.rfft(parts * np.hanning(800), axis=1))
    peaks = np.argmax(spectra, axis=1) * 10.0
    loud = spectra.max(axis=1, initial=0.0) > 5e4
    return [bool(hit) for hit in (np.abs(peaks - hertz) <= 10) & loud]


@contextmanager
def slow(house: ModeHouse, **times: Span) -> Iterator[None]:
    """Let the network take other times than usual, seconds at speed 1."""
    pace = house.bank.house.network.pace
    before = pace.times
    pace.times = replace(before, **times)
    try:
        yield
    finally:
        pace.times = before


class SecondPartFails(Faults):
    """The SMS centre takes one part and refuses the next one for good."""

    seen = 0

    @property
    def refusals(self) -> int:
        self.seen += 1
        return int(self.seen == 2)

    @refusals.setter
    def refusals(self, value: int) -> None:
        pass
