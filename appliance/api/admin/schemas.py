"""What the admin interface takes and gives: closed models, the source of its OpenAPI document."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from appliance.model.bindings import MAX_DURATION, MAX_MINUTES
from appliance.model.records import Mode

Limit = Annotated[int, Field(ge=1, le=10_000)]
PRINTABLE = r"^[^\x00-\x1F\x7F]+$"
"""No control characters; to SQLite a text ends at the first NUL."""
Iccid = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{1,22}$")]
Identity = Annotated[int, Field(ge=1, le=2**53)]
"""A row's number; beyond that JSON's readers round."""


def _written_out(value: object) -> object:
    """Refuse what would be taken for seconds since 1970."""
    if isinstance(value, str) and not re.match(r"[0-9]{4}-", value):
        raise ValueError("is no time such as 2026-03-01T08:00:00Z")
    return value


Moment = Annotated[datetime, BeforeValidator(_written_out)]
"""A time that is asked for, ISO 8601; UTC when it has no zone."""


class Schema(BaseModel):
    """A closed object: a key that it does not know is a mistake."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, from_attributes=True, serialize_by_alias=True
    )


Slot = Literal[
    "no-permission",
    "business-error",
    "binding-missing",
    "waiting",
    "recording-notice",
    "last-minute",
    "extension-enter",
    "extension-wrong",
    "extension-wrong-end",
    "extension-none-end",
    "callback-missing",
    "application-end",
    "masked-call-notice",
    "press-one",
    "call-again",
    "callee-busy",
    "callee-no-answer",
    "callee-rejected",
    "callee-unreachable",
    "line-busy",
    "time-over",
]
"""What the box says, by occasion."""


class Nothing(Schema):
    """No arguments."""


class Error(Schema):
    """What went wrong, one sentence."""

    error: str


class Done(Schema):
    """That it was done, and how often."""

    done: int = 1


# Applications


class Urls(Schema):
    """Push targets; an empty string removes one."""

    status: str | None = None
    cdr: str | None = None
    sms: str | None = None
    sms_control: str | None = Field(default=None, alias="sms-control")
    number: str | None = None
    callin: str | None = None


class ApplicationSwitches(Schema):
    """What can be set when an application is made and later."""

    urls: Urls = Urls()
    record: bool | None = None
    sms: bool | None = None
    sms_content: bool | None = None
    sign: Literal["aksk", "wsse"] | None = None
    digits: int | None = Field(default=None, ge=1, le=4)
    allowed_addresses: list[str] | None = None
    settings: dict[str, JsonValue] | None = None
    prompts: dict[Slot, str] | None = Field(
        default=None,
        description="voice file by slot; `default` is the box's own, an empty string removes it",
    )
    extension_repeats: int | None = Field(
        default=None, ge=0, le=9, description="tries after a wrong extension (AXE)"
    )
    callback_number: str | None = Field(
        default=None,
        description="where A's call goes when nobody can be called back (AXE); empty removes it",
    )
    push_number_status: bool | None = Field(
        default=None, description="number states go to the status URL too"
    )


class ApplicationNew(ApplicationSwitches):
    """A new application; ``key`` and ``secret`` adopt a pair that exists, else one is drawn."""

    name: str = Field(min_length=1, max_length=128, pattern=PRINTABLE)
    mode: Mode
    key: str | None = Field(default=None, min_length=1, max_length=128, pattern=r"^[!#-~]+$")
    secret: str | None = Field(default=None, min_length=1, max_length=256, pattern=r"^[!-~]+$")


class ApplicationChange(ApplicationSwitches):
    """Changes; what is absent stays."""

    name: str
    active: bool | None = None
    frozen: bool | None = None


class ApplicationChoice(Schema):
    """One application; its secret only on request."""

    name: str
    secret: bool = False


class Application(Schema):
    """An application; ``appSecret`` only when it was just made or asked for."""

    name: str
    app_key: str = Field(alias="appKey")
    app_secret: str | None = Field(default=None, alias="appSecret")
    mode: Mode
    active: bool
    frozen: bool
    record: bool
    sms: bool
    sms_content: bool
    sign: str
    digits: int
    urls: dict[str, str]
    allowed_addresses: list[str]
    settings: dict[str, JsonValue]


# Numbers


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


class NumberChange(Schema):
    """Changes of a number; what is absent stays.

    ``status``: 5 normal, 9 suspended, 10 unavailable, 11 bind-frozen; ``cause`` goes with 10.
    """

    msisdn: str
    city: str | None = None
    sms: bool | None = None
    status: Literal[5, 9, 10, 11] | None = None
    cause: Literal["1", "2", "3", "5", "6", "7", "8", "9"] | None = None
    allowance_minutes: int | None = Field(default=None, ge=0, le=1_000_000)
    allowance_parts: int | None = Field(default=None, ge=0, le=1_000_000)
    allowance_day: int | None = Field(default=None, ge=1, le=28)
    add_aliases: list[str] = Field(default=[], max_length=16)
    remove_aliases: list[str] = Field(default=[], max_length=16)


class NumberFilter(Schema):
    """Which numbers: of one application, in one state, of one city, with or without bindings."""

    app: str | None = None
    status: Literal["5", "9", "10", "11"] | None = None
    city: str | None = None
    free: bool | None = Field(default=None, description="takes bindings and has room for one")


class OfApplication(Schema):
    """Of one application, or of all."""

    app: str | None = None


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
    aliases: list[str] = []
    verified: datetime | None = Field(default=None, description="when a text proved it")


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
    percent: int | None
    warning: str | None


# Bindings


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
    offset: int = Field(default=0, ge=0, le=2**53)
    limit: Limit = 100


class BindingChoice(Schema):
    """One binding."""

    subscription_id: str


class Binding(Schema):
    """A binding."""

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


# Lines


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


# Records


class CallFilter(Schema):
    """Which calls."""

    app: str | None = None
    number: str | None = None
    party: str | None = None
    since: Moment | None = None
    until: Moment | None = None
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
    events: dict[str, datetime] = {}
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


class PushFilter(Schema):
    """Which pushes."""

    state: Literal["due", "delivered", "parked"] | None = None
    app: str | None = None
    limit: Limit = 100


class PushChoice(Schema):
    """One push."""

    push_id: Identity


class PushReplay(Schema):
    """Which pushes to send again: these, or every parked one (of an application)."""

    push_ids: list[Identity] | None = Field(default=None, max_length=10_000)
    app: str | None = None


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


# Voice files


class VoiceNew(Schema):
    """An upload: a sound file of any common kind, in Base64."""

    app: str
    name: str
    content: str
    description: str | None = Field(default=None, max_length=256)


class VoiceChoice(Schema):
    """One voice file."""

    app: str
    name: str


class VoiceRejection(VoiceChoice):
    """One voice file, and why it is refused."""

    reason: str = Field(min_length=1, max_length=256)


class VoiceContent(Schema):
    """A voice file as it is stored: A-law WAV in Base64."""

    name: str
    content: str


class VoiceCheck(Schema):
    """What was looked at when a file was uploaded, how it came out, and a sentence."""

    name: str
    verdict: Literal["ok", "warning", "failed"]
    words: str


class VoicesOf(Schema):
    """Of one application."""

    app: str


class Voice(Schema):
    """A voice file: ``approved``, ``pending``, or ``rejected`` for a reason."""

    name: str
    state: Literal["approved", "pending", "rejected"]
    octets: int
    changed: datetime
    seconds: float
    description: str | None
    checks: list[VoiceCheck]
    reason: str | None


# The box


class Health(Schema):
    """How the box is: ``ok`` when every line is ready and nothing is parked."""

    state: Literal["ok", "degraded"]
    name: str
    version: str
    uptime_seconds: float
    lines: dict[str, int]
    outbox: dict[str, int]


class BackupNew(Schema):
    """Where the box writes an archive of its database, recordings and voice files."""

    path: str = Field(pattern=r"^/.+")


class Backup(Schema):
    """An archive that was written."""

    path: str
    created: str
    version: str
    files: int
    octets: int
