"""Commands: what is written, what may come back, and how long that may take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from drivers.at.trace import mask

# Seconds from the last octet written to the final result.
SHORT: Final = 5.0
ATTENTION: Final = 2.0
CALL: Final = 40.0  # ATD may take 30 s before its OK where a call falls back to another network
HANG_UP: Final = 40.0
NETWORK: Final = 60.0
PROMPT: Final = 5.0
SMS_RESULT: Final = 60.0

CTRL_Z: Final = b"\x1a"
ESCAPE: Final = b"\x1b"

_HEADS = re.compile(r"(?:^AT|;)\s*([+^$*%#&]\w+)", re.IGNORECASE)


@lru_cache(maxsize=512)
def heads_of(text: str) -> frozenset[str]:
    """Return the heads of the lines that answer a command line of one or several commands."""
    return frozenset(head.upper() for head in _HEADS.findall(text))


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    Args:
        text: The line without its end, ``AT`` included.
        timeout: Seconds until the final result must have come; with a payload, until the prompt.
        heads: Heads of its information lines; by default those that its own text names.
        free: Lines without a head (``Quectel``, a PDU) belong to its reply.
        call: ``NO CARRIER`` and its like are final results of it.
        numeric: ``0`` and ``4`` are final results of it.
        payload: A PDU in hex, written with Ctrl-Z after the prompt.
        before_payload: Called at the prompt, on the reader's thread, before the payload leaves;
            when it raises, nothing leaves. It has to return within seconds.
        result_timeout: Seconds from Ctrl-Z to the final result.
        drain: Whatever comes is thrown away, and silence must follow the result.
        expects: Draining: so many results are waited for, ``timeout`` seconds for each.
        raw: A technician's: an error is an answer like another.
    """

    text: str
    timeout: float = SHORT
    heads: frozenset[str] | None = None
    free: bool = True
    call: bool = False
    numeric: bool = False
    payload: str | None = None
    before_payload: Callable[[], None] | None = None
    result_timeout: float = SMS_RESULT
    drain: bool = False
    expects: int = 1
    raw: bool = False

    @property
    def shown(self) -> str:
        """The command as people may read it."""
        return mask(self.text)

    def reply_heads(self) -> frozenset[str]:
        """Return the heads of the lines that answer it."""
        return heads_of(self.text) if self.heads is None else self.heads


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: information lines, and the final result (always OK unless ``raw``).

    ``noise`` is the number of lines that came meanwhile and that no modem writes, ``results`` of
    final results, which is more than one only where they were drained.
    """

    lines: tuple[str, ...]
    final: str
    noise: int = 0
    results: int = 1

    def rest(self, head: str) -> str | None:
        """Return what follows the colon of the first line with this head, or None."""
        for line in self.lines:
            before, colon, after = line.partition(":")
            if colon and before.strip() == head:
                return after.strip()
        return None

    def value(self, head: str) -> str | None:
        """Return the first line without ``head`` and quotes, or None without lines.

        What is not ASCII is noise: no name or number of a modem is.
        """
        for line in self.lines:
            if not line.isascii() or not line.isprintable():
                continue
            text = line.removeprefix(head).removeprefix(":").strip().strip('"')
            if text:
                return text
        return None


def dial(number: str) -> Command:
    """Return the command that begins a voice call; the semicolon is what makes it voice."""
    return Command(f"ATD{number};", timeout=CALL, call=True)


def send_pdu(pdu: str, tpdu_octets: int, before: Callable[[], None] | None = None) -> Command:
    """Return the command that sends a SUBMIT (27.005 §4.3); ``before`` is called at the prompt."""
    text = f"AT+CMGS={tpdu_octets}"
    return Command(text, timeout=PROMPT, payload=pdu, before_payload=before)


def hold(action: str) -> Command:
    """Return ``AT+CHLD`` with 0, 1, 1x, 2, 2x, 3 or 4 (27.007 §7.13)."""
    return Command(f"AT+CHLD={action}", timeout=HANG_UP)


ATTENTION_PROBE: Final = Command("AT", timeout=SHORT, numeric=True, drain=True)
ANSWER: Final = Command("ATA", timeout=CALL, call=True)
HANG_UP_ALL: Final = Command("AT+CHUP", timeout=HANG_UP)
HANG_UP_OLD: Final = Command("ATH", timeout=HANG_UP)
LIST_CALLS: Final = Command("AT+CLCC")
WHY_ENDED: Final = Command("AT+CEER", timeout=ATTENTION)
HEARTBEAT: Final = Command("AT", timeout=SHORT)
SIGNAL: Final = Command("AT+CSQ")
SIM_STATE: Final = Command("AT+CPIN?")
OPERATOR: Final = Command("AT+COPS?", timeout=20.0)
CIRCUIT_REGISTRATION: Final = Command("AT+CREG?")
PACKET_REGISTRATION: Final = Command("AT+CEREG?")
STORAGE: Final = Command("AT+CPMS?")
LIST_MESSAGES: Final = Command("AT+CMGL=4", timeout=20.0)

FIXED: Final[tuple[Command, ...]] = (
    ATTENTION_PROBE,
    ANSWER,
    HANG_UP_ALL,
    HANG_UP_OLD,
    LIST_CALLS,
    WHY_ENDED,
    HEARTBEAT,
    SIGNAL,
    SIM_STATE,
    OPERATOR,
    CIRCUIT_REGISTRATION,
    PACKET_REGISTRATION,
    STORAGE,
    LIST_MESSAGES,
)
"""Every command that takes no argument, for the audit of the tables."""
