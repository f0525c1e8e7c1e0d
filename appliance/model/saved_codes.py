"""Saved USSD codes: what an operator answers, and the amount that is picked from it. Pure.

An answer is whatever a network sends, and nobody's grammar. A pattern is plain words around
``{amount}``: the first number that stands between them is the amount, and nothing else is read.
"""

from __future__ import annotations

import re
from typing import Final

from appliance.errors import BadInput

BALANCE: Final = "balance"
"""Name of the code that asks for the credit."""
LOW_CREDIT: Final = "low_credit"
"""Setting of a number: a balance below it is a warning, in the currency's smallest unit."""
AMOUNT: Final = "{amount}"
MOST_LETTERS: Final = 1000
"""Of an answer; USSD carries 182 octets, a hostile modem whatever it likes."""

_NUMBER = re.compile(r"[-+]?[0-9]{1,9}(?:[.,][0-9]{1,3})?(?![0-9])", re.ASCII)
_CODE = re.compile(r"[*#][*#0-9]{0,38}[*#0-9]", re.ASCII)


def checked_code(code: str) -> str:
    """Return a USSD code. Raises BadInput when it is none."""
    if not _CODE.fullmatch(code):
        raise BadInput("a USSD code begins with * or # and has 2 to 40 of 0-9, * and #")
    return code


def checked_pattern(pattern: str | None) -> str | None:
    """Return a pattern. Raises BadInput when it has not exactly one ``{amount}``."""
    if pattern is not None and pattern.count(AMOUNT) != 1:
        raise BadInput("a pattern has {amount} in it once, such as: Balance {amount} CNY")
    return pattern


def picked(pattern: str | None, answer: str) -> int | None:
    """Return the amount in the smallest unit (a hundredth), None when it is not there."""
    if pattern is None:
        return None
    before, _, after = pattern.partition(AMOUNT)
    text = answer[:MOST_LETTERS]
    before, after = before.strip(), after.strip()
    place = text.find(before) if before else 0
    while place >= 0:
        start = place + len(before)
        rest = text[start:].lstrip() if before else text[start:]
        for found in _NUMBER.finditer(rest):
            if before and found.start() > 0:
                break
            if not after or rest[found.end() :].lstrip().startswith(after):
                return _hundredths(found.group())
        place = text.find(before, place + 1) if before else -1
    return None


def shown(amount: int) -> str:
    """Return an amount as people write it."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02}"


def _hundredths(number: str) -> int:
    whole, _, part = number.replace(",", ".").partition(".")
    cents = int((part + "00")[:2]) if len(part) < 3 else round(int(part) / 10)
    value = abs(int(whole)) * 100 + cents
    return -value if number.startswith("-") else value
