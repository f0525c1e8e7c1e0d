"""What a line really can, as the admin interface takes and gives it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from appliance.api.admin.schemas import Schema
from appliance.model.commission import Check


class CommissionNew(Schema):
    """Try a line. ``partners`` take the other ends: lines, or one test number outside.

    Empty lets the box choose free lines.
    """

    line: str
    partners: list[str] = Field(default=[], max_length=2)


class CommissionFinding(Schema):
    """What one check found; ``works`` null: it was not tried."""

    check: Check
    works: bool | None
    detail: str


class Commissioned(Schema):
    """The last report on a line; ``stale``: modem, SIM or firmware are others now."""

    at: datetime
    imei: str
    iccid: str
    family: str
    model: str
    firmware: str
    partners: list[str]
    findings: list[CommissionFinding]
    strategies: list[str]
    stale: bool


class Commission(Schema):
    """A line's report, null before its first commissioning."""

    report: Commissioned | None
