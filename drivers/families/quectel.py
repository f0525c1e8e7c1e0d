"""Quectel EC2x, EG2x, EG9x: calls by ``+QIND: "ccinfo"`` or ``^DSCI``, voice on tty or card."""

from __future__ import annotations

import re
from typing import Final

from drivers.at.fields import fields, number_at
from drivers.at.urcs import Urc, UrcRule
from drivers.families import reports
from drivers.families.family import AudioPlan, Family, Setting, field_of
from drivers.modem import CallState, Facts

# Quectel's own numbering of <stat>; other makers' ^DSCI counts as +CLCC does.
_DSCI: Final = {
    2: CallState.DIALLING,
    3: CallState.ACTIVE,
    4: CallState.INCOMING,
    5: CallState.WAITING,
    7: CallState.ALERTING,
}
_DSCI_ENDED: Final = 6
_DSCI_CAUSE: Final = 8  # place of the cause in the long form


def indication(urc: Urc) -> reports.Report | None:
    """``+QIND: "ccinfo",<idx>,<dir>,<state>,<mode>,<mpty>,<number>,<type>``, ``"csq",<rssi>``."""
    values = fields(urc.rest)
    what = values[0].lower()
    if what == "ccinfo":
        return reports.call_line(urc.rest, first=1)
    if what == "csq":
        rssi = number_at(values, 1)
        return None if rssi is None else reports.SignalSeen(rssi)
    if what in {"sms done", "pb done"}:
        return reports.BootDone()
    return None


def call_state(urc: Urc) -> reports.Report | None:
    """``^DSCI: <id>,<dir>,<stat>,<type>,<number>,<num_type>[,<tone>…]`` in Quectel's numbering."""
    values = fields(urc.rest)
    index, direction, stat, kind = (number_at(values, place) for place in range(4))
    if index is None or stat is None or direction not in {0, 1} or kind != 0:
        return None
    if stat == _DSCI_ENDED:
        cause = number_at(values, _DSCI_CAUSE)
        return reports.CallGone(index, cause or None)
    state = _DSCI.get(stat)
    if state is None:
        return None
    _, number = reports.party_at(values, 4)
    return reports.CallSeen(index, state, outgoing=direction == 0, number=number)


def tone(urc: Urc) -> reports.Report | None:
    """``+QTONEDET: <ASCII code>``."""
    code = number_at(fields(urc.rest), 0)
    if code is None or not 0 < code < 128 or chr(code).upper() not in "0123456789*#ABCD":
        return None
    return reports.KeyPressed(chr(code).upper())


def sim_card(urc: Urc) -> reports.Report | None:
    """``+QSIMSTAT: <enable>,<inserted>``: 0 removed, 1 inserted."""
    inserted = number_at(fields(urc.rest), 1)
    if inserted is None:
        return None
    return reports.SimState("INSERTED" if inserted else "REMOVED")


QUECTEL: Final = Family(
    name="quectel",
    makes=re.compile(r"quectel|\bE[CG]\d\d|\bUC\d\d|\bRM5\d\d|QDC507", re.IGNORECASE),
    facts=Facts(digit_reports=True),
    settings=(
        Setting(('AT+QURCCFG="urcport","usbat"',)),
        Setting(('AT+QINDCFG="ccinfo",1,0', "AT^DSCI=1")),
        Setting(('AT+QINDCFG="csq",1,0',)),
        Setting(('AT+QINDCFG="ring",0,0',)),
        Setting(("AT+QSIMSTAT=1",)),
        Setting(("AT+QTONEDET=1",), fact="digit_reports"),
    ),
    urcs=(
        UrcRule("+QIND"),
        UrcRule("^DSCI"),
        UrcRule("+QTONEDET", reply=True, never_reply=re.compile(r"\s*\d{2,3}")),
        UrcRule("+QSIMSTAT", reply=True),
        UrcRule("+QUSIM"),
        UrcRule("+QPCMV", reply=True),
        UrcRule("+QNITZ"),
        UrcRule("POWERED DOWN"),
    ),
    parsers={
        "+QIND": indication,
        "^DSCI": call_state,
        "+QTONEDET": tone,
        "+QSIMSTAT": sim_card,
    },
    iccid=("AT+QCCID", "AT+CCID"),
    pin_counter='AT+QPINC="SC"',
    pin_tries=field_of("+QPINC", 1),
    tells_calls=True,
    audio={
        "serial": AudioPlan(
            # Without the second line NMEA text lands in the voice.
            at_start=("AT+QAUDMOD=3", 'AT+QGPSCFG="outport","none"', "AT+QPCMV=1,0"),
        ),
        "alsa": AudioPlan(at_start=("AT+QAUDMOD=3", "AT+QPCMV=1,2")),
    },
)
