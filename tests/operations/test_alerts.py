"""Who is told that something is wrong: once, once when it is over, on each way by itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.config import ApiSection, BoxSection, Settings, TlsSection
from appliance.config_care import AlertSection, BackupSection
from appliance.errors import Refused, Unsettled
from appliance.model.records import Mode, UrlKind
from appliance.operations import recovery
from appliance.operations.alerts import AGAIN, Teller, gsm
from appliance.operations.findings import Finding, Inspector
from appliance.store import Store
from drivers.clock import ManualClock
from tests.exchange.receiver import Receiver, Request

X, ANN, BEN = "+8617000000001", "+8613800000001", "+8613800000002"
CHINA = timezone(timedelta(hours=8))
WHY = {"code": "LIN-lost", "facts": {"cause": "hung up"}}
DOWN = Finding("CON-110", {"line": X, "why": WHY}, f"line:{X}")


@dataclass
class Exchange:
    """Lines that send texts as a test wants them to."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    deaf: dict[str, Exception] = field(default_factory=dict)

    def lines(self) -> list[Any]:
        return [
            SimpleNamespace(state="ready", call=None, iccid=f"8986{n}", role="number", findings=())
            for n in range(2)
        ]

    def send_text(self, _line: str, to: str, text: str, _timeout: float) -> int:
        if to in self.deaf:
            raise self.deaf[to]
        self.sent.append((to, text))
        return 1


@dataclass
class Findings:
    """What is wrong just now."""

    now: list[Finding] = field(default_factory=list)

    def findings(self) -> list[Finding]:
        return self.now

    def backup_age(self) -> float | None:
        return None


class Desk:
    """Everything around a teller; each start is a box of its own on the same data."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.store = Store(folder / "box.db", clock=self.clock)
        self.store.start()
        self.hook = Receiver()
        self.exchange, self.wrong = Exchange(), Findings()
        self.teller = self.begin()

    def begin(self, **rules: Any) -> Teller:
        asked: dict[str, Any] = {"webhook": self.hook.url, "texts_to": [ANN, BEN], "after": 60.0}
        asked |= rules
        settings = Settings(alert=AlertSection(**asked))
        self.teller = Teller(
            self.store,
            self.exchange,
            self.wrong,  # type: ignore[arg-type]
            settings,
            self.clock.now,
            lambda moment: moment.astimezone(CHINA),
            self.clock.monotonic,
        )
        return self.teller

    def looks(self, seconds: float = 0.0) -> None:
        """Look, let time pass in steps of five seconds, and look after each."""
        self.teller.look()
        for _ in range(round(seconds / 5.0)):
            self.clock.advance(5.0)
            self.teller.look()

    @property
    def events(self) -> list[str]:
        return [request.json["event"] for request in self.hook.requests]

    def texts(self, to: str) -> list[str]:
        return [text for number, text in self.exchange.sent if number == to]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.hook.close()
    made.store.stop(5)


def test_one_message_and_one_all_clear_over_restarts(desk: Desk) -> None:
    desk.wrong.now = [DOWN]
    desk.looks(55)
    assert desk.events == []
    desk.looks(5)
    desk.begin()
    desk.looks(300)
    [told] = [request.json for request in desk.hook.requests]
    assert (told["event"], told["code"]) == ("alert", "CON-110")
    assert X not in str(told)
    assert "模块不在" in told["text_zh"]
    assert len(desk.texts(ANN)) == len(desk.texts(BEN)) == 1

    desk.wrong.now = []
    desk.looks(55)
    desk.wrong.now = [DOWN]  # not over after all
    desk.looks(120)
    desk.wrong.now = []
    desk.begin()
    desk.looks(300)
    assert desk.events == ["alert", "clear"]
    assert "all clear" in desk.texts(ANN)[1]
    assert len(desk.texts(ANN)) == len(desk.texts(BEN)) == 2


def test_what_comes_and_goes_is_told_to_nobody(desk: Desk) -> None:
    for _ in range(5):
        desk.wrong.now = [DOWN]
        desk.looks(40)
        desk.wrong.now = []
        desk.looks(40)
    assert (desk.events, desk.exchange.sent) == ([], [])


def test_each_way_is_tried_again_by_itself(desk: Desk) -> None:
    desk.hook.behave = lambda request: request.answer(500)
    desk.exchange.deaf[BEN] = Refused("modem", "congestion")
    desk.wrong.now = [DOWN]
    desk.looks(60)
    tried = len(desk.hook.requests)
    assert tried == 1
    desk.looks(AGAIN - 5)
    assert len(desk.hook.requests) == tried
    desk.exchange.deaf.clear()
    desk.hook.behave = lambda request: request.answer(200)
    desk.looks(300)
    assert len(desk.hook.requests) == tried + 1
    assert len(desk.texts(ANN)) == len(desk.texts(BEN)) == 1


def test_a_text_that_may_have_been_sent_is_not_sent_again(desk: Desk) -> None:
    desk.exchange.deaf[ANN] = Unsettled("modem", "no result after Ctrl-Z")
    desk.wrong.now = [DOWN]
    desk.looks(60)
    desk.exchange.deaf.clear()
    desk.looks(300)
    assert desk.texts(ANN) == []
    assert len(desk.texts(BEN)) == 1


def at(desk: Desk, hour: int, minute: int = 0) -> None:
    """Let it be that time of day in China."""
    now = desk.clock.now().astimezone(CHINA)
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    desk.clock.advance((then - now).total_seconds() % 86400)


def test_texts_wait_for_the_end_of_the_quiet_hours_and_webhooks_do_not(desk: Desk) -> None:
    desk.begin(quiet_from="22:00", quiet_until="07:00", after=0.0, daily="06:00")
    at(desk, 5, 59)
    desk.wrong.now = [DOWN]
    desk.looks()
    assert (desk.events, desk.exchange.sent) == (["alert"], [])
    at(desk, 6, 30)
    desk.looks()
    assert (desk.events, desk.exchange.sent) == (["alert", "report"], [])
    at(desk, 7)
    desk.looks(60)
    assert desk.events == ["alert", "report"]
    assert len(desk.texts(ANN)) == 2


def test_a_report_a_day_on_each_way_and_it_counts_from_local_midnight(desk: Desk) -> None:
    desk.begin(daily="08:00")
    at(desk, 7, 59)
    insert_text(desk, desk.clock.now() - timedelta(hours=1))  # 06:59 here, yesterday in UTC
    insert_text(desk, desk.clock.now() - timedelta(hours=9))  # yesterday
    desk.looks()
    assert desk.events == []
    desk.exchange.deaf[BEN] = Refused("modem", "congestion")
    at(desk, 8)
    desk.looks(30)
    assert desk.events == ["report"]
    assert "2/2 lines, 0 calls, 1 texts" in desk.texts(ANN)[0]
    assert desk.texts(BEN) == []
    desk.exchange.deaf.clear()
    desk.begin(daily="08:00")
    desk.looks(AGAIN)
    assert (desk.events, len(desk.texts(ANN)), len(desk.texts(BEN))) == (["report"], 1, 1)
    at(desk, 8)
    desk.looks()
    assert (desk.events, len(desk.texts(BEN))) == (["report"] * 2, 2)


def insert_text(desk: Desk, received_at: datetime) -> None:
    store = desk.store

    def work(db: Any) -> None:
        app = store.applications.add(db, f"shop-{received_at}", Mode.AXB)
        store.messages.add(
            db,
            identifier=f"t{received_at}",
            app_id=app.app_id,
            x=X,
            arrived=X,
            sender=ANN,
            recipient=BEN,
            subscription_id=None,
            direction=0,
            body="hello",
            incomplete=False,
            parts=1,
            reference=1,
            received_at=received_at,
        )

    store.write(work)


def fail_push(desk: Desk) -> None:
    """Let a push to an application fail once."""
    store, now = desk.store, desk.clock.now()

    urls = {UrlKind.STATUS: "http://127.0.0.1:9/"}
    app = store.write(lambda db: store.applications.add(db, "shop", Mode.AXB, urls=urls))

    def work(db: Any) -> None:
        push = store.outbox.enqueue(
            db,
            app_id=app.app_id,
            url=UrlKind.STATUS,
            kind="callin",
            order_key="s",
            body={},
            now=now,
        )
        assert push is not None
        store.outbox.mark_failed(db, [push], now, schedule=(), error="connection refused")

    store.write(work)


def test_a_way_that_is_not_wanted_any_more_keeps_nothing_open(desk: Desk) -> None:
    desk.wrong.now = [DOWN]
    desk.looks(60)
    desk.begin(texts_to=[])
    desk.wrong.now = []
    desk.looks(120)
    assert desk.events == ["alert", "clear"]
    desk.begin()
    desk.looks(120)
    assert desk.events == ["alert", "clear"]
    assert len(desk.texts(ANN)) == 1


def test_a_webhook_that_is_not_there_stops_nothing(desk: Desk) -> None:
    desk.hook.behave = lambda request: Request.reset(request)
    desk.wrong.now = [DOWN]
    desk.looks(60)
    assert len(desk.texts(ANN)) == 1


def test_what_is_wrong_is_found_in_lines_sims_applications_disk_and_backup(desk: Desk) -> None:
    ill = SimpleNamespace(name="lost", facts={"cause": "/dev/ttyUSB2: hung up"})
    poor = SimpleNamespace(code="FND-103", facts={"amount": "3.00"}, iccid="8986", subject="credit")
    lines = [
        SimpleNamespace(msisdn=X, state="lost", conditions=(ill,), findings=()),
        SimpleNamespace(msisdn=ANN, state="ready", conditions=(), findings=(poor,)),
        SimpleNamespace(msisdn=BEN, state="starting", conditions=(), findings=()),
    ]
    data = desk.store.path.parent
    settings = Settings(
        box=BoxSection(data=data),
        api=ApiSection(plain=True, listen=["127.0.0.1:0"]),
        alert=AlertSection(disk_percent=10, parked=1),
        backup=BackupSection(target=str(data / "stick")),
    )
    exchange = SimpleNamespace(lines=lambda: lines)
    inspector = Inspector(desk.store, exchange, settings, desk.clock.now)
    fail_push(desk)
    found = {finding.code: finding for finding in inspector.findings()}
    assert set(found) - {"CON-106"} == {"CON-110", "FND-103", "CON-111", "CON-114"}
    assert ("CON-106" in found) == (inspector.disk_percent() >= 10)
    assert "/dev/" not in str(found["CON-110"])
    assert found["CON-110"].facts["why"] == WHY
    assert found["CON-111"].facts["app"] == "shop"

    recovery.keep(data, recovery.recipient(recovery.new_phrase()))
    assert "CON-116" not in {finding.code for finding in inspector.findings()}
    os.utime(data / recovery.RECIPIENT, (0, 0))
    assert "CON-116" in {finding.code for finding in inspector.findings()}

    subject = ("-subj", "/CN=box", "-keyout", str(data / "key.pem"), "-out", str(data / "c.pem"))
    for days, wrong in ((5, True), (400, False)):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:P-256", "-nodes", "-days", str(days), *subject]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        tls = TlsSection(certificate=data / "c.pem", key=data / "key.pem")
        known = settings.model_copy(update={"api": ApiSection(tls=tls)})
        looking = Inspector(desk.store, exchange, known, lambda: datetime.now(UTC))
        assert ("CON-112" in {finding.code for finding in looking.findings()}) is wrong


def test_a_text_is_one_part_of_the_default_alphabet() -> None:
    assert gsm("box-1: ~{all} is well…") == "box-1: ??all? is well?"
    assert len(gsm("x" * 300)) == 160
