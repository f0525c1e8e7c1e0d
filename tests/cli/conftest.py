from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.api.admin import admin_app
from appliance.api.server import Server
from appliance.cli.root import run
from appliance.config import parse
from appliance.errors import NotFound
from appliance.model.allowances import CHINA
from appliance.model.commission import Finding, Report
from appliance.operations.jobs import Jobs
from appliance.store import Store
from drivers.clock import ManualClock
from drivers.errors import CommandTimeout

X1, X2, TRUNK = "+8617000000001", "+8617000000002", "+8617000000003"


def line(msisdn: str | None, number: int, **facts: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            "msisdn": msisdn,
            "iccid": f"8986000000000000000{number}",
            "imei": f"86000000000000{number}",
            "family": "ec25",
            "role": None,
            "state": "ready",
            "explanation": None,
            "operator": "Virtual",
            "signal_dbm": -71,
            "call": None,
            "queue": 0,
            "findings": (),
            "own_number": None,
            "celsius": None,
            **facts,
        }
    )


REPORT = Report(
    at=datetime(2026, 3, 1, 8, 0, tzinfo=UTC),
    imei="860000000000001",
    iccid="89860000000000000001",
    family="quectel",
    model="EC25",
    firmware="R06",
    partners=(X2, TRUNK),
    findings=(
        Finding("call", True),
        Finding("uplink", True),
        Finding("downlink", True),
        Finding("delay", True, "120 ms"),
        Finding("hold", False, "refused"),
    ),
)


@dataclass
class FakeCommissionings:
    """Finds the same of every line, once it is asked to."""

    exchange: FakeExchange
    kept: dict[str, Report] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...], Path]] = field(default_factory=list)

    def run(self, name: str, partners: list[str], recordings: Path, now: datetime) -> Report:
        self._known(name)
        self.asked.append((name, tuple(partners), recordings))
        self.kept[name] = REPORT
        return REPORT

    def report(self, name: str) -> tuple[Report, bool] | None:
        self._known(name)
        return (self.kept[name], True) if name in self.kept else None

    def _known(self, name: str) -> None:
        if not any(name in (one.msisdn, one.iccid, one.imei) for one in self.exchange.known):
            raise NotFound(f"there is no line {name}")


@dataclass
class FakeDesk:
    """Nothing is known of any line, and nobody is there to be asked."""

    clock: ManualClock = field(default_factory=ManualClock)
    zone: tzinfo = CHINA
    checks: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(run=_nowhere, last=lambda _iccid: None)
    )
    findings: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(every=lambda: (), of=lambda _iccid: ())
    )

    def __post_init__(self) -> None:
        self.ring = self.pulled = self.blink = self.balance = _nowhere

    def radio(self) -> dict[str, Any]:
        return {}

    def balances(self) -> list[Any]:
        return []

    def now(self) -> datetime:
        return self.clock.now()


def _nowhere(*_: Any, **__: Any) -> Any:
    raise NotFound("there is no such line")


@dataclass
class FakeExchange:
    """Lines that answer by hand."""

    known: list[SimpleNamespace] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    enrolments: int = 0
    delivers: Callable[[str, str, str], None] | None = None

    def __post_init__(self) -> None:
        self.commissionings = FakeCommissionings(self)
        self.desk = FakeDesk()

    def lines(self) -> list[SimpleNamespace]:
        return self.known

    def enrolment_changed(self) -> None:
        self.enrolments += 1

    def metrics(self) -> list[Any]:
        return []

    def raw_at(self, line: str, command: str, timeout: float) -> list[str]:
        if command == "AT+SLOW":
            raise CommandTimeout("AT+SLOW did not end within 10 s")
        self.commands.append((line, command))
        return ["+CSQ: 20,99", "OK"]

    def ussd(self, line: str, code: str, timeout: float) -> str:
        self.commands.append((line, code))
        return "余额 12.30 元"

    def send_text(self, line: str, to: str, text: str, timeout: float) -> int:
        self.commands.append((line, to, text))
        if self.delivers is not None:
            self.delivers(line, to, text)
        return 1

    def wake(self, line: str) -> None:
        self.commands.append((line, "wake"))

    def reset(self, line: str) -> None:
        self.commands.append((line, "reset"))


@dataclass
class Shell:
    """Types commands against a real box's admin socket."""

    config: Path
    store: Store
    exchange: FakeExchange
    clock: ManualClock
    capture: pytest.CaptureFixture[str]

    def type(self, *words: str) -> tuple[int, str, str]:
        status = run([*words, "--config", str(self.config)])
        seen = self.capture.readouterr()
        return status, seen.out, seen.err

    def json(self, *words: str) -> Any:
        status, out, err = self.type(*words, "--json")
        assert (status, err) == (0, ""), (status, err)
        assert out.count("\n") == 1
        return json.loads(out)

    def refused(self, *words: str) -> str:
        status, out, err = self.type(*words, "--json")
        assert status == 2, (status, out, err)
        assert out == ""
        assert err.count("\n") == 1
        return err.strip()


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    config = tmp_path / "box.toml"
    config.write_text(
        f'[box]\ndata = "{tmp_path}"\n[admin]\nsocket = "{tmp_path}/admin/admin.sock"\n'
        '[api]\nlisten = "127.0.0.1:0"\nplain = true\n'
        f'[virtual]\nlines = ["{X1}", "{X2}", "{TRUNK}"]\n'
    )
    settings = parse(config.read_text())
    clock = ManualClock()
    store = Store(settings.box.database, clock=clock)
    store.start()
    exchange = FakeExchange([line(X1, 1), line(X2, 2), line(TRUNK, 3)])
    jobs = Jobs(
        store,
        clock,
        in_call=lambda: {one.msisdn for one in exchange.known if one.call},
        enrolment_changed=exchange.enrolment_changed,
    )
    jobs.start()
    server = Server(
        admin_app(store, exchange, clock, settings, jobs=jobs),
        f"unix:{settings.admin.socket}",
        threads=2,
        body_limit=16 << 20,
    )
    try:
        server.start()
        yield Shell(config, store, exchange, clock, capsys)
    finally:
        server.stop(2.0)
        assert jobs.stop(5.0)
        store.stop(5.0)
