"""Decoders that others wrote agree with ours; where they do not, the reason stands here.

Where decoders disagree the specification decides, never a vote.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from gsmmodem import pdu as gsmmodem_pdu
from smspdudecoder.fields import SMSDeliver

from drivers.at.pdu import Deliver, StatusReport, decode, encode
from drivers.at.pdu_address import ALPHANUMERIC, Address, address_of
from drivers.at.pdu_alphabet import encode_septets
from drivers.at.pdu_dcs import Alphabet
from drivers.at.pdu_header import Concat
from drivers.at.pdu_national import DEFAULT, EXTENSION
from drivers.at.pdu_split import submits
from drivers.at.pdu_text import text_body
from drivers.at.pdu_time import stamp, zone_of
from tests.drivers.at.pdu_fixtures import FIXTURES

pytestmark = pytest.mark.peers

PYTHONS = ("/usr/bin/python3",)  # python3-gammu is a system package, for the system's Python
PROGRAM = """
import json, sys
import gammu
for line in sys.stdin:
    pdu = line.strip()
    try:
        found = gammu.DecodePDU(bytes.fromhex(pdu), True)
    except gammu.GSMError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        continue
    print(json.dumps({
        "type": found["Type"],
        "number": found["Number"],
        "text": found["Text"],
        "time": found["DateTime"].isoformat(),
        "ref": [found["UDH"]["ID8bit"], found["UDH"]["ID16bit"]],
        "total": found["UDH"]["AllParts"],
        "seq": found["UDH"]["PartNumber"],
        "class": found["Class"],
        "status": found["DeliveryStatus"],
        "reference": found["MessageReference"],
    }), flush=True)
"""


class Gammu:
    """libgammu behind its Python binding, in the system's own interpreter."""

    def __init__(self) -> None:
        python = next(path for path in PYTHONS if Path(path).exists())
        self._process = subprocess.Popen(
            [python, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def decode(self, pdu: str) -> dict[str, Any]:
        """Return what gammu reads in a PDU with SMSC octets."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{pdu}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "apt-get install python3-gammu: the peer is missing"
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def gammu() -> Iterator[Gammu]:
    peer = Gammu()
    yield peer
    peer.close()


def corpus() -> list[str]:
    """DELIVERs of every kind, the same on every run."""
    chance = random.Random(23040)
    gsm = [c for c in DEFAULT if c not in "\x1b\r\n"] + [c for c in EXTENSION.values() if c != "\f"]
    wide = "Приветتحياتनमस्ते你好世界😀🚀żółw"
    found = []
    for number in range(240):
        letters = chance.choice((gsm, "abc 123", wide))
        text = "".join(chance.choice(letters) for _ in range(chance.randrange(1, 60)))
        sender = chance.choice(
            (address_of("+8613800000001"), address_of("10086"), Address("MyBank", ALPHANUMERIC))
        )
        when = datetime(
            2020 + chance.randrange(15),
            1 + number % 12,
            1 + number % 28,
            number % 24,
            5,
            number % 60,
            tzinfo=zone_of(chance.randrange(-48, 57)),
        )
        elements = ()
        if number % 3 == 0:
            total = chance.randrange(2, 9)
            concat = Concat(chance.randrange(256), total, chance.randrange(1, total + 1), False)
            elements = (concat.element(),)
        dcs = 8 if letters is wide else 0
        message = Deliver(sender, stamp(when), text_body(text, *elements), dcs, smsc="+49176000000")
        found.append(encode(message)[0])
    return found


PDUS = [fixture.pdu for fixture in FIXTURES if fixture.says["type"] == "deliver"] + corpus()


def delivered(pdu: str) -> Deliver:
    message = decode(pdu)
    assert isinstance(message, Deliver)
    return message


# --- gammu ---


def test_gammu_reads_the_same(gammu: Gammu) -> None:
    for pdu in PDUS:
        ours, theirs = delivered(pdu), gammu.decode(pdu)
        # The binding gives a text with escapes too many letters: what follows the NUL is memory.
        text = theirs["text"].partition("\0")[0]
        escaped = ours.coding.alphabet is Alphabet.GSM7 and any(
            letter in EXTENSION.values() for letter in ours.body.text or ""
        )
        assert (text if escaped else theirs["text"]) == ours.body.text, pdu
        assert theirs["number"] == ours.sender.text, pdu
        assert ours.stamp.local is not None
        assert theirs["time"] == ours.stamp.local.isoformat(), pdu
        concat = ours.body.concat
        if concat is not None:
            assert (theirs["total"], theirs["seq"]) == (concat.total, concat.seq), pdu
            assert concat.ref in theirs["ref"], pdu


def test_gammu_reads_reports_the_same(gammu: Gammu) -> None:
    for fixture in FIXTURES:
        if fixture.says["type"] == "status-report":
            theirs = gammu.decode(fixture.pdu)
            assert theirs["type"] == "Status_Report"
            assert theirs["status"] == fixture.says["status"]
            assert theirs["number"] == fixture.says["number"]


# --- smspdudecoder ---


def smspdudecoder(pdu: str) -> dict[str, Any]:
    found: dict[str, Any] = SMSDeliver.decode(StringIO(pdu))
    return found


def stray_at_sign(message: Deliver) -> bool:
    """It counts 8n-1 septets with escapes among them as 8n: one ``@`` too many at the end."""
    if message.coding.alphabet is not Alphabet.GSM7:
        return False
    header = sum(len(data) + 2 for _, data in message.body.elements)
    septets = len(encode_septets(message.body.text or ""))
    return (septets + (header + 1 if header else 0) * 8 // 7) % 8 in {6, 7, 0}


def test_smspdudecoder_reads_the_same() -> None:
    exact = 0
    for pdu in PDUS:
        ours = delivered(pdu)
        theirs = smspdudecoder(pdu)
        text = theirs["user_data"]["data"]
        if text != ours.body.text:
            assert text == f"{ours.body.text}@", pdu
            assert stray_at_sign(ours), pdu
        else:
            exact += 1
        assert theirs["sender"]["number"].lstrip("+") == ours.sender.text.lstrip("+"), pdu
        # It turns times into UTC.
        assert theirs["scts"].astimezone(UTC) == ours.stamp.utc, pdu
    assert exact > 0.9 * len(PDUS)


# --- python-gsmmodem ---


def test_gsmmodem_reads_the_same() -> None:
    compared = 0
    for pdu in PDUS:
        ours = delivered(pdu)
        text = ours.body.text or ""
        if any(why(ours) for why in GSMMODEM_DEFECTS):
            continue
        theirs = gsmmodem_pdu.decodeSmsPdu(pdu)
        compared += 1
        assert theirs["text"] == text, pdu
        assert theirs["number"] == ours.sender.text, pdu
        assert theirs["time"].replace(tzinfo=None) == ours.stamp.local, pdu
    assert compared > 50


def _beyond_the_plane(message: Deliver) -> bool:
    """It leaves surrogates apart."""
    return any(ord(letter) > 0xFFFF for letter in message.body.text or "")


def _seven_octets_of_header(message: Deliver) -> bool:
    """It drops the first letter behind a header of seven octets."""
    return sum(len(data) + 2 for _, data in message.body.elements) == 6


def _final_at_sign(message: Deliver) -> bool:
    """It loses a last ``@``."""
    return (message.body.text or "").endswith("@")


def _wrong_letters(message: Deliver) -> bool:
    """Its table has a backtick for ``§``, and other letters of the default alphabet wrong."""
    wrong = set("§`ÇçΔ¤")
    return message.coding.alphabet is Alphabet.GSM7 and bool(wrong & set(message.body.text or ""))


def _zones_west(message: Deliver) -> bool:
    """It reads the sign of a time zone from the wrong half octet."""
    return (message.stamp.tz_quarters or 0) < 0


GSMMODEM_DEFECTS: tuple[Callable[[Deliver], bool], ...] = (
    _beyond_the_plane,
    _seven_octets_of_header,
    _final_at_sign,
    _wrong_letters,
    _zones_west,
)


def test_gsmmodem_reads_reports_the_same() -> None:
    for fixture in FIXTURES:
        if fixture.says["type"] == "status-report":
            theirs = gsmmodem_pdu.decodeSmsPdu(fixture.pdu)
            ours = decode(fixture.pdu)
            assert isinstance(ours, StatusReport)
            assert theirs["reference"] == ours.reference
            assert theirs["status"] == ours.status


@pytest.mark.parametrize("text", ["Hello", "€[ok]", "x" * 200, "Привет", "你" * 90])
def test_gsmmodem_encodes_the_same_text(text: str) -> None:
    """Its parts, references apart, carry what ours carry."""
    theirs = gsmmodem_pdu.encodeSmsSubmitPdu("+8613800000001", text, reference=0)
    ours = submits("+8613800000001", text, report=True)

    assert len(theirs) == len(ours)
    for their_part, (our_part, _) in zip(theirs, ours, strict=True):
        read = decode(str(their_part), submit=True)
        assert read.body.text == decode(our_part, submit=True).body.text  # type: ignore[union-attr]
