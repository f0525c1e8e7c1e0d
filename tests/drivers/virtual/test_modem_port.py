"""The command port, opened and closed by hosts as real ones do it."""

from __future__ import annotations

import os

import pytest
import serial

from drivers.virtual.at_port import WAITING_AT_MOST
from drivers.virtual.terminal import CallStatus
from tests.drivers.virtual.bench import FAMILIES, A, Bench
from tests.drivers.virtual.town import B


@pytest.mark.parametrize("flow", [False, True])
def test_pyserial_opens_closes_and_opens_again(flow: bool) -> None:
    with Bench() as bench:
        bench.close()
        for turn in range(3):
            path = bench.modem.port.path
            with serial.Serial(path, 115200, timeout=0, rtscts=flow, dsrdtr=flow) as port:
                bench.wait(0.1)
                assert bench.modem.port.in_use
                goal = bench.modem.port.octets_in + 8
                port.write(b"AT+CGMM\r")
                bench._pass(lambda goal=goal: bench.modem.port.octets_in < goal)
                port.timeout = 5
                assert b"EC25" in port.read_until(b"OK\r\n"), turn
            bench.wait(0.1)
            assert not bench.modem.port.in_use
            assert bench.modem.port.path == path


def test_what_was_said_to_nobody_is_not_there_for_the_next_host() -> None:
    with Bench() as bench:
        bench.close()
        bench.modem.urc("RING")
        bench.wait(1)
        lost = bench.modem.describe()["lost_octets"]
        assert lost == len("\r\nRING\r\n")
        bench.open()
        assert bench.lines(0.1) == []
        assert bench.ask("ATE0")[-1] == "OK"


def test_the_last_close_ends_answered_calls_unless_dtr_is_ignored() -> None:
    for ignored, left in (("0", 1), ("1", 0), ("2", 0)):
        with Bench() as bench:
            (ann,) = bench.people(A)
            bench.talk(ann)
            bench.ask(f"AT&D{ignored}")
            bench.close()
            bench.wait(1)
            assert len(bench.line.calls) == left, ignored
            assert len(ann.calls) == left


@pytest.mark.parametrize("family", FAMILIES)
def test_a_multiparty_lives_on_without_a_host_that_ignores_dtr(family: str) -> None:
    with Bench(family) as bench:
        ann, bob = bench.people(A, B)
        bench.ask("AT&D0")
        bench.talk(ann)
        assert bench.ask("AT+CHLD=2", 1.5)[-1] == "OK"
        bench.ask(f"ATD{B};", 4)
        bench.answered(bob)
        bench.wait(1)
        assert "OK" in bench.ask("AT+CHLD=3", 1.5)
        bench.close()
        bench.wait(5)
        assert [call.multiparty for call in bench.line.calls] == [True, True]
        bench.open()
        listed = [line for line in bench.ask("AT+CLCC") if line.startswith("+CLCC")]
        assert [line.split(",")[4] for line in listed] == ["1", "1"]


def test_a_host_that_dials_and_leaves_makes_the_phone_ring() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        assert bench.ask(f"ATDT{A};")[0] == "OK"
        bench.close()
        bench.wait(4)
        assert [call.status for call in ann.calls] == [CallStatus.INCOMING]


def test_a_host_that_leaves_at_the_prompt_leaves_no_prompt_behind() -> None:
    with Bench() as bench:
        bench.send("AT+CMGS=18\r")
        assert bench.raw() == "\r\n> "
        bench.close()
        bench.open()
        assert bench.ask("AT") == ["OK"]


def test_a_second_host_may_have_the_port_open_too() -> None:
    with Bench() as bench:
        (ann,) = bench.people(A)
        bench.talk(ann)
        assert bench.modem.port.path is not None
        other = os.open(bench.modem.port.path, os.O_RDWR | os.O_NOCTTY)
        os.close(other)
        bench.wait(0.5)
        assert len(bench.line.calls) == 1


def test_a_host_that_does_not_read_loses_what_exceeds_the_queue() -> None:
    with Bench() as bench:
        for _ in range(3000):
            bench.modem.urc("X" * 60)
        assert 0 < bench.modem.port.lost < 3000 * 64 - WAITING_AT_MOST
        said = 0
        while more := bench.raw(0.1):
            said += len(more)
        assert said + bench.modem.port.lost == 3000 * 64
        assert bench.ask("AT") == ["OK"]
