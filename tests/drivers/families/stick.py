"""A stick on a pty, played from tables: one per make, as modems of that make answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from drivers.families import make_modem
from drivers.modem import AudioSpec, Done, Failed, Modem, Ready, Registration, Signal, Socket
from tests.drivers.wire import LIMIT, Events, Script, Wire

Answers = dict[str, list[str] | Callable[[str], list[str]]]

COMMON: Answers = {
    "AT+CPIN?": ["+CPIN: READY", "OK"],
    "AT+CIMI": ["460001234567890", "OK"],
    "AT+CREG?": ["+CREG: 2,1", "OK"],
    "AT+CEREG?": ["+CEREG: 2,1", "OK"],
    "AT+COPS?": ['+COPS: 0,0,"NET",7', "OK"],
    "AT+CSQ": ["+CSQ: 20,99", "OK"],
    "AT+CPMS?": ['+CPMS: "ME",0,25,"ME",0,25,"ME",0,25', "OK"],
    "AT+CHLD=?": ["+CHLD: (0,1,1x,2,2x,3,4)", "OK"],
    "AT+CFUN?": ["+CFUN: 1", "OK"],
    "AT+CLCC": ["OK"],
    "AT+CEER": ["+CEER: Normal call clearing", "OK"],
}

MAKES: dict[str, Answers] = {
    "quectel": {
        "AT+CGMI": ["Quectel", "OK"],
        "AT+CGMM": ["EC25", "OK"],
        "AT+CGMR": ["EC25EFAR06A06M4G", "OK"],
        "AT+CGSN": ["861234567890123", "OK"],
        "AT+QCCID": ["+QCCID: 8949020000012345678F", "OK"],
        'AT+QPINC="SC"': ['+QPINC: "SC",3,10', "OK"],
    },
    "simcom": {
        "AT+CGMI": ["SIMCOM INCORPORATED", "OK"],
        "AT+CGMM": ["SIMCOM_SIM7600E-H", "OK"],
        "AT+CGMR": ["+CGMR: LE20B04SIM7600M22", "OK"],
        "AT+CGSN": ["861234567890124", "OK"],
        "AT+CICCID": ["+ICCID: 89490200000123456789", "OK"],
        "AT+SPIC": ["+SPIC: 3,10,3,10", "OK"],
    },
    "huawei": {
        "AT+CGMI": ["huawei", "OK"],
        "AT+CGMM": ["E1550", "OK"],
        "AT+CGMR": ["11.608.12.10.157", "OK"],
        "AT+CGSN": ["353627020000033", "OK"],
        "AT^ICCID?": ["^ICCID: 98940200001032547698", "OK"],
        "AT+CEREG?": ["COMMAND NOT SUPPORT"],
        "AT^CPIN?": ["^CPIN: SIM PIN,3,10,3,10,3", "OK"],
    },
    "generic": {
        "AT+CGMI": ["ACME", "OK"],
        "AT+CGMM": ["One", "OK"],
        "AT+CGSN": ["353627020000034", "OK"],
        "AT+CCID": ["89490200000123456780", "OK"],
    },
}


class Stick:
    """One make on a pty with a modem of ours on it.

    Args:
        make: A key of MAKES.
        answers: What it answers otherwise than its make.
        audio: With a serial voice port.
    """

    def __init__(
        self, make: str, answers: Answers | None = None, *, audio: bool = False, **socket: Any
    ) -> None:
        self.wire = Wire()
        self.script = Script(self.wire, COMMON | MAKES[make] | (answers or {}))
        self.events = Events()
        spec = AudioSpec("serial", "/dev/null") if audio else None
        self.socket = Socket(f"test:{self.wire.path}", self.wire.path, spec, **socket)
        self.modem: Modem = make_modem(self.socket)

    def __enter__(self) -> Stick:
        return self

    def __exit__(self, *_: object) -> None:
        self.modem.stop(3)
        self.script.close()
        self.wire.unplug()

    def start(self) -> Ready:
        """Start the modem; returns once it is ready and has told what there is to tell."""
        self.modem.start(self.events.post)
        ready: Ready = self.events.until(Ready)
        self.events.until(Signal)
        self.events.seen.clear()
        return ready

    def say(self, octets: str | bytes, cuts: Iterable[int] = ()) -> None:
        """Speak as the modem, in chunks cut at the places given."""
        octets = octets.encode("latin-1") if isinstance(octets, str) else octets
        start = 0
        for cut in (*cuts, len(octets)):
            self.wire.say(octets[start:cut])
            start = cut

    def heard(self) -> None:
        """Return once the reader has read what was said."""
        for _ in range(2):  # the first call may overtake octets that are on their way
            read = threading.Event()
            self.modem._engine.call(read.set)  # type: ignore[attr-defined]
            assert read.wait(LIMIT)

    def drain(self, seconds: float) -> list[Any]:
        """Return the events of the next ``seconds``."""
        deadline = time.monotonic() + seconds
        found: list[Any] = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                found.append(self.events.next(left))
            except AssertionError:
                break
        return found

    def outcome(self, token: int, limit: float = LIMIT) -> Any:
        """Return the value or the error of a request."""
        event = self.events.until(
            lambda e: isinstance(e, Done | Failed) and e.token == token, limit
        )
        return event.value if isinstance(event, Done) else event.error

    def told(self, count: int, limit: float = LIMIT) -> list[Any]:
        """Return the next events about calls and texts, results and care left out."""
        found: list[Any] = []
        while len(found) < count:
            event = self.events.next(limit)
            if not isinstance(event, Done | Failed | Registration | Signal):
                found.append(event)
        return found

    def quiet(self) -> bool:
        """Tell whether nothing more is told once the modem has answered a command."""
        self.outcome(self.modem.raw("AT+QUIET"))
        return all(
            isinstance(event, Done | Failed | Registration | Signal)
            for event in iter(lambda: None if self.events.empty() else self.events.next(), None)
        )


def framed(*lines: str) -> str:
    """Return lines as most modems frame them."""
    return "".join(f"\r\n{line}\r\n" for line in lines)
