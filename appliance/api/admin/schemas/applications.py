"""Applications, as the admin interface takes and gives them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from appliance.api.admin.schemas.base import PRINTABLE, Schema
from appliance.model.records import Mode

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
    language: Literal["zh-CN", "en", "zh-CN+en", "en+zh-CN"] | None = Field(
        default=None, description="of the box's own prompts: one, or both in turn"
    )
    extension_repeats: int | None = Field(
        default=None, ge=0, le=9, description="tries after a wrong extension (AXE)"
    )
    callback_number: str | None = Field(
        default=None,
        description="where A's call goes when nobody can be called back (AXE); empty removes it",
    )
    access_token: str | None = Field(
        default=None,
        max_length=256,
        description="older clients fetch recordings with it; empty removes it",
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
