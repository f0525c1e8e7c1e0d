"""What ails a line is told by name, explained and advised on: provoked on the bank, row by row.

Where it lies, one exchange of SIM or port tells.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from appliance.cli import swap
from appliance.cli.root import run
from appliance.exchange.registry import LineStatus
from appliance.model.line_conditions import CONDITIONS, LineState
from appliance.words import say
from drivers import device_tools, rack
from drivers.at import commands, resync
from drivers.at.engine import Engine
from drivers.families import startup, watch
from drivers.recovery import Outcome, Paces, Rung, Step
from tests.exchange import doctor
from tests.exchange.bank_box import BankBox
from tests.exchange.doctor import Fault, Hands, admin_of

EC25, SIM7600, E1550 = "+8617000000001", "+8617000000002", "+8617000000003"
PIN: Final = "+8617000000004"
PEOPLE = [f"+861380000000{each}" for each in range(1, 6)]
SECONDS = 90.0

# Name, what provokes it, what undoes it, on which lines.
FAULTS: Final[list[tuple[str, str, str, list[str]]]] = [
    ("denied", "deny", "allow", [EC25]),
    ("no-service", "no-network", "network", [E1550]),
    ("roaming", "roam", "home", [SIM7600]),
    ("sim-missing", "sim-out", "sim-in", [EC25, SIM7600]),
    ("puk", "puk", "unblock", [E1550]),
    ("sim-wrong", "lock", "unlock", [SIM7600]),
    ("weak", "weak", "strong", [EC25, E1550]),
    ("hot", "hot", "cool", [EC25, SIM7600, E1550]),
    ("lost", "unplug", "plug", [SIM7600]),
]
JUDGED_ONLY: Final = {
    "hospital",  # tests/drivers/test_rack.py
    "starting",
    "pin-withheld",
    "sim-failure",
    "texts-only",
    "no-voice-port",
}
"""Rows whose facts the bank does not make; tests/model/test_line_conditions.py judges them."""
BY_OTHERS: Final = {
    "brown-out",
    "hung",
    "sim-pin",
    "resting",
    "no-voice",
    "forwarding",
    "storage-full",
    "unsteady",
    "ready",
}
"""Rows that have a test of their own below."""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankBox]:
    patch = pytest.MonkeyPatch()
    patch.setattr("appliance.exchange.vitals.EVERY", 0.5)
    patch.setattr(watch, "HEARTBEAT_AFTER", 1.0)
    patch.setattr(watch, "REFRESH_EVERY", 2.0)
    patch.setattr(watch, "SEARCH_EVERY", 1.0)
    patch.setattr(startup, "SIM_RETRY", 0.5)
    patch.setattr("appliance.exchange.vitals.SOON", 0.5)
    patch.setattr(device_tools, "BETWEEN", 0.2)
    patch.setattr(device_tools.answers, "__kwdefaults__", {"probes": 2, "seconds": 0.3})
    patch.setattr(commands, "HEARTBEAT", replace(commands.HEARTBEAT, timeout=0.5))
    patch.setattr(rack, "REENUMERATIONS", 1_000)  # faults make modems come and go
    patch.setattr(resync, "PROBES", 2)
    patch.setattr(Engine, "probe", 0.4)
    lines: list[dict[str, Any]] = [
        {"msisdn": EC25, "personality": "ec25"},
        {"msisdn": SIM7600, "personality": "sim7600"},
        {"msisdn": E1550, "personality": "e1550"},
        {"msisdn": PIN, "personality": "ec25", "pin": "4711"},
    ]
    made = BankBox(tmp_path_factory.mktemp("ills"), lines)
    made.paces = Paces(gone=1.0, hospital=(1.0,), power_every=0.0)
    made.numbers.remove(PIN)  # it never becomes ready
    for line in (EC25, SIM7600, E1550):
        made.enrol(line)
    made.start()
    yield made
    made.stop()
    patch.undo()


def status(box: BankBox, line: str) -> LineStatus:
    assert box.exchange is not None
    return next(each for each in box.exchange.lines() if each.msisdn == line)


def names(box: BankBox, line: str) -> list[str]:
    assert box.exchange is not None
    found = [each for each in box.exchange.lines() if each.msisdn == line]
    return [finding.name for finding in found[0].conditions] if found else []


def ready(box: BankBox, line: str) -> bool:
    return names(box, line) == ["ready"]


def fault(box: BankBox, line: str, kind: str) -> None:
    doctor.fault(box.control, line, kind)


def until_told(box: BankBox, line: str, name: str) -> LineStatus:
    """Wait until a line tells this of itself; returns what it tells."""
    box.until(lambda: name in names(box, line), SECONDS, f"{name} on {line}: {names(box, line)}")
    return status(box, line)


def check_shown(box: BankBox, line: str, name: str) -> LineStatus:
    """Check that a line comes to tell this, and explains what is first; returns what it tells."""
    found = until_told(box, line, name)
    finding = next(each for each in found.conditions if each.name == name)
    if found.conditions[0] is finding:
        assert found.explanation.startswith(say(f"LIN-{name}", **finding.facts))
    return found


def check_well(box: BankBox, line: str) -> None:
    """Check that nothing ails a line in the end."""
    box.until(lambda: ready(box, line), SECONDS, f"{line} is well: {names(box, line)}")


def test_every_row_is_provoked_or_judged() -> None:
    rows = {name for name, *_ in FAULTS} | JUDGED_ONLY | BY_OTHERS
    assert rows == {condition.name for condition in CONDITIONS}


@pytest.mark.parametrize(
    ("name", "breaks", "mends", "line"),
    [(name, breaks, mends, line) for name, breaks, mends, lines in FAULTS for line in lines],
)
def test_a_fault_is_told_and_goes(
    box: BankBox,
    config: Path,
    name: str,
    breaks: str,
    mends: str,
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    state = next(each.state for each in CONDITIONS if each.name == name)
    fault(box, line, breaks)
    found = check_shown(box, line, name)
    assert found.state is (state or LineState.READY)
    assert run(["line", "show", line, "--config", str(config)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    facts = next(each.facts for each in found.conditions if each.name == name)
    assert say(f"LIN-{name}", **facts) in shown
    assert say(f"ADV-{name}", **facts) in shown
    counted = f'simveil_line_condition{{condition="{name}",iccid="{found.iccid}"}} 1.0'
    assert counted in metrics(config)
    others = [each for each in (EC25, SIM7600, E1550) if each != line]
    assert all(ready(box, other) for other in others)
    fault(box, line, mends)
    check_well(box, line)


def test_a_sim_that_asks_for_its_pin(box: BankBox) -> None:
    found = check_shown(box, PIN, "sim-pin")
    about = box.control.line(PIN)
    assert found.state is LineState.SIM
    assert (found.iccid, found.imei, found.role) == (about["iccid"], about["imei"], None)


def test_a_full_storage(box: BankBox) -> None:
    fault(box, E1550, "sms-full")
    check_shown(box, E1550, "storage-full")
    check_well(box, E1550)


def test_a_diversion(box: BankBox) -> None:
    assert box.exchange is not None
    box.exchange.raw_at(EC25, f'AT+CCFC=0,3,"{PEOPLE[0]}",145', 10.0)
    found = check_shown(box, EC25, "forwarding")
    assert found.conditions[0].facts == {"reasons": "0"}
    box.exchange.raw_at(EC25, "AT+CCFC=0,4", 10.0)
    check_well(box, EC25)


@pytest.mark.parametrize(
    ("kind", "name", "state"),
    [("bar", "resting", LineState.RESTING), ("no-voice", "no-voice", LineState.READY)],
)
def test_a_run_of_causes(box: BankBox, kind: str, name: str, state: LineState) -> None:
    assert box.exchange is not None
    fault(box, EC25, kind)
    for person in PEOPLE:
        assert names(box, EC25) == ["ready"]
        box.exchange.raw_at(EC25, f"ATD{person};", 20.0)
        box.until(lambda: _listed_empty(box), SECONDS, "the call is over")
    assert check_shown(box, EC25, name).state is state
    fault(box, EC25, "unbar")
    box.exchange.wake(EC25)
    check_well(box, EC25)


def _listed_empty(box: BankBox) -> bool:
    assert box.exchange is not None
    return box.exchange.raw_at(EC25, "AT+CLCC", 10.0) == ["OK"]


@pytest.mark.parametrize(
    ("kind", "rung", "line"),
    [
        ("hang-port", Rung.REOPEN, EC25),
        ("hang-reset", Rung.RESET, SIM7600),
        ("hang-usb", Rung.REBIND, E1550),
        ("hang", Rung.POWER, EC25),
    ],
)
def test_each_step_of_the_ladder_brings_back_what_needs_it(
    box: BankBox, kind: str, rung: Rung, line: str
) -> None:
    began = box.clock.now()
    others = [each for each in (EC25, SIM7600, E1550) if each != line]
    fault(box, line, kind)
    check_shown(box, line, "hung")
    assert all(ready(box, other) for other in others)

    def climbed() -> list[Step]:
        new = [step for step in status(box, line).steps if step.at >= began]
        return new if new and new[-1].outcome is Outcome.BACK else []

    steps = box.until(climbed, SECONDS, f"back: {status(box, line).steps}")
    assert steps[0].rung is Rung.RESYNCHRONISE
    assert steps[-1].rung is rung
    assert steps[0].cause.startswith("deaf")
    check_well(box, line)


def test_coming_back_again_and_again(box: BankBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rack, "REENUMERATIONS", 3)
    for _ in range(4):
        fault(box, SIM7600, "unplug")
        box.until(lambda: status(box, SIM7600).state is LineState.LOST, SECONDS, "gone")
        fault(box, SIM7600, "plug")
        box.until(lambda: status(box, SIM7600).state is LineState.READY, SECONDS, "back")
    check_shown(box, SIM7600, "unsteady")
    fault(box, SIM7600, "unplug")
    assert check_shown(box, SIM7600, "brown-out").state is LineState.LOST
    fault(box, SIM7600, "plug")
    check_shown(box, SIM7600, "unsteady")
    monkeypatch.undo()
    check_well(box, SIM7600)


def metrics(config: Path) -> str:
    """What Prometheus reads of the box."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(config.parent / "admin" / "admin.sock"))
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


@pytest.fixture(scope="module")
def config(box: BankBox) -> Iterator[Path]:
    with admin_of(box, box.numbers) as config:
        yield config


def test_a_stick_is_found_by_its_light_and_by_pulling_it(
    box: BankBox,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mark = box.control.get("/events?since=0&timeout=0")["next"]
    words = ["line", "locate", EC25, "--json", "--config", str(config)]
    assert run([*words, "--blink"]) == 0
    assert json.loads(capsys.readouterr().out) == {"times": 3}
    events = box.control.get(f"/events?since={mark}&timeout=0")["events"]
    off = [each for each in events if each["kind"] == "registration" and each["status"] == 0]
    assert [each["line"] for each in off] == [EC25] * 3
    check_well(box, EC25)

    assert box.exchange is not None
    desk, looks = box.exchange.desk, itertools.count(1)
    lines = desk._lines

    def looked() -> Any:
        found = lines()
        if next(looks) == 4:  # by then it is waited for; the desk's own look may be among them
            fault(box, EC25, "unplug")
        return found

    about = status(box, EC25)
    monkeypatch.setattr(desk, "_lines", looked)
    assert run(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "socket": about.socket, "msisdn": EC25, "iccid": about.iccid, "imei": about.imei,
        "wanted": True,
    }  # fmt: skip
    fault(box, EC25, "plug")
    check_well(box, EC25)


@pytest.mark.parametrize("name", ["port", "operator", "application"])
def test_one_exchange_tells_where_the_fault_lies(
    box: BankBox,
    config: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The others take longer: tests/exchange/doctor_verdicts.py."""
    case = next(each for each in doctor.FAULTS if each.verdict == name)
    check_verdict(box, config, case, monkeypatch, capsys)


def check_verdict(
    box: BankBox,
    config: Path,
    case: Fault,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Check that a fault is made, found by the command line, and gone when it was mended."""
    monkeypatch.setattr(swap, "SETTLE_SECONDS", 0.7)
    monkeypatch.setattr(swap, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(rack, "REENUMERATIONS", 1_000 if case.verdict != "power" else 2)
    for kind in case.breaks:
        fault(box, EC25, kind)
    assert box.exchange is not None
    for person in PEOPLE if "resting" in case.shows else []:
        box.exchange.raw_at(EC25, f"ATD{person};", 20.0)
        box.until(lambda: _listed_empty(box), SECONDS, "the call is over")
    box.until(lambda: {*names(box, EC25)} & {*case.shows}, SECONDS, f"{case.shows}")
    modem, other = box.control.line(EC25)["imei"], status(box, E1550)

    def exchanged() -> None:
        assert case.exchange is not None
        doctor.exchange(box.control, case.exchange, EC25, E1550)

    monkeypatch.setattr("sys.stdin", Hands(exchanged))
    monkeypatch.setattr(swap.click, "prompt", lambda *_, **__: box.phone(PEOPLE[0]).msisdn)
    words = ["doctor", EC25, "--swap", "--with", E1550, "--json", "--config", str(config)]
    try:
        assert run(words) == 0
        told = json.loads(capsys.readouterr().out)
        wanted = {"sims": "sim", "ports": "socket", None: None}[case.exchange]
        assert told == {"exchange": wanted, "verdict": case.verdict}
        if case.exchange == "sims":  # a number goes with its SIM
            assert status(box, E1550).imei == modem
        elif case.exchange == "ports":
            moved = status(box, EC25)
            assert (moved.imei, moved.socket) == (modem, other.socket)
    finally:
        if case.exchange is not None:
            exchanged()
        for kind in case.mends:
            fault(box, EC25, kind)
        monkeypatch.undo()
    for line in (EC25, E1550):
        box.until(lambda line=line: names(box, line), SECONDS, f"{line} is known")  # type: ignore[misc]
        box.exchange.wake(line)
        check_well(box, line)
