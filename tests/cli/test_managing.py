"""What an owner manages: batches, states, room, use and records, with lists that can be saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from appliance.cli import client
from appliance.cli.common import Choices
from appliance.model.call_plan import Rules, rules
from appliance.model.records import CallRecord, Mode
from tests.cli.conftest import TRUNK, X1, X2, Shell

A, B, C, D = "+8613912340001", "+8613912340002", "+8613912340003", "+8613912340004"


def until(seen: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = monotonic() + seconds
    while not (found := seen()):
        assert monotonic() < end
    return found


def finished(shell: Shell, task: dict[str, Any]) -> dict[str, Any]:
    def seen() -> Any:
        now = shell.json("task", "show", str(task["task_id"]))
        return now if now["state"] != "running" else None

    return until(seen)  # type: ignore[no-any-return]


def furnish(shell: Shell) -> None:
    for name in ("one", "two"):
        shell.json("app", "add", name, "--mode", "AXB", "--sms")
    shell.json("number", "enrol", X1, "--app", "one", "--city", "0755", "--sms")
    shell.json("number", "enrol", X2, "--app", "one", "--city", "010", "--sms")
    shell.json("number", "enrol", TRUNK, "--trunk")


def test_a_batch_of_transfers_tells_of_each_number(shell: Shell, tmp_path: Path) -> None:
    furnish(shell)
    shell.json("binding", "add", "--app", "one", "--a", A, "--b", B, "--x", X1)
    file = tmp_path / "list.csv"
    file.write_text(f"city,msisdn\n0755,{X1}\n,{TRUNK}\n,+8617000000009\n,hello1\n")
    shell.exchange.known[1].call = "a call"

    task = shell.json("task", "transfer", str(file), X2, "--app", "two")
    assert (task["kind"], task["total"]) == ("transfer", 5)
    task = finished(shell, task)

    assert (task["state"], task["done"], task["failed"]) == ("partly", 1, 4)
    rows = {row["number"]: row for row in shell.json("task", "results", str(task["task_id"]))}
    assert (rows[X1]["state"], rows[X1]["note"]) == ("done", "1 bindings ended")
    assert "trunk" in rows[TRUNK]["reason"]
    assert "not enrolled" in rows["+8617000000009"]["reason"]
    assert "telephone number" in rows["hello1"]["reason"]
    assert "carries a call" in rows[X2]["reason"]
    assert shell.json("number", "list", "--app", "two")[0]["msisdn"] == X1
    assert shell.json("binding", "list") == []

    shell.exchange.known[1].call = None
    saved = tmp_path / "failed.xlsx"
    told = shell.json(
        "task", "results", str(task["task_id"]), "--state", "failed", "--output", str(saved)
    )
    assert told == {"path": str(saved), "rows": 4}
    lines = list(load_workbook(saved).active.iter_rows(values_only=True))
    assert lines[0] == (
        *("number", "state", "reason", "note", "attempts"),
        *("settled_at", "settled_at_local"),
    )
    assert (lines[4][0], lines[4][1], lines[4][4]) == (X2, "failed", 1)
    again = finished(shell, shell.json("task", "resubmit", str(task["task_id"])))
    assert (again["done"], again["failed"]) == (2, 3)
    assert {one["app"] for one in shell.json("number", "list")} == {"two", None}


def test_a_batch_of_releases_checks_each_number_first(shell: Shell) -> None:
    furnish(shell)
    shell.json("binding", "add", "--app", "one", "--a", A, "--b", B, "--x", X1)

    task = finished(shell, shell.json("task", "release", X1, X2, X2, TRUNK))

    assert (task["state"], task["done"], task["failed"]) == ("partly", 2, 1)
    (failed,) = shell.json("task", "results", str(task["task_id"]), "--state", "failed")
    assert failed["number"] == X1
    assert failed["reason"].startswith("1 bindings stand on it")
    assert [one["msisdn"] for one in shell.json("number", "list")] == [X1]
    assert "no application" in shell.refused("task", "release", X1, "--from-app", "three")
    other = finished(shell, shell.json("task", "release", X1, "--from-app", "two"))
    assert other["state"] == "failed"
    gone = finished(shell, shell.json("task", "release", X1, "--end-bindings"))
    assert gone["state"] == "done"
    assert [one["task_id"] for one in shell.json("task", "list")] == [3, 2, 1]
    events = shell.json("binding", "history")
    assert [(one["event"], one["x"], one["a"]) for one in events] == [
        ("unbound", X1, A),
        ("bound", X1, A),
    ]
    assert "there is no task 9" in shell.refused("task", "results", "9")
    assert "nothing of task 3 failed" in shell.refused("task", "resubmit", "3")


def test_texts_are_switched_off_with_their_bindings(shell: Shell, tmp_path: Path) -> None:
    furnish(shell)
    made = shell.json("binding", "add", "--app", "one", "--a", A, "--b", B, "--x", X1)
    book = Workbook()
    book.active.append(["Number"])
    book.active.append([int(X1[1:])])  # as a spreadsheet keeps what looks like a quantity
    book.active.append([X2])
    book.save(tmp_path / "list.xlsx")

    task = finished(shell, shell.json("task", "sms", str(tmp_path / "list.xlsx"), "--off"))

    assert task["state"] == "done"
    assert {one["sms"] for one in shell.json("number", "list", "--app", "one")} == {False}
    app = shell.store.applications.by_name("one")
    assert app is not None
    binding = shell.store.bindings.get(app, made["subscription_id"])
    assert binding is not None
    assert binding.private_sms is False
    notes = [one["note"] for one in shell.json("task", "results", str(task["task_id"]))]
    assert notes == ["texts are off, on 1 bindings too", "texts are off, on 0 bindings too"]
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK nothing")
    assert "not a workbook" in shell.refused("task", "sms", str(broken), "--on")
    assert "cannot be read" in shell.refused("task", "sms", str(tmp_path / "none.csv"), "--on")


def test_room_is_told_by_number_and_by_city(shell: Shell) -> None:
    furnish(shell)
    shell.json("app", "add", "shops", "--mode", "AXE", "--digits", "2")
    shell.json("binding", "add", "--app", "one", "--a", A, "--b", B, "--x", X1)

    one, two, trunk = shell.json("number", "list")
    assert (one["bindings"], one["remaining"]) == (1, 4999)
    assert (two["bindings"], two["remaining"]) == (0, 5000)
    assert trunk["remaining"] is None
    shell.json("number", "transfer", X2, "--app", "shops")
    assert shell.json("number", "list", "--app", "shops")[0]["remaining"] == 99
    beijing, shenzhen = shell.json("number", "cities")[1], shell.json("number", "cities")[0]
    assert (shenzhen["app"], shenzhen["city"], shenzhen["names"]) == ("one", "0755", "深圳")
    assert (shenzhen["free"], shenzhen["unbound"], shenzhen["remaining"]) == (1, 0, 4999)
    assert (beijing["app"], beijing["city"], beijing["remaining"]) == ("shops", "010", 99)

    changed = shell.json("number", "set", X1, "--status", "bind-frozen", "--city", "020")
    assert (changed["status"], changed["city"]) == (11, "020")
    assert [n["msisdn"] for n in shell.json("number", "list", "--free")] == [X2]
    assert [n["msisdn"] for n in shell.json("number", "list", "--status", "bind-frozen")] == [X1]
    assert shell.json("number", "cities", "--app", "one")[0]["free"] == 0


def by_rules(shell: Shell, box: Rules) -> Rules:
    kept = shell.store.numbers.by_msisdn(X1)
    assert kept is not None
    return rules(box, kept.settings, None)


def test_a_number_s_calls_have_rules_of_their_own(shell: Shell) -> None:
    furnish(shell)
    asked = ("--press-1", "--no-early-dial", "--x-only", "--transfer")
    own = {"press_1": True, "early_dial": False, "x_only": True, "transfer": True}
    assert shell.json("number", "set", X1, *asked)["rules"] == own
    box = Rules(early_dial=True)
    assert by_rules(shell, box) == Rules(x_only=True, early_dial=False, press_1=True)
    changed = shell.json("number", "set", X1, "--inherit", "early-dial", "--no-press-1")
    assert changed["rules"] == {"press_1": False, "x_only": True, "transfer": True}
    assert by_rules(shell, box) == Rules(x_only=True, early_dial=True)
    assert next(n for n in shell.json("number", "list") if n["msisdn"] != X1)["rules"] == {}


def test_a_number_s_new_state_is_told_to_its_application(shell: Shell) -> None:
    furnish(shell)
    shell.json(
        "app", "set", "one", "--status-url", "http://127.0.0.1:9/s",
        "--setting", "push_number_status=true",
    )  # fmt: skip

    shell.json("number", "set", X1, "--status", "unavailable", "--cause", "2")
    shell.json("number", "set", X1, "--city", "0755")
    shell.json("number", "set", X1, "--status", "normal")

    pushes = [shell.json("outbox", "show", str(number)) for number in (1, 2)]
    assert [push["body"] for push in pushes] == [
        {"eventType": "numStatus", "numInfo": [{"number": X1, "status": "10", "cause": "2"}]},
        {"eventType": "numStatus", "numInfo": [{"number": X1, "status": "5"}]},
    ]
    assert len(shell.json("outbox", "list")) == 2
    assert "goes with state 10" in shell.refused(
        "number", "set", X1, "--status", "suspended", "--cause", "2"
    )
    assert "not enrolled" in shell.refused("number", "set", "+8617000000009", "--sms")
    assert "no city code" in shell.refused("number", "set", X1, "--city", "0000")


def test_an_allowance_warns_from_eighty_per_cent_on(shell: Shell) -> None:
    furnish(shell)
    now = shell.clock.now()
    record = CallRecord(
        session_id="s", icid="i", app_id=1, mode=Mode.AXB, bind_number=X1, dialled=X1, caller=A,
        callee=B, shown=TRUNK, call_in_at=now, answered_at=now,
        ended_at=now + timedelta(seconds=79 * 60 + 1),
    )  # fmt: skip
    shell.store.write(lambda db: shell.store.calls.open(db, record))
    shell.json("number", "set", TRUNK, "--allowance-minutes", "100", "--allowance-day", "15")
    shell.json("number", "set", X1, "--allowance-parts", "50")

    rows = {row["msisdn"]: row for row in shell.json("number", "usage")}

    assert (rows[TRUNK]["minutes"], rows[TRUNK]["percent"]) == (80, 80)
    assert rows[TRUNK]["warning"] == "80 % of the month's allowance is used."
    assert rows[TRUNK]["since"] == "2026-02-14T16:00:00Z"  # the 15th by China's clock
    assert (rows[X1]["percent"], rows[X1]["warning"]) == (0, None)
    assert rows[X2]["percent"] is None
    assert [row["msisdn"] for row in shell.json("number", "usage", "--warned")] == [TRUNK]
    shell.json("number", "set", TRUNK, "--allowance-minutes", "79")
    assert "used up (101 %)" in shell.json("number", "usage", "--warned")[0]["warning"]


def test_every_list_can_be_saved(shell: Shell, tmp_path: Path) -> None:
    furnish(shell)
    shell.json("binding", "add", "--app", "one", "--a", A, "--b", B, "--user-data", "=1+1")

    for words in (
        ("number", "list"), ("number", "cities"), ("number", "usage"), ("binding", "list"),
        ("binding", "history"), ("cdr", "list"), ("sms", "list"), ("sms", "inbox"),
        ("task", "list"), ("cdr", "export"), ("app", "list"), ("outbox", "list"),
    ):  # fmt: skip
        rows = shell.json(*words)
        file = tmp_path / f"{'-'.join(words)}.csv"
        assert shell.json(*words, "--output", str(file)) == {"path": str(file), "rows": len(rows)}
        with io.StringIO(file.read_text(encoding="utf-8"), newline="") as text:
            assert len(list(csv.DictReader(text))) == len(rows)
    text = (tmp_path / "binding-list.csv").read_text()
    assert "'=1+1" in text
    workbook = tmp_path / "b.xlsx"
    shell.json("binding", "list", "--output", str(workbook))
    sheet = load_workbook(workbook).active
    cell = next(cell for cell in sheet[2] if cell.value == "=1+1")
    assert cell.data_type == "s"
    assert "neither in .csv" in shell.refused("number", "list", "--output", str(tmp_path / "a.b"))
    assert "cannot be written" in shell.refused("number", "list", "--output", "/no/where.csv")


def test_a_list_that_changes_while_it_is_saved_misses_and_repeats_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(shell)
    shell.json("number", "transfer", X2, "--app", "two")
    people = [f"+86139123401{place:02d}" for place in range(14)]
    couples = list(zip(people[::2], people[1::2], strict=True))
    made = [
        shell.json("binding", "add", "--app", app, "--a", a, "--b", b)["subscription_id"]
        for app, (a, b) in zip(
            ("one", "two", "one", "two", "two", "one", "one"), couples, strict=True
        )
    ]
    ask, ended = client.ask, iter(made)

    def while_things_end(choices: Choices, method: str, path: str, *more: Any, **query: Any) -> Any:
        page = ask(choices, method, path, *more, **query)
        ask(choices, "DELETE", client.path_of("bindings", next(ended)))
        return page

    monkeypatch.setattr(client, "_PAGE", 2)
    monkeypatch.setattr(client, "ask", while_things_end)
    file = tmp_path / "all.csv"
    assert shell.json("binding", "list", "--output", str(file))["rows"] == 7
    with io.StringIO(file.read_text(encoding="utf-8"), newline="") as text:
        assert [row["subscription_id"] for row in csv.DictReader(text)] == made
    monkeypatch.undo()
    assert [row["subscription_id"] for row in shell.json("binding", "list")] == made[4:]


def test_an_application_brings_its_key_pair_its_prompts_and_its_extras(
    shell: Shell, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret-of-the-cloud\n")
    pair = ("--key", "CloudKey01", "--secret-file", str(secret))

    made = shell.json(
        "app", "add", "shop", "--mode", "AXE", *pair, "--prompt", "extension-enter=default",
        "--extension-repeats", "2", "--callback-number", "0755-28680001", "--push-number-status",
        "--language", "zh-CN+en",
    )  # fmt: skip

    assert (made["appKey"], made["appSecret"]) == ("CloudKey01", "s3cret-of-the-cloud")
    assert made["settings"] == {
        "prompts": {"extension-enter": "default", "recording-notice": "default"},
        "language": "zh-CN+en",
        "extension_repeats": 2,
        "callback_number": "+8675528680001",
        "push_number_status": True,
    }
    changed = shell.json(
        "app", "set", "shop", "--prompt", "extension-enter=", "--prompt", "waiting=default",
        "--prompt", "recording-notice=",  # the cloud's silence
        "--callback-number", "", "--no-push-number-status",
    )  # fmt: skip
    assert changed["settings"] == {
        "prompts": {"waiting": "default"},
        "language": "zh-CN+en",
        "extension_repeats": 2,
        "push_number_status": False,
    }
    assert "another application has this key" in shell.refused(
        "app", "add", "two", "--mode", "AX", *pair
    )
    assert "adopted together" in shell.refused("app", "add", "two", "--mode", "AX", *pair[:2])
    assert "no approved voice file" in shell.refused(
        "app", "set", "shop", "--prompt", "waiting=a.wav"
    )
    assert "SLOT=FILE" in shell.refused("app", "set", "shop", "--prompt", "waiting")
    assert "prompts" in shell.refused("app", "set", "shop", "--prompt", "nonsense=default")


def test_old_names_of_a_number_come_and_go(shell: Shell) -> None:
    shell.json("app", "add", "one", "--mode", "AXB")
    old, older = "+8617099990001", "+8617099990002"
    assert shell.json("number", "enrol", X1, "--app", "one", "--alias", old)["aliases"] == [old]

    changed = shell.json("number", "set", X1, "--alias", older, "--no-alias", old)

    assert changed["aliases"] == [older]
    assert "is itself enrolled" in shell.refused("number", "set", X1, "--alias", X1)
    assert shell.type("auth", "explain")[1] == "No request was refused.\n"
    assert shell.json("auth", "explain") is None
    assert shell.json("auth", "list") == []


def test_ax_and_axe_are_bound_by_hand_too(shell: Shell) -> None:
    for name, mode in (("ax", "AX"), ("axe", "AXE"), ("x", "X")):
        shell.json("app", "add", name, "--mode", mode)
    shell.json("number", "enrol", X1, "--app", "ax", "--city", "0755")
    shell.json("number", "enrol", X2, "--app", "axe")

    ax = shell.json("binding", "add", "--app", "ax", "--a", A, "--city", "0755", "--direction", "2")
    axe = shell.json(
        "binding", "add", "--app", "axe", "--a", A, "--x", X2, "--extension", "0042",
        "--duration", "3600", "--callback-number", B,
    )  # fmt: skip
    chosen = shell.json("binding", "add", "--app", "axe", "--a", C, "--x", X2)

    assert (ax["x"], ax["mode"], ax["b"], ax["direction"]) == (X1, "AX", None, 2)
    assert (axe["extension"], axe["expires"]) == ("0042", "2026-03-01T09:00:00Z")
    assert len(chosen["extension"]) == 4
    assert shell.json("number", "list", "--app", "ax")[0]["remaining"] == 0
    assert shell.json("number", "list", "--app", "axe")[0]["remaining"] == 9997
    assert len(shell.json("binding", "list", "--a", A)) == 2
    for words, sentence in (
        (("--app", "ax", "--a", D, "--x", X1), "belongs to somebody else"),
        (("--app", "ax", "--a", D), "neither x nor city"),
        (("--app", "axe", "--a", D, "--x", X2, "--extension", "0042"), "extension is taken"),
        (("--app", "axe", "--a", D, "--x", X2, "--extension", "7"), "have 4 digits"),
        (("--app", "axe", "--a", D, "--x", X2, "--duration", "61"), "whole minutes"),
        (("--app", "axe", "--a", D, "--x", X2, "--max-minutes", "1"), "has no max_minutes"),
        (("--app", "x", "--a", D, "--x", X2), "not bound by hand"),
    ):
        assert sentence in shell.refused("binding", "add", *words)
    assert shell.json("binding", "remove", axe["subscription_id"])["extension"] == "0042"
    assert shell.json("binding", "remove", ax["subscription_id"])["x"] == X1


def test_a_number_is_proven_by_a_text_of_its_own_sim(shell: Shell) -> None:
    shell.json("app", "add", "one", "--mode", "AXB")
    shell.json("number", "enrol", TRUNK, "--trunk")
    sims = {"89860000000000000001": X1, "89860000000000000002": "+8617000000077"}

    def deliver(line: str, to: str, text: str) -> None:
        shell.store.write(
            lambda db: shell.store.messages.keep_for_operator(
                db, line=to, sender=sims[line], kind="service", received_at=shell.clock.now(),
                body=text,
            )
        )  # fmt: skip

    shell.exchange.delivers = deliver
    made = shell.json("number", "enrol", X1, "--app", "one", "--verify")

    assert made["verified"] == "2026-03-01T08:00:00Z"
    sent = shell.exchange.commands[-1]
    assert sent[:2] == ("89860000000000000001", TRUNK)
    assert sent[2].startswith("simveil check ")
    wrong = shell.refused(
        "number", "enrol", X2, "--app", "one", "--verify", "--by", X1,
    )  # fmt: skip
    assert wrong == f"the SIM 89860000000000000002 is +8617000000077, not {X2}"
    assert len(shell.json("number", "list")) == 2
    assert shell.json("number", "list")[1]["verified"] is None
    proven = shell.json("number", "verify", X1, "--by", TRUNK)
    assert (proven["by"], proven["shown"]) == (TRUNK, X1)
    shell.exchange.delivers = None
    assert "did not arrive" in shell.refused("number", "verify", X1, "--timeout", "1")
    assert "no other line" in shell.refused("number", "verify", X1, "--by", X1)
    assert "not enrolled" in shell.refused("number", "verify", X2)
    shell.exchange.known[0].state = "searching"
    assert "is not ready" in shell.type("number", "verify", X1)[2]
    shell.exchange.known[2].state = "searching"
    shell.exchange.known[0].state = "ready"
    assert "no other line is enrolled and ready" in shell.refused("number", "verify", X1)


def test_a_call_is_shown_with_every_code_in_words(shell: Shell) -> None:
    now = shell.clock.now()
    record = CallRecord(
        session_id="s", icid="i", app_id=None, mode=Mode.AXB, bind_number=X1, dialled=X1, caller=A,
        callee=B, call_in_at=now, forward_at=now, ended_at=now, state_code=8102, q850=17,
        release_point=8102, sip_status=486, ended_by="callee", strategy="bridge",
    )  # fmt: skip
    shell.store.write(lambda db: shell.store.calls.open(db, record))

    assert shell.json("cdr", "show", "s")["explained"] == {
        "state_code": "The callee is busy.",
        "release_point": "The callee is busy.",
        "q850": "busy",
        "sip_status": "Busy Here",
        "ended_by": "the callee hung up",
        "strategy": "two modems, joined by the box",
    }
    assert "state_code: 8102 - The callee is busy." in shell.type("cdr", "show", "s")[1]
    assert "q850: 17 - 用户忙" in shell.type("cdr", "show", "s", "--lang", "zh-CN")[1]
    assert shell.json("cdr", "list")[0]["explained"] == {}


def test_an_export_has_every_row_however_many_pages(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.cli.client._PAGE", 4)
    now = shell.clock.now()

    def work(db: Any) -> None:
        for number in range(11):
            record = CallRecord(
                session_id=f"s{number}", icid=f"i{number}", app_id=None, mode=Mode.AXB,
                bind_number=X1, dialled=X1, call_in_at=now - timedelta(seconds=number // 3),
            )  # fmt: skip
            shell.store.calls.open(db, record)

    shell.store.write(work)
    file = tmp_path / "all.csv"

    assert shell.json("cdr", "export", "--output", str(file))["rows"] == 11
    with file.open(newline="") as lines:
        ids = [row["session_id"] for row in csv.DictReader(lines)]
    assert sorted(ids) == sorted(f"s{number}" for number in range(11))
    assert shell.json("cdr", "export", "--limit", "6", "--output", str(file))["rows"] == 6
    assert len(shell.json("cdr", "export", "--number", X1)) == 11
    assert len(shell.json("cdr", "list", "--limit", "5")) == 5
