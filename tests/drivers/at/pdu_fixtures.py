"""PDUs with their meaning, made for this project: sender +491511234567, 2026-11-22 18:34 +02:00."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SMSC = "07919471060000F0"
STAMP = "62112281430080"


@dataclass(frozen=True)
class Fixture:
    """One PDU, its octets without the service centre's, and what it says."""

    name: str
    octets: int
    pdu: str
    says: dict[str, Any]


def _text(text: str, number: str = "+491511234567", **more: Any) -> dict[str, Any]:
    return {
        "type": "deliver",
        "number": number,
        "text": text,
        "timestamp": "2026-11-22T18:34:00",
        "tz_quarters": 8,
        "dcs": 0,
        "class": None,
        "smsc": "+49176000000",
        **more,
    }


def _report(reference: int, status: int) -> dict[str, Any]:
    return {
        "type": "status-report",
        "number": "+491511234567",
        "timestamp": "2026-11-22T18:34:00",
        "tz_quarters": 8,
        "reference": reference,
        "status": status,
        "discharge": "2026-11-22T18:34:00",
        "discharge_tz_quarters": 8,
        "smsc": "+49176000000",
    }


_FROM = f"{SMSC}040C91945111325476"
_PART = f"{SMSC}440C91945111325476"
_TO = f"{SMSC}06{{:02X}}0C91945111325476{STAMP}{STAMP}"

FIXTURES = (
    Fixture("gsm7", 24, f"{_FROM}0000{STAMP}05C8329BFD06", _text("Hello")),
    Fixture("extension", 28, f"{_FROM}0000{STAMP}0AB54D19B4E1BDD71B1F", _text("5€ [ok]")),
    Fixture("ucs2", 31, f"{_FROM}0008{STAMP}0C041F04400438043204350442", _text("Привет", dcs=8)),
    Fixture("emoji", 29, f"{_FROM}0008{STAMP}0A006800690020D83DDE00", _text("hi 😀", dcs=8)),
    Fixture(
        "alphanumeric",
        27,
        f"{SMSC}040BD0CDBC30EC5E030000{STAMP}09C337B90C8AC96634",
        _text("Code 1234", "MyBank"),
    ),
    Fixture("short code", 19, f"{SMSC}0405812743F50000{STAMP}03F0B41B", _text("pin", "72345")),
    Fixture(
        "concat8 1/2",
        34,
        f"{_PART}0000{STAMP}110500032A0201E061391DF476975920",
        _text("part one, ", concat={"ref": 0x2A, "total": 2, "seq": 1}),
    ),
    Fixture(
        "concat8 2/2",
        33,
        f"{_PART}0000{STAMP}0F0500032A0202E061391D44BFBF01",
        _text("part two", concat={"ref": 0x2A, "total": 2, "seq": 2}),
    ),
    Fixture(
        "concat16 1/2",
        31,
        f"{_PART}0000{STAMP}0D0608040102020141361C1D06",
        _text("Alpha", concat={"ref": 0x0102, "total": 2, "seq": 1}),
    ),
    Fixture(
        "concat16 2/2",
        31,
        f"{_PART}0000{STAMP}0D060804010202024279D8FE06",
        _text("Bravo", concat={"ref": 0x0102, "total": 2, "seq": 2}),
    ),
    Fixture("flash", 22, f"{_FROM}0010{STAMP}03CEF71D", _text("Now", dcs=0x10) | {"class": 0}),
    Fixture("report ok", 25, f"{_TO.format(42)}00", _report(42, 0)),
    Fixture("report failed", 25, f"{_TO.format(43)}45", _report(43, 0x45)),
)

# A header of 8 octets with an element 0x07 in front of the concatenation, and senders that look
# like a number and a brand, both coded as names: seen in the field.
ODD = (
    (f"{_PART}0000{STAMP}0D080701FF0003070201009906", "Hi"),
    (f"{SMSC}0409D034186C36030000{STAMP}05C8329BFD06", "40033"),
    (f"{SMSC}0409D055F3DB5D060000{STAMP}05C8329BFD06", "Ufone"),
)

SUBMIT = "0021000C91945111325476000005C8329BFD06"
SUBMIT_OCTETS = 18
SUBMIT_TO, SUBMIT_TEXT = "+491511234567", "Hello"
