"""Family ``gsmmodem``: python-gsmmodem-new behind the contract, on the bank's ptys."""

from __future__ import annotations

import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.at.pdu import decode
from drivers.at.pdu_split import submits
from drivers.errors import CommandTimeout, DriverError, NotSupported, PortLost
from drivers.families import make_modem
from drivers.families.library_engine import LibraryEngine
from drivers.families.library_port import Library
from drivers.modem import (
    AudioSpec,
    CallChanged,
    CallEnded,
    CallState,
    Done,
    Failed,
    Lost,
    MessageRef,
    MessageStored,
    Modem,
    Offered,
    Ready,
    Registration,
    SimProblem,
    Socket,
)
from tests.drivers.wire import Events
from tests.peers.conftest import PHONE, Town, opened

MAKES = ("zte", "wavecom", "generic")
LINES = {make: f"+861700000010{place}" for place, make in enumerate(MAKES)}
LIMIT = 40.0


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    tables = [{"msisdn": number, "personality": make} for make, number in LINES.items()]
    tables.append({"msisdn": "+8617000000109", "personality": "zte", "pin": "4321"})
    with opened(tables, speed=5.0) as town:
        yield town


class Device:
    """One modem of the family on a line of the bank."""

    def __init__(
        self,
        town: Town,
        number: str,
        *,
        family: str = "gsmmodem",
        card: bool = False,
        **socket: Any,
    ) -> None:
        self.town, self.number = town, number
        self.events = Events()
        audio = AudioSpec("alsa", "null") if card else None
        self.modem: Modem = make_modem(
            Socket(f"test:{number}", self.line()["port"], audio, family, **socket)
        )

    def __enter__(self) -> Device:
        self.modem.start(self.events.post)
        return self

    def __exit__(self, *_: object) -> None:
        self.modem.stop(10)

    def line(self) -> Any:
        return self.town.ask("GET", f"/lines/{urllib.parse.quote(self.number)}")

    def fault(self, kind: str) -> None:
        self.town.ask("POST", f"/lines/{urllib.parse.quote(self.number)}/fault", {"kind": kind})

    def until(self, wanted: Any) -> Any:
        return self.events.until(wanted, LIMIT)

    def outcome(self, token: int) -> Any:
        ends = (e for e in self.events.seen if isinstance(e, Done | Failed) and e.token == token)
        event = next(ends, None) or self.until(
            lambda e: isinstance(e, Done | Failed) and e.token == token
        )
        return event.value if isinstance(event, Done) else event.error

    def state(self, state: CallState) -> CallChanged:
        found: CallChanged = self.until(
            lambda e: isinstance(e, CallChanged) and e.call.state is state
        )
        return found


@pytest.fixture(params=MAKES)
def device(town: Town, request: pytest.FixtureRequest) -> Iterator[Device]:
    with Device(town, LINES[request.param]) as device:
        ready = device.until(Ready)
        assert ready.identity.family == "gsmmodem"
        assert ready.identity.iccid == device.line()["iccid"]
        assert ready.identity.imei == device.line()["imei"]
        assert not ready.facts.hold
        assert not ready.facts.transfer
        assert device.until(Registration).in_service
        yield device
        town.until(lambda: not device.line()["calls"])


def test_calls_and_texts_both_ways(device: Device) -> None:
    town = device.town
    # A call in, answered, ended by the caller.
    town.press("dial", to=device.number)
    device.until(lambda e: isinstance(e, Offered) and e.number == PHONE and e.index > 0)
    answer = device.modem.answer()
    device.state(CallState.ACTIVE)
    assert device.outcome(answer) is None
    assert isinstance(device.outcome(device.modem.hold()), NotSupported)
    town.press("hangup")
    assert device.until(CallEnded).cause == 16
    # A call out, answered, ended here.
    device.modem.dial(PHONE)
    device.state(CallState.ALERTING)
    town.press("answer")
    device.state(CallState.ACTIVE)
    hang_up = device.modem.hang_up()
    device.until(CallEnded)
    assert device.outcome(hang_up) is None
    town.until(lambda: town.phone()["state"] == "idle")
    # A call out that is rejected.
    device.modem.dial(PHONE)
    device.state(CallState.ALERTING)
    town.press("reject")
    device.until(CallEnded)
    # A text out, and one in, which stays until it is deleted.
    ((pdu, octets),) = submits(PHONE, "Hello from the library", reference=0, report=False)
    asked: list[str] = []
    reference = device.outcome(device.modem.send_message(pdu, octets, lambda: asked.append("x")))
    assert isinstance(reference, int)
    assert asked == ["x"]
    town.until(lambda: "Hello from the library" in str(town.phone()["inbox"]))
    town.press("sms", to=device.number, text="to the library")
    ref = device.until(MessageStored).ref
    read = device.outcome(device.modem.read_message(ref))
    assert decode(read).body.text == "to the library"  # type: ignore[union-attr]
    assert ref in [place for place, _ in device.outcome(device.modem.sweep_messages())]
    assert device.outcome(device.modem.delete_message(ref)) is None
    assert device.outcome(device.modem.read_message(ref)) is None
    assert "Balance" in device.outcome(device.modem.ussd("*100#"))
    assert device.outcome(device.modem.raw("AT+NONSENSE"))[-1] == "ERROR"


def readers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("gsmmodem-read-")]


def test_an_octet_that_kills_its_reader_is_noticed_and_mended(town: Town) -> None:
    with Device(town, LINES["generic"]) as device:
        device.until(Ready)
        library = device.modem._engine._library  # type: ignore[attr-defined]
        device.fault("garble")  # octets of all kinds for three seconds
        end = time.monotonic() + LIMIT
        while not library.mended:
            assert time.monotonic() < end
            device.outcome(device.modem.raw("AT", 1.0))
        answered = False
        while not answered:
            assert time.monotonic() < end
            answered = device.outcome(device.modem.raw("AT+CSQ", 2.0))[-1:] == ("OK",)
        town.press("dial", to=device.number)
        device.until(lambda e: isinstance(e, Offered) and e.number == PHONE)
        device.outcome(device.modem.hang_up())
        town.until(lambda: town.phone()["state"] == "idle")
    assert not [t for t in readers() if t.name.endswith(device.modem.socket.port[-3:])]


def test_a_call_that_a_command_swallowed_is_found(town: Town) -> None:
    with Device(town, LINES["wavecom"]) as device:
        device.until(Ready)
        device.until(Registration)
        library = device.modem._engine._library  # type: ignore[attr-defined]
        library._handleModemNotification = lambda lines: None  # what it says unasked is lost
        library.notifyCallback = library._handleModemNotification
        town.press("dial", to=device.number)
        device.until(lambda e: isinstance(e, Offered) and e.number == PHONE)
        town.press("hangup")
        assert device.until(CallEnded).index == 1


def test_a_line_that_comes_the_moment_a_command_ends_is_nobodys() -> None:
    heard: list[list[str]] = []

    class Leaving(threading.Event):
        """Who waits has its answer and is gone between two looks."""

        def __bool__(self) -> bool:
            library._responseEvent = None
            return True

    library = Library("/dev/null", heard.append, lambda _: None)
    library._response, library._responseEvent = ["OK"], Leaving()
    library._responseEvent.set()
    library._handleLineRead("RING")
    assert heard == [["RING"]]
    library._response, library._responseEvent = [], threading.Event()
    library._handleLineRead("ERROR")
    assert library._responseEvent.is_set()
    assert library._response == ["ERROR"]


def test_a_dead_reader_is_replaced_before_the_next_command(town: Town) -> None:
    with Device(town, LINES["generic"]) as device:
        device.until(Ready)
        device.until(Registration)
        library = device.modem._engine._library  # type: ignore[attr-defined]
        library.alive = False  # as its own death would leave it, and without a word
        library.rxThread.join(5)
        assert device.outcome(device.modem.raw("AT+CSQ"))[-1] == "OK"
        assert library.reading


def test_a_modem_that_hangs_or_is_pulled_is_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LibraryEngine, "probe", 0.5)
    with Device(town, LINES["zte"]) as device:
        device.until(Ready)
        device.fault("hang")
        device.modem.raw("AT+CSQ", 1.0)
        assert "deaf" in device.until(Lost).cause
    device.fault("unplug")
    device.fault("plug")
    with Device(town, LINES["zte"]) as device:
        device.until(Ready)
        device.fault("unplug")
        device.until(Lost)
    device.fault("plug")


def test_what_became_of_a_command_is_told_when_the_port_is_lost_or_closed_under_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulled(*_: object) -> None:
        library.say("\x1b")
        raise PortLost("pulled")

    ((pdu, octets),) = submits(PHONE, "Perhaps", reference=0, report=False)
    with Device(town, LINES["generic"]) as device:
        device.until(Ready)
        library = device.modem._engine._library  # type: ignore[attr-defined]
        monkeypatch.setattr(library, "payload", pulled)
        error = device.outcome(device.modem.send_message(pdu, octets, lambda: None))
        assert isinstance(error, CommandTimeout)
        assert error.outcome_unknown
        assert "pulled" in device.until(Lost).cause
    with Device(town, LINES["generic"]) as device:
        device.until(Ready)
        town.until(lambda: not device.modem._engine.busy)  # type: ignore[attr-defined]
        device.fault("hang")
        token = device.modem.raw("AT+SLOW", LIMIT)
        town.until(lambda: "AT+SLOW" in [line.text for line in device.modem.transcript()])
        device.modem.stop(LIMIT)
        assert isinstance(device.outcome(token), DriverError)
    device.fault("unplug")
    device.fault("plug")


def test_a_pin_is_given_and_the_library_introduced_behind_it(town: Town) -> None:
    with Device(town, "+8617000000109") as device:
        assert device.until(SimProblem).state == "SIM PIN"
    with Device(town, "+8617000000109", pin="4321") as device:
        device.until(Ready)
        assert device.modem._engine._introduced  # type: ignore[attr-defined]
        assert device.outcome(device.modem.read_message(MessageRef("SM", 1))) is None
