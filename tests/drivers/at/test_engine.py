"""The engine on real ptys: commands and replies, URCs, timeouts, late results."""

from __future__ import annotations

import threading

import pytest

from drivers.at import resync
from drivers.at.commands import Command, Reply, dial
from drivers.at.engine import Engine
from drivers.at.urcs import Urc
from drivers.errors import CommandFailed, CommandTimeout
from tests.drivers.at.bench import PDU, Bench


def test_a_command_and_its_reply(bench: Bench) -> None:
    bench.send("AT+CSQ")
    assert bench.wire.until("\r") == b"AT+CSQ\r"
    bench.wire.lines("+CSQ: 20,99", "OK")

    assert bench.outcome() == Reply(("+CSQ: 20,99",), "OK")


def test_the_thread_is_named_for_its_port(bench: Bench) -> None:
    names = [thread.name for thread in threading.enumerate()]

    assert f"at-read-{bench.wire.path.rpartition('/')[2]}" in names


def test_a_urc_inside_a_reply_is_told_and_not_mixed_in(bench: Bench) -> None:
    bench.send("AT+CSQ")
    bench.wire.until("\r")
    bench.wire.lines('+CMTI: "ME",4', "+CSQ: 20,99", "RING", "OK")

    assert bench.events.next() == Urc("+CMTI", '"ME",4')
    assert bench.events.next() == Urc("RING", "")
    assert bench.events.next() == ("job", Reply(("+CSQ: 20,99",), "OK"))


MIXED = (
    b"AT+CSQ\r\r\n\r\n+CMT: ,24\r\n07919471060000F0040C9194511132547600006211228143008005C8329BFD06"
    b"\r\n\r\n+CSQ: 20,99\r\n\r\r\n+CRING: VOICE\r\r\n\r\nOK\r\n\r\nNO CARRIER\r\n"
)


@pytest.mark.parametrize("place", range(1, len(MIXED), 7))
def test_a_reply_may_be_cut_anywhere(bench: Bench, place: int) -> None:
    bench.send("AT+CSQ")
    bench.wire.until("\r")
    bench.wire.say(MIXED[:place])
    bench.engine.call(lambda: bench.events.post("between"))
    bench.events.until(lambda e: e == "between")
    bench.wire.say(MIXED[place:])
    if Urc("NO CARRIER", "") not in bench.events.seen:
        bench.events.until(lambda e: e == Urc("NO CARRIER", ""))
    told = [e for e in bench.events.seen if e != "between"]

    assert [e.head for e in told if isinstance(e, Urc)] == ["+CMT", "+CRING", "NO CARRIER"]
    assert told[-2] == ("job", Reply(("+CSQ: 20,99",), "OK"))
    assert told[0].pdu is not None


def test_octet_by_octet(bench: Bench) -> None:
    bench.send("AT+CSQ")
    bench.wire.until("\r")
    for octet in MIXED:
        bench.wire.say(bytes((octet,)))

    assert bench.outcome() == Reply(("+CSQ: 20,99",), "OK")


@pytest.mark.parametrize(
    "line", ["ERROR", "+CME ERROR: 3", "+CME ERROR: SIM busy", "COMMAND NOT SUPPORT"]
)
def test_errors_end_a_command_at_once(bench: Bench, line: str) -> None:
    bench.send(Command("AT+CPIN?", timeout=60))
    bench.wire.until("\r")
    bench.wire.lines(line)
    error = bench.outcome()

    assert isinstance(error, CommandFailed)
    assert str(error) == f"AT+CPIN?: {line}"


def test_a_failed_call_does_not_wait_for_its_timeout(bench: Bench) -> None:
    bench.send(dial("123"))
    assert bench.wire.command() == "ATD123;"
    bench.wire.lines("BUSY")
    error = bench.outcome()

    assert isinstance(error, CommandFailed)
    assert error.cause == 17


def test_three_waiting_commands_leave_in_order(bench: Bench) -> None:
    for name in ("+A", "+B", "+C"):
        bench.send(f"AT{name}", name)
    for name in ("+A", "+B", "+C"):
        assert bench.wire.command() == f"AT{name}"
        bench.wire.lines("OK")
        assert bench.events.next() == (name, Reply((), "OK"))


def test_many_threads_get_their_own_answers(bench: Bench) -> None:
    def ask(number: int) -> None:
        for turn in range(20):
            bench.send(f"AT+N={number}{turn:02}", f"{number}{turn:02}")

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for _ in range(80):
        name = bench.wire.command().rpartition("=")[2]
        bench.wire.lines(f"+N: {name}", "OK")
        assert bench.events.next() == (name, Reply((f"+N: {name}",), "OK"))
    for thread in threads:
        thread.join(5)


def test_a_late_reply_never_answers_the_next_command(bench: Bench) -> None:
    bench.send(Command("AT+COPS?", timeout=0.2), "slow")
    bench.send("AT+CSQ", "next")
    assert bench.wire.command() == "AT+COPS?"
    assert bench.wire.command() == "AT"
    bench.wire.lines('+COPS: 0,0,"NET"', "OK")  # late, for the first
    bench.wire.lines("OK")  # for AT
    assert bench.wire.command() == "AT"  # once more: the port was not clean
    bench.wire.lines("OK")
    assert bench.wire.command() == "AT+CSQ"
    bench.wire.lines("+CSQ: 9,99", "OK")

    assert isinstance(bench.outcome("slow"), CommandTimeout)
    assert bench.outcome("next") == Reply(("+CSQ: 9,99",), "OK")


def test_a_modem_that_is_late_with_everything_answers_no_read_with_the_last_ones_text(
    bench: Bench,
) -> None:
    bench.send(Command("AT+CMGR=1", timeout=0.2), "slow")
    bench.send("AT+CMGR=2", "next")
    assert bench.wire.command() == "AT+CMGR=1"
    assert bench.wire.command() == "AT"
    bench.wire.lines("+CMGR: 0,,24", PDU, "OK")  # late, for the first; then nothing, for long
    assert bench.wire.command() == "AT"
    assert bench.wire.read(1.0) == b""
    bench.wire.lines("OK")  # late, for the first AT
    assert bench.wire.command() == "AT"
    bench.wire.lines("OK")  # for the second one
    assert bench.wire.read(1.0) == b""  # the third one's is waited for
    bench.wire.lines("OK")
    assert bench.wire.command() == "AT+CMGR=2"
    bench.wire.lines("OK")
    assert isinstance(bench.outcome("slow"), CommandTimeout)
    assert bench.outcome("next") == Reply((), "OK")


def test_a_result_that_never_comes_is_not_waited_for_when_two_probes_are_answered_at_once(
    bench: Bench,
) -> None:
    bench.send(Command("AT+CMGD=1", timeout=0.1), "lost")
    bench.send("AT+CSQ", "next")
    assert bench.wire.command() == "AT+CMGD=1"
    for _ in range(2):
        assert bench.wire.command() == "AT"
        bench.wire.lines("OK")
    assert bench.wire.command() == "AT+CSQ"


def test_the_result_of_a_command_that_noise_came_with_is_not_waited_for_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.at.exchange.NOISE_LIMIT", 0.1)
    bench.send(Command("AT+CHUP", timeout=40.0))
    assert bench.wire.command() == "AT+CHUP"
    bench.wire.lines("ER\xb3OR")
    assert bench.wire.command() == "AT"


def test_a_result_that_never_comes_is_given_up_after_a_silence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resync, "AT_ONCE", 0.0)
    monkeypatch.setattr(Engine, "probe", 0.5)
    bench.send(Command("AT+CMGD=1", timeout=0.1), "lost")
    bench.send("AT+CSQ", "next")
    assert bench.wire.command() == "AT+CMGD=1"
    for _ in range(2):
        assert bench.wire.command() == "AT"
        bench.wire.lines("OK")
    assert bench.wire.command() == "AT+CSQ"


def test_a_late_reply_behind_the_probe_is_dropped_too(bench: Bench) -> None:
    bench.send(Command("AT+COPS?", timeout=0.2), "slow")
    bench.send("AT+CSQ", "next")
    bench.wire.command()
    assert bench.wire.command() == "AT"
    bench.wire.lines("OK")
    bench.wire.lines('+COPS: 0,0,"NET"', "OK")
    assert bench.wire.command() == "AT"
    bench.wire.lines("OK")
    assert bench.wire.command() == "AT+CSQ"
    bench.wire.lines("+CSQ: 9,99", "OK")

    assert bench.outcome("next") == Reply(("+CSQ: 9,99",), "OK")


def test_what_comes_behind_a_cleaned_port_kills_no_reader(bench: Bench) -> None:
    bench.send(Command("AT+COPS?", timeout=0.1))
    bench.wire.command()
    for _ in range(2):
        bench.wire.command()
        bench.wire.lines("OK")
    assert isinstance(bench.outcome(), CommandTimeout)
    bench.wire.lines("+QNEW: 1", "OK")
    bench.send("AT+CSQ", "next")
    bench.wire.until("\r")
    bench.wire.lines("+CSQ: 20,99", "OK")
    assert bench.outcome("next") == Reply(("+CSQ: 20,99",), "OK")


def test_a_urc_while_the_port_is_cleaned_is_told(bench: Bench) -> None:
    bench.send(Command("AT+COPS?", timeout=0.1))
    bench.wire.command()
    for _ in range(2):
        bench.wire.command()
        bench.wire.lines("RING", "OK")

    assert bench.events.until(Urc) == Urc("RING", "")
    assert isinstance(bench.outcome(), CommandTimeout)


def test_results_that_nobody_asked_for_answer_nothing(bench: Bench) -> None:
    bench.wire.lines("OK", "+CSQ: 1,99", "OK")
    bench.send("AT+CSQ")
    bench.wire.until("\r")
    bench.wire.lines("+CSQ: 20,99", "OK")

    assert bench.outcome() == Reply(("+CSQ: 20,99",), "OK")


def test_a_second_result_in_one_chunk_does_not_answer_the_next(bench: Bench) -> None:
    bench.send("AT+A", "a")
    bench.send("AT+CSQ", "next")
    bench.wire.command()
    bench.wire.say(b"\r\nOK\r\n\r\nOK\r\n")
    assert bench.wire.command() == "AT+CSQ"
    bench.wire.lines("+CSQ: 20,99", "OK")

    assert bench.outcome("next") == Reply(("+CSQ: 20,99",), "OK")


def test_a_deaf_modem_is_lost_with_its_cause(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "probe", 0.05)
    bench.send(Command("AT+CSQ", timeout=0.05))

    assert isinstance(bench.outcome(), CommandTimeout)
    assert bench.outcome("lost") == "deaf: no answer to 3 × AT within 0.05 s each"


def test_a_modem_that_never_falls_silent_is_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.at.exchange.QUIET", 0.02)
    bench.send(Command("AT+CSQ", timeout=0.05))
    bench.wire.command()
    for _ in range(11):
        assert bench.wire.command() == "AT"
        bench.wire.lines("OK", "OK")

    assert "never silent" in bench.outcome("lost")
