"""The engine on real ptys: replies, URCs, timeouts, late results, garbage and loss."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.at import engine as engine_module
from drivers.at.commands import Command, Reply, dial, send_pdu
from drivers.at.engine import Engine, resynchronise
from drivers.at.queue import Expect, Job, Pause, Procedure, Urgency
from drivers.at.urcs import Urc
from drivers.errors import Cancelled, CommandFailed, CommandTimeout, DriverError, PortLost
from drivers.families.catalogue import URC_RULES
from tests.drivers.wire import Events, Wire

PDU = "0021000C91945111325476000005C8329BFD06"


class Bench:
    """An engine on a wire, its outcomes and lines in one queue."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.events = Events()
        self.engine = Engine(self.wire.path, URC_RULES, self.events.post, self._lost)

    def _lost(self, cause: str) -> None:
        self.events.post(("lost", cause))

    def run(self, procedure: Procedure, name: str = "job", **options: Any) -> Job:
        def done(value: object, error: DriverError | None) -> None:
            self.events.post((name, value if error is None else error))

        job = Job(procedure, done, name, **options)
        self.engine.submit(job)
        return job

    def send(self, command: Command | str, name: str = "job", **options: Any) -> Job:
        return self.run(one(command), name, **options)

    def outcome(self, name: str = "job", limit: float = 5.0) -> Any:
        return self.events.until(lambda e: isinstance(e, tuple) and e[0] == name, limit)[1]

    def open(self) -> None:
        """Start, and wait until the port is open: what is said before that is flushed."""
        self.engine.start()
        self.engine.call(lambda: self.events.post("open"))
        assert self.events.next() == "open"
        self.events.seen.clear()

    def close(self) -> None:
        self.engine.stop(2.0)
        self.wire.unplug()


def one(command: Command | str) -> Procedure:
    reply = yield Command(command) if isinstance(command, str) else command
    return reply


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    bench.open()
    yield bench
    bench.close()


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
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "PROMPTLY", 0.8)
    bench.send(Command("AT+CMGR=1", timeout=0.2), "slow")
    bench.send("AT+CMGR=2", "next")
    assert bench.wire.command() == "AT+CMGR=1"
    assert bench.wire.command() == "AT"
    bench.wire.lines("+CMGR: 0,,24", PDU, "OK")  # late, for the first; then nothing, for long
    assert bench.wire.command() == "AT"
    assert bench.wire.read(1.0) == b""
    bench.wire.lines("OK")  # late, for the first AT
    assert bench.wire.command() == "AT"
    bench.wire.lines("OK", "OK")
    assert bench.wire.command() == "AT"
    bench.wire.lines("OK")
    assert bench.wire.command() == "AT+CMGR=2"
    bench.wire.lines("OK")
    assert isinstance(bench.outcome("slow"), CommandTimeout)
    assert bench.outcome("next") == Reply((), "OK")


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


def test_a_urc_while_the_port_is_cleaned_is_told(bench: Bench) -> None:
    bench.send(Command("AT+COPS?", timeout=0.1))
    bench.wire.command()
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
    monkeypatch.setattr(engine_module, "resynchronise", lambda: resynchronise(3, 0.05))
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


# --- texts ---


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
    bench.wire.command()
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


# --- jobs ---


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


# --- octets and loss ---


def test_the_reader_survives_any_octets(bench: Bench) -> None:
    chance = random.Random(7)
    for _ in range(50):
        bench.wire.say(chance.randbytes(chance.randrange(1, 300)))
    bench.wire.say(b"\xff\xfe\x00\r\n")
    bench.send("AT+CSQ")
    bench.wire.until("AT+CSQ\r")
    bench.wire.lines("+CSQ: 20,99", "OK")

    assert "+CSQ: 20,99" in bench.outcome().lines


@pytest.mark.parametrize("seed", range(5))
def test_noise_between_lines_loses_no_line(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)
    quiet = bytes(octet for octet in range(256) if octet not in b"\r\n>")
    for number in range(30):
        noise = bytes(chance.choice(quiet) for _ in range(chance.randrange(40)))
        bench.wire.say(b"\r\n\xa5" + noise + f'\r\n+CMTI: "ME",{number}\r\n'.encode())
    for number in range(30):
        assert bench.events.until(Urc) == Urc("+CMTI", f'"ME",{number}')


def test_a_pulled_stick_is_reported_within_a_second(bench: Bench) -> None:
    bench.send("AT+CSQ")
    bench.wire.command()
    pulled = time.monotonic()
    bench.wire.unplug()
    assert isinstance(bench.outcome(), PortLost)
    cause = bench.outcome("lost")

    assert time.monotonic() - pulled < 1
    assert bench.wire.path in cause


def test_after_the_loss_there_is_nothing(bench: Bench) -> None:
    bench.wire.unplug()
    bench.outcome("lost")
    bench.send("AT+CSQ")

    assert isinstance(bench.outcome(), PortLost)
    assert bench.events.empty()


def test_a_port_that_cannot_be_opened_is_lost() -> None:
    events = Events()
    engine = Engine("/dev/does-not-exist", URC_RULES, events.post, events.post)
    engine.start()

    assert "cannot open" in events.next()
    engine.stop(1)


def test_stopping_cancels_what_waits_and_reports_no_loss(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        bench.send(f"AT+{name.upper()}", name)
    bench.wire.command()
    bench.engine.stop(2)
    for name in ("a", "b", "c"):
        assert isinstance(bench.outcome(name), Cancelled)

    assert bench.events.empty()


def test_a_modem_that_takes_no_octets_is_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "resynchronise", lambda: resynchronise(3, 0.05))
    bench.send(Command("AT" + "X" * 300_000, timeout=0.05))

    assert bench.outcome("lost", 10)


def test_the_transcript_is_masked_and_bounded(bench: Bench) -> None:
    bench.send('AT+CPIN="4711"')
    bench.wire.until("\r")
    bench.wire.lines('+CLIP: "+8613800000001",145', "OK")
    bench.outcome()
    shown = [(line.sent, line.text) for line in bench.engine.transcript.lines()]

    assert shown == [
        (True, "AT+CPIN=***"),
        (False, '+CLIP: "+861*****0001",145'),
        (False, "OK"),
    ]


def test_a_reader_that_dies_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    def burst(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.engine, "_advance", burst)
    bench.engine.call(lambda: None)

    assert "reader died" in bench.outcome("lost")
    assert "died" in caplog.text
