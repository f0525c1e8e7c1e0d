"""What each SIM may still call and send this month: asked before every dial and every text."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from appliance.model import allowances as model
from appliance.model.allowances import CHINA, WARNING_PERCENT, Allowance, Used, allowance
from appliance.model.allowances import period_start as month_of
from appliance.store import Store
from appliance.store.ledger import Ledger
from drivers.clock import Clock

USED_UP = 8055
"""State code of a call that only SIMs could carry whose allowance is used up: the private number
is unavailable."""
SETTLED = timedelta(hours=25)
"""Calls and texts that began longer ago are over: no call lasts longer than a day."""
SUBJECT = "allowance"
"""What a finding about it is about."""


class Allowances:
    """Reads the records anew each time, so that a restart forgets nothing; from any thread.

    Args:
        store: Calls and texts that were billed, and the plans of their numbers.
        clock: Tells which month it is.
        zone: The wall clock by which operators begin their month.
    """

    def __init__(self, store: Store, clock: Clock, zone: tzinfo = CHINA) -> None:
        self._store = store
        self._clock = clock
        self.zone = zone
        self._ledger = Ledger(store.reader)
        self._settled: dict[tuple[str, str, datetime], tuple[datetime, Used]] = {}

    def minutes_left(self, msisdn: str) -> int | None:
        """Return the whole minutes that a number's SIM may still call; None without measure."""
        found = self._measured(msisdn)
        return None if found is None else found[0].minutes_left(found[1])

    def parts_left(self, msisdn: str) -> int | None:
        """Return the parts of texts that it may still send; None without measure."""
        found = self._measured(msisdn)
        return None if found is None else found[0].parts_left(found[1])

    def used_up(self, msisdn: str) -> bool:
        """Return whether it may not call any more this month."""
        return self.minutes_left(msisdn) == 0

    def finding(self, msisdn: str) -> tuple[str, int] | None:
        """Return the code of what is to be said of its use, with the per cent; None below 80 %."""
        found = self._measured(msisdn)
        percent = None if found is None else found[0].percent(found[1])
        if percent is None or percent < WARNING_PERCENT:
            return None
        return (model.USED_UP if percent >= 100 else model.NEARLY_USED), percent

    def _measured(self, msisdn: str) -> tuple[Allowance, Used] | None:
        number = self._store.numbers.by_msisdn(msisdn)
        plan = allowance(number.settings) if number is not None else Allowance()
        if number is None or not plan.measured:
            return None
        now = self._clock.now()
        since = month_of(now, plan.day, self.zone)
        return plan, self._used(number.msisdn, number.iccid, since, now)

    def _used(self, msisdn: str, iccid: str, since: datetime, now: datetime) -> Used:
        """Return what was used; what cannot change any more is counted once an hour."""
        key = (msisdn, iccid, since)
        settled = self._settled.get(key)
        if settled is None or now - settled[0] > SETTLED + timedelta(hours=1):
            mark = max(since, now - SETTLED)
            before = self._ledger.used_by(msisdn, iccid, since, now, until=mark)
            settled = (mark, before)
            self._settled = {
                kept: value for kept, value in self._settled.items() if kept[0] != msisdn
            } | {key: settled}
        mark, before = settled
        late = self._ledger.used_by(msisdn, iccid, mark, now)
        return Used(before.minutes + late.minutes, before.parts + late.parts)
