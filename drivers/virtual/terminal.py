"""What the virtual network and the things attached to it (modems and phones) owe each other.

Everything here runs on the bank's single reactor thread: no locks, no blocking, no waiting. Times
that the radio takes are the network's business (scaled by ``speed``); times that an AT interpreter
takes are the modem's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, Protocol

BARRED, NO_BEARER = 8, 58
"""Refusals of a whole subscription: operator determined barring (3GPP TS 24.008 Annex H; as RP
cause 24.011 §8.2.5.4), bearer capability not presently available."""


Clir = Literal["allowed", "restricted", "permanent"]
"""Shown by default, hidden by default, or always hidden."""


class CallStatus(IntEnum):
    """A call's state as one party sees it, numbered as ``+CLCC`` does (3GPP TS 27.007 §7.18)."""

    ACTIVE = 0
    HELD = 1
    DIALLING = 2
    ALERTING = 3
    INCOMING = 4
    WAITING = 5
    RELEASED = 6


@dataclass
class Services:
    """What a subscription allows; real ones lack some (3GPP TS 22.083, 22.084, 22.091)."""

    hold: bool = True
    multiparty: bool = True
    join_refused: bool = False  # multiparty is provisioned, but the network refuses the join itself
    transfer: bool = False
    call_waiting: bool = True
    barred: bool = False  # all outgoing calls (3GPP TS 22.088)
    clir: Clir = "allowed"  # what the network does with this subscriber's number (22.081)
    reports: bool = True  # status reports come at all
    report_delay: float = 2.0  # seconds at speed 1 after delivery


@dataclass
class Diversion:
    """Where a subscriber's calls go instead (3GPP TS 22.082); ``on``: it is active."""

    to: str
    on: bool = True


@dataclass
class Sim:
    """A subscriber identity: the card, its number and what it may do.

    ``diversions`` are kept by the network, by ``<reason>`` of ``+CCFC``: 0 always, 1 busy, 2 no
    reply, 3 not reachable. ``knows_number``: the card has its own number in EF-MSISDN.
    ``phone_book``: number, type and name as they were written, by place from 1.
    """

    msisdn: str
    iccid: str
    imsi: str
    pin: str | None = None
    services: Services = field(default_factory=Services)
    diversions: dict[int, Diversion] = field(default_factory=dict)
    knows_number: bool = True
    phone_book: dict[int, tuple[str, int, str]] = field(default_factory=dict)


@dataclass(eq=False)
class Call:
    """One subscriber's view of one call; the network alone changes it.

    Compared by identity and hashable: two calls with the same facts are still two calls.

    Args:
        index: Smallest free number from 1, as the modem will list it.
        outgoing: This subscriber dialled.
        number: The other party as shown here; empty if withheld or unknown.
        withheld: The caller hides the number.
        status: The state as this subscriber sees it.
        multiparty: Part of this subscriber's multiparty call.
        held_by_peer: The other side has put this call on hold.
        cause: Q.850 cause once released.
        released_here: This side ended it.
        answered_at: The reactor's time of the answer as seen here.
    """

    index: int
    outgoing: bool
    number: str
    status: CallStatus
    withheld: bool = False
    multiparty: bool = False
    held_by_peer: bool = False
    cause: int | None = None
    released_here: bool = False
    answered_at: float | None = None


class Terminal(Protocol):
    """A handset or a modem, as the network sees it.

    The network also reads two optional attributes, by ``getattr`` with these defaults:
    ``host_audio_in_multiparty`` (True): while this terminal's own calls are joined, its host is
    heard and hears; with False its voice is dropped and it hears silence, while the remotes hear
    each other. ``takes_waiting_calls`` (True): False for a phone that has no call waiting; a second
    caller gets 17.
    """

    def registration_changed(self, status: int) -> None:
        """``<stat>`` of ``+CREG``: 0 off, 1 home, 2 searching, 3 denied."""

    def call_changed(self, call: Call) -> None:
        """A call of this subscriber is new or has changed; ``RELEASED`` is the last one told.

        ``DIALLING`` is told once, in the reactor's next turn after :meth:`Subscriber.dial`
        returned.
        ``held_by_peer`` is not told here but by :meth:`service_notice`.
        """

    def service_notice(self, kind: str, call: Call) -> None:
        """``held``, ``retrieved`` or ``multiparty``: what the far side did.

        ``+CSSU`` of 3GPP TS 27.007 §7.17.
        """

    def deliver(self, tpdu: bytes, smsc: str) -> int | None:
        """Take a DELIVER or STATUS-REPORT.

        Return None when stored, else an RP cause (22 memory exceeded).
        """

    def dtmf(self, call: Call, digit: str) -> None:
        """The far side pressed a key. The tones themselves come in-band through :meth:`hear`."""

    def speak(self) -> bytes | None:
        """Return the next 20 ms of uplink (320 octets S16LE), or None for silence.

        Called once per tick, in a call or not.
        """

    def hear(self, frame: bytes | None) -> None:
        """Take 20 ms of downlink (320 octets); None when there is no voice path.

        Called once per tick, in a call or not.
        """


Outcome = Callable[[int | None], None]
"""Called with None on success, else with the Q.850/24.008 cause of the refusal."""


class Subscriber(Protocol):
    """A SIM in a terminal, as the terminal uses it. Made by ``Network.attach(sim, terminal)``."""

    sim: Sim
    calls: list[Call]

    def radio(self, on: bool, *, abrupt: bool = False) -> None:
        """Switch the radio on (registration follows after its time) or off (calls are lost).

        Off and ``abrupt`` is a pulled plug: nothing is said to the network, which misses the
        terminal only after its radio-link time; callers then get 27 instead of 20, the far ends of
        calls 27 instead of 16.
        """

    def dial(self, number: str, *, withhold: bool = False) -> Call:
        """Start a call; returns it in state DIALLING. Failures come as RELEASED with a cause."""

    def answer(self, call: Call) -> None:
        """Answer a call in state INCOMING or WAITING (the active one is held first)."""

    def release(self, call: Call, cause: int = 16) -> None:
        """Release a call in any state; 21 rejects, 17 is user-determined busy."""

    def supplementary(self, code: str, done: Outcome) -> None:
        """``0 1 1x 2 2x 3 4`` of ``+CHLD`` by the rules of 3GPP TS 22.030 §6.5.5.

        The outcome is told after the network's time: None, or cause 50 (not subscribed), 69 (not
        implemented), 29 (facility rejected: the join, or a sixth remote), 101 (not in this state).
        """

    def send_digits(self, call: Call, digits: str) -> None:
        """Press keys (0-9 * # A-D): in-band tones at the far end, whose terminal is told.

        In a multiparty one request with any of its calls reaches every remote party.
        """

    def submit(self, tpdu: bytes, done: Callable[[int | None], None]) -> None:
        """Hand an SMS-SUBMIT TPDU (no SMSC octets, TP-MR set) to the SMSC.

        The outcome is None when it was taken, else an RP cause (3GPP TS 24.011 §8.2.5.4).
        """

    def memory_available(self) -> None:
        """Tell the SMSC that there is room again after a delivery was refused with 22 (RP-SMMA)."""


class LineModem(Protocol):
    """One modem of the bank, as bank.py and control.py use it; all calls on the reactor thread.

    Made by ``VirtualModem(reactor, network, line: LineConfig)``, which attaches its SIM to the
    network. What the network does to a line (``no-network``, ``deny``, ``roam``, ``bar``,
    ``no-voice`` and what undoes them) never reaches :meth:`fault`.
    """

    msisdn: str

    def start(self) -> None:
        """Plug in: open the ptys and boot."""

    def stop(self) -> None:
        """Unplug for good: close every file descriptor and cancel every timer."""

    def describe(self) -> dict[str, object]:
        """The element of ``GET /lines`` with ``commands`` (the last AT commands, oldest first)."""

    def fault(self, kind: str) -> None:
        """Play ``unplug plug hang garble reset sim-out sim-in sms-full`` or an addition of its own.

        ``plug`` and ``unplug`` are journalled by the modem:
        ``network.journal.add("plug", line=msisdn, port=…)``.

        Raises:
            ValueError: No such kind.
        """
