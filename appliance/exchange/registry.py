"""Who is who: lines by number, owners by call. Written by workers, read by everybody."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from appliance.exchange.allowances import Allowances
from appliance.exchange.messages import Inbox
from appliance.exchange.voice_notes import VoiceNotes
from appliance.model.line_conditions import Finding, LineState
from appliance.store.upkeep import LineFinding
from drivers.recovery import Step

__all__ = ["LineState", "LineStatus", "Registry"]


@dataclass(frozen=True, slots=True)
class LineStatus:
    """One line as a list shows it.

    Args:
        role: ``number``, ``trunk``, or None when its SIM is not enrolled.
        state: ``ready`` when it is registered and its port and audio can be used.
        explanation: One sentence.
        signal_dbm: Field strength, None when unknown.
        celsius: Temperature of the module, None when unknown.
        call: Session id of the call on it, None when idle.
        queue: Parts of texts that wait to be sent.
        denied: The network does not let the SIM register.
        forwarding: Reasons (of ``+CCFC``) for which the network diverts its calls.
        conditions: What it shows, the worst first; the first one explains its state.
        steps: The last steps of recovery in its socket, the oldest first.
        findings: What is wrong with its SIM or the network's side of it.
        own_number: What the SIM says its number is, for people alone; None where it says nothing.
    """

    socket: str
    msisdn: str | None = None
    iccid: str | None = None
    imei: str | None = None
    family: str | None = None
    role: str | None = None
    state: LineState = LineState.STARTING
    explanation: str = "The modem is being started."
    operator: str | None = None
    signal_dbm: int | None = None
    call: str | None = None
    queue: int = 0
    denied: bool = False
    forwarding: frozenset[int] = frozenset()
    conditions: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()
    findings: tuple[LineFinding, ...] = ()
    own_number: str | None = None
    celsius: int | None = None


class Registry:
    """Lines and calls of the moment; its one lock guards nothing but these dictionaries.

    Attributes:
        voice: What was wrong with the voice of calls.
        allowances: What SIMs may still call; None: nothing is measured.
    """

    def __init__(self, allowances: Allowances | None = None) -> None:
        self.voice = VoiceNotes()
        self.allowances = allowances
        self._lock = threading.Lock()
        self._lines: dict[str, Inbox] = {}
        self._owners: dict[str, Inbox] = {}

    def join(self, msisdn: str, line: Inbox) -> None:
        """Enter a line under its number."""
        with self._lock:
            self._lines[msisdn] = line

    def leave(self, msisdn: str, line: Inbox) -> None:
        """Take a line out, unless another one has its number by now."""
        with self._lock:
            if self._lines.get(msisdn) is line:
                del self._lines[msisdn]

    def line(self, msisdn: str) -> Inbox | None:
        """Return the worker of a number, if it has one."""
        with self._lock:
            return self._lines.get(msisdn)

    def lines(self) -> list[str]:
        """Return the numbers that have a worker."""
        with self._lock:
            return list(self._lines)

    def own(self, session_id: str, owner: Inbox) -> None:
        """Note whose call it is."""
        with self._lock:
            self._owners[session_id] = owner

    def forget(self, session_id: str) -> None:
        """The call is over."""
        with self._lock:
            self._owners.pop(session_id, None)

    def owner(self, session_id: str) -> Inbox | None:
        """Return the owner of a call that is up."""
        with self._lock:
            return self._owners.get(session_id)

    def sessions(self) -> frozenset[str]:
        """Return the calls that are up."""
        with self._lock:
            return frozenset(self._owners)
