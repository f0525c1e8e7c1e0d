"""Lines, and what is asked of one by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Schema
from appliance.api.admin.schemas.line_conditions import LineCondition, RecoveryStep


class LineChoice(Schema):
    """One line, by its MSISDN, ICCID or IMEI."""

    line: str


class LineCommand(Schema):
    """An AT command for one line."""

    line: str
    command: str = Field(min_length=2, max_length=256)
    timeout: float = Field(default=10.0, gt=0, le=120)
    dangerous: bool = Field(default=False, description="it is meant, whatever it may break")


class LineUssd(Schema):
    """A USSD code for one line's operator."""

    line: str
    code: str = Field(pattern=r"^[*#0-9]{1,40}$")
    timeout: float = Field(default=30.0, gt=0, le=120)


class LineFinding(Schema):
    """Something that is wrong with a line's SIM; ``text`` is its sentence in English."""

    subject: str
    code: str
    facts: dict[str, str]
    since: datetime
    text: str


class Line(Schema):
    """A live pair of modem and SIM; ``state`` is ``ready`` when it can be used.

    A SIM that is not enrolled carries nothing. ``own_number`` is what it says of itself.
    """

    msisdn: str | None
    iccid: str | None
    imei: str | None
    family: str | None
    role: Literal["number", "trunk"] | None
    state: str
    explanation: str | None
    operator: str | None
    signal_dbm: float | None
    call: str | None
    queue: int
    socket: str | None = None
    conditions: list[LineCondition] = Field(default=[])
    steps: list[RecoveryStep] = Field(default=[])
    findings: list[LineFinding] = Field(default=[])
    rat: str | None = None
    area: str | None = None
    cell: str | None = None
    rsrp_dbm: int | None = None
    celsius: int | None = None
    enrolled: bool = False
    own_number: str | None = None


class Reply(Schema):
    """What a modem or an operator answered."""

    lines: list[str]
