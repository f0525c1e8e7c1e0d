"""How many relations a private number holds."""

from __future__ import annotations

from typing import Final

from appliance.model.bindings import PAIRS_PER_NUMBER
from appliance.model.records import Mode

ACCEPTS_BINDINGS: Final = 5
"""The one state of a number in which it takes new bindings. behaviour §4"""


def capacity(mode: Mode, digits: int) -> int | None:
    """Return how many relations one X holds at most; None in X mode, which stores none.

    behaviour §8: AX 1; AXB 5000; AXE 9, 99, 999 or 9999 by the digits of an extension. An AXYB
    number holds one relation as an X.
    """
    if mode is Mode.X:
        return None
    if mode is Mode.AXB:
        return PAIRS_PER_NUMBER
    return 10**digits - 1 if mode is Mode.AXE else 1
