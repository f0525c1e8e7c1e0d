"""The engine's port: octets that are no text, a stick that is pulled, the end."""

from __future__ import annotations

import logging
import random
import time

import pytest

from drivers.at.commands import Command
from drivers.at.engine import Engine
from drivers.at.urcs import Urc
from drivers.errors import Cancelled, PortLost
from drivers.families.catalogue import URC_RULES
from tests.drivers.at.bench import Bench
from tests.drivers.wire import Events


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
    monkeypatch.setattr(Engine, "probe", 0.05)
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
