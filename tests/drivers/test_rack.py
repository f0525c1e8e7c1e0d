from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import ManualClock
from drivers.families import make_modem
from drivers.modem import Modem, Socket
from drivers.rack import HEALTHY_AFTER, REOPEN_PAUSES, Rack


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


class Bay:
    """A rack on a clock that stands still."""

    def __init__(self, port: Path) -> None:
        self.clock = ManualClock()
        self.hand = Hand()
        self.events: list[Any] = []
        self.socket = Socket("1-1.3", str(port))
        self.rack = Rack([self.hand], make_modem, self.clock)
        self.rack.start(self._added, self.events.append)

    def _added(self, modem: Modem) -> None:
        self.events.append(modem.socket)


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    port = tmp_path / "tty"
    port.touch()
    return Bay(port)


def test_what_is_plugged_in_becomes_a_modem(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.hand.pull("1-1.3")

    assert bay.events == [bay.socket, "1-1.3"]


def test_a_lost_modem_is_made_again_after_a_pause(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.rack.recover("1-1.3")
    bay.clock.advance(REOPEN_PAUSES[0] - 0.01)
    assert bay.events == [bay.socket]
    bay.clock.advance(0.01)

    assert bay.events == [bay.socket, bay.socket]


def test_pauses_grow_and_shrink_again_once_it_lived(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    for pause in (*REOPEN_PAUSES, REOPEN_PAUSES[-1]):
        bay.rack.recover("1-1.3")
        bay.clock.advance(pause - 0.01)
        before = len(bay.events)
        bay.clock.advance(0.01)
        assert len(bay.events) == before + 1
    bay.clock.advance(HEALTHY_AFTER)
    bay.rack.recover("1-1.3")
    bay.clock.advance(REOPEN_PAUSES[0])

    assert len(bay.events) == len(REOPEN_PAUSES) + 3


def test_a_port_that_is_gone_is_waited_for(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    Path(bay.socket.port).unlink()
    bay.rack.recover("1-1.3")
    bay.clock.advance(200)
    assert bay.events == [bay.socket]
    Path(bay.socket.port).touch()
    bay.clock.advance(REOPEN_PAUSES[-1])

    assert bay.events == [bay.socket, bay.socket]


def test_a_pulled_socket_comes_back_by_being_plugged_in_only(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.rack.recover("1-1.3")
    bay.hand.pull("1-1.3")
    bay.rack.recover("1-1.3")
    bay.clock.advance(100)
    assert bay.events == [bay.socket, "1-1.3"]
    bay.hand.plug(bay.socket)

    assert bay.events[-1] == bay.socket


def test_asking_twice_recovers_once(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.rack.recover("1-1.3")
    bay.rack.recover("1-1.3")
    bay.clock.advance(100)

    assert bay.events == [bay.socket, bay.socket]


def test_an_unknown_socket_is_nothing(bay: Bay) -> None:
    bay.rack.recover("9-9")
    bay.hand.pull("9-9")
    bay.clock.advance(100)

    assert bay.events == []


def test_a_stopped_rack_is_still(bay: Bay) -> None:
    bay.hand.plug(bay.socket)
    bay.rack.recover("1-1.3")
    bay.rack.stop(3.0)
    bay.clock.advance(100)
    bay.hand.plug(bay.socket)
    bay.hand.pull("1-1.3")

    assert bay.events == [bay.socket]
    assert bay.hand.stopped == [3.0]
