"""Unsolicited result codes: which lines a modem sends unasked, as data.

A rule's head is what stands before the colon, or the whole line. Families add their own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class UrcRule:
    """One unsolicited line.

    Args:
        head: What stands before the colon, or the whole line.
        reply: The same head also answers a query; while one waits, the line is its reply …
        never_reply: … unless the rest of the line matches this: no query can have asked for it.
        pdu: A PDU stands on the next line.
        quoted: Its text stands in quotes and may run over several lines.
    """

    head: str
    reply: bool = False
    never_reply: re.Pattern[str] | None = None
    pdu: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Urc:
    """One unsolicited line as it came, with its PDU line if its rule has one."""

    head: str
    rest: str
    pdu: str | None = None


_QUOTED = re.compile(r'\s*(".*|,.*)')
# A query's answer begins <n>,<stat>: one field, or a long or quoted second one, is no answer.
_REGISTRATION = re.compile(r'\s*\d+\s*(,\s*(".*|[0-9A-Fa-f]{3,}\b.*))?')

COMMON: Final[tuple[UrcRule, ...]] = (
    UrcRule("RING"),
    UrcRule("+CRING"),
    UrcRule("+CLIP", reply=True, never_reply=_QUOTED),
    UrcRule("+CCWA", reply=True, never_reply=_QUOTED),
    UrcRule("+COLP", reply=True, never_reply=_QUOTED),
    UrcRule("+CDIP"),
    UrcRule("+CNAP"),
    UrcRule("+CSSI"),
    UrcRule("+CSSU"),
    UrcRule("NO CARRIER"),
    UrcRule("BUSY"),
    UrcRule("NO ANSWER"),
    UrcRule("NO DIALTONE"),
    UrcRule("+CREG", reply=True, never_reply=_REGISTRATION),
    UrcRule("+CGREG", reply=True, never_reply=_REGISTRATION),
    UrcRule("+CEREG", reply=True, never_reply=_REGISTRATION),
    UrcRule("+CMTI"),
    UrcRule("+CDSI"),
    UrcRule("+CMT", pdu=True),
    UrcRule("+CDS", pdu=True),
    UrcRule("+CUSD", reply=True, never_reply=re.compile(r"\s*\d+\s*,.*"), quoted=True),
    UrcRule("+CPIN", reply=True),
    UrcRule("+CFUN", reply=True),
    UrcRule("+CSQ", reply=True),
    UrcRule("+CIEV"),
    UrcRule("+CGEV"),
    UrcRule("+CTZV"),
    UrcRule("+CTZE"),
    UrcRule("RDY"),
    UrcRule("START"),
    UrcRule("SMS READY"),
    UrcRule("SMS DONE"),
    UrcRule("PB DONE"),
    UrcRule("Call Ready"),
    UrcRule("SMS Ready"),
    UrcRule("*ATREADY"),
)
"""What any modem may send unasked (27.007, 27.005)."""


def urc_table(*rules: Iterable[UrcRule]) -> Mapping[str, UrcRule]:
    """Return rules by head; a later rule replaces an earlier one of the same head."""
    return {rule.head: rule for group in (COMMON, *rules) for rule in group}
