"""What each SIM has used of its plan's allowance, with a warning before it is used up."""

from __future__ import annotations

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.operations.usage import Use, usage


def every(box: Box, given: schemas.UsageOf) -> list[schemas.Usage]:
    """List what each SIM has used since its month began; with ``warned``, from 80 % on only."""
    numbers, names = box.store.numbers, box.app_names()
    found = numbers.of_application(box.app(given.app).app_id) if given.app else numbers.all()
    return [
        _answer(use, names)
        for use in usage(box.store, found, box.clock.now(), box.settings.box.zone)
        if use.warning is not None or not given.warned
    ]


def _answer(use: Use, names: dict[int | None, str]) -> schemas.Usage:
    return schemas.Usage(
        msisdn=use.number.msisdn,
        app=names.get(use.number.app_id),
        role=use.number.role.value,
        since=use.since,
        minutes=use.used.minutes,
        allowance_minutes=use.plan.minutes,
        parts=use.used.parts,
        allowance_parts=use.plan.parts,
        money=use.plan.cost(use.used),
        allowance_money=use.plan.money,
        percent=use.percent,
        warning=use.warning,
        code=use.code,
    )


OPERATIONS = (
    operation("GET", "/usage", "Use of SIMs", schemas.UsageOf, list[schemas.Usage], every),
)
