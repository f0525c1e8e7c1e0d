"""Calls, texts, refused requests and pushes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from appliance.api.admin.schemas.base import Identity, Limit, Moment, Offset, Schema
from appliance.model.records import Mode

PushKind = Literal[
    "callin",
    "collectInfo",
    "callout",
    "alerting",
    "answer",
    "disconnect",
    "fee",
    "sms",
    "numStatus",
]


class CallFilter(Schema):
    """Which calls."""

    app: str | None = None
    number: str | None = None
    party: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    offset: Offset = 0
    limit: Limit = 100


class CallChoice(Schema):
    """One call."""

    session_id: str


class Call(Schema):
    """A call's record; times are UTC."""

    session_id: str
    app: str | None
    mode: Mode | None
    bind_number: str
    dialled: str
    subscription_id: str | None
    caller: str | None
    callee: str | None
    shown: str | None
    strategy: str | None
    call_in_at: datetime | None
    forward_at: datetime | None
    alerting_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: float
    state_code: int | None
    q850: int
    release_point: int
    sip_status: int
    ended_by: str | None
    recorded: bool
    record_file: str | None
    record_sha256: str | None
    extension: str | None
    user_data: str | None
    notes: list[str]
    events: dict[str, datetime] = Field(default={})
    explained: dict[str, str] = Field(
        default={}, description="every code in words, when one call is shown"
    )


class TextFilter(Schema):
    """Which texts; their words only on request."""

    app: str | None = None
    state: Literal["relaying", "sent", "partly", "failed", "unknown", "refused"] | None = None
    party: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    content: bool = False
    offset: Offset = 0
    limit: Limit = 100


class Text(Schema):
    """A text that was relayed, or was to be."""

    text_id: int
    identifier: str
    app: str | None
    x: str
    arrived: str
    sender: str
    recipient: str | None
    subscription_id: str | None
    direction: int
    body: str | None
    incomplete: bool
    parts: int
    state: str
    send_result: int | None
    received_at: datetime
    finished_at: datetime | None
    undated: bool = Field(default=False, description="it came while the time was unknown")


class RefusalFilter(Schema):
    """Which refused requests: those signed by one application, or all."""

    app: str | None = None
    limit: Limit = 100


class Refusal(Schema):
    """A request that was refused: what its client was told, and why in words."""

    at: datetime
    address: str
    method: str
    path: str
    app_key: str | None
    app: str | None
    status: int
    code: str
    text: str
    why: list[str]


class InboxFilter(Schema):
    """Which texts of the operator's inbox."""

    line: str | None = None
    unread: bool = False
    limit: Limit = 100


class InboxText(Schema):
    """A text that was not relayed: a service's, the operator's own, or one that nobody can read."""

    inbox_id: int
    line: str
    sender: str | None
    kind: str
    body: str | None
    raw: str | None
    received_at: datetime
    read_at: datetime | None = None


class PushFilter(Schema):
    """Which pushes: of an application, an event, a call or text, an interval of their making."""

    state: Literal["due", "delivered", "parked"] | None = None
    app: str | None = None
    kind: PushKind | None = None
    key: str | None = Field(default=None, max_length=128)
    since: Moment | None = None
    until: Moment | None = None
    limit: Limit = 100


class PushChoice(Schema):
    """One push."""

    push_id: Identity


class PushReplay(Schema):
    """Which pushes to send again: these, or every parked one, or delivered ones as well.

    The others narrow it, as in a list.
    """

    push_ids: list[Identity] | None = Field(default=None, max_length=10_000)
    delivered: bool = False
    app: str | None = None
    kind: PushKind | None = None
    key: str | None = Field(default=None, max_length=128)
    since: Moment | None = None
    until: Moment | None = None


class Push(Schema):
    """A row of the outbox."""

    push_id: int
    app: str | None
    url: str
    kind: str
    order_key: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    last_attempt_at: datetime | None
    delivered_at: datetime | None
    http_status: int | None
    error: str | None
    body: dict[str, Any] | None = None
