"""What each SIM has used of its plan's allowance, with a warning before it is used up."""

from __future__ import annotations

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.model.capacity import WARNING_PERCENT, Allowance, allowance, period_start
from appliance.model.records import Number
from appliance.store.ledger import Ledger, Used


def every(box: Box, given: schemas.UsageOf) -> list[schemas.Usage]:
    """List what each SIM has used since its month began; with ``warned``, from 80 % on only."""
    numbers, names = box.store.numbers, box.app_names()
    found = numbers.of_application(box.app(given.app).app_id) if given.app else numbers.all()
    now, ledger = box.clock.now(), Ledger(box.store.reader)
    plans = {number.msisdn: allowance(number.settings) for number in found}
    used = {day: ledger.used(period_start(now, day)) for day in {p.day for p in plans.values()}}
    rows = [
        _usage(box, number, names, plans[number.msisdn], used[plans[number.msisdn].day])
        for number in found
    ]
    return [row for row in rows if row.warning is not None or not given.warned]


def _usage(
    box: Box,
    number: Number,
    names: dict[int | None, str],
    plan: Allowance,
    used: dict[str, Used],
) -> schemas.Usage:
    mine = used.get(number.msisdn, Used())
    percent = plan.percent(mine.minutes, mine.parts)
    return schemas.Usage(
        msisdn=number.msisdn,
        app=names.get(number.app_id),
        role=number.role.value,
        since=period_start(box.clock.now(), plan.day),
        minutes=mine.minutes,
        allowance_minutes=plan.minutes,
        parts=mine.parts,
        allowance_parts=plan.parts,
        percent=percent,
        warning=_warning(percent),
    )


def _warning(percent: int | None) -> str | None:
    if percent is None or percent < WARNING_PERCENT:
        return None
    if percent >= 100:
        return f"the allowance is used up ({percent} %)"
    return f"{percent} % of the allowance is used"


OPERATIONS = (
    operation("GET", "/usage", "Use of SIMs", schemas.UsageOf, list[schemas.Usage], every),
)
