"""Pushes looked at: samples of everything without a call, the real ones live, a sink for them."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.admin import admin_app
from appliance.api.server import Server
from appliance.cli.root import run
from appliance.config import parse
from appliance.demo.sink import Replies, Sink
from appliance.exchange.ask import Ask, AskSettings
from appliance.exchange.delivery import Delivery
from appliance.exchange.jobs import DeliverySettings
from appliance.exchange.notifier import number_status
from appliance.exchange.witness import Witness
from appliance.model.records import Application, Mode, UrlKind
from appliance.store import Store
from drivers.clock import SystemClock
from tests.cli.conftest import FakeExchange

KINDS = ("status", "cdr", "sms", "sms-control", "number", "callin")


class Desk:
    """A store with its delivery, an admin socket, and a sink that notes what came."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "box.toml"
        self.config.write_text(
            f'[box]\ndata = "{folder}"\n[admin]\nsocket = "{folder}/admin.sock"\n'
            '[api]\nlisten = "127.0.0.1:0"\nplain = true\n[timings]\ncallin_deadline = 20\n'
            "[push]\ntimeout = 20\n"
        )
        settings = parse(self.config.read_text())
        self.clock, self.witness = SystemClock(), Witness()
        self.store = Store(settings.box.database, clock=self.clock)
        delivery = DeliverySettings(reply_timeout=20)
        self.delivery = Delivery(self.store, self.clock, delivery, self.witness)
        self.ask = Ask(self.clock, AskSettings(timeout=20, witness=self.witness))
        app = admin_app(self.store, FakeExchange(), self.clock, settings, witness=self.witness)
        self.server = Server(app, f"unix:{settings.admin.socket}", threads=4)
        self.came: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.sinks: list[tuple[Sink, threading.Thread]] = []

    def start(self) -> None:
        self.clock.start()
        self.store.start()
        self.delivery.start()
        self.server.start()

    def stop(self) -> None:
        for sink, thread in self.sinks:
            sink.end()
            thread.join(10)
        self.server.stop(2)
        self.ask.stop(5)
        self.delivery.stop(5)
        self.store.stop(5)
        self.clock.stop()

    def sink(self, app: Application | None, replies: Replies) -> str:
        secrets = {app.key: app.secret} if app else {}
        sink = Sink("127.0.0.1", 0, secrets, replies, self.came.put)
        thread = threading.Thread(target=sink.run, name="sink")
        thread.start()
        self.sinks.append((sink, thread))
        return f"http://{sink.address}"

    def app(self, mode: Mode, replies: Replies | None = None, **fields: Any) -> Application:
        name = f"app-{mode}-{len(self.sinks)}"
        apps = self.store.applications
        made = self.store.write(lambda db: apps.add(db, name, mode, **fields))
        base = self.sink(made, replies or Replies())
        urls = {kind: f"{base}/{kind}" for kind in KINDS}
        return self.store.write(lambda db: apps.update(db, made.app_id, urls=urls))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    made = Desk(tmp_path)
    made.start()
    yield made
    made.stop()


def type_(desk: Desk, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = run([*words, "--config", str(desk.config)])
    return status, capsys.readouterr().out


CALL = ["callin", "callout", "alerting", "answer", "disconnect", "fee"]
WANTED = {
    Mode.AXB: [*CALL, "sms", "numStatus"],
    Mode.AX: [*CALL, "sms-question", "sms", "numStatus"],
    Mode.AXE: ["callin", "collectInfo", *CALL[1:], "numStatus"],
    Mode.AXYB: [*CALL, "numStatus"],
    Mode.X: [*CALL, "sms-question", "sms", "numStatus"],
}


def test_samples_of_every_push_are_signed_and_judged(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = Replies(connect="+8613912340002", route="+8613912340003")
    for mode, wanted in WANTED.items():
        app = desk.app(mode, answers, sign="wsse" if mode is Mode.AX else "aksk")

        status, out = type_(desk, capsys, "hook", "test", app.name, "--json")

        tried = json.loads(out)
        assert (status, [one["kind"] for one in tried]) == (0, wanted)
        came = [desk.came.get(timeout=10) for _ in wanted]
        assert {one["valid"] for one in came} == {True}
        for one, push in zip(tried, came, strict=True):
            assert json.loads(one["body"]) == push["body"]
            assert one["signed"] == push["signed"] != ""
            assert app.secret not in json.dumps(one)
        verdicts = {one["kind"]: one["verdict"] for one in tried}
        if mode is Mode.X:
            assert verdicts["callin"] == "understood as connect"
            assert came[0]["path"] == "/callin"
        if "sms-question" in verdicts:
            assert verdicts["sms-question"] == "understood as text"
    assert desk.store.outbox.recent(10) == []


def test_samples_that_are_not_taken_are_told(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = desk.app(Mode.X, Replies(status=503))
    status, out = type_(desk, capsys, "hook", "test", broken.name, "--kind", "callin", "--json")
    assert status == 1
    assert "HTTP 503" in json.loads(out)[0]["verdict"]

    dead = desk.app(Mode.AXB)
    urls = {"status": "http://127.0.0.1:9/", "cdr": "", "sms": ""}
    desk.store.write(lambda db: desk.store.applications.update(db, dead.app_id, urls=urls))
    status, out = type_(desk, capsys, "hook", "test", dead.name)
    assert status == 1
    assert "the connection was refused" in out
    assert "no cdr URL" in out


def test_each_push_is_watched_live_with_its_reply_and_next_try(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = desk.app(Mode.AXB), desk.app(Mode.X, Replies(status=500))
    started = threading.Event()
    lines: list[dict[str, Any]] = []

    def look() -> None:
        started.set()
        since = 0
        while len(lines) < 3:
            for told in desk.witness.look(since, 10):
                since = told.serial
                lines.append({"kind": told.kind})

    desk.witness.look(0, 0)  # somebody watches from now on
    watcher = threading.Thread(target=look)
    watcher.start()
    started.wait(5)
    for app in (good, bad):

        def work(db: Any, app: Application = app) -> None:
            desk.store.outbox.enqueue(
                db, app_id=app.app_id, url=UrlKind.NUMBER, kind="numStatus", order_key="n",
                body=number_status([("+8617000000001", 5, None)]), now=desk.clock.now(),
            )  # fmt: skip

        desk.store.write(work)
    answered: queue.SimpleQueue[Any] = queue.SimpleQueue()
    desk.ask.ask(good, UrlKind.CALLIN, {"statusInfo": {"notifyMode": "Block"}}, answered.put)
    assert answered.get(timeout=20).body == {"operation": "close"}
    watcher.join(30)
    assert not watcher.is_alive()

    status, out = type_(desk, capsys, "hook", "watch", "--count", "3", "--json")

    told = {(one["app"], one["kind"]): one for one in map(json.loads, out.splitlines())}
    assert status == 0
    delivered = told[good.name, "numStatus"]
    assert (delivered["status"], delivered["next_try"]) == (200, None)
    assert delivered["push_ids"]
    assert "PasswordDigest" in delivered["headers"]["X-AKSK"]
    failed = told[bad.name, "numStatus"]
    assert (failed["status"], failed["error"]) == (500, None)
    assert failed["next_try"] > failed["at"]
    question = told[good.name, "question"]
    assert question["reply"] == '{"operation": "close"}'
    assert question["push_ids"] == []
    status, out = type_(desk, capsys, "hook", "watch", "--app", bad.name, "--count", "1")
    assert "500," in out
    assert "numInfo" in out
    status, out = type_(desk, capsys, "hook", "watch", "--app", bad.name, "--seconds", "0")
    assert status == 0


def test_nothing_is_kept_while_nobody_watches(desk: Desk) -> None:
    app = desk.app(Mode.AXB)
    answered: queue.SimpleQueue[Any] = queue.SimpleQueue()

    desk.ask.ask(app, UrlKind.CALLIN, {"a": 1}, answered.put)

    answered.get(timeout=20)
    assert desk.witness.look(0, 0) == []


def test_the_sink_prints_what_came_and_whether_it_was_signed(
    desk: Desk, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = desk.app(Mode.AXB)
    port = queue.SimpleQueue()  # type: ignore[var-annotated]
    status: list[int] = []

    def listen() -> None:
        words = ["hook", "sink", "--listen", "127.0.0.1:0", "--app", app.name, "--count", "2"]
        status.append(run([*words, "--config", str(desk.config)]))

    thread = threading.Thread(target=listen)
    thread.start()
    text = ""
    while "Listening on" not in text:
        text += capfd.readouterr().err
        thread.join(0.01)
    port = int(text.split("127.0.0.1:")[1].split(";")[0])
    target = {"status": f"http://127.0.0.1:{port}/s"}
    desk.store.write(lambda db: desk.store.applications.update(db, app.app_id, urls=target))
    assert run(["hook", "test", app.name, "--kind", "callin", "--kind", "answer", "--json",
                "--config", str(desk.config)]) == 0  # fmt: skip
    thread.join(20)

    printed = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    pushes = [one for one in printed if isinstance(one, dict)]
    assert status == [0]
    assert [(one["path"], one["valid"]) for one in pushes] == [("/s", True), ("/s", True)]
    assert pushes[0]["body"]["eventType"] == "callin"
    assert run(["hook", "sink", "--listen", "nowhere", "--config", str(desk.config)]) == 2
    assert run(["hook", "sink", "--key", "k", "--secret-file", str(tmp_path / "none"),
                "--config", str(desk.config)]) == 2  # fmt: skip
