"""A whole exchange on a virtual bank with a line for every mode, its applications and relations."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.demo.people import BankControl, Phone
from appliance.exchange import Exchange
from appliance.exchange.messages import Ask
from appliance.media import Media, tones, wav
from appliance.model.bindings import AxbTerms
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import AxeTerms
from appliance.model.bindings_axyb import AxybTerms, YbTerms
from appliance.model.records import Application, Binding, Mode, Role, UrlKind, YbRelation
from appliance.store import Store
from drivers.bank_tools import BankTools
from drivers.clock import SystemClock
from drivers.discovery import VirtualSource
from drivers.families.open import make_modem
from drivers.rack import Rack
from drivers.virtual.bank import Bank
from drivers.virtual.config import bank_config
from tests.exchange.live.hearing import SECONDS, TONES
from tests.exchange.live.town import (
    AX,
    AXB,
    AXE,
    CITY,
    MODES,
    PATIENCE,
    PERSONALITIES,
    PROMPTS,
    SETTINGS,
    SPEED,
)
from tests.exchange.receiver import Receiver, Request


class LiveBox:
    """Bank, store and exchange, an application per mode, and people who can be bound."""

    LONG = 2.5
    """Seconds of ``long.wav``."""

    def __init__(
        self, folder: Path, *, lines: Sequence[str] = tuple(PERSONALITIES), **settings: Any
    ) -> None:
        self.folder = folder
        self.numbers = lines
        table = [
            {
                "msisdn": number,
                "personality": PERSONALITIES[number],
                "host_audio_in_multiparty": True,  # which only a commissioning would find
            }
            for number in lines
        ]
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

    def until(self, seen: Callable[[], Any], seconds: float, what: str) -> Any:
        end = time.monotonic() + seconds
        mark = int(self.control.get("/events?since=0&timeout=0")["next"])
        while not (found := seen()):
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            mark = int(self.control.get(f"/events?since={mark}&timeout=0.02")["next"])
        return found

    def idle(self) -> bool:
        up = [line for line in self.exchange.lines() if line.call]
        return not up and not self.store.calls.unfinished()
