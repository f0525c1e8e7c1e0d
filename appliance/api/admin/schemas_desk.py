"""Setting lines up and looking after them, as the admin interface takes and gives it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from appliance.api.admin.schemas import Identity, Limit, Schema

PHONE = Field(description="the owner's own phone", min_length=3, max_length=20)


class RingNew(Schema):
    """Let the owner's phone ring from a line, whose SIM need not be enrolled."""

    line: str
    phone: str = PHONE
    seconds: float = Field(default=20.0, ge=1, le=60, description="for which it rings at most")


class Rung(Schema):
    """What came of it; ``hold``: the call could be held, null when it was not answered."""

    rang: bool
    answered: bool
    hold: bool | None
    why: str | None


class TextNew(Schema):
    """Send the owner's phone a text from a line."""

    line: str
    phone: str = PHONE


class TextSent(Schema):
    """The message reference that the service centre gave it."""

    reference: int


class ChecksNew(Schema):
    """Read a line's subscription; with ``mend`` put right what can be."""

    line: str
    mend: bool = False
    centre: str | None = Field(
        default=None, pattern=r"^\+[0-9]{5,15}$", description="the service centre's number"
    )


class Check(Schema):
    """One check: ``works`` null, the modem cannot tell; ``code`` and ``facts`` make the sentence.

    ``text`` is that sentence in English; for a failure it is what to read to the hotline.
    """

    name: str
    works: bool | None
    code: str
    facts: dict[str, str]
    mended: bool
    text: str


class Checks(Schema):
    """What a line's subscription was found to be; ``at`` null before the first time."""

    at: datetime | None
    checks: list[Check]


class LocateNew(Schema):
    """Wait for a stick to be pulled out."""

    seconds: float = Field(default=60.0, ge=1, le=300)


class Located(Schema):
    """The line that went; all null when none did in time."""

    socket: str | None
    msisdn: str | None
    iccid: str | None
    imei: str | None


class Blinked(Schema):
    """How often the radio went off and on."""

    times: int


class Balance(Schema):
    """A SIM's credit; ``amount`` in the smallest unit, null when the answer had none to pick."""

    iccid: str
    at: datetime
    amount: int | None
    told: str


class CodeChoice(Schema):
    """A saved code, by operator (``*`` for all) and name."""

    operator: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=32)


class CodeNew(CodeChoice):
    """A USSD code to be saved; ``pattern`` has the answer's words around ``{amount}``."""

    code: str = Field(pattern=r"^[*#][*#0-9]{0,38}[*#0-9]$")
    pattern: str | None = Field(default=None, max_length=200)


class ByHandFilter(Schema):
    """Which commands by hand: of one line, or all."""

    line: str | None = None
    limit: Limit = 100


class ByHand(Schema):
    """A command that somebody sent by hand; ``danger`` names what it could have broken."""

    at: datetime
    iccid: str | None
    imei: str | None
    command: str
    danger: str | None
    answer: list[str]


class PoolChoice(Schema):
    """How many hours."""

    hours: int = Field(default=24, ge=1, le=744)


class PoolHour(Schema):
    """One hour of the second lines."""

    hour: datetime
    calls: int
    erlang: float
    blocked: int
    none: int


class InboxRead(Schema):
    """Texts of the operator's inbox that were read; null is all of them."""

    inbox_ids: list[Identity] | None = Field(default=None, max_length=10_000)
