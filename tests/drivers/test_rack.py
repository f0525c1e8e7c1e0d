"""The rack: what is plugged in becomes a modem; lost ones climb a ladder, each alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import ManualClock
from drivers.families import make_modem
from drivers.modem import Modem, Socket
from drivers.rack import Health, Rack, hub_of
from drivers.recovery import Outcome, Paces, Rung

PACES = Paces(
    reopen=0.01, gone=0.2, back=0.5, port=0.05, verdict=5.0, hospital=(0.1, 0.2), healthy=60.0
)
DEAF = "deaf: no answer to 3 × AT within 5 s each"


class Hand:
    """A source that a test plugs and pulls."""

    def __init__(self) -> None:
        self.plug: Callable[[Socket], None] = lambda _: None
        self.pull: Callable[[str], None] = lambda _: None
        self.stopped: list[float] = []

    def start(self, added: Callable[[Socket], None], removed: Callable[[str], None]) -> None:
        self.plug, self.pull = added, removed

    def stop(self, timeout: float) -> None:
        self.stopped.append(timeout)


class Tools:
    """Tools of which one helps."""

    def __init__(self) -> None:
        self.helps: Rung | None = Rung.REOPEN
        self.taken: list[Rung] = []
        self.impossible: set[Rung] = set()
        self.after: dict[Rung, Callable[[], None]] = {}
        self.families: list[str] = []

    def answers(self, socket: Socket) -> bool:
        last = self.taken[-1] if self.taken else Rung.REOPEN
        return self.helps is last

    def _take(self, rung: Rung) -> bool:
        if rung in self.impossible:
            return False
        self.taken.append(rung)
        self.after.get(rung, lambda: None)()
        return True

    def reset(self, socket: Socket, family: str) -> bool:
        self.families.append(family)
        return self._take(Rung.RESET)

    def rebind(self, socket: Socket) -> bool:
        return self._take(Rung.REBIND)

    def power(self, socket: Socket) -> bool:
        return self._take(Rung.POWER)


class Bay:
    """A rack whose modems are well as soon as they are made, unless a test says otherwise."""

    def __init__(self, port: Path) -> None:
        self.clock = ManualClock()
        self.hand = Hand()
        self.tools = Tools()
        self.events: list[Any] = []
        self.told: list[Health] = []
        self.well = True
        self.changed = threading.Condition()
        self.socket = Socket("usb:1-1.3", str(port))
        self.rack = self._rack()
        self.rack.start(self._added, self._removed, self._told)

    def _rack(self) -> Rack:
        return Rack([self.hand], make_modem, self.clock, self.tools, paces=PACES)

    def _tell(self, events: list[Any], event: object) -> None:
        with self.changed:
            events.append(event)
            self.changed.notify_all()

    def _added(self, modem: Modem) -> None:
        self._tell(self.events, modem.socket)
        if self.well:
            self.rack.well(modem.socket.name, "simcom")

    def _removed(self, name: str) -> None:
        self._tell(self.events, name)

    def _told(self, _name: str, health: Health) -> None:
        self._tell(self.told, health)

    def until(self, seen: Callable[[], Any]) -> Any:
        end = time.monotonic() + 20
        with self.changed:
            while not (found := seen()):
                assert time.monotonic() < end, (self.events, self.health.steps)
                self.changed.wait(0.05)
        return found

    @property
    def health(self) -> Health:
        return self.rack.health(self.socket.name)

    def outcomes(self) -> list[tuple[Rung, Outcome]]:
        return [(step.rung, step.outcome) for step in self.health.steps]


@pytest.fixture
def bay(tmp_path: Path) -> Iterator[Bay]:
    port = tmp_path / "tty"
    port.touch()
    made = Bay(port)
    yield made
    made.rack.stop(3.0)


def test_what_is_plugged_in_becomes_a_modem(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.hand.pull("usb:1-1.3")

    assert bay.events == [bay.socket, "usb:1-1.3"]


def test_a_lost_modem_is_opened_again_and_the_step_is_kept(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", "hung up")
    bay.until(lambda: bay.outcomes() == [(Rung.REOPEN, Outcome.BACK)])

    assert bay.events == [bay.socket, bay.socket]
    assert [step.cause for step in bay.health.steps] == ["hung up"]
    assert bay.tools.taken == []


@pytest.mark.parametrize("helps", [Rung.RESET, Rung.REBIND, Rung.POWER])
def test_each_step_that_fails_leads_to_a_harder_one(bay: Bay, helps: Rung) -> None:
    bay.tools.helps = helps
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: (helps, Outcome.BACK) in bay.outcomes())

    rungs = [Rung.RESYNCHRONISE, Rung.REOPEN, Rung.RESET, Rung.REBIND, Rung.POWER]
    expected = rungs[: rungs.index(helps)]
    assert bay.outcomes() == [*((r, Outcome.FAILED) for r in expected), (helps, Outcome.BACK)]
    assert bay.health.steps[0].cause == DEAF
    assert bay.tools.families == ["simcom"]


def test_what_leaves_the_bus_by_our_doing_is_not_pulled(bay: Bay) -> None:
    elsewhere = replace(bay.socket, port=bay.socket.port + "-other")
    Path(elsewhere.port).touch()
    bay.tools.helps = Rung.REBIND

    def leave_and_come() -> None:
        bay.hand.pull("usb:1-1.3")
        bay.hand.plug(elsewhere)

    bay.tools.after[Rung.REBIND] = leave_and_come
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: (Rung.REBIND, Outcome.BACK) in bay.outcomes())

    assert bay.events == [bay.socket, elsewhere]


def test_a_modem_that_is_lost_again_at_once_climbs_on(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: (Rung.REOPEN, Outcome.BACK) in bay.outcomes())
    bay.tools.helps = Rung.RESET
    bay.until(lambda: len(bay.told) >= 2)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: (Rung.RESET, Outcome.BACK) in bay.outcomes())
    assert [each for each in bay.outcomes() if each[1] is Outcome.BACK] == [
        (Rung.REOPEN, Outcome.BACK),
        (Rung.RESET, Outcome.BACK),
    ]
    assert (Rung.REOPEN, Outcome.FAILED) not in bay.outcomes()
    bay.clock.advance(PACES.healthy)
    bay.tools.helps = Rung.REOPEN
    bay.tools.taken.clear()
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: bay.outcomes()[-1] == (Rung.REOPEN, Outcome.BACK))


def test_power_is_switched_rarely_and_what_cannot_be_done_is_said(bay: Bay) -> None:
    bay.tools.helps = None
    bay.tools.impossible = {Rung.REBIND}
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: (Rung.POWER, Outcome.LIMITED) in bay.outcomes())

    assert (Rung.REBIND, Outcome.IMPOSSIBLE) in bay.outcomes()
    assert bay.tools.taken.count(Rung.POWER) == 1
    bay.clock.advance(PACES.power_every)
    bay.until(lambda: bay.tools.taken.count(Rung.POWER) == 2)


def test_in_hospital_it_is_tried_again_and_comes_back(bay: Bay) -> None:
    bay.tools.helps = None
    bay.hand.plug(bay.socket)
    other = Socket("usb:1-1.4", bay.socket.port)
    bay.hand.plug(other)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: bay.health.hospital)
    assert not bay.rack.health("usb:1-1.4").steps
    bay.tools.helps = Rung.RESET
    bay.until(lambda: (Rung.RESET, Outcome.BACK) in bay.outcomes())

    assert not bay.health.hospital
    assert bay.events.count(other) == 1


def test_pulled_and_plugged_in_anew_it_leaves_the_hospital(bay: Bay) -> None:
    bay.tools.helps = None
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.until(lambda: bay.health.hospital)
    bay.hand.pull("usb:1-1.3")
    assert not bay.health.hospital
    bay.hand.plug(bay.socket)

    assert bay.events[-1] == bay.socket
    assert not bay.health.hospital


def test_a_port_that_is_gone_is_waited_for(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    Path(bay.socket.port).unlink()
    bay.rack.recover("usb:1-1.3", "hung up")
    bay.until(lambda: bay.outcomes() != [])
    assert bay.outcomes()[0] == (Rung.REOPEN, Outcome.FAILED)
    Path(bay.socket.port).touch()
    bay.until(lambda: bay.health.hospital)
    bay.tools.taken.clear()
    bay.until(lambda: (Rung.REOPEN, Outcome.BACK) in bay.outcomes())

    assert bay.events == [bay.socket, bay.socket]


def test_a_pulled_socket_comes_back_by_being_plugged_in_only(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.hand.pull("usb:1-1.3")
    bay.rack.recover("usb:1-1.3", "hung up")
    assert bay.events == [bay.socket, "usb:1-1.3"]
    bay.hand.plug(bay.socket)

    assert bay.events[-1] == bay.socket
    assert bay.outcomes() == []


def test_coming_back_by_itself_again_and_again_is_a_brown_out(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    for again in range(1, 4):
        assert bay.health.reenumerations == 0
        bay.clock.advance(20)
        bay.hand.pull("usb:1-1.3")
        bay.hand.plug(bay.socket)
        assert len(bay.events) == 1 + 2 * again
    assert bay.health.reenumerations == 3
    bay.clock.advance(300)
    assert bay.health.reenumerations == 0


def test_an_unknown_socket_is_nothing(bay: Bay) -> None:
    bay.rack.recover("9-9", "lost")
    bay.rack.well("9-9")
    bay.hand.pull("9-9")

    assert bay.events == []


def test_a_stopped_rack_is_still(bay: Bay) -> None:
    bay.tools.helps = None
    bay.hand.plug(bay.socket)
    bay.rack.recover("usb:1-1.3", DEAF)
    bay.rack.stop(3.0)
    threads = {thread.name for thread in threading.enumerate()}
    bay.hand.plug(bay.socket)
    bay.hand.pull("usb:1-1.3")

    assert "recovery-usb:1-1.3" not in threads
    assert bay.events == [bay.socket]
    assert bay.hand.stopped == [3.0]


def test_modems_of_one_hub_start_one_after_the_other(tmp_path: Path) -> None:
    clock, hand, started = ManualClock(), Hand(), list[str]()
    rack = Rack([hand], make_modem, clock, Tools(), start_gap=2.0)
    rack.start(lambda modem: started.append(modem.socket.name), lambda _: None)
    for name in ("usb:1-1.1", "usb:1-1.2", "usb:1-1.3", "usb:2-1.1"):
        hand.plug(Socket(name, str(tmp_path)))
    assert started == ["usb:1-1.1", "usb:2-1.1"]
    hand.pull("usb:1-1.2")
    clock.advance(2.0)
    assert started == ["usb:1-1.1", "usb:2-1.1"]
    clock.advance(2.0)
    assert started == ["usb:1-1.1", "usb:2-1.1", "usb:1-1.3"]
    rack.stop(1.0)


@pytest.mark.parametrize(
    ("socket", "hub"),
    [
        ("usb:1-1.3", "usb:1-1"),
        ("usb:1-1.3.2", "usb:1-1.3"),
        ("usb:1-2", "usb:1"),
        ("static:/dev/ttyUSB2", "static"),
        ("virtual:+8617000000001", "virtual"),
    ],
)
def test_a_socket_hangs_on_a_hub(socket: str, hub: str) -> None:
    assert hub_of(socket) == hub
