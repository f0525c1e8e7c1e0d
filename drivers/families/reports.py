"""What unsolicited lines and call lists say, in one vocabulary for every make.

Each parser takes what follows the colon and returns a report, or None for a line that says nothing.
Fields and orders: 3GPP TS 27.007 unless a maker's name stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from drivers.at.fields import fields, head_of, number_at, rest_of, text_at
from drivers.at.urcs import Urc
from drivers.modem import CallInfo, CallState

INTERNATIONAL_TYPE = 145

_NUMBER: Final = re.compile(r"\+?[0-9*#A-Da-dPpWw?]{1,40}")
_STORAGE: Final = re.compile(r"[A-Z]{2}")
_TYPES: Final = range(128, 256)
"""<type> of a number: the first bit of its octet is always set (TS 24.008 §10.5.4.7)."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call rings; nothing else is known."""


@dataclass(frozen=True, slots=True)
class CallerKnown:
    """Who rings; ``withheld`` without a number means that the caller hides it."""

    number: str | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class SecondCaller:
    """A call waits beside the one that is up."""

    number: str | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call has a state. What the line left out is None."""

    index: int
    state: CallState
    outgoing: bool | None = None
    multiparty: bool | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class CallGone:
    """A call has ended; ``cause`` is Q.850, or None if the line doesn't say."""

    index: int
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class CallsChanged:
    """Some call ended or changed, the line does not say which; ``cause`` is Q.850 or None."""

    cause: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A message or status report was stored."""

    storage: str
    index: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A PDU came directly."""

    pdu: str


@dataclass(frozen=True, slots=True)
class Full:
    """A message storage has no free slot."""

    storage: str


@dataclass(frozen=True, slots=True)
class Registered:
    """Registration in one domain: ``status`` is ``<stat>`` of +CREG or +CEREG."""

    status: int
    packet: bool


@dataclass(frozen=True, slots=True)
class SignalSeen:
    """Field strength as ``<rssi>`` of +CSQ: 0-31, 99 unknown."""

    rssi: int


@dataclass(frozen=True, slots=True)
class SimState:
    """The SIM's state as a ``+CPIN`` word; REMOVED where a maker says so otherwise."""

    word: str


@dataclass(frozen=True, slots=True)
class Rebooted:
    """The modem has begun anew: nothing that was set still holds."""


@dataclass(frozen=True, slots=True)
class BootDone:
    """The modem has finished booting: what was set too early may not hold."""


Report = (
    Ringing
    | CallerKnown
    | SecondCaller
    | CallSeen
    | CallGone
    | CallsChanged
    | KeyPressed
    | Stored
    | Arrived
    | Full
    | Registered
    | SignalSeen
    | SimState
    | Rebooted
    | BootDone
)

Parser = Callable[[Urc], Report | None]


def number_of(number: str | None, kind: int | None) -> str | None:
    """Return a number as received, with ``+`` only where its type is international (145)."""
    if not number:
        return None
    if kind == INTERNATIONAL_TYPE and not number.startswith("+"):
        return f"+{number}"
    return number


def ringing(_: Urc) -> Report | None:
    """``RING`` and ``+CRING: VOICE``."""
    return Ringing()


def voice_ringing(urc: Urc) -> Report | None:
    """``+CRING: <type>``: data and fax calls are none of ours."""
    return Ringing() if urc.rest.upper().startswith("VOICE") or not urc.rest else None


def party_at(values: list[str], place: int) -> tuple[bool, str | None]:
    """Return whether number and type are as a modem writes them, and the number if there is one.

    AT has no checksum: what noise made of a line must name nobody.
    """
    number, kind = text_at(values, place), number_at(values, place + 1)
    if kind is None and text_at(values, place + 1) is not None:
        return False, None
    if number is None:
        return True, None
    sound = _NUMBER.fullmatch(number) is not None and kind in _TYPES
    return sound, number_of(number, kind) if sound else None


def caller(urc: Urc) -> Report | None:
    """``+CLIP: <number>,<type>[,<subaddr>,<satype>[,[<alpha>][,<validity>]]]`` (§7.6)."""
    sound, number = _somebody(urc)
    return CallerKnown(number, withheld=number is None) if sound else None


def second_caller(urc: Urc) -> Report | None:
    """``+CCWA: <number>,<type>,<class>`` (§7.12)."""
    sound, number = _somebody(urc)
    return SecondCaller(number, withheld=number is None) if sound else None


def _somebody(urc: Urc) -> tuple[bool, str | None]:
    values = fields(urc.rest)
    sound, number = party_at(values, 0)
    return sound and len(values) > 1, number


def call_line(rest: str, first: int = 0) -> CallSeen | CallGone | None:
    """One call: ``<idx>,<dir>,<stat>,<mode>,<mpty>[,<number>,<type>…]`` (§7.18).

    State 6 (SIMCom) and -1 (Quectel) mean released. Data calls, and lines that are none, give None.

    Args:
        rest: What follows the colon.
        first: Place of ``<idx>`` among the fields.
    """
    values = fields(rest)[first:]
    if not _is_call(values) or number_at(values, 3) not in {0, None}:
        return None
    index, direction, stat = (number_at(values, place) or 0 for place in range(3))
    if stat in {6, -1}:
        return CallGone(index)
    return CallSeen(
        index=index,
        state=CallState(stat),
        outgoing=direction == 0,
        multiparty=number_at(values, 4) == 1,
        number=party_at(values, 5)[1],
    )


def _is_call(values: list[str]) -> bool:
    """Tell whether fields are those of a call, and not what noise has left of them."""
    index, direction, stat, mode, joined = (number_at(values, place) for place in range(5))
    numeric = all(number_at(values, place) is not None for place in range(min(5, len(values))))
    if not numeric or index is None or stat is None or not 0 <= index <= 99 or not -1 <= stat <= 6:
        return False
    if direction not in ((1,) if stat in {4, 5} else (0,) if stat in {2, 3} else (0, 1)):
        return False
    return joined in {0, 1, None} and (mode is None or 0 <= mode <= 9) and party_at(values, 5)[0]


def call_listed(urc: Urc) -> Report | None:
    """A spontaneous ``+CLCC`` line (SIMCom with ``AT+CLCC=1``)."""
    return call_line(urc.rest)


def call_list(lines: Iterable[str]) -> tuple[CallInfo, ...]:
    """Return the voice calls of a ``+CLCC`` reply."""
    found = {}
    for line in lines:
        if head_of(line) != "+CLCC":
            continue
        seen = call_line(rest_of(line))
        if isinstance(seen, CallSeen):
            found[seen.index] = CallInfo(
                index=seen.index,
                outgoing=bool(seen.outgoing),
                state=seen.state,
                multiparty=bool(seen.multiparty),
                number=seen.number,
            )
    return tuple(found.values())


def is_sound(line: str) -> bool:
    """Tell whether a line of a ``+CLCC`` reply is one as a modem writes it."""
    return head_of(line) == "+CLCC" and _is_call(fields(rest_of(line)))


def released(cause: int | None) -> Parser:
    """Return a parser for words such as ``BUSY`` that name no call."""
    return lambda _: CallsChanged(cause)


def stored(urc: Urc) -> Report | None:
    """``+CMTI: <mem>,<index>`` and ``+CDSI: <mem>,<index>`` (27.005 §3.4.1)."""
    values = fields(urc.rest)
    storage, index = text_at(values, 0) or "", number_at(values, 1)
    sound = _STORAGE.fullmatch(storage) is not None and index is not None and len(values) == 2
    return Stored(storage, index or 0) if sound else None


def arrived(urc: Urc) -> Report | None:
    """``+CMT: [<alpha>],<length>`` and ``+CDS: <length>`` with their PDU."""
    return None if urc.pdu is None else Arrived(urc.pdu)


def full(urc: Urc) -> Report | None:
    """``^SMMEMFULL: <mem>`` (Huawei)."""
    return Full(fields(urc.rest)[0] or "ME")


def registered(urc: Urc) -> Report | None:
    """``+CREG: <stat>[,…]`` and ``+CEREG: <stat>[,…]`` as URCs (§7.2)."""
    status = number_at(fields(urc.rest), 0)
    return None if status is None else Registered(status, urc.head == "+CEREG")


def signal(urc: Urc) -> Report | None:
    """``+CSQ: <rssi>,<ber>`` (§8.5) and ``^RSSI:<rssi>`` (Huawei)."""
    rssi = number_at(fields(urc.rest), 0)
    return None if rssi is None else SignalSeen(rssi)


def sim_state(urc: Urc) -> Report | None:
    """``+CPIN: <word>`` (§8.3); ``SIM REMOVED`` and ``NOT INSERTED`` are one state."""
    word = urc.rest.strip().strip('"').upper()
    if word in {"SIM REMOVED", "NOT INSERTED", "REMOVED"}:
        return SimState("REMOVED")
    return SimState(word) if word else None


def rebooted(_: Urc) -> Report | None:
    """``RDY``, ``START`` and their like."""
    return Rebooted()


def boot_done(_: Urc) -> Report | None:
    """``PB DONE``, ``SMS DONE`` and their like."""
    return BootDone()


def key(urc: Urc) -> Report | None:
    """``+RXDTMF: 5``, ``+DTMF: 5[,<ms>]``, ``^DDTMF: 5``."""
    digit = fields(urc.rest)[0].upper()
    return KeyPressed(digit) if len(digit) == 1 and digit in "0123456789*#ABCD" else None


COMMON: dict[str, Parser] = {
    "RING": ringing,
    "+CRING": voice_ringing,
    "+CLIP": caller,
    "+CCWA": second_caller,
    "NO CARRIER": released(None),
    "BUSY": released(17),
    "NO ANSWER": released(19),
    "NO DIALTONE": released(None),
    "+CREG": registered,
    "+CEREG": registered,
    "+CMTI": stored,
    "+CDSI": stored,
    "+CMT": arrived,
    "+CDS": arrived,
    "+CPIN": sim_state,
    "+CSQ": signal,
    "RDY": rebooted,
    "START": rebooted,
    "*ATREADY": rebooted,
    "SMS DONE": boot_done,
    "PB DONE": boot_done,
    "SMS READY": boot_done,
    "SMS Ready": boot_done,
}
"""Parsers of the lines that any modem may send."""
