"""What an owner types about lines: checks, credit, codes, the stick, what was sent by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from appliance.model.line_conditions import Finding
from appliance.model.records import CallRecord, Mode
from appliance.model.subscription import Check
from appliance.store.upkeep import Balance, LineFinding
from tests.cli.conftest import TRUNK, X1, X2, Shell, line

HOSTILE = "余额 12.30 元\x1b[2J\x1b]0;owned\x07\u202e"


def test_hostile_answers_cannot_move_the_terminal(shell: Shell) -> None:
    kept = Balance("89860000000000000001", shell.clock.now(), 1230, HOSTILE)
    shell.exchange.desk.balance = lambda name: kept
    shell.exchange.ussd = lambda line, code, timeout: HOSTILE  # type: ignore[method-assign]
    for words in (("line", "balance", X1), ("line", "ussd", X1, "*100#")):
        status, out, _ = shell.type(*words)
        assert status == 0
        assert "12.30" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert shell.json("line", "balance", X1)["told"] == HOSTILE


def test_checks_and_findings_are_told_in_both_languages(shell: Shell) -> None:
    found = [
        Check("call-waiting", works=False, code="HOT-004"),
        Check("forwarding", works=True, code="CHK-005", mended=True),
        Check("voice", works=None, code="CHK-200"),
    ]
    asked: list[dict[str, Any]] = []

    def run(name: str, **how: Any) -> list[Check]:
        asked.append({"name": name, **how})
        return found

    shell.exchange.desk.checks = SimpleNamespace(run=run, last=lambda iccid: None)
    _, out, _ = shell.type("line", "check", X1, "--mend", "--lang", "zh-CN")
    assert out.splitlines() == [
        "[!] 请对客服说:“请为本号码开通语音呼叫等待功能。”",
        "[+] 已修复:没有呼叫转移,语音信箱已关闭。",
        "[?] 模块无法查询。",
    ]
    assert asked[0]["mend"] is True
    assert shell.json("line", "check", X1, "--last") == {"at": None, "checks": []}
    facts = {"to": "+8613\x1b[31m"}
    finding = LineFinding("89860000000000000001", "check:x", "HOT-005", shell.clock.now(), facts)
    shell.exchange.known[0].findings = (finding,)
    _, out, _ = shell.type("line", "show", X1)
    assert "Calls go to +8613" in out
    assert "\x1b" not in out
    assert "\x1b[31m" in shell.json("line", "show", X1)["findings"][0]["text"]


def test_a_stick_is_found(shell: Shell) -> None:
    shell.exchange.known[1].socket = "usb:1-1.3"
    gone = SimpleNamespace(socket="usb:1-1.3", msisdn=X2, iccid="89860000000000000002", imei="8")
    shell.exchange.desk.pulled = lambda seconds: gone
    assert shell.json("line", "locate", X2)["wanted"] is True
    _, out, _ = shell.type("line", "locate", X1)
    assert "in socket usb:1-1.3" in out
    assert "another line" in out
    shell.exchange.desk.pulled = lambda seconds: None
    _, out, _ = shell.type("line", "locate", "--lang", "zh-CN")
    assert out.splitlines()[-1] == "在限定时间内没有拔出任何模块。"
    shell.exchange.desk.blink = lambda name: 3
    assert shell.json("line", "locate", X1, "--blink") == {"times": 3}


def test_codes_are_saved_and_forgotten(shell: Shell) -> None:
    shell.json("ussd", "save", "CMCC", "balance", "*100#", "--pattern", "余额 {amount} 元")
    assert shell.json("ussd", "list") == [
        {"operator": "CMCC", "name": "balance", "code": "*100#", "pattern": "余额 {amount} 元"}
    ]
    assert "{amount}" in shell.refused("ussd", "save", "*", "b", "*1#", "--pattern", "余额")
    assert shell.refused("ussd", "save", "*", "b", "ATD112;")
    shell.json("ussd", "remove", "CMCC", "balance")
    assert "no code" in shell.refused("ussd", "remove", "CMCC", "balance")
    assert shell.json("ussd", "balances") == []


def test_dangerous_commands_need_a_flag_and_all_are_kept(shell: Shell) -> None:
    assert "--dangerous" in shell.refused("line", "at", X1, 'AT+CPIN="1234"')
    shell.json("line", "at", X1, 'AT+CPIN="1234"', "--dangerous")
    shell.json("line", "at", X2, "AT+CSQ")
    kept = shell.json("line", "by-hand")
    assert [(one["command"], one["danger"]) for one in kept] == [
        ("AT+CSQ", None),
        ("AT+CPIN=***", "lock"),
    ]
    assert kept[0]["answer"] == ["+CSQ: 20,99", "OK"]
    assert [one["command"] for one in shell.json("line", "by-hand", X1)] == ["AT+CPIN=***"]


def test_the_pool_is_told_by_the_hour(shell: Shell) -> None:
    now = shell.clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)

    def call(number: int, **facts: Any) -> CallRecord:
        return CallRecord(
            session_id=f"s{number}", icid=f"i{number}", app_id=None, mode=Mode.AXB, bind_number=X1,
            dialled=X1, call_in_at=hour, **facts,
        )  # fmt: skip

    begun = hour - timedelta(minutes=30)
    calls = [
        call(1, shown=TRUNK, forward_at=begun, ended_at=hour, state_code=0),
        call(2, shown=X1, forward_at=begun, ended_at=hour, state_code=0),
        call(3, ended_at=hour, state_code=522),
        call(4, ended_at=hour, state_code=7508),
        call(5, ended_at=hour, state_code=8102),
    ]

    def write(db: Any) -> None:
        for each in calls:
            shell.store.calls.open(db, each)

    shell.store.write(write)
    before, last = shell.json("line", "pool", "--hours", "2")
    assert (before["calls"], before["erlang"]) == (1, 0.5)
    assert (last["calls"], last["erlang"], last["blocked"], last["none"]) == (0, 0.0, 1, 1)


def test_the_inbox_is_read(shell: Shell) -> None:
    def write(db: Any) -> None:
        for sender, name in (("+8610690000123", None), (None, "MyBank")):
            shell.store.messages.keep_for_operator(
                db, line=X1, sender=sender, kind="service", received_at=shell.clock.now(),
                body="code 1234", name=name,
            )  # fmt: skip

    shell.store.write(write)
    first, second = shell.json("sms", "inbox", "--unread")
    assert [first["sender"], second["sender"]] == ["MyBank", "+8610690000123"]
    assert shell.json("sms", "read", str(first["inbox_id"])) == {"done": 1}
    assert [one["sender"] for one in shell.json("sms", "inbox", "--unread")] == ["+8610690000123"]
    assert shell.json("sms", "read", "--all") == {"done": 1}
    assert shell.json("sms", "inbox", "--unread") == []
    assert shell.refused("sms", "read")


HOTLINE = {
    "sim-pin": "What is the PIN",
    "pin-withheld": "What is the PIN",
    "puk": "asks for its PUK",
    "sim-failure": "This SIM is defective",
    "denied": "The network refuses this SIM",
    "no-service": "This SIM finds no network",
    "texts-only": "registered for texts only",
    "resting": "Is it blocked?",
    "sim-missing": None,
    "hung": None,
}


def test_setup_has_a_sentence_for_the_hotline_where_nothing_can_be_asked(shell: Shell) -> None:
    shell.exchange.known = [
        line(
            None, place, state="sim", explanation="Ill.", conditions=(Finding(name, {"sim": "-"}),)
        )
        for place, name in enumerate(HOTLINE)
    ]
    status, out, err = shell.type("setup", "--json")
    assert status == 1
    told = json.loads(out)
    assert [bool(one["hotline"]) for one in told["lines"]] == [bool(it) for it in HOTLINE.values()]
    assert told["hotline"] == 8
    for one, wanted in zip(told["lines"], HOTLINE.values(), strict=True):
        assert wanted is None or wanted in one["hotline"][0]
    assert "Put the SIM in until it clicks" in err
    _, out, _ = shell.type("setup", "--lang", "zh-CN")
    assert "[!] 请对客服说:“这张卡要求输入 PUK 码" in out


def test_setup_says_what_it_misses(shell: Shell) -> None:
    status, out, err = shell.type("setup", "--json", "--phone", "+8613800000001", "--app", "x")
    assert status in (0, 1)
    assert out.startswith("{")
    assert "did not ring" in err
