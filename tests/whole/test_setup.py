"""An owner who has never seen an AT command, and the row of sticks: from nothing to calls."""

from __future__ import annotations

import http.client
import json
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import House
from appliance.demo.people import Phone
from tests.whole.programs import simveil

SIMVEIL = simveil()

X1, X2, X3, LOCKED = (f"+861700000000{place}" for place in range(1, 5))
OWNER, A, B, ELSEWHERE = "+8613800000001", "+8613800000002", "+8613800000003", "+8613800000009"
POOR = f"""
[[virtual.line]]
msisdn = "{X2}"
personality = "sim7600"
call_waiting = false
barred = true
clir = "permanent"
[[virtual.line]]
msisdn = "{X3}"
personality = "ec25"
knows_number = false
[[virtual.line]]
msisdn = "{LOCKED}"
personality = "ec25"
pin = "4711"
"""


class Conversation:
    """``simveil setup`` as a person has it: it asks, they look at their phone and type."""

    def __init__(self, house: House, phone: Phone, *words: str) -> None:
        self._phone = phone
        self._process = subprocess.Popen(
            [sys.executable, "-m", "appliance.cli", "setup", *words, "--config", str(house.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
        )
        self.said = ""

    def hear(self, wanted: str, seconds: float = 90) -> None:
        """Read until that was said, or everything was."""
        assert self._process.stdout is not None
        end = time.monotonic() + seconds
        start = len(self.said)
        while wanted not in self.said[start:]:
            assert time.monotonic() < end, self.said
            if not select.select([self._process.stdout], [], [], 1)[0]:
                continue
            octets = os.read(self._process.stdout.fileno(), 4096)
            assert octets, self.said
            self.said += octets.decode()

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def ends(self, seconds: float = 120) -> int:
        out, _ = self._process.communicate(timeout=seconds)
        self.said += out.decode()
        return self._process.returncode


def phone_shows(phone: Phone, house: House, calls: int) -> str:
    """Return what a person reads on the display after so many calls: a number, or none."""

    def came() -> Any:
        return phone.look() if len(phone.look()["calls"]) >= calls else None

    house.bank.wait(came, 60, "a call that came")
    return str(phone.look()["calls"][calls - 1]["number"] or "none")


@pytest.mark.timeout(300)
def test_a_row_of_sticks_becomes_lines_that_take_calls(tmp_path: Path) -> None:
    with House([X1], speed=10, extra=POOR, folder=tmp_path) as house:
        owner = house.bank.phone(OWNER)
        owner.do("auto", answer_after=0.1)
        house.bank.phone(ELSEWHERE)
        house.command("app", "add", "taxi", "--mode", "AXB", "--sms")
        one = next(line for line in house.command("line", "list") if line["msisdn"] == X1)
        about = house.bank.line(X1)
        assert (one["enrolled"], one["iccid"], one["own_number"]) == (False, about["iccid"], X1)
        assert one["operator"] == "Virtual Mobile"
        # Somebody had the SIM in a phone of theirs: it forwards, and hides its number.
        house.command("line", "at", X1, f'AT+CCFC=0,3,"{ELSEWHERE}",145')
        house.command("line", "at", X1, "AT+CLIR=1")

        talk = Conversation(house, owner, "--app", "taxi", "--sms", one["iccid"])
        talk.hear("Your own phone's number")
        talk.type("+8613")
        talk.hear("Your own phone's number")
        assert "did not ring" in talk.said
        talk.type(OWNER)
        talk.hear("Which number did it show")
        assert phone_shows(owner, house, 1) == "none"
        talk.type("none")
        talk.hear("Which number did it show")
        talk.type(phone_shows(owner, house, 2))
        assert talk.ends() == 0, talk.said
        assert f"{X1} is enrolled." in talk.said
        assert "[+] It was wrong and is right now: No calls are forwarded" in talk.said
        assert "A call was held and taken back." in talk.said
        assert "1 of 1 lines take calls; 0 have something for the hotline." in talk.said

        scripted(house, tmp_path)
        again = house.command("setup", "--answers", str(tmp_path / "answers.json"), X1, X2)
        assert again["ready"] == 2
        assert len(owner.look()["calls"]) == 2  # what is known is not asked again
        by_text(house, owner)
        unusable(house)

        credit(house)
        by_hand(house)
        used_up(house)
        measured(house)


def scripted(house: House, folder: Path) -> None:
    """The second SIM is poor, and its number is known: what can't be mended is read out."""
    second = next(line for line in house.command("line", "list") if line["msisdn"] == X2)
    answers = folder / "answers.json"
    answers.write_text(
        json.dumps({"phone": OWNER, "app": "taxi", "numbers": {second["iccid"]: X2}})
    )
    told = house.command("setup", "--answers", str(answers), "--lang", "zh-CN", second["iccid"])

    [line] = told["lines"]
    assert (line["msisdn"], line["enrolled"], told["ready"], told["hotline"]) == (X2, True, 1, 1)
    failed = {check["name"] for check in line["checks"] if check["works"] is False}
    assert failed == {"call-waiting", "caller-id", "barring"}
    assert [sentence[:5] for sentence in line["hotline"]] == ["请对客服说"] * 3
    shown = house.command("line", "show", X2)
    assert {found["code"] for found in shown["findings"]} == {"HOT-004", "HOT-006", "HOT-007"}
    rung = house.command("line", "check", X2, "--last")
    assert [check["works"] for check in rung["checks"]].count(False) == 3


def by_text(house: House, owner: Phone) -> None:
    """The network lets no call through to the owner: a text shows the number instead."""
    third = next(line for line in house.command("line", "list") if line["msisdn"] == X3)
    assert third["own_number"] is None  # what the SIM does not know, the box does not make up
    house.bank.post("/network/calls", {"to": OWNER, "cause": 41})
    talk = Conversation(house, owner, "--phone", OWNER, "--app", "taxi", third["iccid"])
    talk.hear("Which number did it show")
    assert "did not ring: the network ended the call with cause 41" in talk.said
    assert f"A text was sent to your phone {OWNER}." in talk.said
    text = owner.until_text("simveil: the number that this text came from is the one to type.")
    talk.type(text["from"])
    assert talk.ends() == 0, talk.said
    assert f"{X3} is enrolled." in talk.said
    assert len(owner.look()["calls"]) == 2


def unusable(house: House) -> None:
    """What nothing can be asked of yet is explained, with a sentence for the hotline."""
    house.bank.fault(X3, "deny")
    locked = house.bank.line(LOCKED)

    def shown() -> Any:
        told = {line["imei"]: line for line in house.command("line", "list")}
        denied = told[house.bank.line(X3)["imei"]]
        refused = "denied" in [found["name"] for found in denied["conditions"]]
        wanted = (told[locked["imei"]]["state"], denied["state"])
        return True if wanted == ("sim", "no-network") and refused else None

    house.bank.wait(shown, 60, "a SIM that asks for its PIN, and one that is denied")
    names = {"sim": locked["iccid"], "no-network": house.bank.line(X3)["iccid"]}
    words = [SIMVEIL, "setup", *names.values(), "--config", str(house.config), "--json"]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    said = {line["state"]: line for line in json.loads(done.stdout)["lines"]}
    assert {said[state]["iccid"] for state in said} == set(names.values())
    assert "What is the PIN of this SIM?" in said["sim"]["hotline"][0]
    assert "The network refuses this SIM." in said["no-network"]["hotline"][0]
    assert b"Configure the PIN of this line" in done.stderr
    house.bank.fault(X3, "allow")


def credit(house: House) -> None:
    operator = house.command("line", "show", X1)["operator"]
    assert "42.50" in " ".join(house.command("line", "ussd", X1, "*100#"))
    assert "42.50" in " ".join(house.command("line", "ussd", X1, "*100#"))
    house.command("ussd", "save", operator, "balance", "*100#", "--pattern", "Balance {amount} CNY")
    house.command("number", "set", X1, "--low-credit", "5000")
    assert house.command("line", "balance", X1)["amount"] == 4250
    assert [one["amount"] for one in house.command("ussd", "balances")] == [4250]
    found = house.command("line", "show", X1)["findings"]
    assert [(one["code"], one["facts"]) for one in found] == [("FND-103", {"amount": "42.50"})]


def by_hand(house: House) -> None:
    with pytest.raises(RuntimeError, match="may change a PIN or a lock"):
        house.command("line", "at", X1, 'AT+CSQ;+CLCK="SC",1,"1234"')
    refused = house.command("line", "at", X1, 'AT+CLCK="SC",1,"9999"', "--dangerous")
    assert "ERROR" in refused[-1]
    kept = house.command("line", "by-hand", X1)
    assert (kept[0]["command"], kept[0]["danger"]) == ("AT+CLCK=***", "lock")
    assert kept[0]["answer"] == refused
    assert "AT+CLIR=1" in [entry["command"] for entry in kept]


def used_up(house: House) -> None:
    """One SIM is left to call by; then none is: the caller is turned away, the text is not sent."""
    house.bank.wait(lambda: _takes_bindings(house), 60, "a number in its normal state")
    house.command("binding", "add", "--app", "taxi", "--x", X1, "--a", A, "--b", B)
    for x in (X1, X2):
        house.command("number", "set", x, "--allowance-minutes", "0", "--allowance-parts", "0")
    caller, callee = house.bank.phone(A), house.bank.phone(B)
    callee.do("auto", answer_after=0.1)

    def over(count: int) -> list[Any]:
        def ended() -> Any:
            calls = [call for call in house.command("cdr", "list") if call["ended_at"]]
            return calls if len(calls) == count else None

        def answered() -> Any:
            return any(call["answered_at"] for call in house.command("cdr", "list")) or None

        caller.do("dial", to=X1)
        if count == 1:
            callee.until("active")
            assert callee.look()["shown"] == X3
            house.bank.wait(answered, 60, "the answer, on the box's disk too")
            caller.do("hangup")
        found: Any = house.bank.wait(ended, 60, f"{count} calls that are over")
        return [call["state_code"] for call in found]

    assert over(1) == [0]
    house.command("number", "set", X3, "--allowance-minutes", "0", "--allowance-parts", "0")
    assert over(2) == [8055, 0]
    caller.do("sms", to=X1, text="hello")

    def failed() -> Any:
        return [text["state"] for text in house.command("sms", "list")] == ["failed"] or None

    house.bank.wait(failed, 60, "a text that was not sent")
    for x in (X1, X2, X3):
        unlimited = [word for of in ("minutes", "parts") for word in ("--unlimited", of)]
        house.command("number", "set", x, *unlimited)


def _takes_bindings(house: House) -> Any:
    """Its calls were diverted when it was enrolled, which is over since it was mended."""
    numbers = {number["msisdn"]: number["status"] for number in house.command("number", "list")}
    return numbers[X1] == 5 or None


def measured(house: House) -> None:
    hours = house.command("line", "pool", "--hours", "2")
    assert sum(hour["calls"] for hour in hours) == 1  # over the last SIM that might
    assert all(hour["erlang"] < 0.05 for hour in hours)
    house.bank.post("/network/text", {"from": "MyBank", "to": X1, "text": "code 1234"})
    [kept] = list(house.bank.wait(lambda: house.command("sms", "inbox") or None, 60, "its text"))
    assert (kept["sender"], kept["body"], kept["line"]) == ("MyBank", "code 1234", X1)  # type: ignore[index]
    text = metrics(house)
    for name in (
        "simveil_line_findings{", "simveil_sim_credit{", "simveil_second_lines_erlang",
        "simveil_trunks_ready", "simveil_sim_used{", "simveil_line_registration",
    ):  # fmt: skip
        assert name in text, name


def metrics(house: House) -> str:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(house.folder / "admin" / "admin.sock"))
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text
