"""The bank's codec says what the fixtures and 3GPP TS 23.040 say."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder.fields import SMSDeliver

from drivers.virtual.pdu import (
    Alphabet,
    BadPdu,
    Body,
    Concat,
    Deliver,
    StatusReport,
    Submit,
    decode_incoming,
    encode_smsc,
    join,
    split,
    split_smsc,
)
from drivers.virtual.pdu_alphabet import from_septets, is_gsm, pack, to_septets, unpack
from drivers.virtual.pdu_fields import decode_address, encode_address

SMSC = "+49176000000"
AT = datetime(2026, 11, 22, 18, 34, 0, tzinfo=timezone(timedelta(hours=2)))
P = "07919471060000F0"

FIXTURES = {
    "gsm7": (24, "040C9194511132547600006211228143008005C8329BFD06", "Hello"),
    "extension": (
        28,
        "040C919451113254760000621122814300800AB54D19B4E1BDD71B1F",
        "5€ [ok]",
    ),
    "ucs2": (31, "040C919451113254760008621122814300800C041F04400438043204350442", "Привет"),
    "emoji": (29, "040C919451113254760008621122814300800A006800690020D83DDE00", "hi 😀"),
    "alphanumeric": (27, "040BD0CDBC30EC5E0300006211228143008009C337B90C8AC96634", "Code 1234"),
    "short code": (19, "0405812743F500006211228143008003F0B41B", "pin"),
    "concat8 1/2": (
        34,
        "440C91945111325476000062112281430080110500032A0201E061391DF476975920",
        "part one, ",
    ),
    "concat8 2/2": (
        33,
        "440C919451113254760000621122814300800F0500032A0202E061391D44BFBF01",
        "part two",
    ),
    "concat16 1/2": (
        31,
        "440C919451113254760000621122814300800D0608040102020141361C1D06",
        "Alpha",
    ),
    "concat16 2/2": (
        31,
        "440C919451113254760000621122814300800D060804010202024279D8FE06",
        "Bravo",
    ),
    "flash": (22, "040C9194511132547600106211228143008003CEF71D", "Now"),
}


@pytest.mark.parametrize("name", FIXTURES)
def test_a_deliver_reads_and_writes_octet_for_octet(name: str) -> None:
    length, tpdu, text = FIXTURES[name]
    smsc, octets = split_smsc(bytes.fromhex(P + tpdu))
    assert smsc == SMSC
    assert len(octets) == length
    message = Deliver.decode(octets)
    assert message.body.text == text
    assert message.at == AT
    assert message.encode() == octets
    assert encode_smsc(smsc) + message.encode() == bytes.fromhex(P + tpdu)


def test_senders_are_read_as_their_type_says() -> None:
    senders = {name: Deliver.decode(bytes.fromhex(f[1])).sender for name, f in FIXTURES.items()}
    assert senders["gsm7"] == "+491511234567"
    assert senders["alphanumeric"] == "MyBank"
    assert senders["short code"] == "72345"


def test_the_place_of_a_part_is_found() -> None:
    place = {name: Deliver.decode(bytes.fromhex(f[1])).body.concat for name, f in FIXTURES.items()}
    assert place["concat8 2/2"] == Concat(0x2A, 2, 2)
    assert place["concat16 1/2"] == Concat(0x0102, 2, 1, wide=True)
    assert place["gsm7"] is None
    assert Body(0, b"", bytes([0x07, 1, 0]) + Concat(9, 3, 2).element()).concat == Concat(9, 3, 2)
    assert Body(0, b"", bytes([0, 3, 9, 2, 3])).concat is None  # part 3 of 2
    assert Body(0, b"", bytes([0, 3, 9])).concat is None  # cut short


def test_a_flash_text_has_class_0() -> None:
    assert Deliver.decode(bytes.fromhex(FIXTURES["flash"][1])).body.message_class == 0


@pytest.mark.parametrize(
    ("tpdu", "reference", "status"),
    [
        ("062A0C91945111325476621122814300806211228143008000", 42, 0x00),
        ("062B0C91945111325476621122814300806211228143008045", 43, 0x45),
    ],
)
def test_a_status_report_reads_and_writes(tpdu: str, reference: int, status: int) -> None:
    report = decode_incoming(bytes.fromhex(tpdu))
    assert report == StatusReport(reference, "+491511234567", AT, AT, status)
    assert report.encode() == bytes.fromhex(tpdu)


def test_the_submit_of_the_dialogue_is_reproduced() -> None:
    submit = Submit("+491511234567", Body(0, to_septets("Hello")), report=True)
    octets = b"\x00" + submit.encode()
    assert octets.hex().upper() == "0021000C91945111325476000005C8329BFD06"
    assert Submit.decode(octets[1:]).number == "+491511234567"


@pytest.mark.parametrize("validity", [b"", b"\xff", bytes.fromhex("62112281430080")])
def test_validity_periods_travel_as_they_are(validity: bytes) -> None:
    submit = Submit("10086", Body(0x04, b"\x00\xff"), 7, validity=validity, pid=0x40)
    again = Submit.decode(submit.encode())
    assert (again.validity, again.pid, again.body.payload) == (validity, 0x40, b"\x00\xff")
    assert again.body.alphabet is Alphabet.OCTETS


@pytest.mark.parametrize(
    ("dcs", "alphabet", "shown_at_once"),
    [
        (0x00, Alphabet.GSM7, False),
        (0x04, Alphabet.OCTETS, False),
        (0x08, Alphabet.UCS2, False),
        (0x10, Alphabet.GSM7, True),
        (0x18, Alphabet.UCS2, True),
        (0xC8, Alphabet.GSM7, False),
        (0xD0, Alphabet.GSM7, False),
        (0xE0, Alphabet.UCS2, False),
        (0xF0, Alphabet.GSM7, True),
        (0xF5, Alphabet.OCTETS, False),
        (0x84, Alphabet.GSM7, False),
        (0x20, Alphabet.OCTETS, False),
    ],
)
def test_coding_schemes(dcs: int, alphabet: Alphabet, shown_at_once: bool) -> None:
    assert Body(dcs).alphabet is alphabet
    assert (Body(dcs).message_class == 0) is shown_at_once


def test_a_brand_and_a_number_of_letters_stay_what_they_are() -> None:
    for sender in ("40033", "Ufone"):
        encoded = encode_address(sender, 0xD0)
        assert encoded[:2] == bytes([9, 0xD0])
        assert decode_address(encoded)[:2] == (sender, 0xD0)


@pytest.mark.parametrize("octet", [0xFF, 0x31])
def test_a_time_of_nonsense_reads_as_none(octet: int) -> None:
    octets = bytearray.fromhex(FIXTURES["gsm7"][1])
    octets[12] = octet  # the month
    assert Deliver.decode(bytes(octets)).at is None


def test_zones_behind_utc() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert Deliver.decode(Deliver("+1", Body(), at).encode()).at == at


def test_no_prefix_of_a_pdu_is_taken_for_a_whole_one() -> None:
    for _, tpdu, _ in FIXTURES.values():
        octets = bytes.fromhex(tpdu)
        for end in range(len(octets) - 1):
            with pytest.raises(BadPdu):
                Deliver.decode(octets[:end])


@given(st.binary(max_size=180))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    reads: tuple[Callable[[bytes], object], ...] = (decode_incoming, Submit.decode)
    for read in reads:
        message: object = None
        with contextlib.suppress(BadPdu):
            message = read(octets)
        assert message is None or isinstance(message, Deliver | StatusReport | Submit)


GSM = st.text(st.sampled_from([c for c in map(chr, range(0x20AD)) if is_gsm(c)]), max_size=700)
TEXTS = st.one_of(GSM, st.text(st.characters(exclude_categories=["Cs"]), max_size=400))


@given(GSM, st.integers(0, 6))
def test_septets_survive_packing(text: str, fill: int) -> None:
    septets = to_septets(text)
    assert from_septets(unpack(pack(septets, fill), len(septets), fill)) == text


@given(TEXTS, st.integers(0, 255), st.booleans())
def test_a_text_survives_its_parts_in_any_order(text: str, reference: int, wide: bool) -> None:
    bodies = split(text, reference, wide=wide)
    on_air = [Submit("+8613800000001", body, report=True).encode() for body in bodies]
    assert all(len(tpdu) <= 14 + 140 for tpdu in on_air)
    received = [Submit.decode(tpdu).body for tpdu in on_air]
    assert join(reversed(received)) == text
    assert "".join(body.text for body in received) == text  # no character is torn
    if len(received) > 1:
        assert [b.concat for b in received] == [
            Concat(reference, len(received), place, wide) for place in range(1, len(received) + 1)
        ]


@pytest.mark.parametrize(
    ("text", "wide", "parts"),
    [
        ("a" * 160, False, 1),
        ("a" * 161, False, 2),
        ("a" * 306, False, 2),
        ("a" * 307, False, 3),
        ("a" * 304, True, 2),
        ("a" * 305, True, 3),
        ("中" * 70, False, 1),
        ("中" * 71, False, 2),
        ("中" * 134, False, 2),
        ("中" * 135, False, 3),
        ("中" * 132, True, 2),
        ("中" * 133, True, 3),
        ("a" * 152 + "€" * 10, False, 2),
        ("中" * 66 + "😀" * 3, False, 2),
    ],
)
def test_the_number_of_parts(text: str, wide: bool, parts: int) -> None:
    assert len(split(text, 1, wide=wide)) == parts


def test_parts_torn_by_another_sender_are_whole_again() -> None:
    units = "😀".encode("utf-16-be")
    torn = [
        Body(8, units[2:], Concat(1, 2, 2).element()),
        Body(8, units[:2], Concat(1, 2, 1).element()),
    ]
    assert join(torn) == "😀"


def test_a_lone_surrogate_is_sent_as_a_replacement() -> None:
    assert split("a\ud83d")[0].text == "a\ufffd"


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadPdu, match="exceeds 160"):
        Body(0, bytes(161)).encode()
    with pytest.raises(BadPdu, match="exceeds 140"):
        Body(4, bytes(141)).encode()
    with pytest.raises(BadPdu, match="255"):
        split("a" * 153 * 256)
    with pytest.raises(BadPdu, match="20 digits"):
        encode_address("+" + "1" * 21)
    with pytest.raises(BadPdu, match="11 letters"):
        encode_address("a brand too long")


@given(
    st.text(st.sampled_from("abc XYZ 0123456789 äöüß中文приве"), min_size=1, max_size=300),
    st.integers(0, 255),
)
def test_a_decoder_from_outside_reads_the_same(text: str, reference: int) -> None:
    parts = split(text, reference)
    read = []
    for body in parts:
        pdu = encode_smsc(SMSC) + Deliver("+8613800000001", body, AT).encode()
        message = SMSDeliver.decode(StringIO(pdu.hex().upper()))
        assert message["sender"]["number"] == "8613800000001"
        read.append(message["user_data"]["data"])
    assert "".join(read) == text
