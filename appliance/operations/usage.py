"""What each SIM has used of its plan's allowance, and a word in the log before it is used up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from appliance.model.allowances import (
    CHINA,
    NEARLY_USED,
    USED_UP,
    WARNING_PERCENT,
    Allowance,
    Used,
    allowance,
    period_start,
)
from appliance.model.numbers import mask
from appliance.model.records import Number
from appliance.store import Store
from appliance.store.ledger import Ledger
from appliance.words import say

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Use:
    """What a SIM has used since its month began.

    Args:
        percent: The largest share of what its plan holds; None without an allowance.
    """

    number: Number
    plan: Allowance
    since: datetime
    used: Used
    percent: int | None

    @property
    def code(self) -> str | None:
        """Of the sentence about it from 80 % on, None before."""
        if self.percent is None or self.percent < WARNING_PERCENT:
            return None
        return USED_UP if self.percent >= 100 else NEARLY_USED

    @property
    def warning(self) -> str | None:
        """That sentence in English."""
        return None if self.code is None else say(self.code, percent=self.percent)


def usage(
    store: Store, numbers: Sequence[Number], now: datetime, zone: tzinfo = CHINA
) -> list[Use]:
    """Return the use of these numbers' SIMs, in their order."""
    ledger = Ledger(store.reader)
    plans = [allowance(number.settings) for number in numbers]
    used = {day: ledger.used(period_start(now, day, zone)) for day in {plan.day for plan in plans}}
    found = []
    for number, plan in zip(numbers, plans, strict=True):
        mine = used[plan.day].get(number.msisdn, Used())
        percent = plan.percent(mine)
        found.append(Use(number, plan, period_start(now, plan.day, zone), mine, percent))
    return found


class UsageWatch:
    """Says in the log, once a month and step, that a SIM has used most or all of its allowance."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._said: set[tuple[str, datetime, bool]] = set()

    def look(self, now: datetime) -> int:
        """Look once; return how many warnings were said."""
        measured = [
            number for number in self._store.numbers.all() if allowance(number.settings).measured
        ]
        said = 0
        for use in usage(self._store, measured, now) if measured else []:
            step = (use.number.msisdn, use.since, (use.percent or 0) >= 100)
            if use.warning is not None and step not in self._said:
                self._said.add(step)
                said += 1
                _log.warning("SIM of %s: %s", mask(use.number.msisdn), use.warning)
        return said
