"""What sticks of each make were heard to say, replayed: whole, octet by octet, and cut anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from drivers.modem import (
    CallChanged,
    CallEnded,
    CallInfo,
    CallState,
    Digit,
    MessageRef,
    MessageStored,
    Offered,
    PduArrived,
    StorageFull,
    WaitingCall,
)
from tests.drivers.families.stick import Stick, framed

A = "+4915110000001"
B = "015110000002"
REPORT = "07919471060000F0062A0C91945111325476621122814300806211228143008000"


def info(
    index: int, state: CallState, *, out: bool = False, number: str = A, mpty: bool = False
) -> CallInfo:
    return CallInfo(index, out, state, mpty, number)


def changed(index: int, state: CallState, **more: Any) -> CallChanged:
    return CallChanged(info(index, state, **more))


ACTIVE, HELD, DIALLING, ALERTING = (
    CallState.ACTIVE,
    CallState.HELD,
    CallState.DIALLING,
    CallState.ALERTING,
)

QUECTEL_IN = framed(
    "+CRING: VOICE",
    f'+CLIP: "{A}",145,,,,0',
    f'+QIND: "ccinfo",2,1,4,0,0,"{A}",145',
    f'+QIND: "ccinfo",2,1,0,0,0,"{A}",145',
    f'+QIND: "ccinfo",2,1,-1,0,0,"{A}",145',
    "NO CARRIER",
)
EG25_IN = framed(
    f'+CLIP: "{A}",145,,,,0',
    f'+QIND: "ccinfo",2,1,4,0,0,"{A}",145',
    f'+QIND: "ccinfo",2,1,0,0,0,"{A}",145',
    f'+QIND: "ccinfo",2,1,-1,0,0,"{A}",145',
    "NO CARRIER",
)
SIM7600_IN = "\r\r\n+CRING: VOICE\r\r\n" + framed(
    f'+CLIP: "{A}",145,,,,0',
    f'+CLCC: 1,1,4,0,0,"{A}",145',
    "VOICE CALL: BEGIN",
    f'+CLCC: 1,1,0,0,0,"{A}",145',
    f'+CLCC: 1,1,6,0,0,"{A}",145',
    "VOICE CALL: END: 000041",
    "NO CARRIER",
)
HUAWEI_IN = framed("RING", f'+CLIP: "{A}",145,,,,0', "^CONN:1,0", "^CEND:1,23,29,16")
DSCI_OUT = framed(
    f"^DSCI: 1,0,2,0,{B},129,0",
    f"^DSCI: 1,0,7,0,{B},129,0",
    f"^DSCI: 1,0,3,0,{B},129,0",
    f"^DSCI: 1,0,6,0,{B},129,0",
    "NO CARRIER",
)
HUAWEI_OUT = framed("^ORIG:1,0", "^CONF:1", "^CONN:1,0", "^CEND:1,5,29,16")
HUAWEI_BUSY = framed("^ORIG:1,0", "^CEND:1,0,67,17", "BUSY")
HUAWEI_NO_ANSWER = framed("^ORIG:1,0", "^CONF: 1", "^CEND: 1,0,67,19", "NO ANSWER")
SIM7600_OUT = framed(
    f'+CLCC: 1,0,2,0,0,"{B}",129',
    f'+CLCC: 1,0,3,0,0,"{B}",129',
    "VOICE CALL: BEGIN",
    f'+CLCC: 1,0,0,0,0,"{B}",129',
    f'+CLCC: 1,0,6,0,0,"{B}",129',
    "VOICE CALL: END: 000012",
    "NO CARRIER",
)
CONFERENCE = framed(
    f'+QIND: "ccinfo",1,1,4,0,0,"{A}",145',
    f'+QIND: "ccinfo",1,1,0,0,0,"{A}",145',
    f'+QIND: "ccinfo",1,1,1,0,0,"{A}",145',
    f'+QIND: "ccinfo",2,0,2,0,0,"{B}",129',
    f'+QIND: "ccinfo",2,0,3,0,0,"{B}",129',
    f'+QIND: "ccinfo",2,0,0,0,0,"{B}",129',
    f'+QIND: "ccinfo",1,1,0,0,1,"{A}",145',
    f'+QIND: "ccinfo",2,0,0,0,1,"{B}",129',
    f'+QIND: "ccinfo",2,0,-1,0,1,"{B}",129',
    f'+QIND: "ccinfo",1,1,0,0,0,"{A}",145',
)

TRANSCRIPTS: dict[str, tuple[str, str, list[Any]]] = {
    "Quectel, incoming": (
        "quectel",
        QUECTEL_IN,
        [
            Offered(0),
            Offered(0, A),
            Offered(2, A),
            changed(2, ACTIVE),
            CallEnded(2, 16),
        ],
    ),
    "EG25-G 30.202, incoming without RING": (
        "quectel",
        EG25_IN,
        [Offered(0, A), Offered(2, A), changed(2, ACTIVE), CallEnded(2, 16)],
    ),
    "SIM7600, incoming": (
        "simcom",
        SIM7600_IN,
        [
            Offered(0),
            Offered(0, A),
            Offered(1, A),
            changed(1, ACTIVE),
            CallEnded(1, 16),
        ],
    ),
    "Huawei, incoming": (
        "huawei",
        HUAWEI_IN,
        [Offered(0), Offered(0, A), changed(1, ACTIVE), CallEnded(1, 16)],
    ),
    "Quectel, outgoing with ^DSCI": (
        "quectel",
        DSCI_OUT,
        [
            changed(1, DIALLING, out=True, number=B),
            changed(1, ALERTING, out=True, number=B),
            changed(1, ACTIVE, out=True, number=B),
            CallEnded(1, 16),
        ],
    ),
    "Quectel, ^DSCI with a cause": (
        "quectel",
        framed(
            f"^DSCI: 1,0,2,0,{B},129,0",
            f'^DSCI: 1,0,6,0,0,"{B}",129,,17,',
        ),
        [changed(1, DIALLING, out=True, number=B), CallEnded(1, 17)],
    ),
    "Huawei, outgoing": (
        "huawei",
        HUAWEI_OUT,
        [
            CallChanged(CallInfo(1, True, DIALLING, False, None)),
            CallChanged(CallInfo(1, True, ALERTING, False, None)),
            CallChanged(CallInfo(1, True, ACTIVE, False, None)),
            CallEnded(1, 16),
        ],
    ),
    "Huawei, busy": (
        "huawei",
        HUAWEI_BUSY,
        [CallChanged(CallInfo(1, True, DIALLING, False, None)), CallEnded(1, 17)],
    ),
    "Huawei, no answer, blanks behind the colon": (
        "huawei",
        HUAWEI_NO_ANSWER,
        [
            CallChanged(CallInfo(1, True, DIALLING, False, None)),
            CallChanged(CallInfo(1, True, ALERTING, False, None)),
            CallEnded(1, 19),
        ],
    ),
    "Huawei, three fields at the end": (
        "huawei",
        framed("^ORIG:1,0", "^CEND:1,0,104"),
        [CallChanged(CallInfo(1, True, DIALLING, False, None)), CallEnded(1, 16)],
    ),
    "SIM7600, outgoing": (
        "simcom",
        SIM7600_OUT,
        [
            changed(1, DIALLING, out=True, number=B),
            changed(1, ALERTING, out=True, number=B),
            changed(1, ACTIVE, out=True, number=B),
            CallEnded(1, 16),
        ],
    ),
    "Quectel, conference": (
        "quectel",
        CONFERENCE,
        [
            Offered(1, A),
            changed(1, ACTIVE),
            changed(1, HELD),
            changed(2, DIALLING, out=True, number=B),
            changed(2, ALERTING, out=True, number=B),
            changed(2, ACTIVE, out=True, number=B),
            changed(1, ACTIVE, mpty=True),
            changed(2, ACTIVE, out=True, number=B, mpty=True),
            CallEnded(2, 16),
            changed(1, ACTIVE),
        ],
    ),
    "withheld": (
        "quectel",
        framed("RING", '+CLIP: "",128,,,,1'),
        [Offered(0), Offered(0, None, True)],
    ),
    "withheld, all fields empty": (
        "quectel",
        framed("RING", "+CLIP: ,,,,,1"),
        [Offered(0), Offered(0, None, True)],
    ),
    "a national number gets no plus": (
        "quectel",
        framed('+CLIP: "015112345",129,,,,0'),
        [Offered(0, "015112345")],
    ),
    "an international number without plus": (
        "quectel",
        framed('+CLIP: "4915110000002",145'),
        [Offered(0, "+4915110000002")],
    ),
    "a second caller": (
        "quectel",
        framed(
            f'+QIND: "ccinfo",1,1,4,0,0,"{A}",145',
            f'+QIND: "ccinfo",1,1,0,0,0,"{A}",145',
            '+CCWA: "4915110000002",129,1',
            '+QIND: "ccinfo",2,1,5,0,0,"4915110000002",129',
            '+QIND: "ccinfo",2,1,-1,0,0,"4915110000002",129',
        ),
        [
            Offered(1, A),
            changed(1, ACTIVE),
            WaitingCall(0, "4915110000002"),
            WaitingCall(2, "4915110000002"),
            CallEnded(2, 16),
        ],
    ),
    "a phantom data call is none": (
        "quectel",
        framed('+QIND: "ccinfo",1,1,0,1,0,"",128', '+CMTI: "ME",3'),
        [MessageStored(MessageRef("ME", 3))],
    ),
    "keys, Quectel": (
        "quectel",
        framed("+QTONEDET: 53", "+QTONEDET: 35"),
        [Digit("5"), Digit("#")],
    ),
    "keys, SIM7600": (
        "simcom",
        "\r\r\n+RXDTMF: 5\r\r\n\r\r\n+RXDTMF: *\r\r\n",
        [Digit("5"), Digit("*")],
    ),
    "keys, SIM800": ("simcom", framed("+DTMF: 5,120"), [Digit("5")]),
    "keys, Huawei": ("huawei", framed("^DDTMF: 5"), [Digit("5")]),
    "a text is stored": (
        "quectel",
        framed('+CMTI: "SM",12'),
        [MessageStored(MessageRef("SM", 12))],
    ),
    "a report is stored": (
        "quectel",
        framed('+CDSI: "SR",1'),
        [MessageStored(MessageRef("SR", 1))],
    ),
    "a report comes directly": ("quectel", f"\r\n+CDS: 25\r\n{REPORT}\r\n", [PduArrived(REPORT)]),
    "a text comes directly": (
        "huawei",
        f"\r\n+CMT: ,25\r\n{REPORT.lower()}\r\n",
        [PduArrived(REPORT)],
    ),
    "no room, Huawei": ("huawei", framed('^SMMEMFULL: "ME"'), [StorageFull("ME")]),
    "chatter is nothing": (
        "huawei",
        framed("^RSSI:18", "^MODE:5,4", "^BOOT:21083438,0,0,0,6", "^HCSQ:x", '+CMTI: "ME",0'),
        [MessageStored(MessageRef("ME", 0))],
    ),
    "missed, SIM7600": (
        "simcom",
        framed(f'+CLCC: 1,1,4,0,0,"{A}",145', f'+CLCC: 1,1,6,0,0,"{A}",145')
        + framed("MISSED_CALL: 11:01AM 4915110000001"),
        [Offered(1, A), CallEnded(1, 16)],
    ),
}


def check_replay(name: str, cuts: Iterable[int]) -> None:
    make, octets, told = TRANSCRIPTS[name]
    with Stick(make) as stick:
        stick.start()
        stick.say(octets, cuts)

        assert stick.told(len(told)) == told
        assert stick.quiet()


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_whole(name: str) -> None:
    check_replay(name, ())


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_octet_by_octet(name: str) -> None:
    check_replay(name, range(1, len(TRANSCRIPTS[name][1])))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("Quectel, incoming", "quectel"),
        ("SIM7600, incoming", "simcom"),
        ("Huawei, incoming", "huawei"),
        ("a report comes directly", "quectel"),
    ],
)
def test_cut_at_every_place(name: str, make: str) -> None:
    """One stick, the same story again and again, cut in two one place further each time."""
    _, octets, told = TRANSCRIPTS[name]
    with Stick(make) as stick:
        stick.start()
        for cut in range(1, len(octets)):
            stick.say(octets[:cut])
            stick.heard()
            stick.say(octets[cut:])

            assert stick.told(len(told)) == told, cut
        assert stick.quiet()
