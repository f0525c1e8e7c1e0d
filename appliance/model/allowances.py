"""What a SIM's plan holds a month, what of it is used, and what is left. Pure functions.

Minutes and parts of texts are counted as operators bill them; money is what they cost by the plan's
own prices, in the currency's smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final

WARNING_PERCENT: Final = 80
"""From here on the use of an allowance is a warning."""
NEARLY_USED: Final = "FND-101"
USED_UP: Final = "FND-102"
"""Codes of the sentences about it."""

ALLOWANCE_MINUTES: Final = "allowance_minutes"
ALLOWANCE_PARTS: Final = "allowance_parts"
ALLOWANCE_MONEY: Final = "allowance_money"
PRICE_MINUTE: Final = "price_minute"
PRICE_PART: Final = "price_part"
ALLOWANCE_DAY: Final = "allowance_day"
"""Names of a number's settings: what its plan holds a month, and the day on which it begins."""

CHINA: Final = timezone(timedelta(hours=8))
"""The wall clock that operators count by where the configuration names none."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a SIM was billed for: whole minutes of calls that it made, and parts of texts."""

    minutes: int = 0
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a SIM's plan holds a month; None is without measure.

    Args:
        minutes: Of calls that it makes.
        parts: Of texts that it sends.
        money: What calls and texts may cost, in the currency's smallest unit.
        price_minute: Of a minute, in that unit, ≥ 0; ``price_part``: of a part of a text.
        day: On which its month begins, 1-28.
    """

    minutes: int | None = None
    parts: int | None = None
    money: int | None = None
    price_minute: int = 0
    price_part: int = 0
    day: int = 1

    @property
    def measured(self) -> bool:
        """Something of it can be used up."""
        return (self.minutes, self.parts, self.money) != (None, None, None)

    def cost(self, used: Used) -> int:
        """Return what that use cost."""
        return used.minutes * self.price_minute + used.parts * self.price_part

    def percent(self, used: Used) -> int | None:
        """Return the largest of the shares that are used, in whole per cent; None unmeasured.

        An allowance of nothing is used up by the first minute or part.
        """
        pairs = (
            (used.minutes, self.minutes),
            (used.parts, self.parts),
            (self.cost(used), self.money),
        )
        shares = [
            (100 * spent // allowed if allowed else (100 if spent else 0))
            for spent, allowed in pairs
            if allowed is not None
        ]
        return max(shares, default=None)

    def minutes_left(self, used: Used) -> int | None:
        """Return the whole minutes that may still be called; None without measure."""
        return _least(
            None if self.minutes is None else self.minutes - used.minutes,
            self._affordable(used, self.price_minute),
        )

    def parts_left(self, used: Used) -> int | None:
        """Return the parts of texts that may still be sent; None without measure."""
        return _least(
            None if self.parts is None else self.parts - used.parts,
            self._affordable(used, self.price_part),
        )

    def _affordable(self, used: Used, price: int) -> int | None:
        if self.money is None or price <= 0:
            return None
        return (self.money - self.cost(used)) // price


def allowance(settings: Mapping[str, object]) -> Allowance:
    """Return the allowance among a number's settings."""

    def whole(name: str) -> int | None:
        value = settings.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    return Allowance(
        minutes=whole(ALLOWANCE_MINUTES),
        parts=whole(ALLOWANCE_PARTS),
        money=whole(ALLOWANCE_MONEY),
        price_minute=whole(PRICE_MINUTE) or 0,
        price_part=whole(PRICE_PART) or 0,
        day=whole(ALLOWANCE_DAY) or 1,
    )


def period_start(now: datetime, day: int, zone: tzinfo = CHINA) -> datetime:
    """Return when the allowance's month began, in UTC.

    Args:
        now: Aware.
        day: 1-28, of the month on which the operator counts anew, at midnight.
        zone: Operators count by their own wall clock.
    """
    local = now.astimezone(zone)
    start = local.replace(day=day, hour=0, minute=0, second=0, microsecond=0, fold=0)
    if start > local:
        start = (start.replace(day=1) - timedelta(days=1)).replace(day=day)
    return start.astimezone(now.tzinfo)


def _least(*amounts: int | None) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return max(0, min(known)) if known else None
