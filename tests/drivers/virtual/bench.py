"""A modem on manual time with a host at its port, and people to call."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import time
import tty
from collections.abc import Callable

from drivers.virtual.config import LineConfig
from drivers.virtual.modem import VirtualModem
from drivers.virtual.numbering import iccid_for, imsi_for
from drivers.virtual.station import Station
from drivers.virtual.terminal import Call, CallStatus, Services, Sim
from drivers.virtual.times import RadioTimes
from tests.drivers.virtual.town import A, Set, Town, X

FAMILIES = ("ec25", "sim7600", "e1550")
STEP = 0.02


class Port:
    """A tty as a host has it open: raw, non-blocking."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)

    def write(self, octets: bytes) -> None:
        assert os.write(self.fd, octets) == len(octets)

    def read(self) -> bytes:
        """What is there now; empty if nothing, or if the device has gone."""
        octets = b""
        try:
            while more := os.read(self.fd, 4096):
                octets += more
        except OSError:
            pass
        return octets

    def waiting(self) -> int:
        """Return how many octets can be read now."""
        count = fcntl.ioctl(self.fd, termios.FIONREAD, struct.pack("i", 0))
        return int(struct.unpack("i", count)[0])

    def close(self) -> None:
        os.close(self.fd)


class Bench:
    """One modem, its host and its network; ``with Bench("ec25") as bench``.

    Args:
        family: The make of modem.
        cold: It was switched on long ago; else it boots now.
        echo: Leave the echo on.
        line: What else :class:`LineConfig` takes.
        services: What the subscription allows.
        times: The network's times.
    """

    def __init__(
        self,
        family: str = "ec25",
        *,
        cold: bool = True,
        echo: bool = False,
        pin: str | None = None,
        services: Services | None = None,
        times: RadioTimes | None = None,
        **line: object,
    ) -> None:
        self.town = Town(times=times)
        sim = Sim(X, iccid_for(X), imsi_for(X), pin, services or Services())
        self.modem = VirtualModem(
            self.town.reactor, self.town.network, LineConfig(sim, family, **line)
        )
        self._cold, self._echo = cold, echo
        self.port: Port | None = None
        self._read = 0

    def __enter__(self) -> Bench:
        if self._cold:
            self.modem.start()
        else:
            self.modem.power.plug()
        self.open()
        if not self._echo:
            self.ask("ATE0")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.modem.stop()
        self.town.reactor.close()

    # --- the host ---------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the modem's port, as a host does, and let the modem notice."""
        assert self.modem.port.path is not None
        self.port = Port(self.modem.port.path)
        self._read = self.modem.port.octets_out
        self.wait(0.1)

    def close(self) -> None:
        """Close the port and let the modem notice."""
        if self.port is not None:
            self.port.close()
            self.port = None
            self.wait(0.1)

    def send(self, text: str | bytes) -> None:
        """Write octets as they are, and let the modem have them."""
        assert self.port is not None
        octets = text.encode() if isinstance(text, str) else text
        goal = self.modem.port.octets_in + len(octets)
        self.port.write(octets)
        self._pass(lambda: self.modem.port.octets_in < goal)

    def _pass(self, more: Callable[[], bool]) -> None:
        """The kernel passes octets through a pty in its own time, which is not the bench's."""
        end = time.monotonic() + 5.0
        while more() and self.modem.port.path is not None:
            assert time.monotonic() < end, "octets got lost in the pty"
            self.town.reactor.turn(0.001)

    def raw(self, seconds: float = STEP) -> str:
        """Let time pass; returns all octets that came meanwhile."""
        assert self.port is not None
        came, end = bytearray(), self.town.reactor.now() + seconds
        while self.town.reactor.now() < end - 1e-9:
            self.town.reactor.advance(STEP)
            came += self.port.read()
        self._read += len(came)
        while self.modem.port.path is not None and self._read < self.modem.port.octets_out:
            self._pass(lambda: not self._take(came))
        return came.decode("latin-1")

    def _take(self, came: bytearray) -> bool:
        assert self.port is not None
        some = self.port.read()
        came += some
        self._read += len(some)
        return bool(some)

    def lines(self, seconds: float = STEP) -> list[str]:
        """Let time pass; returns the lines that came meanwhile, without empty ones."""
        return [line for line in self.raw(seconds).replace("\r", "\n").split("\n") if line]

    def ask(self, command: str, seconds: float = STEP) -> list[str]:
        """Send a command; returns what comes within ``seconds``."""
        self.send(f"{command}\r")
        return self.lines(seconds)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.town.wait(seconds)

    # --- the network ------------------------------------------------------------------------------

    @property
    def line(self) -> Station:
        """The modem's end of the network."""
        return self.modem.subscriber

    def people(self, *numbers: str) -> list[Station]:
        """Let people appear."""
        return self.town.join(*numbers)

    def handset(self, number: str) -> Set:
        """What a person's terminal was told."""
        return self.town.sets[number]

    def incoming(self, caller: Station) -> Call:
        """Let somebody call the modem and ring."""
        caller.dial(X)
        self.wait(3.2)
        return next(call for call in self.line.calls if call.status is CallStatus.INCOMING)

    def talk(self, caller: Station) -> Call:
        """Let somebody call, and the modem answer; what the modem said is gone."""
        call = self.incoming(caller)
        self.ask("ATA", 0.5)
        assert call.status is CallStatus.ACTIVE
        return call

    def answered(self, person: Station) -> Call:
        """Let a person who is called answer; returns their end."""
        call = next(
            c for c in person.calls if c.status in {CallStatus.INCOMING, CallStatus.WAITING}
        )
        person.answer(call)
        return call


__all__ = ["FAMILIES", "A", "Bench", "Port"]
