"""Family ``gsmmodem``: devices that only python-gsmmodem-new knows, such as ZTE's and Wavecom's.

What this family cannot do, whatever the device could:

- one call at a time: no hold, no second call, no joining, no waiting caller;
- no digits from the far end, and no voice that the library would know how to switch on;
- how a call ends is asked for, not told: up to two seconds late, its cause by ``AT+CEER`` alone;
- a caller who rings while a command is under way is found by a list of calls, up to two seconds
  late; a text that is announced then, by the next look at the memories, up to 30 seconds late;
- a command that hangs holds everything up until its deadline;
- an octet that is no UTF-8 costs the line it stands in.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.at.urcs import Urc, UrcRule
from drivers.families import reports
from drivers.families.family import Family, Setting
from drivers.families.generic import GENERIC
from drivers.modem import CallState, Facts

WORDS: Final = ("INITIATED", "ANSWERED", "REJECTED", "ENDED")
"""What the library's table of a make may say of a call."""


def _index(urc: Urc) -> int | None:
    return int(urc.rest) if urc.rest.isascii() and urc.rest.isdigit() else None


def initiated(urc: Urc) -> reports.Report | None:
    """A call was begun here, in the library's reading of the make's words."""
    index = _index(urc)
    if index is None:
        return None
    return reports.CallSeen(index, CallState.DIALLING, outgoing=True)


def changed(_: Urc) -> reports.Report | None:
    """A call was answered or rejected; which and how, a list tells."""
    return reports.CallsChanged()


def ended(urc: Urc) -> reports.Report | None:
    """A call is over."""
    index = _index(urc)
    return reports.CallsChanged() if index is None else reports.CallGone(index)


LIBRARY: Final = Family(
    name="gsmmodem",
    makes=re.compile(r"(?!)"),  # chosen by configuration or by USB product, never by name
    facts=Facts(hold=False, multiparty=False, answered_is_true=False, call_waiting=False),
    settings=(Setting(("AT+WIND=50", "AT+ZOPRT=5")),),
    urcs=tuple(UrcRule(f"CALL {word}") for word in WORDS),  # the engine's, not a modem's
    parsers={
        "CALL INITIATED": initiated,
        "CALL ANSWERED": changed,
        "CALL REJECTED": changed,
        "CALL ENDED": ended,
    },
    iccid=GENERIC.iccid,
    pin_counter=GENERIC.pin_counter,
    pin_tries=GENERIC.pin_tries,
    loses_lines=True,
    one_call=True,
)
