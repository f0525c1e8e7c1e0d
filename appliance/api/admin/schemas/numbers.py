"""Numbers, the room that they have, and what their SIMs used."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Iccid, Schema
from appliance.model.records import Mode


class NumberNew(Schema):
    """A SIM to be enrolled; the ICCID of a line that says its number is found by itself."""

    msisdn: str
    app: str | None = None
    trunk: bool = False
    iccid: Iccid | None = None
    city: str | None = None
    sms: bool = False
    aliases: list[str] = Field(
        default=[], max_length=16, description="numbers by which requests may still name it"
    )
    verify: bool = Field(
        default=False, description="first prove by a text of the SIM's that the number is its own"
    )
    by: str | None = Field(default=None, description="the line that the text is sent to")


class NumberChoice(Schema):
    """One number."""

    msisdn: str


class NumberVerify(Schema):
    """A number to be proven by a text; ``by`` is the line that it is sent to."""

    msisdn: str
    by: str | None = None
    timeout: float = Field(default=60, ge=1, le=300, description="seconds for the text")


class Verified(Schema):
    """What the text showed: the network told ``shown`` as the number of the SIM."""

    msisdn: str
    iccid: str
    by: str
    shown: str
    seconds: float


class NumberTransfer(Schema):
    """A number and the application that gets it."""

    msisdn: str
    app: str


class NumberSim(Schema):
    """A number and the SIM that replaces its own."""

    msisdn: str
    iccid: Iccid


Rule = Literal["press_1", "early_dial", "x_only", "transfer"]


class NumberChange(Schema):
    """Changes of a number; what is absent stays.

    ``status``: 5 normal, 9 suspended, 10 unavailable, 11 bind-frozen; ``cause`` goes with 10.
    Rules of its calls beat the box's, and its application's beat them.
    """

    msisdn: str
    city: str | None = None
    sms: bool | None = None
    status: Literal[5, 9, 10, 11] | None = None
    cause: Literal["1", "2", "3", "5", "6", "7", "8", "9"] | None = None
    allowance_minutes: int | None = Field(default=None, ge=0, le=1_000_000)
    allowance_parts: int | None = Field(default=None, ge=0, le=1_000_000)
    allowance_money: int | None = Field(
        default=None, ge=0, le=1_000_000_000, description="in the currency's smallest unit"
    )
    price_minute: int | None = Field(default=None, ge=0, le=1_000_000)
    price_part: int | None = Field(default=None, ge=0, le=1_000_000)
    allowance_day: int | None = Field(default=None, ge=1, le=28)
    low_credit: int | None = Field(
        default=None, ge=0, le=1_000_000_000, description="a balance below it is a warning"
    )
    unlimited: list[Literal["minutes", "parts", "money"]] = Field(default=[], max_length=3)
    press_1: bool | None = Field(default=None, description="callees press 1 to be joined")
    early_dial: bool | None = Field(
        default=None, description="the callee is dialled before the caller is answered"
    )
    x_only: bool | None = Field(default=None, description="no call that would show another number")
    transfer: bool | None = Field(default=None, description="calls may be left to its network")
    inherit: list[Rule] = Field(default=[], max_length=4, description="rules that it gives up")
    add_aliases: list[str] = Field(default=[], max_length=16)
    remove_aliases: list[str] = Field(default=[], max_length=16)


class NumberFilter(Schema):
    """Which numbers: of one application, in one state, of one city, with or without bindings."""

    app: str | None = None
    status: Literal["5", "9", "10", "11"] | None = None
    city: str | None = None
    free: bool | None = Field(default=None, description="takes bindings and has room for one")


class Number(Schema):
    """An enrolled SIM; ``status``: 5 normal, 9 suspended, 10 unavailable, 11 bind-frozen."""

    msisdn: str
    iccid: str
    role: Literal["number", "trunk"]
    app: str | None
    city: str | None
    sms: bool
    status: int
    cause: str | None
    bindings: int
    remaining: int | None = Field(
        default=None, description="bindings that it still takes; null where the mode has none"
    )
    aliases: list[str] = Field(default=[])
    verified: datetime | None = Field(default=None, description="when a text proved it")
    rules: dict[Rule, bool] = Field(default={}, description="of its calls, where it has its own")


class City(Schema):
    """Numbers of an application in one city (null: enrolled without one), and their room."""

    app: str
    mode: Mode
    city: str | None
    names: str | None
    numbers: int
    free: int
    unbound: int
    bindings: int
    remaining: int | None


class UsageOf(Schema):
    """Of one application's numbers, or of every SIM."""

    app: str | None = None
    warned: bool = False


class Usage(Schema):
    """What a SIM has used of its allowance since its period began; null: no allowance was set."""

    msisdn: str
    app: str | None
    role: Literal["number", "trunk"]
    since: datetime
    minutes: int
    allowance_minutes: int | None
    parts: int
    allowance_parts: int | None
    money: int = Field(description="what it cost by the plan's prices, in the smallest unit")
    allowance_money: int | None
    percent: int | None
    warning: str | None
    code: str | None = Field(default=None, description="of the warning's sentence")
