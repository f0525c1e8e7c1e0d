from __future__ import annotations

import errno
import fcntl
import logging
import os
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
import serial

from drivers.at import port as port_module
from drivers.at.port import Port, open_tty
from drivers.at.trace import TRACE, mask, mask_secrets
from drivers.errors import PortLost
from tests.drivers.wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


def test_a_port_is_held_for_us_alone(wire: Wire) -> None:
    port = Port(wire.path)
    with pytest.raises(PortLost, match="cannot open"):
        Port(wire.path)
    other = os.open(wire.path, os.O_RDWR | os.O_NOCTTY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
    port.close()


def test_another_process_does_not_get_it(wire: Wire) -> None:
    port = Port(wire.path)
    program = "import serial, sys; serial.Serial(sys.argv[1], exclusive=True)"
    other = subprocess.run(
        [sys.executable, "-c", program, wire.path], capture_output=True, check=False, timeout=30
    )
    port.close()

    assert other.returncode != 0
    assert b"SerialException" in other.stderr


def test_a_closed_port_can_be_opened_again(wire: Wire) -> None:
    for _ in range(3):
        port = Port(wire.path)
        port.write(b"AT\r")
        assert wire.command() == "AT"  # whoever opens a port throws away what was not read yet
        port.close()
        port.close()


def test_closing_does_not_hang_up(wire: Wire) -> None:
    port = Port(wire.path)
    flags = termios.tcgetattr(port.fileno())[2]
    port.close()

    assert not flags & termios.HUPCL
    assert flags & termios.CSIZE == termios.CS8
    assert not flags & termios.CRTSCTS


def test_a_path_that_is_no_port() -> None:
    for path in ("/dev/does-not-exist", "/dev/null", "/"):
        with pytest.raises(PortLost, match="cannot"):
            Port(path)


def test_reading_nothing_is_no_end(wire: Wire) -> None:
    port = Port(wire.path)

    assert [port.read() for _ in range(10)] == [b""] * 10
    port.close()


def test_a_pulled_stick_is_lost(wire: Wire) -> None:
    port = Port(wire.path)
    wire.unplug()
    with pytest.raises(PortLost):
        port.read()
    with pytest.raises(PortLost):
        port.write(b"AT\r")
    port.close()


def test_writing_does_not_block_and_keeps_what_is_left(wire: Wire) -> None:
    port = Port(wire.path)
    port.write(b"x" * 200_000)
    kept = port.pending
    assert kept > 0
    taken = 0
    while port.pending or taken < 200_000:
        taken += len(wire.read(1.0))
        port.flush()

    assert taken == 200_000
    port.close()


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOTTY, errno.EINVAL])
def test_modem_lines_may_be_missing(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_: object) -> None:
        raise OSError(number, "no such line")

    monkeypatch.setattr(serial.Serial, "_update_rts_state", refuse)
    monkeypatch.setattr(serial.Serial, "_update_dtr_state", refuse)
    tty = open_tty(wire.path)
    assert tty.is_open
    tty.close()


@pytest.mark.parametrize(
    "error",
    [
        serial.SerialException("x"),
        serial.PortNotOpenError(),
        serial.SerialTimeoutException("x"),
        OSError(errno.EIO, "x"),
        ValueError("x"),
        termios.error(25, "x"),
    ],
)
def test_every_error_of_opening_is_port_lost(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(port_module, "_Tty", refuse)
    with pytest.raises(PortLost, match="cannot open"):
        open_tty("/dev/ttyX")


def test_octets_are_logged_at_trace_and_pins_are_not(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(TRACE, logger="drivers.at.trace")
    port = Port(wire.path)
    port.write(b'AT+CPIN="4711"\r')
    wire.say(b"\r\nOK\xff\r\n")
    while not port.read():
        pass
    port.close()

    assert "AT+CPIN=***" in caplog.text
    assert "4711" not in caplog.text
    assert "OKÿ" in caplog.text
    assert all(record.levelno == TRACE for record in caplog.records)


def test_nothing_is_logged_above_trace(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    port = Port(wire.path)
    port.write(b"AT\r")
    port.close()

    assert not caplog.records


def test_people_see_no_pins_numbers_or_texts() -> None:
    assert mask_secrets('AT+CPIN="4711"') == "AT+CPIN=***"
    assert mask_secrets('at+clck="SC",0,"4711"') == "at+clck=***"
    assert mask('+CLIP: "+8613800000001",145') == '+CLIP: "+861*****0001",145'
    assert mask("0021000C91945111325476000005C8329BFD06") == "<19 octets>"
    assert mask("+CREG: 2,1") == "+CREG: 2,1"
