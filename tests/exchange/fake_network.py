"""A network of fake modems that keep the modem contract: tokens at once, outcomes and events later.

Whatever a command would do on a real modem that the exchange must never ask for is kept in
``violations``: every test ends by looking there.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from drivers.errors import CommandFailed, CommandTimeout, DriverError, NotSupported
from drivers.modem import (
    AtExchange,
    AudioSpec,
    CallChanged,
    CallEnded,
    CallInfo,
    CallState,
    Done,
    Facts,
    Failed,
    Identity,
    Lost,
    MessageRef,
    ModemEvent,
    Offered,
    Post,
    Ready,
    Registration,
    Socket,
    Token,
    WaitingCall,
)

DEADLINE = 10.0
UP = (CallState.ACTIVE, CallState.HELD)


class Changes:
    """Tells waiting tests that something may have changed."""

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def tell(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def until(self, reached: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + DEADLINE
        while not (found := reached()):
            left = end - time.monotonic()
            assert left > 0, f"not in time: {what}"
            with self._condition:
                self._condition.wait(min(left, 0.01))
        return found


@dataclass
class NetCall:
    """One call between a line and a person."""

    info: CallInfo
    person: str


class FakeModem:
    """One modem; the network's lock guards its calls."""

    def __init__(self, network: FakeNetwork, msisdn: str, facts: Facts, audio: bool) -> None:
        self.network = network
        self.msisdn = msisdn
        self.facts = facts
        self.socket = Socket(
            f"virtual:{msisdn}",
            "/dev/null",
            AudioSpec("serial", f"/audio/{msisdn}") if audio else None,
            msisdn=msisdn,
        )
        self.calls: dict[int, NetCall] = {}
        self.asked: list[str] = []
        self.fails: dict[str, DriverError] = {}
        self.silent: set[str] = set()
        self.deaf = False
        self.refuses_waiting = True
        self.first_words: list[ModemEvent] = []  # told right after Ready
        self._post: Post | None = None
        self._tokens = itertools.count(1)

    def identity(self) -> Identity:
        return Identity(
            "35" + self.msisdn[-8:],
            "8986" + self.msisdn[-8:],
            "460",
            "F",
            "M",
            "1",
            "fake",
            self.msisdn,
        )

    # --- contract ---

    def start(self, post: Post) -> None:
        with self.network.lock:
            self._post = post
            self.tell(Ready(self.identity(), self.facts))
            for event in self.first_words:
                self.tell(event)
            self.tell(Registration(1, "Test"))

    def stop(self, timeout: float) -> None:
        self._post = None

    def audio(self) -> AudioSpec | None:
        return self.socket.audio

    def dial(self, number: str) -> Token:
        return self._do("dial", lambda: self._dial(number), number)

    def answer(self) -> Token:
        return self._do("answer", self._answer)

    def hang_up(self, index: int | None = None) -> Token:
        return self._do("hang_up", lambda: self._hang_up(index), index)

    def refuse_waiting(self) -> Token:
        return self._do("refuse_waiting", self._refuse_waiting)

    def hold(self) -> Token:
        return self._do("hold", self._hold)

    def retrieve(self, index: int) -> Token:
        return self._do("retrieve", lambda: self._retrieve(index), index)

    def join(self) -> Token:
        return self._do("join", self._join)

    def transfer(self) -> Token:
        return self._do("transfer", self._transfer)

    def list_calls(self) -> Token:
        return self._do("list_calls", lambda: tuple(c.info for c in self.calls.values()))

    def send_digits(self, digits: str) -> Token:
        return self._do("send_digits", lambda: None)

    def read_message(self, ref: MessageRef) -> Token:
        return self._do("read_message", lambda: None)

    def delete_message(self, ref: MessageRef) -> Token:
        return self._do("delete_message", lambda: None)

    def sweep_messages(self) -> Token:
        return self._do("sweep_messages", lambda: ())

    def send_message(
        self, pdu: str, tpdu_octets: int, before: Callable[[], None] | None = None
    ) -> Token:
        return self._do("send_message", lambda: 1)

    def ussd(self, code: str) -> Token:
        return self._do("ussd", lambda: f"balance of {code}")

    def raw(self, command: str, timeout: float = 10.0) -> Token:
        return self._do("raw", lambda: (command, "OK"))

    def cancel(self, token: Token) -> None:
        pass

    def transcript(self) -> Sequence[AtExchange]:
        return ()

    # --- how a command ends ---

    def tell(self, event: ModemEvent) -> None:
        if self._post is not None and not self.deaf:
            self._post(event)
        self.network.changes.tell()

    def _do(self, name: str, act: Callable[[], object], *args: object) -> Token:
        token = next(self._tokens)
        with self.network.lock:
            self.asked.append(" ".join([name, *(str(arg) for arg in args)]))
            if name in self.silent:
                return token
            if name in self.fails:
                self.tell(Failed(token, self.fails[name]))
                return token
            try:
                value = act()
            except DriverError as error:
                self.tell(Failed(token, error))
            else:
                self.tell(Done(token, value))
        return token

    # --- calls ---

    def change(self, index: int, **fields: Any) -> None:
        call = self.calls[index]
        call.info = replace(call.info, **fields)
        self.tell(CallChanged(call.info))

    def end(self, index: int, cause: int) -> None:
        call = self.calls.pop(index)
        self.network.left(call.person, cause)
        self.tell(CallEnded(index, cause))
        if len(self.in_state(CallState.ACTIVE, CallState.HELD, CallState.DIALLING)) == 0:
            for waiting in self.in_state(CallState.WAITING):
                info = replace(self.calls[waiting].info, state=CallState.INCOMING)
                self.calls[waiting].info = info
                self.tell(Offered(waiting, info.number))
        multiparty = [i for i, c in self.calls.items() if c.info.multiparty]
        if len(multiparty) == 1:
            self.change(multiparty[0], multiparty=False)

    def in_state(self, *states: CallState) -> list[int]:
        return [index for index, call in self.calls.items() if call.info.state in states]

    def free_index(self) -> int:
        return next(index for index in itertools.count(1) if index not in self.calls)

    def _dial(self, number: str) -> None:
        if self.in_state(CallState.ACTIVE, CallState.DIALLING, CallState.ALERTING):
            self.network.violations.append("dialled beside an active call")
            raise CommandFailed("a call is active")
        index = self.free_index()
        info = CallInfo(index, True, CallState.DIALLING, False, number)
        self.calls[index] = NetCall(info, number)
        self.tell(CallChanged(info))
        self.network.reach(self, index, number)

    def _answer(self) -> None:
        ringing = self.in_state(CallState.INCOMING)
        if not ringing:
            raise CommandFailed("nothing rings")
        self.change(ringing[0], state=CallState.ACTIVE)

    def _hang_up(self, index: int | None) -> None:
        if index is None:
            self.network.violations.append("hung up everything")
        if index == 0 and len(self.calls) == 1:
            index = next(iter(self.calls))
        if index in self.calls:
            ringing = self.calls[index].info.state is CallState.INCOMING
            self.end(index, 21 if ringing else 16)

    def _refuse_waiting(self) -> None:
        if self.in_state(CallState.HELD):
            self.network.violations.append("AT+CHLD=0 with a call held")
        if not self.refuses_waiting:
            raise CommandFailed("not now")
        for index in self.in_state(CallState.WAITING):
            self.end(index, 17)

    def _hold(self) -> None:
        if self.in_state(CallState.WAITING):
            self.network.violations.append("AT+CHLD=2 with a call waiting")
        active = self.in_state(CallState.ACTIVE)
        if not active:
            raise CommandFailed("no call is active")
        self.change(active[0], state=CallState.HELD)

    def _retrieve(self, index: int) -> None:
        others = self.in_state(CallState.DIALLING, CallState.ALERTING)
        if others or index not in self.in_state(CallState.HELD):
            self.network.violations.append("retrieved in a wrong state")
            raise CommandFailed("no such held call")
        self.change(index, state=CallState.ACTIVE)

    def _join(self) -> None:
        if self.in_state(CallState.WAITING):
            raise CommandFailed("a call waits")
        for index in self.in_state(*UP):
            self.change(index, state=CallState.ACTIVE, multiparty=True)

    def _transfer(self) -> None:
        for index in self.in_state(*UP):
            self.calls.pop(index)
            self.tell(CallEnded(index, 16))


class FakeNetwork:
    """Lines and people. ``people`` says what each does when called: a Q.850 cause, or a word:
    ``answers``, ``rings``, ``nothing``."""

    def __init__(self, changes: Changes) -> None:
        self.lock = threading.RLock()
        self.changes = changes
        self.lines: dict[str, FakeModem] = {}
        self.people: dict[str, int | str] = {}
        self.ended: list[tuple[str, int]] = []
        self.violations: list[str] = []

    def line(self, msisdn: str, *, facts: Facts | None = None, audio: bool = True) -> FakeModem:
        modem = FakeModem(self, msisdn, facts or Facts(), audio)
        self.lines[msisdn] = modem
        return modem

    # --- what people do ---

    def call(self, person: str, msisdn: str, *, withheld: bool = False) -> int:
        """A person dials a line; return the index there, 0 when the network says busy."""
        with self.lock:
            modem = self.lines[msisdn]
            number = None if withheld else person
            index = modem.free_index()
            state = CallState.WAITING if modem.calls else CallState.INCOMING
            if modem.in_state(CallState.WAITING, CallState.INCOMING):
                return 0
            modem.calls[index] = NetCall(CallInfo(index, False, state, False, number), person)
            kind = WaitingCall if state is CallState.WAITING else Offered
            modem.tell(kind(index, number, withheld))
            return index

    def hang_up(self, person: str, cause: int = 16) -> None:
        """A person hangs up."""
        with self.lock:
            for modem in self.lines.values():
                for index in [i for i, c in modem.calls.items() if c.person == person]:
                    modem.end(index, cause)

    def picks_up(self, person: str) -> None:
        """A person whose phone rings answers it."""
        with self.lock:
            modem, index = self._ringing(person)
            modem.change(index, state=CallState.ACTIVE)

    def _ringing(self, person: str) -> tuple[FakeModem, int]:
        for modem in self.lines.values():
            for index, call in modem.calls.items():
                if call.person == person and call.info.outgoing:
                    return modem, index
        raise AssertionError(f"{person} is not being called")

    def reach(self, modem: FakeModem, index: int, person: str) -> None:
        does = self.people.get(person, "answers")
        if isinstance(does, int):
            if does in (19, 21):
                modem.change(index, state=CallState.ALERTING)
            modem.end(index, does)
        elif does != "nothing":
            modem.change(index, state=CallState.ALERTING)
            if does == "answers":
                modem.change(index, state=CallState.ACTIVE)

    def left(self, person: str, cause: int) -> None:
        self.ended.append((person, cause))

    # --- what tests ask ---

    def states(self, msisdn: str) -> list[tuple[str, str, bool]]:
        with self.lock:
            return [
                (call.person, call.info.state.name, call.info.multiparty)
                for call in self.lines[msisdn].calls.values()
            ]

    def shown(self, person: str) -> str | None:
        """Return the number that a person's phone shows of a call to it."""
        with self.lock:
            for msisdn, modem in self.lines.items():
                for call in modem.calls.values():
                    if call.person == person and call.info.outgoing:
                        return msisdn
        return None

    def quiet(self) -> bool:
        with self.lock:
            return not any(modem.calls for modem in self.lines.values())


REFUSED_HOLD = NotSupported("AT+CHLD=2: facility not subscribed", cause=50)
REFUSED_JOIN = NotSupported("AT+CHLD=3: facility not subscribed", cause=69)
NO_ANSWER = CommandTimeout("no final result")
LOST = Lost("the port is gone")
