"""The ``[virtual]`` table: which lines the bank has, and what each of them can't do."""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from drivers.virtual.errors import BadRequest, ConfigError
from drivers.virtual.numbering import iccid_for, imsi_for, luhn, subscriber_number
from drivers.virtual.terminal import Clir, Services, Sim

Personality = Literal[
    "ec25", "eg25", "sim7600", "a7670", "sim800", "e1550", "zte", "wavecom", "generic"
]

Voice = Literal["sound", "once", "deaf"]

PERSONALITIES: tuple[Personality, ...] = get_args(Personality)
"""All of them."""

IN_TURN: tuple[Personality, ...] = ("ec25", "sim7600", "e1550")
"""Those that consecutive lines take when nothing is said."""

DEFAULT_CONTROL = ("127.0.0.1", 7700)


@dataclass(frozen=True)
class LineConfig:
    """One modem of the bank with its SIM.

    Args:
        sim: The SIM and its subscription.
        personality: The make of modem.
        imei: 15 digits, or None for one that the modem derives.
        false_answer: "Answered" is claimed at ringback; None as the make does.
        host_audio_in_multiparty: The host is heard while its calls are joined; None as the make
            does.
        quiet: No URC but those of calls and messages, for software that can't bear others.
        voice: ``once``: its firmware has no voice from the second call on, until a restart;
            ``deaf``: it never takes what the host says. Both are firmwares of the SIM7600.
        card: ALSA PCM that plays the sound card of this modem, or of the dongle on its analog
            sockets; the bank itself carries no voice there.
    """

    sim: Sim
    personality: Personality
    imei: str | None = None
    false_answer: bool | None = None
    host_audio_in_multiparty: bool | None = None
    quiet: bool = False
    voice: Voice = "sound"
    card: str | None = None

    @property
    def msisdn(self) -> str:
        """The line's number, ``+`` and digits."""
        return self.sim.msisdn


@dataclass(frozen=True)
class BankConfig:
    """A whole bank.

    Args:
        lines: Its modems, in order.
        control: Loopback address and port of the control (port 0: any free one).
        speed: Divides the network's times (not audio, not the modems' own times).
        seed: Of the network's small irregularities in time.
        hold_tone: The network gives a held party a tone instead of silence.
    """

    lines: tuple[LineConfig, ...]
    control: tuple[str, int] = DEFAULT_CONTROL
    speed: float = 1.0
    seed: int = 1
    hold_tone: bool = False


def _number(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError('a number is a string such as "+8617000000001"')  # noqa: TRY004 - pydantic's
    try:
        return subscriber_number(value)
    except BadRequest as error:
        raise ValueError(str(error)) from None


def _personality(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _control(value: object) -> tuple[str, int]:
    if not isinstance(value, str):
        raise ValueError('an address is a string such as "127.0.0.1:7700"')  # noqa: TRY004
    host, _, port = value.rpartition(":")
    host = host.strip("[]")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise ValueError(f'{value!r} is not an address such as "127.0.0.1:7700"') from None
    if not loopback:
        raise ValueError(f"{value!r} is not on the loopback: the control is for this machine only")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{value!r} has no port between 0 and 65535")
    return ("127.0.0.1" if host == "localhost" else host), int(port)


def _iccid(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) in {19, 20}:
        if not value.startswith("89"):
            raise ValueError(f"{value} does not begin with 89 as an ICCID does")
        if luhn(value[:-1]) != value[-1]:
            raise ValueError(f"{value} has a wrong check digit; {luhn(value[:-1])} would be right")
        return value
    raise ValueError("an ICCID is a string of 19 or 20 digits")


_Number = Annotated[str, BeforeValidator(_number)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _LineTable(_Strict):
    msisdn: _Number
    personality: Annotated[Personality, BeforeValidator(_personality)] | None = None
    iccid: Annotated[str, BeforeValidator(_iccid)] | None = None
    imsi: Annotated[str, Field(pattern=r"^[0-9]{15}$")] | None = None
    imei: Annotated[str, Field(pattern=r"^[0-9]{15}$")] | None = None
    pin: Annotated[str, Field(pattern=r"^[0-9]{4,8}$")] | None = None
    hold: bool = True
    multiparty: bool = True
    join_refused: bool = False
    transfer: bool = False
    call_waiting: bool = True
    barred: bool = False
    clir: Clir = "allowed"
    reports: bool = True
    report_delay: Annotated[float, Field(ge=0)] = 2.0
    false_answer: bool | None = None
    host_audio_in_multiparty: bool | None = None
    quiet: bool = False
    knows_number: bool = True
    voice: Voice = "sound"
    card: Annotated[str, Field(min_length=1)] | None = None


class _VirtualTable(_Strict):
    lines: list[_Number] = []
    line: list[_LineTable] = []
    control: Annotated[tuple[str, int], BeforeValidator(_control)] = DEFAULT_CONTROL
    speed: Annotated[float, Field(gt=0, le=1000)] = 1.0
    seed: int = 1
    hold_tone: bool = False


def parse_bank_config(path: str | Path) -> BankConfig:
    """Read the ``[virtual]`` table of a TOML file; other tables are not the bank's.

    Raises:
        ConfigError: The file can't be read or has mistakes; all of them are listed.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path} can't be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError([f"{path} is not TOML: {error}"]) from None
    table = document.get("virtual")
    if table is None:
        raise ConfigError([f"{path} has no [virtual] table"])
    return bank_config(table)


def bank_config(table: object) -> BankConfig:
    """Return the bank that a ``[virtual]`` table describes.

    Raises:
        ConfigError: It has mistakes; all of them are listed.
    """
    try:
        parsed = _VirtualTable.model_validate(table)
    except ValidationError as error:
        raise ConfigError([_sentence(dict(item)) for item in error.errors()]) from None
    tables = [_LineTable(msisdn=msisdn) for msisdn in parsed.lines] + parsed.line
    if mistakes := _doubles(tables):
        raise ConfigError(mistakes)
    return BankConfig(
        lines=tuple(_line(place, item) for place, item in enumerate(tables)),
        control=parsed.control,
        speed=parsed.speed,
        seed=parsed.seed,
        hold_tone=parsed.hold_tone,
    )


def _line(place: int, table: _LineTable) -> LineConfig:
    services = Services(
        hold=table.hold,
        multiparty=table.multiparty,
        join_refused=table.join_refused,
        transfer=table.transfer,
        call_waiting=table.call_waiting,
        barred=table.barred,
        clir=table.clir,
        reports=table.reports,
        report_delay=table.report_delay,
    )
    sim = Sim(
        msisdn=table.msisdn,
        iccid=table.iccid or iccid_for(table.msisdn),
        imsi=table.imsi or imsi_for(table.msisdn),
        pin=table.pin,
        services=services,
        knows_number=table.knows_number,
    )
    return LineConfig(
        sim=sim,
        personality=table.personality or IN_TURN[place % len(IN_TURN)],
        imei=table.imei,
        false_answer=table.false_answer,
        host_audio_in_multiparty=table.host_audio_in_multiparty,
        quiet=table.quiet,
        voice=table.voice,
        card=table.card,
    )


def _doubles(tables: list[_LineTable]) -> list[str]:
    mistakes: list[str] = []
    if not tables:
        mistakes.append('[virtual] names no line: give lines = ["+8617000000001"]')
    seen: set[str] = set()
    for table in tables:
        if table.msisdn in seen:
            mistakes.append(f"[virtual] names the line {table.msisdn} twice")
        seen.add(table.msisdn)
    cards = [table.iccid or iccid_for(table.msisdn) for table in tables]
    mistakes += [
        f"[virtual] has the ICCID {card} twice"
        for card in set(cards)
        if cards.count(card) > 1 and len(seen) == len(tables)
    ]
    return mistakes


def _sentence(item: dict[str, Any]) -> str:
    place = "virtual"
    for step in item["loc"]:
        place += f"[{step}]" if isinstance(step, int) else f".{step}"
    if item["type"] == "extra_forbidden":
        known = _LineTable if "line" in item["loc"] else _VirtualTable
        near = difflib.get_close_matches(str(item["loc"][-1]), known.model_fields, n=1)
        return f"{place} is not a setting" + (f"; did you mean {near[0]}?" if near else "")
    return f"{place}: {str(item['msg']).removeprefix('Value error, ')}"
