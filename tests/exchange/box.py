"""A box without ports: real store, real exchange, fake modems and media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.exchange import Exchange, ExchangeSettings
from appliance.media import MediaEvent
from appliance.model.bindings import AxbTerms
from appliance.model.call_plan import Limits
from appliance.model.records import Application, Binding, CallRecord, Mode, Role, UrlKind
from appliance.store import Store
from drivers.clock import ManualClock
from drivers.modem import Facts
from tests.exchange.fake_network import Changes, FakeModem, FakeNetwork
from tests.exchange.fake_rooms import FakeMedia, FakeRack

X = "+8617000000001"
X2 = "+8617000000002"
TRUNK = "+8617000000009"
A = "+8613800000001"
B = "+8613800000002"
C = "+8613800000003"
STRANGER = "+8613800000004"
ALL = ["callin", "callout", "alerting", "answer", "disconnect", "fee"]


class TestBox:
    """Everything between the store and the modems."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.changes = Changes()
        self.network = FakeNetwork(self.changes)
        self.rack = FakeRack()
        self.store = Store(folder / "simveil.db", clock=self.clock)
        self.store.start()
        self.settings = ExchangeSettings(limits=Limits(say=5.0, ring=90.0))
        self.media: FakeMedia
        self.exchange: Exchange
        self.app = self._application()

    def _application(self) -> Application:
        urls = {UrlKind.STATUS: "http://127.0.0.1:9/s", UrlKind.CDR: "http://127.0.0.1:9/c"}
        return self.store.write(
            lambda db: self.store.applications.add(
                db, "taxi", Mode.AXB, urls=urls, record=True, sms=True
            )
        )

    def line(
        self,
        msisdn: str,
        *,
        role: Role | None = Role.NUMBER,
        facts: Facts | None = None,
        audio: bool = True,
    ) -> FakeModem:
        modem = self.network.line(msisdn, facts=facts, audio=audio)
        if role is not None:
            app_id = self.app.app_id if role is Role.NUMBER else None
            iccid = modem.identity().iccid
            self.store.write(
                lambda db: self.store.numbers.enrol(
                    db, msisdn, iccid=iccid, role=role, app_id=app_id
                )
            )
        self.rack.modems.append(modem)
        return modem

    def bind(self, x: str = X, a: str = A, b: str = B, **terms: Any) -> Binding:
        return self.store.write(
            lambda db: self.store.bindings.bind_axb(
                db, self.app, AxbTerms(a=a, b=b, x=x, **terms), self.clock.now()
            )
        )

    def set_app(self, **settings: Any) -> None:
        self.store.write(
            lambda db: self.store.applications.update(db, self.app.app_id, settings=settings)
        )

    def start(self, **changes: Any) -> TestBox:
        self.settings = replace(self.settings, **changes)

        def media(post: Callable[[MediaEvent], None]) -> FakeMedia:
            self.media = FakeMedia(post, self.changes)
            return self.media

        self.exchange = Exchange(
            store=self.store,
            media=media,
            clock=self.clock,
            settings=self.settings,
            rack=self.rack,
        )
        self.exchange.start()
        self.until(
            lambda: (
                all(line.state.value == "ready" for line in self.exchange.lines())
                and len(self.exchange.lines()) == len(self.rack.modems)
            ),
            "every line is ready",
        )
        for modem in self.network.lines.values():
            self.until(lambda modem=modem: "list_calls" in modem.asked, "calls are listed")
        return self

    def conversation(self, way: str = "conference") -> CallRecord:
        """Start with X and a trunk, and let A and B talk: in a conference or over a ``bridge``."""
        self.line(X, facts=Facts(multiparty=False) if way == "bridge" else None)
        self.line(TRUNK, role=Role.TRUNK)
        self.bind()
        self.start()
        self.network.call(A, X)
        return self.talking()

    def stop(self) -> None:
        self.exchange.stop(10.0)

    def close(self) -> None:
        self.store.stop()

    def until(self, reached: Callable[[], Any], what: str) -> Any:
        return self.changes.until(reached, what)

    # --- what came of it ---

    def records(self) -> list[CallRecord]:
        return self.store.calls.recent(100)[::-1]

    def told(self, record: CallRecord) -> list[str]:
        kinds = {event.kind for event in self.store.calls.events(record.session_id)}
        return [kind for kind in ALL if kind in kinds]

    def pushes(self) -> list[tuple[str, dict[str, Any]]]:
        return [(push.kind, push.body) for push in self.store.outbox.recent(1000)[::-1]]

    def over(self, count: int = 1) -> list[CallRecord]:
        """Wait until so many calls are told to their end, and return them, oldest first."""

        def closed() -> list[CallRecord] | None:
            records = self.records()
            if len(records) != count or not all(record.ended_at for record in records):
                return None
            return None if self.store.calls.unfinished() else records

        records: list[CallRecord] = self.until(closed, f"{count} calls are over")
        return records

    def talking(self) -> CallRecord:
        """Wait until a conversation is up."""

        def up() -> CallRecord | None:
            return next((r for r in self.store.calls.unfinished() if r.answered_at), None)

        record: CallRecord = self.until(up, "a conversation")
        return record

    def asked(self, msisdn: str) -> list[str]:
        asked = self.network.lines[msisdn].asked
        return [word for word in asked if "messages" not in word and "raw" not in word]

    def fires(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
