"""Lines, and what is asked of one by hand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Schema


class LineChoice(Schema):
    """One line, by its MSISDN, ICCID or IMEI."""

    line: str


class LineCommand(Schema):
    """An AT command for one line."""

    line: str
    command: str = Field(min_length=2, max_length=256)
    timeout: float = Field(default=10.0, gt=0, le=120)


class LineUssd(Schema):
    """A USSD code for one line's operator."""

    line: str
    code: str = Field(pattern=r"^[*#0-9]{1,40}$")
    timeout: float = Field(default=30.0, gt=0, le=120)


class Line(Schema):
    """A live pair of modem and SIM; ``state`` is ``ready`` when it can be used."""

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


class Reply(Schema):
    """What a modem or an operator answered."""

    lines: list[str]
