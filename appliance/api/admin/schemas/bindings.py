"""Bindings and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Limit, Moment, Offset, Schema
from appliance.model.bindings import MAX_DURATION, MAX_MINUTES
from appliance.model.records import Mode


class BindingNew(Schema):
    """A binding as an operator sets it: AXB has a ``b``, AXE an ``extension``, AX neither."""

    app: str
    a: str
    b: str | None = None
    x: str | None = None
    city: str | None = None
    direction: int = Field(default=0, ge=0, le=2)
    duration: int = Field(default=0, ge=0, le=MAX_DURATION, description="seconds, 0 is without end")
    max_minutes: int = Field(default=0, ge=0, le=MAX_MINUTES)
    record: bool = False
    user_data: str | None = None
    extension: str | None = Field(
        default=None, pattern="^[0-9]{1,4}$", description="chosen when absent (AXE)"
    )
    callback_number: str | None = Field(
        default=None, description="where A's call goes when nobody can be called back (AXE)"
    )


class BindingFilter(Schema):
    """Which bindings."""

    app: str | None = None
    x: str | None = None
    a: str | None = None
    b: str | None = None
    after: int = Field(default=0, ge=0, le=2**53, description="only what has a later place")
    offset: Offset = 0
    limit: Limit = 100


class BindingChoice(Schema):
    """One binding."""

    subscription_id: str


class Binding(Schema):
    """A binding."""

    place: int = Field(description="rises in the order of setting")
    subscription_id: str
    app: str
    mode: Mode
    x: str
    a: str
    b: str | None
    extension: str | None
    direction: int
    duration: int
    max_minutes: int
    record: bool
    user_data: str | None
    changed: datetime | None
    expires: datetime | None


class BindingEventFilter(Schema):
    """Which events of bindings."""

    app: str | None = None
    x: str | None = None
    party: str | None = None
    event: Literal["bound", "unbound", "expired"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    offset: Offset = 0
    limit: Limit = 100


class BindingEvent(Schema):
    """A binding was set, ended by hand, or ended by its time."""

    at: datetime
    event: Literal["bound", "unbound", "expired"]
    app: str | None
    mode: Mode
    x: str | None
    a: str
    b: str | None
    subscription_id: str
