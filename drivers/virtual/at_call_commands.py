"""Commands that make, take, hold, join and end calls (3GPP TS 27.007 §6, §7.6-7.18, §8.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import (
    BAD_PARAMETER,
    NO_SERVICE,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_SUPPORTED,
    AtError,
    Outcome,
)
from drivers.virtual.at_table import Command, accepts, nothing, says, setting
from drivers.virtual.terminal import CallStatus, Diversion

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_DIALLED = re.compile(r"([+]?[0-9*#A-D]+)([Ii]?)([Gg]?)")
_SERVICE_CODE = re.compile(r"[*#][0-9*#]*#")
_EVERY_DIVERSION, _CONDITIONAL = 4, 5
_ENABLE, _ASK, _REGISTER, _ERASE = 1, 2, 3, 4
_HOLD_CODES = re.compile(r"[034]|[12][1-7]?")
KEYS = "0123456789*#ABCD"

CAUSE_TEXTS = {
    1: "Unassigned/unallocated number",
    8: "Operator determined barring",
    16: "Normal call clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    20: "Subscriber absent",
    21: "Call rejected",
    27: "Destination out of order",
    29: "Facility rejected",
    31: "Normal, unspecified",
    38: "Network out of order",
    50: "Requested facility not subscribed",
    69: "Requested facility not implemented",
    101: "Message not compatible with protocol state",
}


def dial(modem: VirtualModem, args: Arguments) -> Outcome:
    """Do ``ATD``; only a voice call or a service code comes to anything.

    Raises:
        AtError: The number is none, or nothing can be dialled.
    """
    text = re.sub(r"[\s\-().,WwPp!@]", "", args.raw)
    if text[:1].upper() == "T":
        text = text[1:]
    if text.startswith(">"):
        raise AtError(cme=NOT_FOUND)
    if text.upper().startswith("L"):
        text = modem.calls.last_number + ";"
    number = text.removesuffix(";")
    modem.card.check()
    if not text.endswith(";"):
        raise AtError(result="NO CARRIER")  # a data call: nobody answers those here
    if _SERVICE_CODE.fullmatch(number):
        return modem.ussd(number)
    found = _DIALLED.fullmatch(number)
    if found is None:
        raise AtError(cme=BAD_PARAMETER)
    if modem.radio.function != 1:
        raise AtError(result="NO CARRIER")
    restriction = {"I": True, "i": False}.get(found.group(2), _hidden(modem))
    if modem.card.sim.services.clir == "permanent":
        restriction = True
    return modem.calls.dial(found.group(1), withhold=restriction)


def _answer(modem: VirtualModem, _args: Arguments) -> Outcome:
    return modem.calls.answer()


def _hook(modem: VirtualModem, args: Arguments) -> Outcome:
    if args.number(0, 0, high=1) or modem.settings.number("+CVHU") == 1:
        return []
    return modem.calls.hang_up(modem.calls.listed())


def _hang_up(modem: VirtualModem, _args: Arguments) -> Outcome:
    return modem.calls.hang_up_current()


def _hold(modem: VirtualModem, args: Arguments) -> Outcome:
    code = args.text(0)
    if not _HOLD_CODES.fullmatch(code):
        raise AtError(cme=BAD_PARAMETER)
    if modem.personality.hold_hangs(modem, code):
        modem.hang()
        return []
    if not modem.calls.listed():
        raise AtError(cme=NOT_ALLOWED)
    return modem.calls.hold(code)


def _list(modem: VirtualModem, _args: Arguments) -> list[str]:
    tail = modem.personality.list_tail
    listed = [f"+CLCC: {modem.calls.line(call)}{tail}" for call in modem.calls.listed()]
    return [*modem.personality.phantom_calls, *listed]


def send_digits(modem: VirtualModem, digits: str) -> list[str]:
    """Press keys in the active call.

    Raises:
        AtError: Something is no key, or no call is active.
    """
    pressed = digits.replace(",", "").upper()
    if not pressed or any(key not in KEYS for key in pressed):
        raise AtError(cme=BAD_PARAMETER)
    active = [call for call in modem.calls.listed() if call.status is CallStatus.ACTIVE]
    if not active:
        raise AtError(cme=modem.personality.no_call_error)
    modem.subscriber.send_digits(active[0], modem.personality.keys_sent(pressed))
    return []


def _keys(modem: VirtualModem, args: Arguments) -> list[str]:
    return send_digits(modem, args.text(0).strip("{}"))


def _report(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CEER: {modem.personality.release_report(modem.calls.last_cause)}"]


def _waiting(modem: VirtualModem, args: Arguments) -> list[str]:
    shown = args.number(0, modem.settings.number("+CCWA"), high=1)
    mode = args.number(1, 3, high=3)
    if mode == 2:
        return [f"+CCWA: {int(modem.subscriber.sim.services.call_waiting)},1"]
    modem.settings["+CCWA"] = (str(shown),)
    if mode == 3:
        return []
    if mode == 1 and not modem.call_waiting_provisioned:
        raise AtError(cme=NOT_SUPPORTED)
    modem.subscriber.sim.services.call_waiting = bool(mode)
    return []


def _forwarding(modem: VirtualModem, args: Arguments) -> list[str]:
    """``AT+CCFC=<reason>,<mode>[,<number>[,<type>[,<classes>]]]`` (§7.11): the network keeps it."""
    reason = args.number(0, high=5)
    mode = args.number(1, high=4)
    if not modem.radio.registered:
        raise AtError(cme=NO_SERVICE)
    diversions = modem.card.sim.diversions
    reasons = {_EVERY_DIVERSION: range(4), _CONDITIONAL: range(1, 4)}.get(reason, (reason,))
    if mode == _ASK:
        return [_shown(diversions.get(each)) for each in reasons]
    for each in reasons:
        if mode == _REGISTER:
            diversions[each] = Diversion(args.text(2))
        elif mode == _ERASE:
            diversions.pop(each, None)
        elif each in diversions:
            diversions[each].on = mode == _ENABLE
        elif mode == _ENABLE:
            raise AtError(cme=NOT_ALLOWED)
    return []


def _shown(diversion: Diversion | None) -> str:
    if diversion is None:
        return "+CCFC: 0,1"
    kind = 145 if diversion.to.startswith("+") else 129
    return f'+CCFC: {int(diversion.on)},1,"{diversion.to}",{kind}'


def _hidden(modem: VirtualModem) -> bool:
    """Return whether a call hides its number when the number dialled does not say."""
    wanted = modem.settings.number("+CLIR")
    return wanted == 1 or (wanted == 0 and modem.card.sim.services.clir == "restricted")


def _restriction(modem: VirtualModem) -> str:
    told = {"allowed": 4, "restricted": 3, "permanent": 1}[modem.card.sim.services.clir]
    return f"{modem.settings.number('+CLIR')},{told}"


def _provisioned(name: str) -> Command:
    return setting(name, (0,), "(0,1)", shows=lambda m: f"{m.settings.number(name)},1", sim=True)


COMMANDS = [
    Command("D", dial),
    Command("A", _answer, sim=True),
    Command("H", _hook),
    Command("O", nothing),
    Command("+CHUP", _hang_up),
    Command("+CHLD", None, None, _hold, says("+CHLD: (0,1,1x,2,2x,3,4)"), sim=True),
    Command("+CLCC", _list),
    Command("+VTS", None, None, _keys, says("+VTS: (0-9,A-D,*,#),(1-255)")),
    setting("+VTD", (1,), "(0-255)"),
    Command("+CEER", _report),
    _provisioned("+CLIP"),
    _provisioned("+COLP"),
    setting("+CLIR", (0,), "(0-2)", shows=_restriction, sim=True),
    setting("+CRC", (0,), "(0,1)"),
    setting("+CSSN", (0, 0), "(0,1),(0,1)", sim=True),
    Command(
        "+CCWA",
        nothing,
        lambda modem, _args: [f"+CCWA: {modem.settings.number('+CCWA')}"],
        _waiting,
        says("+CCWA: (0,1)"),
        sim=True,
        defaults=("0",),
    ),
    Command("+CCFC", None, None, _forwarding, says("+CCFC: (0-5)"), sim=True),
    setting("+CMUT", (0,), "(0,1)"),
    setting("+CLVL", (3,), "(0-5)"),
    accepts("+CMICGAIN", "(0-8)"),
    accepts("+COUTGAIN", "(0-8)"),
    setting("+CMOD", (0,), "(0)"),
    setting("+CSTA", (129,), "(129,145)"),
    setting("+CBST", (7, 0, 1), "(0-134),(0),(0-3)"),
    setting("+CVHU", (0,), "(0,1,2)"),
]
