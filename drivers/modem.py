"""The contract between the exchange and a modem: what a family implements, and nothing more.

A :class:`Modem` never blocks its caller and never waits for the hardware in the caller's thread.
Each request returns a token at once; its outcome arrives as :class:`Done` or :class:`Failed` with
that token through the ``post`` function given to :meth:`Modem.start`. All other events arrive the
same way, in the order in which the modem spoke. ``post`` is called on the port's reader thread and
must only enqueue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Literal, Protocol

from drivers.errors import DriverError

Token = int


class CallState(IntEnum):
    """``<stat>`` of ``+CLCC`` (3GPP TS 27.007 §7.18)."""

    ACTIVE = 0
    HELD = 1
    DIALLING = 2
    ALERTING = 3
    INCOMING = 4
    WAITING = 5


@dataclass(frozen=True, slots=True)
class AudioSpec:
    """Where a line's voice can be opened: plain values, fit to be sent to another process.

    Args:
        kind: ``serial`` for 8 kHz S16LE mono on a tty, ``alsa`` for a sound card.
        address: A tty's path, or an ALSA PCM name.
        rate: Samples per second at the port (8000, 16000 or 48000); inside the box all is 8000.
    """

    kind: Literal["serial", "alsa"]
    address: str
    rate: int = 8000


@dataclass(frozen=True, slots=True)
class Socket:
    """What discovery found behind one USB socket (or configured, or in the virtual bank).

    Args:
        name: Stable name: USB path ``usb:1-1.3``, ``static:/dev/ttyUSB2``, ``virtual:+86…``.
        port: Path of the AT command port.
        audio: Where its voice is, or None for a modem without host audio.
        family: A family's name, or ``auto`` to ask the modem itself.
        pin: SIM PIN, sent at most once; never logged.
        msisdn: The number when the source knows it (a virtual line always does).
    """

    name: str
    port: str
    audio: AudioSpec | None = None
    family: str = "auto"
    pin: str | None = field(default=None, repr=False)
    msisdn: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered: the module (IMEI), the SIM (ICCID, IMSI) and the make.

    ``msisdn`` is the number that the source of the modem knows. ``own_number`` is what the SIM has
    in EF-MSISDN (``+CNUM``, 3GPP TS 27.007 §7.1): anybody may have written it there, so it is shown
    to people and nothing is decided by it.
    """

    imei: str
    iccid: str
    imsi: str
    manufacturer: str
    model: str
    firmware: str
    family: str
    msisdn: str | None = None
    own_number: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What this modem can do by its family's rules; commissioning may know better.

    Args:
        hold: The modem takes ``AT+CHLD=2``.
        multiparty: Joining (``AT+CHLD=3``) and cleaning up after it work on this modem.
        transfer: ``AT+CHLD=4`` is listed.
        host_audio_in_multiparty: The host hears and is heard while calls are joined.
        answered_is_true: "Answered" means that a person answered, not that ringback began.
        call_waiting: The family's waiting-call rules are proven: the box may refuse second callers.
        digit_reports: The modem reports digits pressed at the far end.
        stored_reports: Status reports are stored and announced (``+CDSI``).
    """

    hold: bool = True
    multiparty: bool = True
    transfer: bool = False
    host_audio_in_multiparty: bool = False
    answered_is_true: bool = True
    call_waiting: bool = True
    digit_reports: bool = False
    stored_reports: bool = False


@dataclass(frozen=True, slots=True)
class CallInfo:
    """One voice call as ``+CLCC`` lists it."""

    index: int
    outgoing: bool
    state: CallState
    multiparty: bool
    number: str | None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a received message lies: ``storage`` such as ``ME``, ``index`` within it."""

    storage: str
    index: int


# --- events ---


@dataclass(frozen=True, slots=True)
class Done:
    """A request succeeded. ``value`` is what the request's docstring names, else None."""

    token: Token
    value: object = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A request failed, for the reason that ``error`` carries."""

    token: Token
    error: DriverError


@dataclass(frozen=True, slots=True)
class Ready:
    """The modem is initialised: its SIM is readable and every URC is switched on."""

    identity: Identity
    facts: Facts


@dataclass(frozen=True, slots=True)
class SimProblem:
    """The SIM keeps the line from working; ``state`` is the ``+CPIN`` word or ``REMOVED``.

    ``identity`` is who answered; its ICCID is empty where the SIM does not tell even that.
    """

    state: str
    identity: Identity | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """Registration changed.

    ``status`` is ``<stat>`` of ``+CREG`` or ``+CEREG`` (3GPP TS 27.007 §7.2), the better of both.
    """

    status: int
    operator: str | None = None

    @property
    def in_service(self) -> bool:
        """True at home (1) or roaming (5)."""
        return self.status in (1, 5)


@dataclass(frozen=True, slots=True)
class Signal:
    """Field strength in dBm (-113 … -51), or None when the modem does not know."""

    dbm: int | None


@dataclass(frozen=True, slots=True)
class Lost:
    """The modem is gone or deaf; no event follows until a new :meth:`Modem.start`."""

    cause: str


@dataclass(frozen=True, slots=True)
class Offered:
    """An incoming call rings. Sent at the first sign, and again when number or index become known.

    Args:
        index: The call's index, or 0 while the modem has not told.
        number: The caller's number as received, ``+`` only where its type is international.
        withheld: True once it is known that the caller hides the number.
    """

    index: int
    number: str | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A second caller while a call is up (``+CCWA``)."""

    index: int
    number: str | None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call's state changed."""

    call: CallInfo


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over; ``cause`` is Q.850 where the family knows one (by ``+CEER`` if need be)."""

    index: int
    cause: int | None


@dataclass(frozen=True, slots=True)
class Digit:
    """The far end pressed a key, by the modem's own report."""

    digit: str


@dataclass(frozen=True, slots=True)
class MessageStored:
    """A message or stored status report waits in the modem (``+CMTI``, ``+CDSI`` or the sweep)."""

    ref: MessageRef


@dataclass(frozen=True, slots=True)
class PduArrived:
    """A PDU came directly (``+CMT``, ``+CDS``): upper-case hex, SMSC octets included."""

    pdu: str


@dataclass(frozen=True, slots=True)
class StorageFull:
    """The message storage has no free slot: texts stop coming until some are deleted."""

    storage: str


ModemEvent = (
    Done
    | Failed
    | Ready
    | SimProblem
    | Registration
    | Signal
    | Lost
    | Offered
    | WaitingCall
    | CallChanged
    | CallEnded
    | Digit
    | MessageStored
    | PduArrived
    | StorageFull
)

Post = Callable[[ModemEvent], None]


@dataclass(frozen=True, slots=True)
class AtExchange:
    """One AT exchange, for the technician's transcript."""

    at: datetime
    sent: bool
    text: str


class Modem(Protocol):
    """One stick: its command port, and the calls and texts on it. Owned by one line worker."""

    socket: Socket

    def start(self, post: Post) -> None:
        """Open the port and initialise; :class:`Ready` or :class:`Lost` follows. Raises nothing."""

    def stop(self, timeout: float) -> None:
        """Close the port within ``timeout`` seconds. Pending requests fail as Cancelled."""

    def audio(self) -> AudioSpec | None:
        """Return where the voice of this modem's calls is to be opened."""

    def dial(self, number: str) -> Token:
        """Dial ``number`` (``+`` and digits only).

        Done: accepted. Progress comes as CallChanged and CallEnded.
        """

    def answer(self) -> Token:
        """Answer the ringing call (``ATA``)."""

    def hang_up(self, index: int | None = None) -> Token:
        """Release call ``index`` by whatever command is safe in its state, or every call with None.

        A ringing incoming call is thereby rejected. ``index`` alone never touches another call.
        """

    def refuse_waiting(self) -> Token:
        """Refuse the waiting call as busy (``AT+CHLD=0``). Only valid while no call is held."""

    def hold(self) -> Token:
        """Hold the active call, or swap (``AT+CHLD=2``). NotSupported: not subscribed."""

    def retrieve(self, index: int) -> Token:
        """Make held call ``index`` the active one; other calls are left as they are."""

    def join(self) -> Token:
        """Join held and active call (``AT+CHLD=3``). NotSupported: the subscription lacks it."""

    def transfer(self) -> Token:
        """Connect both parties and leave (``AT+CHLD=4``)."""

    def list_calls(self) -> Token:
        """Ask ``+CLCC``. Done.value: ``tuple[CallInfo, ...]``, voice calls only."""

    def send_digits(self, digits: str) -> Token:
        """Send DTMF (0-9 * # A-D), one digit per command with the family's gap."""

    def read_message(self, ref: MessageRef) -> Token:
        """Read a stored message. Done.value: hex PDU with SMSC octets; None: an empty slot."""

    def delete_message(self, ref: MessageRef) -> Token:
        """Delete a stored message; an empty slot is success."""

    def sweep_messages(self) -> Token:
        """List what is stored.

        Done.value: ``tuple[tuple[MessageRef, str], ...]`` of places and hex PDUs.
        """

    def send_message(
        self, pdu: str, tpdu_octets: int, before: Callable[[], None] | None = None
    ) -> Token:
        """Send one SUBMIT. Done.value: the message reference (0-255).

        Args:
            pdu: Upper-case hex with the SMSC length octet in front (``00``: the SIM's SMSC).
            tpdu_octets: Octets of ``pdu`` without SMSC octets, for ``AT+CMGS``.
            before: Called once, on a thread of the modem's, when the modem has asked for the PDU
                and nothing of it has left yet; when it raises, nothing leaves and the request fails
                as not sent. It may take as long as a write to the disk.

        Failed with CommandTimeout(outcome_unknown=True) when Ctrl-Z was written and no answer came.
        """

    def ussd(self, code: str) -> Token:
        """Run a USSD code. Done.value: the network's text."""

    def raw(self, command: str, timeout: float = 10.0) -> Token:
        """Send any AT command of the technician's.

        Done.value: ``tuple[str, ...]`` of lines, the final result last.
        """

    def cancel(self, token: Token) -> None:
        """Take a queued request back; harmless when it has begun or ended."""

    def transcript(self) -> Sequence[AtExchange]:
        """Return the last exchanges on the port, oldest first, secrets masked."""


class ModemSource(Protocol):
    """Where modems come from: udev, static configuration, or a virtual bank."""

    def start(self, added: Callable[[Socket], None], removed: Callable[[str], None]) -> None:
        """Report what is there, and then every change, by calls that must only enqueue."""

    def stop(self, timeout: float) -> None:
        """Stop reporting within ``timeout`` seconds."""
