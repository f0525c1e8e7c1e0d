"""Why a call ended: ``AT+CEER`` (3GPP TS 27.007 §6.10), which every firmware words anew."""

from __future__ import annotations

import re
from typing import Final

from drivers.at.commands import Reply
from drivers.at.fields import fields

TEXTS: Final[dict[str, int]] = {
    "unassigned number": 1,
    "unassigned (unallocated) number": 1,
    "no route to destination": 3,
    "operator determined barring": 8,
    "normal call clearing": 16,
    "normal clearing": 16,
    "user busy": 17,
    "no user responding": 18,
    "user alerting, no answer": 19,
    "no answer from user": 19,
    "subscriber absent": 20,
    "call rejected": 21,
    "number changed": 22,
    "destination out of order": 27,
    "invalid number format": 28,
    "facility rejected": 29,
    "normal, unspecified": 31,
    "normal unspecified": 31,
    "no circuit/channel available": 34,
    "network out of order": 38,
    "temporary failure": 41,
    "switching equipment congestion": 42,
    "requested circuit/channel not available": 44,
    "resources unavailable, unspecified": 47,
    "requested facility not subscribed": 50,
    "bearer capability not authorized": 57,
    "bearer capability not presently available": 58,
    "service or option not available": 63,
    "bearer service not implemented": 65,
    "acm equal to or greater than acmmax": 68,
    "requested facility not implemented": 69,
    "incompatible destination": 88,
    "recovery on timer expiry": 102,
    "protocol error, unspecified": 111,
    "interworking, unspecified": 127,
}
"""Names of 3GPP TS 24.008 annex H in lower case."""

_LEADING = re.compile(r"(?:cause\D{0,5})?(\d{1,3})\b")


def cause_of(reply: Reply) -> int | None:
    """Return the Q.850 cause that a ``+CEER`` reply names, or None.

    Understood: ``16 …``, ``5,16,…`` (a group first), ``Normal call clearing``, quoted or not.
    """
    text = reply.rest("+CEER")
    if text is None:
        return None
    values = fields(text)
    numbers = [value for value in values if value.isascii() and value.isdigit()]
    if len(numbers) >= 2 and values[:2] == numbers[:2]:
        return _in_range(int(numbers[1]))
    plain = text.strip().strip('"').strip().lower()
    found = _LEADING.match(plain)
    if found:
        return _in_range(int(found[1]))
    return next((cause for name, cause in TEXTS.items() if name in plain), None)


def _in_range(cause: int) -> int | None:
    return cause if 1 <= cause <= 127 else None
