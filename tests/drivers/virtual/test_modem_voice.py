"""Voice over the second port: paced by the network, bounded, whole samples only."""

from __future__ import annotations

import select
import time

import numpy as np
import pytest

from drivers.virtual.voice import FRAME, LIMIT_FRAMES
from tests.drivers.virtual.bench import FAMILIES, A, Bench, Port
from tests.drivers.virtual.town import B, level, samples, speech

ON = {
    "ec25": 'AT+QGPSCFG="outport","none";+QPCMV=1,0',
    "sim7600": "AT+CPCMREG=1",
    "e1550": "AT^DDSETEX=2",
}


class Ear:
    """A host at the voice port."""

    def __init__(self, bench: Bench) -> None:
        assert bench.modem.voice.path is not None
        self.bench, self.port = bench, Port(bench.modem.voice.path)
        self.heard = b""

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_: object) -> None:
        self.port.close()

    def talk(self, frames: list[bytes]) -> None:
        """Write and read a frame in every turn of the network."""
        voice = self.bench.modem.voice
        for frame in frames:
            self.say(frame)
            before = voice.counts.to_host
            self.bench.town.network.tick()
            self.listen(voice.counts.to_host - before)

    def say(self, octets: bytes) -> None:
        """Write, and let the modem have it."""
        voice = self.bench.modem.voice
        goal = voice.octets_in + len(octets)
        self.port.write(octets)
        end = time.monotonic() + 5
        while voice.octets_in < goal:
            assert time.monotonic() < end
            self.bench.town.reactor.turn(0.001)

    def arrived(self, frames: int) -> None:
        """Wait until the kernel has so many frames for us that nobody has read."""
        end = time.monotonic() + 5
        while self.port.waiting() < frames * FRAME:
            assert time.monotonic() < end
            select.select([self.port.fd], [], [], 0.001)

    def listen(self, frames: int) -> None:
        """Read what was written for us."""
        goal, end = len(self.heard) + frames * FRAME, time.monotonic() + 5
        while len(self.heard) < goal:
            assert time.monotonic() < end
            self.heard += self.port.read()


@pytest.mark.parametrize("family", FAMILIES)
def test_both_hear_each_other_while_voice_is_on(family: str) -> None:
    with Bench(family) as bench, Ear(bench) as ear:
        (ann,) = bench.people(A)
        bench.talk(ann)
        assert bench.ask(ON[family]) == ["OK"]
        bench.town.network.tick()
        ear.listen(1)
        bench.handset(A).heard.clear()
        ear.heard, bench.modem.voice.counts.starved = b"", 0
        bench.handset(A).voice = speech(500, 1)
        ear.talk(speech(800, 1))
        there, here = samples(bench.handset(A).heard), samples([ear.heard])
        assert level(here[1600:], 500) == pytest.approx(-10, abs=0.5)
        assert level(here, 800) < -60
        assert level(there[1600:], 800) == pytest.approx(-10, abs=0.5)
        assert level(there, 500) < -60
        assert bench.modem.voice.counts.starved == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_without_a_call_or_switched_off_nothing_passes(family: str) -> None:
    with Bench(family) as bench, Ear(bench) as ear:
        (ann,) = bench.people(A)
        bench.ask(ON[family])
        bench.town.talk(0.2)
        bench.talk(ann)
        if family == "ec25":
            bench.ask("AT+QPCMV=0")
        bench.town.talk(0.2)
        assert ear.port.read() == b""
        assert bench.modem.voice.counts.to_host == 0


def test_positions_share_the_port_until_they_are_sent_elsewhere() -> None:
    with Bench("ec25") as bench, Ear(bench) as ear:
        bench.talk(bench.people(A)[0])
        bench.ask("AT+QPCMV=1,0")
        ear.talk(speech(800, 1.2))
        ear.bench.town.talk(0.02)
        ear.listen(1)
        assert b"$GPGGA" in ear.heard
        assert bench.ask('AT+QGPSCFG="outport"') == ['+QGPSCFG: "outport","usbnmea"', "OK"]
        bench.ask('AT+QGPSCFG="outport","none"')
        ear.heard = b""
        ear.talk(speech(800, 1.2))
        assert b"$GP" not in ear.heard


def test_what_the_host_does_not_read_is_dropped_and_counted() -> None:
    with Bench("e1550") as bench, Ear(bench) as ear:
        bench.talk(bench.people(A)[0])
        bench.ask("AT^DDSETEX=2")
        counts = bench.modem.voice.counts
        for _ in range(20):
            bench.town.network.tick()
            ear.arrived(counts.to_host)
        assert counts.to_host + counts.unread == 20
        assert counts.to_host == LIMIT_FRAMES
        ear.listen(counts.to_host)
        bench.town.network.tick()
        ear.listen(1)


def test_of_what_the_host_writes_ahead_the_oldest_goes() -> None:
    with Bench("e1550") as bench, Ear(bench) as ear:
        bench.talk(bench.people(A)[0])
        bench.ask("AT^DDSETEX=2")
        bench.town.network.tick()
        for number in range(12):
            ear.say(np.full(160, number * 1000, dtype="<i2").tobytes())
        bench.handset(A).heard.clear()
        for _ in range(8):
            bench.town.network.tick()
        heard = samples(bench.handset(A).heard)[::160]
        assert list(heard) == [7000, 8000, 9000, 10000, 11000, 0, 0, 0]
        assert bench.modem.voice.counts.overrun == 7


def test_odd_pieces_are_put_together() -> None:
    with Bench("e1550") as bench, Ear(bench) as ear:
        bench.talk(bench.people(A)[0])
        bench.ask("AT^DDSETEX=2")
        bench.town.network.tick()
        bench.handset(A).heard.clear()
        frame = np.arange(160, dtype="<i2").tobytes()
        for piece in (frame[:1], frame[1:100], frame[100:] + frame[:7], frame[7:]):
            ear.say(piece)
        bench.town.network.tick()
        bench.town.network.tick()
        assert bench.handset(A).heard == [frame, frame]


def test_sixteen_kilohertz_where_the_host_asks_for_it() -> None:
    with Bench("sim7600") as bench, Ear(bench) as ear:
        bench.talk(bench.people(A)[0])
        bench.ask("AT+CPCMFRM=1;+CPCMREG=1")
        audio = bench.modem.describe()["audio"]
        assert isinstance(audio, dict)
        assert audio["rate"] == 16000
        bench.handset(A).voice = speech(500, 0.4)
        for _ in range(20):
            ear.say(np.full(320, 3000, dtype="<i2").tobytes())
            bench.town.network.tick()
            ear.listen(2)
        wide = np.frombuffer(ear.heard, dtype="<i2")
        assert level(wide[320:], 250) == pytest.approx(-10, abs=0.5)  # half the pitch at 8 kHz
        assert samples(bench.handset(A).heard)[-1] == 3000
        assert bench.ask("AT+CPCMBANDWIDTH=1,1") == ["OK"]
        assert not bench.modem.voice.wide


@pytest.mark.parametrize(
    ("own", "set_to", "heard"),
    [
        ("sim7600", None, True),
        ("sim7600", False, False),
        ("ec25", None, False),
        ("ec25", True, True),
        ("e1550", None, False),
    ],
)
def test_the_host_in_a_multiparty(own: str, set_to: bool | None, heard: bool) -> None:
    with Bench(own, host_audio_in_multiparty=set_to) as bench, Ear(bench) as ear:
        ann, bob = bench.people(A, B)
        bench.talk(ann)
        bench.ask("AT+CHLD=2", 1.2)
        bench.ask(f"ATD{B};", 3.4)
        bench.answered(bob)
        bench.wait(0.5)
        bench.ask(ON[own])
        bench.ask("AT+CHLD=3", 1.2)
        for person in (A, B):
            bench.handset(person).heard.clear()
        bench.handset(A).voice = speech(500, 0.5)
        bench.handset(B).voice = speech(1100, 0.5)
        ear.heard = b""
        ear.talk(speech(800, 0.5))
        at_bob = samples(bench.handset(B).heard)
        assert level(at_bob[800:], 500) == pytest.approx(-10, abs=0.5)
        assert (level(at_bob, 800) > -20) == heard
        here = samples([ear.heard])
        assert (level(here, 500) > -20) == heard
        assert (level(here, 1100) > -20) == heard
