"""Huawei voice sticks (E1550, E17xx …): calls by ``^ORIG ^CONF ^CONN ^CEND``, voice on a tty."""

from __future__ import annotations

import re
from typing import Final

from drivers.at.fields import fields, number_at
from drivers.at.urcs import Urc, UrcRule
from drivers.families import reports
from drivers.families.family import AudioPlan, Family, Setting, field_of
from drivers.modem import CallState, Facts


def _index(urc: Urc) -> int | None:
    values = fields(urc.rest)
    if number_at(values, 1) not in {0, None}:
        return None  # a data call
    return number_at(values, 0)


def dialling(urc: Urc) -> reports.Report | None:
    """``^ORIG:<idx>,<type>``: the dial command went out."""
    index = _index(urc)
    if index is None:
        return None
    return reports.CallSeen(index, CallState.DIALLING, outgoing=True)


def alerting(urc: Urc) -> reports.Report | None:
    """``^CONF:<idx>``: the far end rings."""
    index = _index(urc)
    if index is None:
        return None
    return reports.CallSeen(index, CallState.ALERTING, outgoing=True)


def connected(urc: Urc) -> reports.Report | None:
    """``^CONN:<idx>,<type>``: answered, in either direction."""
    index = _index(urc)
    return None if index is None else reports.CallSeen(index, CallState.ACTIVE)


def ended(urc: Urc) -> reports.Report | None:
    """``^CEND:<idx>,<seconds>,<end status>[,<cause>]``; the end status is the firmware's own."""
    values = fields(urc.rest)
    index, seconds, status = (number_at(values, place) for place in range(3))
    if index is None or seconds is None or status is None:
        return None  # the line was torn
    return reports.CallGone(index, number_at(values, 3) or None)


def _tone(digit: str, index: int) -> str:
    return f"AT^DTMF={index},{digit}"


HUAWEI: Final = Family(
    name="huawei",
    makes=re.compile(r"huawei|\bE1[5-7]\d\d?\b", re.IGNORECASE),
    # With two calls up, the end of one leaves the other without voice, and later calls too.
    facts=Facts(multiparty=False, call_waiting=False),
    settings=(
        Setting(("AT^CURC=1",)),
        Setting(("AT^U2DIAG=0",)),
        Setting(("AT^DDTMFCFG=0,1",), fact="digit_reports"),
    ),
    urcs=(
        UrcRule("^ORIG"),
        UrcRule("^CONF"),
        UrcRule("^CONN"),
        UrcRule("^CEND"),
        UrcRule("^RSSI"),
        UrcRule("^HCSQ"),
        UrcRule("^MODE"),
        UrcRule("^BOOT"),
        UrcRule("^SRVST"),
        UrcRule("^SIMST"),
        UrcRule("^STIN"),
        UrcRule("^DSFLOWRPT"),
        UrcRule("^SMMEMFULL"),
        UrcRule("^DDTMF"),
    ),
    parsers={
        "^ORIG": dialling,
        "^CONF": alerting,
        "^CONN": connected,
        "^CEND": ended,
        "^RSSI": reports.signal,
        "^SMMEMFULL": reports.full,
        "^DDTMF": reports.key,
    },
    iccid=("AT^ICCID?", "AT+CCID"),
    pin_counter="AT^CPIN?",
    pin_tries=field_of("^CPIN", 1),
    tells_calls=True,
    release_needs_alerting=True,
    lists_messages=False,
    packed_ussd=True,
    digit_command=_tone,
    audio={"serial": AudioPlan(with_call=("AT^DDSETEX=2",))},
)
