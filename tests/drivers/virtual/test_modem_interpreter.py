"""Octets in, octets out: what V.250 and real modems do with a line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drivers.virtual.bench import FAMILIES, A, Bench


def test_echo_is_on_until_it_is_switched_off() -> None:
    with Bench(echo=True) as bench:
        bench.send("AT\r")
        assert bench.raw() == "AT\r\r\nOK\r\n"
        bench.send("ATE0\r")
        assert bench.raw() == "ATE0\r\r\nOK\r\n"
        bench.send("AT\r")
        assert bench.raw() == "\r\nOK\r\n"
        assert bench.ask("ATE1") == ["OK"]
        bench.send("A")
        assert bench.raw() == "A"
        bench.send("T\r")
        assert bench.raw() == "T\r\r\nOK\r\n"


def test_several_lines_of_one_reply_have_no_empty_line_between() -> None:
    with Bench() as bench:
        bench.send("ATI\r")
        assert bench.raw() == "\r\nQuectel\r\nEC25\r\nRevision: EC25EFAR06A06M4G\r\n\r\nOK\r\n"


def test_numbers_instead_of_words() -> None:
    with Bench() as bench:
        bench.send("ATV0\r")
        assert bench.raw() == "0\r"
        bench.send("AT+CSQ\r")
        assert bench.raw() == "+CSQ: 21,0\r\n0\r".replace("21", str(bench.modem.radio.rssi))
        bench.send("AT+NO\r")
        assert bench.raw() == "4\r"
        assert bench.ask("ATV1") == ["OK"]


def test_results_can_be_suppressed() -> None:
    with Bench() as bench:
        assert bench.ask("ATQ1") == []
        assert bench.ask("AT+CGMI") == ["Quectel"]
        assert bench.ask("ATQ0") == ["OK"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("at+cgmi", ["Quectel", "OK"]),
        ("AT+CGMI;+CGMM", ["Quectel", "EC25", "OK"]),
        ("AT+CGMI;+NO;+CGMM", ["Quectel", "ERROR"]),
        ("ATE0V1+CGMM", ["EC25", "OK"]),
        ("\x1b\x00AT", ["OK"]),
        ("\n\nAT\n", ["OK"]),
        ("junkAT", ["OK"]),
        ("no such prefix", []),
        ("AT+CGMX\x08I", ["Quectel", "OK"]),
        ("AT?", ["ERROR"]),
        ("AT+", ["ERROR"]),
        ("AT" + "x" * 4000, ["ERROR"]),
    ],
)
def test_lines(line: str, answer: list[str]) -> None:
    with Bench() as bench:
        assert bench.ask(line, 0.2) == answer
        assert bench.ask("AT") == ["OK"]


def test_a_line_may_come_in_pieces() -> None:
    with Bench() as bench:
        for piece in ("A", "T+C", "GM", "I\rAT", "+CGMM\r"):
            bench.send(piece)
            bench.wait(0.02)
        assert bench.lines() == ["Quectel", "OK", "EC25", "OK"]


def test_the_last_line_again() -> None:
    with Bench() as bench:
        bench.ask("AT+CGMM")
        for line in ("A/", "a/\r", "A/\r\n"):
            bench.send(line)
            assert bench.lines() == ["EC25", "OK"]


@pytest.mark.parametrize(
    ("level", "sim", "index"),
    [
        (0, "ERROR", "+CMS ERROR: 321"),
        (1, "+CME ERROR: 10", "+CMS ERROR: 321"),
        (2, "+CME ERROR: SIM not inserted", "+CMS ERROR: invalid memory index"),
    ],
)
def test_errors_as_words_and_numbers(level: int, sim: str, index: str) -> None:
    with Bench() as bench:
        bench.ask(f"AT+CMEE={level}")
        assert bench.ask("AT+CMGR=9999") == [index]
        bench.modem.fault("sim-out")
        bench.lines()
        assert bench.ask("AT+CIMI") == [sim]


def test_commands_that_come_while_one_runs_wait_their_turn() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        bench.send("AT+CHLD=2\rAT+CGMM\r")
        assert bench.lines() == []
        assert bench.lines(1.5) == ["OK", "EC25", "OK"]


def test_an_unsolicited_line_lands_inside_a_reply_that_takes_time() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        bench.send("AT+CHLD=2\r")
        bench.wait(0.1)
        bench.modem.urc('+CMTI: "ME",4')
        assert bench.lines(1.5) == ['+CMTI: "ME",4', "OK"]


def test_an_unsolicited_line_can_be_put_inside_the_next_reply() -> None:
    with Bench() as bench:
        bench.modem.interpreter.slip_in('+CMTI: "ME",4')
        signal = f"+CSQ: {bench.modem.radio.rssi},0"
        assert bench.ask("AT+CSQ") == [signal, '+CMTI: "ME",4', "OK"]
        bench.modem.interpreter.slip_in("RING")
        assert bench.ask("AT") == ["RING", "OK"]
        assert bench.ask("AT") == ["OK"]


def test_a_quiet_modem_speaks_between_commands_only() -> None:
    with Bench(quiet=True) as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        bench.send("AT+CHLD=2\r")
        bench.wait(0.1)
        bench.modem.urc('+CMTI: "ME",4')
        assert bench.lines(0.9) == ["OK", '+CMTI: "ME",4']
        bench.modem.urc('+CMTI: "ME",5')
        bench.send("AT\r")
        assert bench.lines(0.06) == ["OK"]
        assert bench.lines(0.2) == ['+CMTI: "ME",5']


def test_the_prompt_has_no_line_end_and_escape_leaves_it() -> None:
    with Bench() as bench:
        bench.send("AT+CMGS=18\r")
        assert bench.raw() == "\r\n> "
        bench.send("0021000C91")
        assert bench.raw() == ""
        bench.send("\x1b")
        assert bench.raw() == "\r\nOK\r\n"
        assert bench.ask("AT") == ["OK"]


def test_what_is_typed_at_the_prompt_is_echoed_like_everything() -> None:
    with Bench(echo=True) as bench:
        bench.send("AT+CMGS=18\r")
        assert bench.raw() == "AT+CMGS=18\r\r\n> "
        bench.send("00\x1b")
        assert bench.raw() == "00\x1b\r\nOK\r\n"


def test_any_character_aborts_a_call_that_waits_for_its_answer() -> None:
    with Bench() as bench:
        bench.people(A)
        bench.ask("AT+COLP=1")
        assert bench.ask(f"ATD{A};\n", 4) == []
        assert len(bench.line.calls) == 1
        bench.send("x")
        assert bench.lines() == ["NO CARRIER"]
        assert bench.line.calls == []
        assert bench.ask("AT") == ["OK"]


def test_commands_are_remembered_without_secrets() -> None:
    with Bench() as bench:
        for number in range(60):
            bench.ask(f"AT+CSQ;+CLVL={number % 6}")
        bench.ask('AT+CPIN="4711"')
        bench.ask('AT+CLCK="SC",1,"4711"')
        commands = bench.modem.describe()["commands"]
        assert isinstance(commands, list)
        assert len(commands) == 50
        assert commands[-2:] == ["AT+CPIN=****", 'AT+CLCK="SC",1,****']


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_octets_end_the_conversation(octets: list[bytes]) -> None:
    with Bench("e1550") as bench:
        for some in octets:
            if some:
                bench.send(some)
            bench.wait(0.02)
        bench.send("\x1b\r\rATE0Q0V1S3=13\r")
        bench.lines(0.2)
        assert bench.ask("ATE0Q0V1")[-1] == "OK"


@pytest.mark.parametrize("family", FAMILIES)
def test_unknown_commands_get_the_family_s_answer(family: str) -> None:
    with Bench(family) as bench:
        words = {"e1550": "COMMAND NOT SUPPORT"}.get(family, "ERROR")
        assert bench.ask("AT+NOSUCH=1") == [words]
        bench.ask("AT+CMEE=1")
        assert bench.ask("AT+NOSUCH=1") == [words]
        too_many = {"e1550": "TOO MANY PARAMETERS"}.get(family, "+CME ERROR: 50")
        assert bench.ask("AT+CLIP=1,1,1") == [too_many]
