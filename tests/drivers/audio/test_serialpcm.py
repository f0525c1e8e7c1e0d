from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator

import pytest

from drivers.audio import serialpcm
from drivers.audio.port import FRAME_OCTETS, AudioPort
from drivers.audio.serialpcm import SerialPcm
from drivers.errors import PortLost
from tests.drivers.wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@pytest.fixture
def port(wire: Wire) -> Iterator[SerialPcm]:
    port = SerialPcm(wire.path)
    port.open()
    yield port
    port.close()


def frame(number: int) -> bytes:
    """A frame that can be told from its neighbours, with every octet value in it somewhere."""
    return bytes((number * 7 + place) % 256 for place in range(FRAME_OCTETS))


def take(wire: Wire, count: int) -> bytes:
    found = b""
    while len(found) < count:
        octets = wire.read(2.0)
        assert octets
        found += octets
    return found


def test_it_is_an_audio_port(port: SerialPcm) -> None:
    used: AudioPort = port

    assert used.queued() == 0


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 319, 320, 321, 1600, 4001])
def test_frames_are_cut_from_any_chunks(wire: Wire, port: SerialPcm, chunk: int) -> None:
    octets = b"".join(frame(number) for number in range(12))
    found = []
    for start in range(0, len(octets), chunk):
        wire.say(octets[start : start + chunk])
        while (ready := port.read(0.0)) is not None:
            found.append(ready)
    while len(found) < 12:
        ready = port.read(2.0)
        assert ready is not None
        found.append(ready)

    assert found == [frame(number) for number in range(12)]


def test_every_octet_passes_both_ways(wire: Wire, port: SerialPcm) -> None:
    """No octet is a line end, a flow control or an end of transmission to a raw tty."""
    for number in range(8):
        assert port.write(frame(number))
        assert take(wire, FRAME_OCTETS) == frame(number)
        wire.say(frame(number))
        assert port.read(2.0) == frame(number)


def test_reading_ends_in_time(port: SerialPcm) -> None:
    began = time.monotonic()

    assert port.read(0.05) is None
    assert 0.04 < time.monotonic() - began < 1


def test_half_a_frame_is_kept_for_the_next_read(wire: Wire, port: SerialPcm) -> None:
    wire.say(frame(1)[:161])
    assert port.read(0.02) is None
    wire.say(frame(1)[161:])

    assert port.read(2.0) == frame(1)


def test_a_modem_that_does_not_drain_costs_frames_not_time(wire: Wire, port: SerialPcm) -> None:
    began = time.monotonic()
    taken = refused = 0
    while refused < 20:  # in a row: the kernel may make room once more while it hands octets over
        if port.write(frame(taken)):
            taken, refused = taken + 1, 0
        else:
            refused += 1

    assert port.dropped_out >= 20
    assert time.monotonic() - began < 5
    found = b""
    while octets := wire.read(0.05):
        found += octets
    assert port.write(frame(taken))  # behind what was left of the last one
    found += take(wire, (taken + 1) * FRAME_OCTETS - len(found))

    assert found == b"".join(frame(number) for number in range(taken + 1))


def test_what_was_begun_is_finished_before_the_next_frame(
    wire: Wire, port: SerialPcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    shares = iter((101, 0, 400, 400, 400))
    fd = port._fd

    def write(to: int, octets: bytes) -> int:
        if to != fd:
            return real(to, octets)
        share = next(shares)
        if share == 0:
            raise BlockingIOError
        return real(to, octets[:share])

    monkeypatch.setattr(serialpcm.os, "write", write)
    assert port.write(frame(1))
    assert not port.write(frame(2))
    assert port.write(frame(3))
    monkeypatch.undo()

    assert take(wire, 2 * FRAME_OCTETS) == frame(1) + frame(3)


def test_flushing_throws_away_what_was_received(wire: Wire, port: SerialPcm) -> None:
    wire.say(frame(1) + frame(2))
    assert port.read(2.0) == frame(1)
    port.flush()
    assert port.read(0.05) is None
    wire.say(frame(3))

    assert port.read(2.0) == frame(3)


def test_opening_flushes_what_lay_there(wire: Wire) -> None:
    port = SerialPcm(wire.path)
    port.open()
    port.close()
    wire.say(frame(1))
    port.open()
    assert port.read(0.05) is None
    port.close()


def test_a_blocked_read_ends_when_the_port_is_closed(wire: Wire, port: SerialPcm) -> None:
    lost: list[str] = []

    def read() -> None:
        try:
            port.read(30)
        except PortLost as error:
            lost.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    while not port._reading.locked():
        select.select([], [], [], 0.001)
    began = time.monotonic()
    port.close()
    reader.join(5)

    assert time.monotonic() - began < 1
    assert "closed" in lost[0]


def test_a_pulled_stick_is_port_lost(wire: Wire, port: SerialPcm) -> None:
    wire.unplug()
    with pytest.raises(PortLost):
        port.read(1)
    with pytest.raises(PortLost):
        port.write(frame(1))


def test_a_closed_port_is_port_lost(wire: Wire) -> None:
    port = SerialPcm(wire.path)
    for use in (lambda: port.read(0), lambda: port.write(frame(1)), port.queued):
        with pytest.raises(PortLost, match="closed"):
            use()
    port.flush()
    port.close()


def test_opening_twice_and_closing_twice_is_harmless(wire: Wire, port: SerialPcm) -> None:
    port.open()
    port.close()
    port.close()
    port.open()

    assert port.write(frame(1))


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(PortLost, match="cannot open"):
        SerialPcm("/dev/does-not-exist").open()


def test_there_is_one_rate() -> None:
    with pytest.raises(ValueError, match="rate 16000, expected 8000"):
        SerialPcm("/dev/null", 16000)
