"""The engine at the prompt: when a PDU leaves, and what its end is worth."""

from __future__ import annotations

import threading

import pytest

from drivers.at.commands import Command, Reply, send_pdu
from drivers.errors import Cancelled, CommandFailed, CommandTimeout, PortLost
from tests.drivers.at.bench import PDU, Bench


def test_a_pdu_goes_out_after_the_prompt_only(bench: Bench) -> None:
    bench.send(send_pdu(PDU, 18))
    assert bench.wire.until("\r") == b"AT+CMGS=18\r"
    assert bench.wire.read(0.05) == b""
    bench.wire.say("\r\n> ")
    assert bench.wire.until(b"\x1a") == PDU.encode() + b"\x1a"
    bench.wire.say(f'{PDU}\x1a\r\n+CMTI: "ME",1\r\n\r\n+CMGS: 42\r\n\r\nOK\r\n')

    assert bench.outcome() == Reply(("+CMGS: 42",), "OK")


def test_what_has_to_be_done_at_the_prompt_is_done_before_the_pdu_leaves(bench: Bench) -> None:
    asked, done = threading.Event(), threading.Event()

    def before() -> None:
        asked.set()
        assert done.wait(10)

    bench.send(send_pdu(PDU, 18, before))
    bench.wire.until("\r")
    assert not asked.is_set()
    bench.wire.say("\r\n> ")
    assert asked.wait(10)
    assert bench.wire.read(0.05) == b""
    done.set()
    assert bench.wire.until(b"\x1a") == PDU.encode() + b"\x1a"
    bench.wire.lines("+CMGS: 42", "OK")

    assert bench.outcome() == Reply(("+CMGS: 42",), "OK")


def test_a_pdu_that_may_not_leave_is_taken_back_and_the_port_goes_on(bench: Bench) -> None:
    def before() -> None:
        raise OSError("the disk is full")

    bench.send(send_pdu(PDU, 18, before))
    bench.wire.until("\r")
    bench.wire.say("\r\n> ")
    assert bench.wire.until(b"\x1b") == b"\x1b"
    bench.wire.lines("OK")
    error = bench.outcome()

    assert isinstance(error, Cancelled)
    bench.send(Command("AT+CSQ"), "next")
    assert bench.wire.command() == "AT+CSQ"
    bench.wire.lines("+CSQ: 20,99", "OK")
    assert bench.outcome("next") == Reply(("+CSQ: 20,99",), "OK")


def test_an_error_in_place_of_the_prompt_fails_at_once(bench: Bench) -> None:
    bench.send(send_pdu(PDU, 18))
    bench.wire.until("\r")
    bench.wire.lines("+CMS ERROR: 331")
    error = bench.outcome()

    assert isinstance(error, CommandFailed)
    assert error.cms == 331


def quick(pdu: str, octets: int, prompt: float, result: float) -> Command:
    return Command(f"AT+CMGS={octets}", timeout=prompt, payload=pdu, result_timeout=result)


def test_no_prompt_means_not_sent(bench: Bench) -> None:
    bench.send(quick(PDU, 18, 0.1, 60))
    bench.wire.until("\r")
    for _ in range(2):
        bench.wire.until(b"\x1b\rAT\r")
        bench.wire.lines("OK")
    error = bench.outcome()

    assert isinstance(error, CommandTimeout)
    assert not error.outcome_unknown


def test_no_result_after_ctrl_z_means_unknown(bench: Bench) -> None:
    bench.send(quick(PDU, 18, 5, 0.1))
    bench.wire.until("\r")
    bench.wire.say("> ")
    bench.wire.until(b"\x1a")
    for _ in range(2):
        assert bench.wire.command() == "AT"
        bench.wire.lines("OK")
    error = bench.outcome()

    assert isinstance(error, CommandTimeout)
    assert error.outcome_unknown


@pytest.mark.parametrize("end", ["stop", "unplug"])
def test_the_end_of_the_port_after_ctrl_z_means_unknown(bench: Bench, end: str) -> None:
    bench.send(send_pdu(PDU, 18))
    bench.wire.until("\r")
    bench.wire.say("> ")
    bench.wire.until(b"\x1a")
    if end == "stop":
        bench.engine.stop(2)
    else:
        bench.wire.unplug()
    error = bench.outcome()

    assert isinstance(error, CommandTimeout)
    assert error.outcome_unknown


@pytest.mark.parametrize(("end", "kind"), [("stop", Cancelled), ("unplug", PortLost)])
def test_the_end_of_the_port_before_ctrl_z_is_known(bench: Bench, end: str, kind: type) -> None:
    bench.send(send_pdu(PDU, 18))
    bench.wire.until("\r")
    if end == "stop":
        bench.engine.stop(2)
    else:
        bench.wire.unplug()

    assert isinstance(bench.outcome(), kind)
