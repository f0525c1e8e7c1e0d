"""The records that rooms hand to each other: plain values, no behaviour beyond reading them.

Numbers here are real MSISDNs in E.164 with ``+``; the store keeps them in one table and
hands out the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """How an application routes: one mode each, fixed at creation."""

    AX = "AX"
    AXB = "AXB"
    AXE = "AXE"
    AXYB = "AXYB"
    X = "X"


class Role(StrEnum):
    """What an enrolled SIM is for."""

    NUMBER = "number"
    TRUNK = "trunk"


class UrlKind(StrEnum):
    """The push targets of an application."""

    STATUS = "status"
    CDR = "cdr"
    SMS = "sms"
    SMS_CONTROL = "sms-control"
    NUMBER = "number"
    CALLIN = "callin"


@dataclass(frozen=True, slots=True)
class Application:
    """A customer's application: its key pair, switches and push targets.

    Args:
        app_id: Row id.
        sign: ``aksk`` or ``wsse``: how pushes are signed (requests may use either).
        urls: Push targets by kind; an absent kind is not pushed.
        record: Recording is enabled for the application.
        sms: Texts are enabled.
        sms_content: Texts are carried in notifications.
        extension_digits: 1-4, AXE only.
        settings: Everything else by name: ``x_only``, ``connect``, ``press_1``, ``prompts``
            (slot → file)…
    """

    app_id: int
    name: str
    key: str
    secret: str = field(repr=False)
    mode: Mode
    active: bool = True
    frozen: bool = False
    record: bool = False
    sms: bool = False
    sms_content: bool = True
    sign: str = "aksk"
    urls: dict[UrlKind, str] = field(default_factory=dict)
    extension_digits: int = 4
    allowed_addresses: tuple[str, ...] = ()
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Number:
    """An enrolled SIM: a private number X/Y, or a trunk.

    ``status`` is the cloud's: 5 normal, 9 suspended, 10 unavailable, 11 bind-frozen.
    """

    number_id: int
    msisdn: str
    iccid: str
    role: Role
    app_id: int | None
    city: str | None = None
    sms: bool = False
    status: int = 5
    cause: str | None = None
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AxDetails:
    """What an AX relation has beside the common terms.

    Args:
        display: ``calleeNumDisplay``: what A sees when others call, ``0`` X, ``1`` the caller.
        on: ``turnFlag``: the private number is switched on.
    """

    display: str = "0"
    on: bool = True


@dataclass(frozen=True, slots=True)
class AxeDetails:
    """What an AXE relation has beside the common terms.

    Args:
        extension: 1-4 digits, as many as the application has; not all zeros.
        display: ``displayNumMode``, as ``AxDetails.display``.
        call_back_tone: Played when A calls X and no call-back record is there.
        call_back_number: A's call goes there instead; never together with the tone.
        unit: ``timeUnit`` at bind, ``0`` hours, ``1`` minutes; a query shows it ever after.
        unit_now: The unit that times of a modification are in when it names none.
        bind_time: ``bindExpiredTime`` at bind; a query shows it ever after.
        call_back_time: ``callbackExpiredTime`` as it was given last.
        call_back_seconds: How long a call-back record lives now; 0 as long as the relation.
    """

    extension: str
    display: str = "0"
    call_back_tone: str | None = None
    call_back_number: str | None = None
    unit: str = "0"
    unit_now: str = "0"
    bind_time: int = 0
    call_back_time: int = 0
    call_back_seconds: int = 0


@dataclass(frozen=True, slots=True)
class AxybDetails:
    """What the AX half of an AXYB relation has beside the common terms.

    Args:
        yb_duration: Seconds that a YB relation lives unless its own bind says otherwise; 0 as long
            as the AX relation.
    """

    yb_duration: int = 0


@dataclass(frozen=True, slots=True)
class YbRelation:
    """The YB half of an AXYB relation: A reaches B over ``y``, and B sees X.

    Args:
        bind_id: Unique; the box's own, since applications know all of a relation by one id.
        subscription_id: Of the AX relation; all halves share it.
        y: The number that A dials for B and sees when B calls.
        duration: Seconds of life from ``since``; 0 as long as the AX relation.
        pre_voice: ``preVoiceY``: waiting tone for calls to ``y``, heard by A.
        automatic: The box allocated it during B's first call.
    """

    bind_id: str
    subscription_id: str
    y: str
    b: str
    duration: int = 0
    pre_voice: str | None = None
    user_data: str | None = None
    automatic: bool = False
    since: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class TemporaryCallee:
    """Whom A's calls to its X reach until ``expires`` (AX).

    It may be a 400 or 95 number. A call does not use it up.
    """

    callee: str
    expires: datetime
    user_data: str | None = None


@dataclass(frozen=True, slots=True)
class CallBack:
    """Who reached A last over an extension, and until when A can call back (AXE)."""

    caller: str
    at: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A relation. AXB fills ``a`` and ``b``; the other modes add their ``details``.

    AX, AXE and the AX half of AXYB have no ``b``: the other side is anybody.

    Args:
        duration: Seconds the relation lives from ``since``; 0 never ends.
        max_minutes: Limit of one call from the answer, 0 none.
        direction: 0 both, 1 only A may call, 2 only B may.
        pre_voice_caller: Waiting tone heard by A; ``pre_voice_callee`` by B, in AX by everybody
            else, in AXYB by who calls X (``preVoiceX``).
        since: When it was set, or last modified with a duration.
        changed: When it was set or last modified (``subscribeTime``).
        details: By mode; None for AXB.
    """

    subscription_id: str
    mode: Mode
    app_id: int
    x: str
    a: str
    b: str | None = None
    direction: int = 0
    duration: int = 0
    max_minutes: int = 0
    record: bool = False
    record_hint: str | None = None
    last_minute_voice: str | None = None
    private_sms: bool | None = None
    pre_voice_caller: str | None = None
    pre_voice_callee: str | None = None
    user_data: str | None = None
    since: datetime | None = None
    changed: datetime | None = None
    expires: datetime | None = None
    extra: dict[str, object] = field(default_factory=dict)
    details: AxDetails | AxeDetails | AxybDetails | None = None

    def lives(self, now: datetime) -> bool:
        """Whether its end, if it has one, is still to come."""
        return self.expires is None or self.expires > now


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call (session) from call-in to its end; everything the ``fee`` record says and more.

    Args:
        session_id: Same in every event of the call.
        icid: Unique id of the record.
        bind_number: The X that events and CDR name (for a call back to a second line: the
            binding's X).
        dialled: The number of ours that the caller dialled.
        callee: The real party reached, or None.
        shown: What the callee's phone was shown.
        strategy: ``conference``, ``bridge`` or ``transfer`` once connected.
        q850: Cause of a failed second leg, 0 = not applicable (``fwdUnaswRsn``).
        release_point: ``ulFailReason``; 0 = ended after answer.
        ended_by: ``caller``, ``callee``, ``box``, ``application`` or None.
        legs: Journal for take-up after a crash: what is on which line (plain JSON values).
        notes: What the box's own CDR adds in words.
    """

    session_id: str
    icid: str
    app_id: int | None
    mode: Mode | None
    bind_number: str
    dialled: str
    subscription_id: str | None = None
    caller: str | None = None
    callee: str | None = None
    shown: str | None = None
    strategy: str | None = None
    call_in_at: datetime | None = None
    forward_at: datetime | None = None
    alerting_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    state_code: int | None = None
    q850: int = 0
    release_point: int = 0
    sip_status: int = 0
    ended_by: str | None = None
    recorded: bool = False
    record_started_at: datetime | None = None
    record_file: str | None = None
    record_sha256: str | None = None
    extension: str | None = None
    user_data: str | None = None
    legs: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
