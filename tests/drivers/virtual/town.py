"""A small network on manual time, and terminals that note everything they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from drivers.virtual.audio import FRAME_SAMPLES, RATE, Samples, frames, tone
from drivers.virtual.network import Network
from drivers.virtual.numbering import iccid_for, imsi_for
from drivers.virtual.reactor import ManualReactor
from drivers.virtual.station import Station
from drivers.virtual.terminal import Call, CallStatus, Services, Sim
from drivers.virtual.times import RadioTimes

A, B, C, D = "+8613900000001", "+8613900000002", "+8613900000003", "+8613900000004"
X, Y = "+8617000000001", "+8617000000002"


@dataclass
class Told:
    """One thing that a terminal was told of a call, as it stood then."""

    index: int
    status: CallStatus
    number: str
    cause: int | None
    multiparty: bool


@dataclass
class Set:
    """A terminal that does nothing by itself."""

    told: list[Told] = field(default_factory=list)
    notices: list[tuple[str, int]] = field(default_factory=list)
    registrations: list[int] = field(default_factory=list)
    tpdus: list[bytes] = field(default_factory=list)
    digits: str = ""
    refusal: int | None = None
    voice: list[bytes] = field(default_factory=list)
    heard: list[bytes | None] = field(default_factory=list)
    host_audio_in_multiparty: bool = True
    takes_waiting_calls: bool = True

    def registration_changed(self, status: int) -> None:
        self.registrations.append(status)

    def call_changed(self, call: Call) -> None:
        self.told.append(Told(call.index, call.status, call.number, call.cause, call.multiparty))

    def service_notice(self, kind: str, call: Call) -> None:
        self.notices.append((kind, call.index))

    def deliver(self, tpdu: bytes, smsc: str) -> int | None:
        if self.refusal is None:
            self.tpdus.append(tpdu)
        return self.refusal

    def dtmf(self, call: Call, digit: str) -> None:
        self.digits += digit

    def speak(self) -> bytes | None:
        return self.voice.pop(0) if self.voice else None

    def hear(self, frame: bytes | None) -> None:
        self.heard.append(frame)

    def states(self) -> list[CallStatus]:
        """Every status told, in order."""
        return [told.status for told in self.told]


class Town:
    """A network with subscribers; ``with Town() as town``."""

    def __init__(self, *, times: RadioTimes | None = None, hold_tone: bool = False) -> None:
        self.reactor = ManualReactor()
        self.network = Network(
            self.reactor, times=times, hold_tone=hold_tone, wall=self.wall, seed=7
        )
        self.sets: dict[str, Set] = {}

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *_: object) -> None:
        self.reactor.close()

    def wall(self) -> datetime:
        return datetime(2026, 11, 22, 10, 34, tzinfo=UTC) + timedelta(
            seconds=self.reactor.now() - 1000.0
        )

    def join(self, *numbers: str, on: bool = True, **services: object) -> list[Station]:
        """Let subscribers appear, registered."""
        stations = []
        for number in numbers:
            sim = Sim(number, iccid_for(number), imsi_for(number), services=Services(**services))
            self.sets[number] = Set()
            station = self.network.attach(sim, self.sets[number])
            if on:
                station.register_at_once()
            stations.append(station)
        return stations

    def wait(self, seconds: float) -> None:
        self.reactor.advance(seconds)

    def connect(self, caller: Station, callee: Station) -> tuple[Call, Call]:
        """Make a call that both are in; returns both ends."""
        out = caller.dial(callee.msisdn)
        self.wait(4)
        into = next(
            c for c in callee.calls if c.status in (CallStatus.INCOMING, CallStatus.WAITING)
        )
        callee.answer(into)
        self.wait(1)
        assert out.status is CallStatus.ACTIVE
        assert into.status is CallStatus.ACTIVE
        return out, into

    def ask(self, station: Station, code: str) -> int | None:
        """Do a CHLD code and return its outcome."""
        outcome: list[int | None] = []
        station.supplementary(code, outcome.append)
        self.wait(1)
        assert len(outcome) == 1
        return outcome[0]

    def talk(self, seconds: float) -> None:
        """Carry voice for so long, without moving other time."""
        for _ in range(round(seconds / 0.02)):
            self.network.tick()


def speech(hertz: float, seconds: float, level: float = -10.0) -> list[bytes]:
    """A voice that can be told from others by its pitch."""
    return frames(tone([(hertz, level)], round(seconds * RATE)))


def samples(heard: list[bytes | None]) -> Samples:
    """What was heard, None as silence."""
    return np.frombuffer(b"".join(frame or bytes(320) for frame in heard), dtype="<i2")


def level(sound: Samples, hertz: float) -> float:
    """The level of one pitch in dBm0, -100 for nothing."""
    moments = np.arange(len(sound)) / RATE
    wave = np.exp(-2j * np.pi * hertz * moments)
    peak = 2 * abs(np.dot(sound.astype(float), wave)) / max(1, len(sound))
    return float(20 * np.log10(max(peak, 1e-6) / 32767) + 3.14) if peak > 0.4 else -100.0


__all__ = ["FRAME_SAMPLES", "A", "B", "C", "D", "Set", "Told", "Town", "X", "Y"]
