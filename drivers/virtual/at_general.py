"""Commands about the modem itself: line settings, identity, power, clock (V.250, TS 27.007)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import BAD_PARAMETER, AtError
from drivers.virtual.at_table import (
    Command,
    answers,
    digit,
    nothing,
    register,
    says,
    setting,
)

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem


def _line(modem: VirtualModem) -> None:
    """Let the line follow the settings that concern it."""
    chosen, line = modem.settings, modem.interpreter.settings
    line.echo = chosen.number("E") == 1
    line.verbose = chosen.number("V") == 1
    line.silent = chosen.number("Q") == 1
    line.errors = chosen.number("+CMEE")
    line.ends, line.feeds, line.erases = (chosen.number(name) for name in ("S3", "S4", "S5"))


def _defaults(modem: VirtualModem, _args: Arguments) -> list[str]:
    modem.restore_defaults()
    _line(modem)
    return []


def _maker(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [modem.personality.maker]


def _model(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [modem.personality.model]


def _revision(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [modem.personality.revision_line()]


def _imei(modem: VirtualModem, args: Arguments) -> list[str]:
    if len(args) and args.number(0, 1, high=3) != 1:
        return [modem.imei[:14] + "01"] if args.number(0) == 2 else [modem.imei]
    return [modem.imei]


def _information(modem: VirtualModem, _args: Arguments) -> list[str]:
    return modem.personality.information(modem)


def _function(modem: VirtualModem, args: Arguments) -> list[str]:
    level = args.number(0, 1, high=7)
    if level not in {0, 1, 4}:
        raise AtError(cme=BAD_PARAMETER)
    if args.number(1, 0, high=1):
        modem.power.reset_soon()
    else:
        modem.radio.set_function(level)
    return []


def _function_now(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CFUN: {modem.radio.function}"]


def _restart(modem: VirtualModem, _args: Arguments) -> list[str]:
    modem.power.reset_soon()
    return []


def _time(modem: VirtualModem, _args: Arguments) -> list[str]:
    now = modem.network_time()
    offset = now.utcoffset()
    quarters = round(offset.total_seconds() / 900) if offset else 0
    return [f'+CCLK: "{now:%y/%m/%d,%H:%M:%S}{quarters:+03d}"']


def _activity(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CPAS: {modem.calls.activity}"]


def _indicators(modem: VirtualModem, _args: Arguments) -> list[str]:
    service = 1 if modem.radio.registered else 0
    bars = min(5, modem.radio.rssi // 6) if service else 0
    calls = 1 if modem.calls.listed() else 0
    return [f"+CIND: 5,{bars},{service},{calls},0,0"]


def _all_commands(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [name if name[0] in "+^$*" else f"AT{name}" for name in sorted(modem.table)]


def _settings(modem: VirtualModem, _args: Arguments) -> list[str]:
    names = ("E", "Q", "V", "X", "&C", "&D")
    shown = " ".join(f"{name}{modem.settings[name][0]}" for name in names)
    return [shown, f"S0:{modem.settings.number('S0'):03d} S3:{modem.settings.number('S3'):03d}"]


def _sensors(modem: VirtualModem, _args: Arguments) -> list[str]:
    """Quectel: three sensors, of which the power amplifier's is the hottest."""
    return [f"+QTEMP: {modem.celsius - 3},{modem.celsius},{modem.celsius - 2}"]


def _degrees(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CPMUTEMP: {modem.celsius}"]


def _tenths(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"^CHIPTEMP: {modem.celsius * 10},{modem.celsius * 10 - 12},{modem.celsius},65535"]


TEMPERATURES = {
    "+QTEMP": Command("+QTEMP", _sensors, _sensors),
    "+CPMUTEMP": Command("+CPMUTEMP", _degrees, _degrees),
    "^CHIPTEMP": Command("^CHIPTEMP", None, _tenths),
}
"""How makes tell their temperature; a personality takes its own."""

COMMANDS = [
    digit("E", 1, 1, _line),
    digit("V", 1, 1, _line),
    digit("Q", 0, 1, _line),
    digit("X", 4, 4),
    digit("L", 1, 3),
    digit("M", 1, 3),
    digit("&C", 1, 2),
    digit("&D", 2, 2),
    Command("Z", _defaults),
    Command("&F", _defaults),
    Command("&V", _settings),
    Command("&W", nothing),
    Command("T", nothing),
    Command("P", nothing),
    Command("I", _information),
    register("S0", 0, 255),
    register("S3", 13, 127, _line),
    register("S4", 10, 127, _line),
    register("S5", 8, 127, _line),
    register("S7", 60, 255),
    setting("+CMEE", (0,), "(0,1,2)", _line),
    *(Command(name, _maker) for name in ("+CGMI", "+GMI")),
    *(Command(name, _model) for name in ("+CGMM", "+GMM")),
    *(Command(name, _revision) for name in ("+CGMR", "+GMR")),
    *(Command(name, _imei, None, _imei) for name in ("+CGSN", "+GSN")),
    Command("+GCAP", says("+GCAP: +CGSM,+DS,+ES")),
    Command("+CLAC", _all_commands),
    setting("+CSCS", ("IRA",), '("IRA","GSM","UCS2")'),
    setting("+IFC", (2, 2), "(0,2),(0,2)"),
    setting("+ICF", (3, 3), "(1-6),(0-3)"),
    setting("+IPR", (115200,), "(0,9600,19200,38400,57600,115200,230400,460800,921600)"),
    Command(
        "+CFUN",
        None,
        _function_now,
        _function,
        says("+CFUN: (0,1,4),(0,1)"),
    ),
    Command("+CRESET", _restart),
    Command("+CCLK", None, _time, nothing, nothing),
    setting("+CTZU", (0,), "(0,1)"),
    setting("+CTZR", (0,), "(0-2)"),
    Command("+CPAS", _activity, test=says("+CPAS: (0,3,4)")),
    answers("+CBC", "+CBC: 0,100,4100"),
    Command(
        "+CIND",
        None,
        _indicators,
        nothing,
        says(
            '+CIND: ("battchg",(0-5)),("signal",(0-5)),("service",(0,1)),("call",(0,1)),'
            '("roam",(0,1)),("smsfull",(0,1))'
        ),
    ),
    setting("+CMER", (0, 0, 0, 0, 0), "(0-3),(0),(0),(0-2),(0,1)"),
    Command("+CMUX", test=says("+CMUX: (0),(0),(1-8),(1-1500)")),
    answers("+WS46", "+WS46: 25"),
]
