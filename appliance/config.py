"""The configuration: TOML to typed settings, every mistake reported at once.

Each section is a closed model: an unknown key is a mistake, with the nearest known one as a hint.
Secrets print as asterisks by their type.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import tzinfo
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from appliance.config_care import AlertSection, BackupSection, RetentionSection
from appliance.errors import BadInput, ConfigInvalid
from appliance.model.allowances import CHINA
from drivers.virtual.config import bank_config
from drivers.virtual.errors import ConfigError

DEFAULT_PATH = Path("/etc/simveil/simveil.toml")
Strategy = Literal["conference", "bridge", "transfer"]
Seconds = Annotated[float, Field(gt=0, le=86400)]
_HOST_NAME = r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$|^[0-9A-Fa-f:.]{2,45}$"


class Section(BaseModel):
    """A table of the file; keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BoxSection(Section):
    """``[box]``: who this box is and where its data lie."""

    name: str = Field(
        default="box-1", min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
    )
    data: Path = Path("/var/lib/simveil")
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    connect: list[Strategy] = Field(default=["conference", "bridge"], min_length=1)
    x_only: bool = False
    early_dial: bool = False
    press_1: bool = False
    duty_number: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{6,14}$")
    on_stop: Literal["end", "leave"] = "end"
    timezone: str | None = Field(default=None, description="IANA name, UTC+8 by default")
    log: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = False

    @property
    def zone(self) -> tzinfo:
        """The wall clock by which months of allowances begin and quiet hours are kept."""
        return CHINA if self.timezone is None else ZoneInfo(self.timezone)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                ZoneInfo(value)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError(
                f"there is no time zone {value!r}, name one as Asia/Shanghai"
            ) from None
        return value

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data / "simveil.db"

    @property
    def recordings(self) -> Path:
        """Folder of finished recordings, one file each, flat."""
        return self.data / "recordings"

    @property
    def voices(self) -> Path:
        """Folder of approved voice files: ``<application id>/<name>``."""
        return self.data / "voices"

    @field_validator("connect")
    @classmethod
    def _once_each(cls, value: list[Strategy]) -> list[Strategy]:
        if len(set(value)) != len(value):
            raise ValueError("names a strategy twice")
        return value


class TlsSection(Section):
    """``api.tls``: PEM files; absent, the box makes itself a certificate."""

    certificate: Path
    key: Path

    @field_validator("certificate", "key")
    @classmethod
    def _there(cls, value: Path) -> Path:
        if not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value


class ApiSection(Section):
    """``[api]``: the mirrored interface.

    Args:
        listen: ``host:port`` or a list of them.
        plain: HTTP without TLS, on loopback only unless ``force_plain``.
        threads: Workers per address.
        keep_alive: Keep connections open as HTTP/1.1 does. The cloud does not: it closes first,
            after each answer, and its clients are told to wait for that.
        clock_window: Seconds that ``Created`` may be away from the time of day.
        clock_offsets: Hours by which a client's clock may be ahead of UTC: many send China's time.
        refuse_replays: Refuse a nonce that was used within the window.
        lockout_failures: Failed authentications from an address with a key that lock it out.
        lockout_window: Seconds within which they count.
        lockout_seconds: How long the lock lasts.
        requests_per_second: Flow control per application; 0 is none.
        recording_link_days: How long the address of a recording is good.
        names: Host names and addresses that the certificate which the box makes itself is good
            for, beside the box's own: those by which customers' applications reach it.
    """

    listen: str | list[str] = "0.0.0.0:8443"  # customers' servers are elsewhere
    tls: TlsSection | None = None
    plain: bool = False
    force_plain: bool = False
    threads: int = Field(default=32, ge=2, le=512)
    keep_alive: bool = False
    body_limit: int = Field(default=1 << 20, ge=4096, le=64 << 20)
    clock_window: Seconds = 300.0
    clock_offsets: list[Annotated[float, Field(ge=-14, le=14)]] = Field(
        default=[0, 8], min_length=1
    )
    refuse_replays: bool = True
    lockout_failures: int = Field(default=20, ge=1)
    lockout_window: Seconds = 300.0
    lockout_seconds: Seconds = 1800.0
    requests_per_second: float = Field(default=0, ge=0)
    recording_link_days: float = Field(default=3, gt=0, le=7)
    names: list[Annotated[str, Field(pattern=_HOST_NAME)]] = Field(default=[], max_length=64)

    @property
    def addresses(self) -> list[str]:
        """``listen`` as a list."""
        return [self.listen] if isinstance(self.listen, str) else list(self.listen)

    @field_validator("listen")
    @classmethod
    def _addresses(cls, value: str | list[str]) -> str | list[str]:
        addresses = [value] if isinstance(value, str) else value
        if not addresses:
            raise ValueError("names no address")
        for address in addresses:
            _host(address)
        return value


class AdminSection(Section):
    """``[admin]``: the box's own interface; ``metrics`` is one more address, for Prometheus."""

    socket: Path = Path("/run/simveil/admin.sock")
    threads: int = Field(default=4, ge=2, le=64)
    metrics: str | None = None

    @field_validator("metrics")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None:
            _host(value)
        return value

    @field_validator("socket")
    @classmethod
    def _short(cls, value: Path) -> Path:
        if len(str(value).encode()) > 100:  # the kernel's limit is 107 octets
            raise ValueError("is longer than the 100 octets that a socket's path may have")
        return value


class BankLineSection(Section):
    """``[[bank.line]]``: a modem at a fixed port."""

    port: str = Field(min_length=1)
    audio: str | None = Field(default=None, pattern=r"^(alsa|serial):.+$")
    family: Literal[
        "auto", "quectel", "simcom-a76", "simcom-800", "gsmmodem", "simcom", "huawei", "generic"
    ] = "auto"
    pin: SecretStr | None = None
    connect: list[Strategy] | None = None


class BankSection(Section):
    """``[bank]``: real modems."""

    discover: bool = True
    line: list[BankLineSection] = []
    pin: SecretStr | None = None

    @field_validator("line")
    @classmethod
    def _ports(cls, value: list[BankLineSection]) -> list[BankLineSection]:
        ports = [line.port for line in value]
        for port in ports:
            if ports.count(port) > 1:
                raise ValueError(f"{port} is the port of two lines")
        return value


class VirtualSection(Section):
    """``[virtual]``: a virtual bank instead of hardware, as the bank itself reads it.

    Args:
        lines: The MSISDNs of its SIMs.
        control: Loopback ``host:port`` of its HTTP control.
        speed: Radio time scale.
    """

    lines: tuple[str, ...]
    control: str
    speed: float


class TimingsSection(Section):
    """``[timings]``: seconds, unless named otherwise.

    Args:
        lend: For another line to say whether it is free to carry a second leg.
        start_gap: Between the starts of two modems on one hub; 1 on hardware and 0 on a virtual
            bank unless it is set.
    """

    callin_deadline: Seconds = 3.0
    ring: Seconds = 90.0
    early_ring: Seconds = 35.0
    caller_number: Seconds = 3.0
    lend: Seconds = 0.05
    start_gap: float | None = Field(default=None, ge=0, le=60)
    hard_cap_minutes: int = Field(default=240, ge=1, le=1440)
    stop: Seconds = 10.0


class SmsSection(Section):
    """``[sms]``: pacing per SIM, in parts."""

    parts_per_minute: float = Field(default=6, gt=0, le=600)
    burst: int = Field(default=6, ge=1, le=600)
    quiet_from: str | None = Field(default=None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    quiet_until: str | None = Field(default=None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    reassembly_hours: float = Field(default=24, gt=0, le=168)

    @model_validator(mode="after")
    def _both(self) -> SmsSection:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until belong together")
        return self


class RecordingsSection(Section):
    """``[recordings]``.

    Args:
        stereo: The caller on the left and the callee on the right, instead of both mixed.
        keep_days: After its end a recording is kept for so long; the cloud keeps 7 days.
    """

    stereo: bool = False
    keep_days: float = Field(default=7, gt=0, le=3650)


class PushSection(Section):
    """``[push]``: notifications to applications."""

    workers: int = Field(default=12, ge=2, le=64)
    per_application: int = Field(default=4, ge=1, le=64)
    timeout: Seconds = 5.0
    retry_minutes: list[Annotated[float, Field(ge=0)]] = [1, 4, 9, 106, 203, 300]
    verify_tls: bool = True
    ca_file: Path | None = None

    @field_validator("retry_minutes")
    @classmethod
    def _ascending(cls, value: list[float]) -> list[float]:
        # Counted from the first attempt: a time that is not later than the one before is no retry.
        if any(later <= earlier for earlier, later in pairwise(value)):
            raise ValueError("its times have to ascend, they are counted from the first attempt")
        return value


class Settings(Section):
    """The whole file."""

    box: BoxSection = BoxSection()
    api: ApiSection = ApiSection()
    admin: AdminSection = AdminSection()
    bank: BankSection | None = None
    virtual: VirtualSection | None = None
    timings: TimingsSection = TimingsSection()
    sms: SmsSection = SmsSection()
    recordings: RecordingsSection = RecordingsSection()
    push: PushSection = PushSection()
    backup: BackupSection = BackupSection()
    retention: RetentionSection = RetentionSection()
    alert: AlertSection = AlertSection()

    def hardware(self) -> BankSection | None:
        """The real modems, or None when the bank is virtual."""
        return None if self.virtual else self.bank or BankSection()

    def certificate(self) -> Path | None:
        """The certificate of the mirrored interface, None where it is plain HTTP."""
        if self.api.plain:
            return None
        return self.api.tls.certificate if self.api.tls else self.box.data / "tls/certificate.pem"

    def configured_files(self, config: Path | None) -> dict[str, Path]:
        """What a backup takes from outside the data folder, by its name in the archive."""
        found = {} if config is None else {"simveil.toml": config}
        if self.api.tls is not None:
            found |= {"certificate.pem": self.api.tls.certificate, "key.pem": self.api.tls.key}
        return found


def load(path: Path) -> Settings:
    """Read a configuration file.

    Raises:
        ConfigInvalid: It cannot be read or has mistakes, one sentence each.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigInvalid([f"cannot read {path}: {reason}"]) from error
    return parse(text)


def parse(text: str) -> Settings:
    """Return the settings of a TOML text.

    Raises:
        ConfigInvalid: It has mistakes, one sentence each.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigInvalid([f"not TOML: {error}"]) from error
    virtual, problems = _virtual(data)
    settings = None
    try:
        settings = Settings.model_validate({**data, "virtual": virtual})
    except ValidationError as error:
        problems = [_sentence(detail) for detail in error.errors(include_url=False)] + problems
    # Rules across keys are checked on what was written, to show beside the other mistakes.
    problems += [*_plain_problems(data), *_bank_problems(data)]
    if problems or settings is None:
        raise ConfigInvalid(list(dict.fromkeys(problems)))
    return settings


def _virtual(data: dict[str, Any]) -> tuple[VirtualSection | None, list[str]]:
    if "virtual" not in data:
        return None, []
    try:
        bank = bank_config(data["virtual"])
    except ConfigError as error:
        return None, list(error.mistakes)
    host, port = bank.control
    return VirtualSection(
        lines=tuple(line.msisdn for line in bank.lines),
        control=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        speed=bank.speed,
    ), []


def _plain_problems(data: dict[str, Any]) -> list[str]:
    api = data.get("api")
    if not isinstance(api, dict) or not api.get("plain"):
        return []
    if "listen" not in api and not set(api) <= set(ApiSection.model_fields):
        return []  # a misspelt "listen" is one mistake, not two
    problems = []
    if "tls" in api:
        problems.append("api.plain: excludes api.tls")
    listen = api.get("listen", ApiSection().listen)
    for address in [listen] if isinstance(listen, str) else listen:
        try:
            loopback = _is_loopback(_host(address))
        except (ValueError, AttributeError, TypeError):
            continue
        if not loopback and not api.get("force_plain"):
            problems.append(
                f"api.plain: {address} is not loopback; use api.tls, or api.force_plain = true"
            )
    return problems


def _bank_problems(data: dict[str, Any]) -> list[str]:
    virtual, bank = data.get("virtual"), data.get("bank")
    if not isinstance(virtual, dict):
        return []
    problems = []
    if isinstance(bank, dict) and (bank.get("line") or bank.get("discover")):
        problems.append("virtual: excludes bank: a box has real modems or a virtual bank")
    return problems


def _host(address: str) -> str:
    """Return the host of ``host:port`` or ``[v6]:port``; ValueError when it is neither."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError(f"{address!r} is not an address such as 127.0.0.1:8443")
    return host.removeprefix("[").removesuffix("]")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sentence(detail: ErrorDetails) -> str:
    where = ".".join(
        str(part) for part in detail["loc"] if not re.search(r"[\[({]|^(str|bool)$", str(part))
    )
    if detail["type"] == "extra_forbidden":
        known = _known_keys(detail["loc"][:-1])
        near = difflib.get_close_matches(str(detail["loc"][-1]), known, n=1, cutoff=0.6)
        hint = f', did you mean "{near[0]}"?' if near else ""
        return f"{where}: unknown key{hint}"
    if detail["type"] == "missing":
        return f"{where}: is missing"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    given = detail.get("input")
    if isinstance(given, str | int | float) and not re.search(r"pin|secret|key", where):
        return (
            f"{where}: {message}, not {given!r}" if "should" in message else f"{where}: {message}"
        )
    return f"{where}: {message}"


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            found = _section_in(model.model_fields[part].annotation)
            if found is not None:
                model = found
    return list(model.model_fields)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _section_in(inner)) is not None:
            return found
    return None


def find(path: Path | None) -> Settings:
    """Load ``path``, or the default place; a default place without a file gives the defaults.

    Raises:
        ConfigInvalid: The file has mistakes.
        BadInput: ``path`` names no file.
    """
    if path is None and not DEFAULT_PATH.exists():
        return Settings()
    if path is not None and not path.is_file():
        raise BadInput(f"there is no configuration {path}")
    return load(path or DEFAULT_PATH)
