"""A box on the virtual bank: real ports, drivers, voice and store; no HTTP of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.demo.people import BankControl, Phone
from appliance.exchange import Exchange, ExchangeSettings
from appliance.media import Media
from appliance.model.bindings import AxbTerms
from appliance.model.call_plan import Limits
from appliance.model.records import Binding, CallRecord, Mode, Role, UrlKind
from appliance.store import Store
from drivers.bank_tools import BankTools
from drivers.clock import SystemClock
from drivers.discovery import VirtualSource
from drivers.families.open import make_modem
from drivers.rack import Rack
from drivers.recovery import Paces
from drivers.virtual.bank import Bank
from drivers.virtual.config import bank_config
from tests.exchange.box import ALL

SPEED = 10.0
SETTINGS = ExchangeSettings(
    # Half a second for a line to answer: the machine is shared with other tests.
    limits=Limits(say=2.0, tone=0.3, tell=2.0, ring=60.0),
    speed=SPEED,
    reserve_seconds=0.5,
)


class BankBox:
    """A bank with lines, a box on it, and the people around."""

    def __init__(self, folder: Path, lines: list[dict[str, Any]], **settings: Any) -> None:
        self.folder = folder
        table = {"line": lines, "control": "127.0.0.1:0", "speed": SPEED}
        self.bank = Bank(bank_config(table))
        self.bank.start()
        self.control = BankControl(self.bank.control)
        self.clock = SystemClock()
        self.clock.start()
        self.store = Store(folder / "simveil.db", clock=self.clock)
        self.store.start()
        self.settings = replace(SETTINGS, **settings)
        self.numbers = [line["msisdn"] for line in lines]
        urls = {UrlKind.STATUS: "http://127.0.0.1:9/s", UrlKind.CDR: "http://127.0.0.1:9/c"}
        self.app = self.store.write(
            lambda db: self.store.applications.add(db, "taxi", Mode.AXB, urls=urls, record=True)
        )
        self.exchange: Exchange | None = None
        self.paces: Paces | None = None
        self.people: list[Phone] = []

    def enrol(self, msisdn: str, role: Role = Role.NUMBER) -> None:
        iccid = self.control.line(msisdn)["iccid"]
        app_id = self.app.app_id if role is Role.NUMBER else None
        self.store.write(
            lambda db: self.store.numbers.enrol(db, msisdn, iccid=iccid, role=role, app_id=app_id)
        )

    def bind(self, x: str, a: str, b: str, **terms: Any) -> Binding:
        return self.store.write(
            lambda db: self.store.bindings.bind_axb(
                db, self.app, AxbTerms(a=a, b=b, x=x, **terms), self.clock.now()
            )
        )

    def start(self) -> None:
        (self.folder / "voices").mkdir(exist_ok=True)
        (self.folder / "recordings").mkdir(exist_ok=True)
        source, tools = VirtualSource(self.bank.control), BankTools(self.bank.control)
        rack = Rack([source], make_modem, self.clock, tools, paces=self.paces)
        self.exchange = Exchange(
            store=self.store,
            media=lambda post: Media(
                post,
                clock=self.clock,
                prompts=self.folder / "voices",
                recordings=self.folder / "recordings",
            ),
            clock=self.clock,
            settings=self.settings,
            rack=rack,
        )
        self.exchange.start()
        self.until(self._ready, 60, "ready lines")

    def _ready(self) -> bool:
        assert self.exchange is not None
        lines = self.exchange.lines()
        return set(self.numbers) <= {line.msisdn for line in lines if line.state.value == "ready"}

    def idle(self) -> bool:
        assert self.exchange is not None
        return not any(line.call for line in self.exchange.lines())

    def phone(self, msisdn: str, *, answers: float | None = None) -> Phone:
        phone = self.control.phone(msisdn)
        phone.do("auto", answer_after=answers)
        self.people.append(phone)
        return phone

    def until(self, seen: Callable[[], Any], seconds: float, what: str) -> Any:
        end = time.monotonic() + seconds
        mark = int(self.control.get("/events?since=0&timeout=0")["next"])
        while not (found := seen()):
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            path = f"/events?since={mark}&timeout=0.1"
            mark = int(self.control.get(path)["next"])
        return found

    def over(self, count: int = 1, seconds: float = 40) -> CallRecord:
        def closed() -> list[CallRecord] | None:
            records = self.store.calls.recent(1000)
            if len(records) != count or not all(record.ended_at for record in records):
                return None
            return None if self.store.calls.unfinished() else records

        records: list[CallRecord] = self.until(closed, seconds, f"{count} calls that are over")
        return records[0]

    def told(self, record: CallRecord) -> list[str]:
        kinds = {event.kind for event in self.store.calls.events(record.session_id)}
        return [kind for kind in ALL if kind in kinds]

    def commands(self, msisdn: str) -> list[str]:
        return [str(command) for command in self.control.line(msisdn)["commands"]]

    def stop(self) -> None:
        if self.exchange is not None:
            self.exchange.stop(10.0)
        self.store.stop()
        self.control.close()
        self.bank.stop()
        self.clock.stop()
