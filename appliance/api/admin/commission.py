"""Commissioning of lines: tried on demand, which takes a minute or two, and looked up."""

from __future__ import annotations

from appliance.api.admin import schemas_commission as schemas
from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import LineChoice
from appliance.model.commission import Report


def _answer(report: Report, *, stale: bool) -> schemas.Commission:
    told = schemas.Commissioned(
        **report.as_json(), strategies=list(report.strategies()), stale=stale
    )
    return schemas.Commission(report=told)


def run(box: Box, given: schemas.CommissionNew) -> schemas.Commission:
    """Try a line, with one or two others at the far ends; none of them takes calls meanwhile."""
    report = box.exchange.commissionings.run(
        given.line, given.partners, box.settings.box.recordings, box.clock.now()
    )
    return _answer(report, stale=False)


def last(box: Box, given: LineChoice) -> schemas.Commission:
    """Show what was found last."""
    found = box.exchange.commissionings.report(given.line)
    if found is None:
        return schemas.Commission(report=None)
    return _answer(found[0], stale=found[1])


OPERATIONS = (
    operation(
        "POST",
        "/lines/{line}/commission",
        "Try what it can",
        schemas.CommissionNew,
        schemas.Commission,
        run,
    ),
    operation(
        "GET",
        "/lines/{line}/commission",
        "What it can",
        LineChoice,
        schemas.Commission,
        last,
    ),
)
