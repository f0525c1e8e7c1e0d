"""SIMCom SIM7100/7500/7600, A76xx and SIM800: calls by spontaneous ``+CLCC``."""

from __future__ import annotations

import re
from typing import Final

from drivers.at.urcs import Urc, UrcRule
from drivers.families import reports
from drivers.families.family import AudioPlan, Family, Setting, field_of
from drivers.modem import Facts


def voice_call(urc: Urc) -> reports.Report | None:
    """``VOICE CALL: BEGIN``, ``VOICE CALL: END[: <seconds>]``; which call ended, a list tells."""
    return reports.CallsChanged() if urc.rest.upper().startswith("END") else None


SIMCOM: Final = Family(
    name="simcom",
    makes=re.compile(r"simcom|SIM7\d\d\d|SIM8\d\d|A76\d\d", re.IGNORECASE),
    facts=Facts(digit_reports=True),
    settings=(
        Setting(("AT+CLCC=1",)),
        Setting(("AT+DDET=1",), fact="digit_reports"),
        Setting(("AT+AUTOCSQ=1,1",)),
    ),
    urcs=(
        # A reply never lists a call that is over.
        UrcRule("+CLCC", reply=True, never_reply=re.compile(r"\s*\d+\s*,\s*\d\s*,\s*6\s*,.*")),
        UrcRule("VOICE CALL"),
        UrcRule("MISSED_CALL"),
        UrcRule("+RXDTMF"),
        UrcRule("+DTMF"),
        UrcRule("+CNSMOD", reply=True),
        UrcRule("+CGREG", reply=True),
    ),
    parsers={
        "+CLCC": reports.call_listed,
        "VOICE CALL": voice_call,
        "MISSED_CALL": reports.released(None),
        "+RXDTMF": reports.key,
        "+DTMF": reports.key,
    },
    iccid=("AT+CICCID", "AT+ICCID", "AT+CCID"),
    pin_counter="AT+SPIC",
    pin_tries=field_of("+SPIC", 0),
    tells_calls=True,
    audio={
        "serial": AudioPlan(
            when_active=("AT+CPCMFRM=0", "AT+CPCMREG=1"),  # refused until a call is active
            when_idle=("AT+CPCMREG=0",),
        ),
    },
)

SIMCOM_800: Final = Family(
    name="simcom-800",
    makes=re.compile(r"SIM[89]\d\d(?!\d)", re.IGNORECASE),
    # 2G on a UART; its voice is analog, a sound dongle beside it is named in the configuration.
    facts=Facts(digit_reports=True),
    settings=(Setting(("AT+CLCC=1",)), Setting(("AT+DDET=1",), fact="digit_reports")),
    urcs=(
        *SIMCOM.urcs,
        UrcRule("NORMAL POWER DOWN"),
        UrcRule("UNDER-VOLTAGE WARNNING"),
        UrcRule("UNDER-VOLTAGE POWER DOWN"),
    ),
    parsers=SIMCOM.parsers,
    iccid=("AT+CCID", "AT+ICCID"),
    pin_counter=SIMCOM.pin_counter,
    pin_tries=SIMCOM.pin_tries,
    tells_calls=True,
)

SIMCOM_A76: Final = Family(
    name="simcom-a76",
    makes=re.compile(r"A76\d\d", re.IGNORECASE),
    # On one operator it reports "answered" when the far end begins to ring.
    facts=Facts(digit_reports=True, answered_is_true=False),
    settings=SIMCOM.settings,
    urcs=SIMCOM.urcs,
    parsers=SIMCOM.parsers,
    iccid=SIMCOM.iccid,
    pin_counter=SIMCOM.pin_counter,
    pin_tries=SIMCOM.pin_tries,
    tells_calls=True,
)
