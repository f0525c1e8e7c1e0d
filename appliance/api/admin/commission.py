"""Commissioning of lines: tried on demand, which takes a minute or two, and looked up."""

from __future__ import annotations

from appliance.api.admin import schemas_commission as schemas
from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import LineChoice
from appliance.errors import BadInput
from appliance.model.commission import Report
from appliance.model.numbers import dial_check, mask


def _answer(report: Report, *, stale: bool) -> schemas.Commission:
    told = schemas.Commissioned(
        **report.as_json(), strategies=list(report.strategies()), stale=stale
    )
    return schemas.Commission(report=told)


def run(box: Box, given: schemas.CommissionNew) -> schemas.Commission:
    """Try a line, with one or two others at the far ends; none of them takes calls meanwhile."""
    report = box.exchange.commissionings.run(
        given.line, _partners(box, given.partners), box.settings.box.recordings, box.clock.now()
    )
    return _answer(report, stale=False)


def _partners(box: Box, partners: list[str]) -> list[str]:
    """Return lines as they were named; a test number as E.164, once it may be dialled.

    Raises BadInput and Refused for a number that may not, or that is not the only partner.
    """
    lines = box.exchange.lines()
    known = {name for line in lines for name in (line.msisdn, line.iccid, line.imei)}
    outside = [partner for partner in partners if partner not in known]
    if not outside:
        return partners
    if len(partners) > 1:
        raise BadInput(f"{mask(outside[0])} is no line; a test number is the only partner")
    phone = box.number(outside[0])
    own = {line.msisdn for line in lines if line.msisdn}
    if phone in own:
        return [phone]
    dial_check(phone, own, box.settings.box.region)
    return [phone]


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
