"""Final results of commands (3GPP TS 27.007 §9, TS 27.005 §3.2.5, V.250 §5.7), as tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from drivers.errors import CommandFailed, NotSupported

Kind = Literal["ok", "error", "cme", "cms", "release"]


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended.

    Args:
        kind: ``ok``; ``error`` without a number; ``cme`` or ``cms`` with one; ``release``: the call
            that ATD or ATA was about did not come to be.
        text: The line as it came.
        code: Error number, or None where the modem gave an unknown text.
        cause: Q.850 cause that the word implies, or None.
    """

    kind: Kind
    text: str
    code: int | None = None
    cause: int | None = None


WORDS: Final[dict[str, Kind]] = {
    "OK": "ok",
    "ERROR": "error",
    "COMMAND NOT SUPPORT": "error",
    "TOO MANY PARAMETERS": "error",
}
"""Final results of every command."""

CALL_WORDS: Final[dict[str, tuple[Kind, int | None]]] = {
    "CONNECT": ("ok", None),
    "NO CARRIER": ("release", None),
    "BUSY": ("release", 17),
    "NO ANSWER": ("release", 19),
    "NO DIALTONE": ("release", None),
}
"""Final results of ATD and ATA only; unsolicited at any other time."""

NUMERIC: Final[dict[str, str]] = {
    "0": "OK",
    "1": "CONNECT",
    "3": "NO CARRIER",
    "4": "ERROR",
    "6": "NO DIALTONE",
    "7": "BUSY",
    "8": "NO ANSWER",
}
"""The same after ``ATV0``, believed only until ``ATV1`` has been answered."""

NOT_SUPPORTED: Final = frozenset({"COMMAND NOT SUPPORT", "TOO MANY PARAMETERS"})
UNSUPPORTED_CME: Final = frozenset({4})
UNSUPPORTED_CMS: Final = frozenset({303})
FEATURE_CAUSES: Final = frozenset({29, 50, 57, 69})
"""Q.850 causes that mean: this subscription or network never will."""

CME_TEXTS: Final[dict[str, int]] = {
    "phone failure": 0,
    "no connection to phone": 1,
    "phone-adaptor link reserved": 2,
    "operation not allowed": 3,
    "operation not supported": 4,
    "ph-sim pin required": 5,
    "ph-fsim pin required": 6,
    "ph-fsim puk required": 7,
    "sim not inserted": 10,
    "sim pin required": 11,
    "sim puk required": 12,
    "sim failure": 13,
    "sim busy": 14,
    "sim wrong": 15,
    "incorrect password": 16,
    "sim pin2 required": 17,
    "sim puk2 required": 18,
    "memory full": 20,
    "invalid index": 21,
    "not found": 22,
    "memory failure": 23,
    "text string too long": 24,
    "invalid characters in text string": 25,
    "dial string too long": 26,
    "invalid characters in dial string": 27,
    "no network service": 30,
    "network timeout": 31,
    "network not allowed - emergency calls only": 32,
    "network not allowed, emergency calls only": 32,
    "emergency calls only": 32,
    "network personalization pin required": 40,
    "network personalization puk required": 41,
    "network personalisation pin required": 40,
    "network personalisation puk required": 41,
    "incorrect parameters": 50,
    "command implemented but currently disabled": 51,
    "command aborted by user": 52,
    "unknown": 100,
    "unknown error": 100,
}
"""Verbose ``+CME ERROR`` (27.007 §9.2) in lower case; some firmware knows no other form."""

CMS_TEXTS: Final[dict[str, int]] = {
    "unassigned number": 1,
    "unassigned (unallocated) number": 1,
    "operator determined barring": 8,
    "call barred": 10,
    "short message transfer rejected": 21,
    "destination out of service": 27,
    "unidentified subscriber": 28,
    "facility rejected": 29,
    "unknown subscriber": 30,
    "network out of order": 38,
    "temporary failure": 41,
    "congestion": 42,
    "resources unavailable, unspecified": 47,
    "requested facility not subscribed": 50,
    "requested facility not implemented": 69,
    "me failure": 300,
    "sms service of me reserved": 301,
    "operation not allowed": 302,
    "operation not supported": 303,
    "invalid pdu mode parameter": 304,
    "invalid text mode parameter": 305,
    "sim not inserted": 310,
    "(u)sim not inserted": 310,
    "sim pin required": 311,
    "(u)sim pin required": 311,
    "ph-sim pin required": 312,
    "ph-(u)sim pin required": 312,
    "sim failure": 313,
    "(u)sim failure": 313,
    "sim busy": 314,
    "(u)sim busy": 314,
    "sim wrong": 315,
    "(u)sim wrong": 315,
    "sim puk required": 316,
    "(u)sim puk required": 316,
    "memory failure": 320,
    "invalid memory index": 321,
    "invalid index": 321,
    "memory full": 322,
    "smsc address unknown": 330,
    "no network service": 331,
    "network timeout": 332,
    "no +cnma acknowledgement expected": 340,
    "unknown error": 500,
}
"""Verbose ``+CMS ERROR`` (27.005 §3.2.5) in lower case."""

_NUMBERED = re.compile(r"\+CM([ES]) ERROR\s*:\s*(.*)", re.IGNORECASE)


def final_of(line: str, *, call: bool = False, numeric: bool = False) -> Result | None:
    """Return the final result that a whole line is, or None: nothing that only begins like one.

    Args:
        line: The line without its ends.
        call: ATD or ATA waits, so ``NO CARRIER`` and its like are final.
        numeric: ``ATV1`` has not been answered yet, so ``0`` and ``4`` are final.
    """
    if numeric and line in NUMERIC:
        line = NUMERIC[line]
    kind = WORDS.get(line)
    if kind is not None:
        return Result(kind, line)
    if call:
        word = CALL_WORDS.get("CONNECT" if line.startswith("CONNECT ") else line)
        if word is not None:
            return Result(word[0], line, cause=word[1])
    if line.startswith("+CM"):
        found = _NUMBERED.fullmatch(line)
        if found:
            return _numbered(found[1].upper(), found[2].strip(), line)
    return None


def _numbered(letter: str, rest: str, line: str) -> Result:
    kind: Kind = "cme" if letter == "E" else "cms"
    texts = CME_TEXTS if kind == "cme" else CMS_TEXTS
    if rest.isascii() and rest.isdigit():
        return Result(kind, line, int(rest))
    return Result(kind, line, texts.get(rest.strip('"').lower()))


def failure(command: str, final: Result) -> CommandFailed:
    """Return the error that a final result other than OK means.

    Args:
        command: The command as people may read it.
        final: Its result.
    """
    message = f"{command}: {final.text}"
    cme = final.code if final.kind == "cme" else None
    cms = final.code if final.kind == "cms" else None
    never = final.text in NOT_SUPPORTED or cme in UNSUPPORTED_CME or cms in UNSUPPORTED_CMS
    return (NotSupported if never else CommandFailed)(message, cme=cme, cms=cms, cause=final.cause)
