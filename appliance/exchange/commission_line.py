"""One line taking part in a commissioning: lent by its worker, driven from the asking thread."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from appliance.errors import Refused
from appliance.exchange.messages import Ask, Inbox
from appliance.media import DigitHeard
from drivers.at.pdu import Deliver, StatusReport, decode
from drivers.at.pdu_octets import PduError
from drivers.modem import (
    AudioSpec,
    CallChanged,
    CallEnded,
    CallInfo,
    CallState,
    Digit,
    Done,
    Facts,
    Failed,
    Identity,
    Lost,
    MessageRef,
    MessageStored,
    Modem,
    ModemEvent,
    Offered,
    PduArrived,
    Token,
)

COMMAND = 20.0
"""Seconds for one command; a message takes longer."""

Kind = TypeVar("Kind")


class Lends(Protocol):
    """A line worker, as a commissioning uses it."""

    @property
    def identity(self) -> Identity | None:
        """Who answers on its port."""

    def post(self, message: object) -> None:
        """Leave a message."""

    def begin_trial(self, taker: Inbox, *, enrolled: bool = True) -> Facts | None:
        """On the worker's thread: give everything the modem tells to ``taker``; None: not free."""

    def end_trial(self) -> None:
        """On the worker's thread: take it back."""

    def give_back(self, event: ModemEvent) -> None:
        """On the worker's thread: deal with an event that was not the trial's."""

    def command(
        self, ask: Callable[[Modem], Token], outcome: Callable[[Done | Failed], None]
    ) -> None:
        """On the worker's thread: give the modem a request."""

    def audio(self) -> AudioSpec | None:
        """Return where the line's voice is."""


class Station:
    """One line, from :meth:`begin` to :meth:`end`. Every method but :meth:`post` is the runner's.

    Args:
        worker: The line.
        msisdn: Its number.
        enrolled: Only a line whose SIM is enrolled is borrowed.
    """

    def __init__(self, worker: Lends, msisdn: str, *, enrolled: bool = True) -> None:
        self.worker = worker
        self.msisdn = msisdn
        self._enrolled = enrolled
        self.facts = Facts()
        self._news: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._seen: list[object] = []
        self._pressed: list[Digit | DigitHeard] = []

    def post(self, message: object) -> None:
        """Take what the modem or the media room tells, on any thread."""
        self._news.put(message)

    def begin(self) -> None:
        """Borrow the line. Raises Refused when it is in use or not ready."""
        facts = self._on_thread(lambda: self.worker.begin_trial(self, enrolled=self._enrolled))
        if facts is None:
            raise Refused("line", f"line {self.msisdn} is in use or not ready")
        self.facts = facts

    def end(self) -> None:
        """Hang up whatever is up and give the line back."""
        self.command(lambda modem: modem.hang_up(None), 10.0)
        self._on_thread(self.worker.end_trial)

    def forget(self) -> None:
        """Look at nothing that was told until now."""
        while self._pull(0.0):
            pass
        self._seen.clear()
        self._pressed.clear()

    # --- commands ---

    def command(self, ask: Callable[[Modem], Token], timeout: float = COMMAND) -> Done | Failed:
        """Give the modem a request and wait for its outcome. Raises Refused after ``timeout``."""
        answer: queue.SimpleQueue[Done | Failed] = queue.SimpleQueue()
        self.worker.post(Ask(lambda: self.worker.command(ask, answer.put)))
        try:
            return answer.get(timeout=timeout)
        except queue.Empty:
            raise Refused("modem", f"line {self.msisdn} did not answer in {timeout:g} s") from None

    def done(self, ask: Callable[[Modem], Token], timeout: float = COMMAND) -> bool:
        """Do the same and tell whether it succeeded."""
        return isinstance(self.command(ask, timeout), Done)

    def calls(self) -> tuple[CallInfo, ...]:
        """Return what the modem carries."""
        told = self.command(lambda modem: modem.list_calls())
        return told.value if isinstance(told, Done) and isinstance(told.value, tuple) else ()

    def _on_thread(self, run: Callable[[], Any]) -> Any:
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.worker.post(Ask(lambda: answer.put(run())))
        try:
            return answer.get(timeout=COMMAND)
        except queue.Empty:
            raise Refused("line", f"line {self.msisdn} does not answer") from None

    # --- what is told ---

    def wait(
        self, kind: type[Kind], timeout: float, wanted: Callable[[Kind], bool] = lambda _: True
    ) -> Kind | None:
        """Return the next event of a kind, None when it does not come within ``timeout`` seconds.

        Raises Refused when the line is lost meanwhile.
        """
        end = time.monotonic() + timeout
        while True:
            for place, event in enumerate(self._seen):
                if isinstance(event, kind) and wanted(event):
                    del self._seen[: place + 1]
                    return event
            if not self._pull(max(0.0, end - time.monotonic())):
                return None

    def _pull(self, timeout: float) -> bool:
        try:
            event = self._news.get(timeout=timeout) if timeout > 0 else self._news.get_nowait()
        except queue.Empty:
            return False
        if isinstance(event, Lost):
            raise Refused("line", f"line {self.msisdn} was lost: {event.cause}")
        self._seen.append(event)
        if isinstance(event, Digit | DigitHeard):
            self._pressed.append(event)
        return True

    def state(self, state: CallState, timeout: float, *, outgoing: bool | None = None) -> bool:
        """Wait until a call is told to be in a state."""
        found = self.wait(
            CallChanged,
            timeout,
            lambda told: told.call.state is state and outgoing in (None, told.call.outgoing),
        )
        return found is not None

    def offered(self, caller: str, timeout: float) -> Offered | None:
        """Wait for a call of that number; others' calls are rejected."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            told = self.wait(Offered, left, lambda event: event.number is not None)
            if told is None or (told.number or "")[-7:] == caller[-7:]:
                return told
            index = told.index
            self.done(lambda modem, index=index: modem.hang_up(index))  # type: ignore[misc]
        return None

    def ended(self, timeout: float) -> bool:
        """Wait for the end of a call."""
        return self.wait(CallEnded, timeout) is not None

    def pressed(self) -> list[Digit | DigitHeard]:
        """Return the keys that were told since :meth:`forget`, by modem and by voice."""
        while self._pull(0.0):
            pass
        return self._pressed

    # --- texts ---

    def text_from(self, number: str, timeout: float) -> bool:
        """Wait for any text of a number, and delete it."""
        return self._message(
            lambda told: isinstance(told, Deliver) and told.sender.text[-7:] == number[-7:],
            timeout,
        )

    def text(self, wanted: str, timeout: float) -> bool:
        """Wait for a text, and delete it; what else comes is left to the line."""
        return self._message(lambda told: isinstance(told, Deliver) and told.body.text == wanted,
                             timeout)  # fmt: skip

    def report(self, reference: int, timeout: float) -> bool:
        """Wait for the status report of a text."""
        return self._message(
            lambda told: isinstance(told, StatusReport) and told.reference == reference, timeout
        )

    def _message(self, wanted: Callable[[object], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            event = self.wait(object, left, lambda e: isinstance(e, MessageStored | PduArrived))
            if event is None:
                return False
            ref = event.ref if isinstance(event, MessageStored) else None
            pdu = event.pdu if isinstance(event, PduArrived) else self._read(ref)
            if pdu is not None and wanted(_decoded(pdu)):
                if ref is not None:
                    self._delete(ref)
                return True
            if isinstance(event, PduArrived):
                self.worker.post(Ask(lambda event=event: self.worker.give_back(event)))  # type: ignore[misc]
        return False

    def _delete(self, ref: MessageRef) -> None:
        self.done(lambda modem: modem.delete_message(ref))

    def _read(self, ref: MessageRef | None) -> str | None:
        if ref is None:
            return None
        told = self.command(lambda modem: modem.read_message(ref))
        return told.value if isinstance(told, Done) and isinstance(told.value, str) else None


def _decoded(pdu: str) -> object:
    try:
        return decode(pdu)
    except PduError:
        return None
