"""How many relations a private number holds, and what of its SIM's allowance is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from appliance.model.bindings import PAIRS_PER_NUMBER
from appliance.model.records import Mode

ACCEPTS_BINDINGS: Final = 5
"""The one state of a number in which it takes new bindings. behaviour §4"""
WARNING_PERCENT: Final = 80
"""From here on the use of an allowance is a warning."""

ALLOWANCE_MINUTES: Final = "allowance_minutes"
ALLOWANCE_PARTS: Final = "allowance_parts"
ALLOWANCE_DAY: Final = "allowance_day"
"""Names of a number's settings: what its plan holds a month, and the day on which it begins."""


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


def period_start(now: datetime, day: int, utc_offset: timedelta = timedelta(hours=8)) -> datetime:
    """Return when the allowance's month began.

    Args:
        now: Aware.
        day: 1-28, of the month on which the operator counts anew.
        utc_offset: Operators count by their own wall clock.
    """
    local = now + utc_offset
    start = local.replace(day=day, hour=0, minute=0, second=0, microsecond=0)
    if start > local:
        start = (start.replace(day=1) - timedelta(days=1)).replace(day=day)
    return start - utc_offset


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a SIM's plan holds a month; None is without measure.

    Args:
        minutes: Of calls that it makes.
        parts: Of texts that it sends.
        day: On which its month begins, 1-28.
    """

    minutes: int | None = None
    parts: int | None = None
    day: int = 1

    def percent(self, minutes: int, parts: int) -> int | None:
        """Return the larger of the two shares that are used, in whole per cent; None unmeasured.

        An allowance of nothing is used up by the first minute or part.
        """
        shares = [
            (100 * used // allowed if allowed else (100 if used else 0))
            for used, allowed in ((minutes, self.minutes), (parts, self.parts))
            if allowed is not None
        ]
        return max(shares, default=None)


def allowance(settings: Mapping[str, object]) -> Allowance:
    """Return the allowance among a number's settings."""

    def whole(name: str) -> int | None:
        value = settings.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    return Allowance(whole(ALLOWANCE_MINUTES), whole(ALLOWANCE_PARTS), whole(ALLOWANCE_DAY) or 1)
