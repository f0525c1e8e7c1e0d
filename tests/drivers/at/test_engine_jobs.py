"""The engine's jobs: procedures, pauses, what is taken back, what overtakes, what stumbles."""

from __future__ import annotations

import pytest

from drivers.at.commands import Command, Reply
from drivers.at.engine import Engine
from drivers.at.queue import Expect, Pause, Procedure, Urgency
from drivers.at.urcs import Urc
from drivers.errors import Cancelled, CommandFailed, DriverError
from drivers.families.catalogue import URC_RULES
from tests.drivers.at.bench import Bench


def test_a_procedure_goes_step_by_step(bench: Bench) -> None:
    def steps() -> Procedure:
        first = yield Command("AT+A")
        try:
            yield Command("AT+B")
        except CommandFailed as error:
            return (first.lines, error.cme)

    bench.run(steps())
    assert bench.wire.command() == "AT+A"
    bench.wire.lines("+A: 1", "OK")
    assert bench.wire.command() == "AT+B"
    bench.wire.lines("+CME ERROR: 3")

    assert bench.outcome() == (("+A: 1",), 3)


def test_a_pausing_procedure_lets_others_in(bench: Bench) -> None:
    def steps() -> Procedure:
        yield Pause(0.1)
        yield Command("AT+LATER")

    bench.run(steps())
    bench.send("AT+NOW", "now")
    assert bench.wire.command() == "AT+NOW"
    bench.wire.lines("OK")
    assert bench.wire.command() == "AT+LATER"


def test_a_pausing_procedure_may_keep_the_port(bench: Bench) -> None:
    def steps() -> Procedure:
        yield Pause(0.1, keep_port=True)
        yield Command("AT+FIRST")

    bench.run(steps())
    bench.send("AT+SECOND", "second")

    assert bench.wire.command() == "AT+FIRST"


def test_a_procedure_may_wait_for_a_line(bench: Bench) -> None:
    def steps() -> Procedure:
        urc = yield Expect("+CUSD", 5)
        nothing = yield Expect("+CUSD", 0.05)
        return urc, nothing

    bench.run(steps())
    bench.send("AT+A", "a")
    bench.wire.command()
    bench.wire.lines('+CUSD: 0,"42",15', "OK")

    assert bench.outcome() == (Urc("+CUSD", '0,"42",15'), None)


def test_what_was_not_begun_can_be_taken_back(bench: Bench) -> None:
    bench.send("AT+A", "a")
    waiting = bench.send("AT+B", "b")
    assert bench.wire.command() == "AT+A"
    bench.engine.cancel(waiting)
    assert isinstance(bench.outcome("b"), Cancelled)
    bench.wire.lines("OK")
    assert bench.outcome("a") == Reply((), "OK")
    bench.engine.cancel(waiting)

    assert bench.wire.read(0.05) == b""


def test_what_has_begun_cannot(bench: Bench) -> None:
    job = bench.send("AT+A")
    bench.wire.command()
    bench.engine.cancel(job)
    bench.wire.lines("OK")

    assert bench.outcome() == Reply((), "OK")


def test_what_waits_too_long_fails_unwritten(bench: Bench) -> None:
    bench.send("AT+A", "a")
    bench.send("AT+B", "b", expires=0.05)
    assert bench.wire.command() == "AT+A"
    assert isinstance(bench.outcome("b"), Cancelled)
    bench.wire.lines("OK")

    assert bench.wire.read(0.05) == b""


def test_calls_overtake_texts(bench: Bench) -> None:
    bench.send("AT+A", "a")
    bench.wire.command()
    bench.send("AT+TEXT", "text", urgency=Urgency.MESSAGE)
    bench.send("AT+CALL", "call", urgency=Urgency.CALL)
    bench.wire.lines("OK")

    assert bench.wire.command() == "AT+CALL"


def test_a_bug_in_a_procedure_costs_that_procedure_only(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def steps() -> Procedure:
        yield Command("AT+A")
        raise ZeroDivisionError

    bench.run(steps())
    bench.wire.command()
    bench.wire.lines("OK")
    assert isinstance(bench.outcome(), DriverError)
    bench.send("AT+B", "b")
    bench.wire.command()
    bench.wire.lines("OK")

    assert bench.outcome("b") == Reply((), "OK")
    assert "procedure job failed" in caplog.text


def test_a_bug_in_a_handler_costs_that_line_only(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()

    def broken(urc: Urc) -> None:
        bench.events.post(urc)
        raise ZeroDivisionError

    bench.engine = Engine(bench.wire.path, URC_RULES, broken, bench._lost)
    bench.open()
    bench.wire.lines("RING", "RING")
    bench.events.until(Urc)
    bench.events.until(Urc)
    bench.close()

    assert "handling RING failed" in caplog.text
