from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.pdu import Deliver, StatusReport, Submit, decode, encode
from drivers.at.pdu_address import ALPHANUMERIC, Address, address_of
from drivers.at.pdu_dcs import Alphabet, Coding, coding_of
from drivers.at.pdu_header import Concat
from drivers.at.pdu_json import describe
from drivers.at.pdu_national import DEFAULT, EXTENSION
from drivers.at.pdu_octets import PduError, pack_septets, unpack_septets
from drivers.at.pdu_text import Body, join_bodies, octet_body, text_body
from drivers.at.pdu_time import read_stamp, read_validity, stamp, write_validity, zone_of
from tests.drivers.at.pdu_fixtures import (
    FIXTURES,
    ODD,
    SMSC,
    STAMP,
    SUBMIT,
    SUBMIT_OCTETS,
    SUBMIT_TEXT,
    SUBMIT_TO,
    Fixture,
)

FROM = f"{SMSC}040C91945111325476"
SENT = datetime(2026, 11, 22, 18, 34, tzinfo=zone_of(8))
GSM_TEXT = st.text(
    st.sampled_from([c for c in DEFAULT if c != "\x1b"] + list(EXTENSION.values())), max_size=70
)
WIDE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DIGITS = st.text("0123456789", min_size=1, max_size=15)
NUMBERS = st.one_of(DIGITS, DIGITS.map(lambda digits: f"+{digits}"))
ZONES = st.integers(-79, 79)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2089, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.name)
def test_what_fixtures_say(fixture: Fixture) -> None:
    assert describe(fixture.pdu) == fixture.says
    assert len(fixture.pdu) // 2 - 8 == fixture.octets


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.name)
def test_fixtures_are_encoded_octet_for_octet(fixture: Fixture) -> None:
    assert encode(decode(fixture.pdu)) == (fixture.pdu, fixture.octets)


def test_submit_is_encoded_octet_for_octet() -> None:
    message = Submit(address_of(SUBMIT_TO), text_body(SUBMIT_TEXT), report=True)

    assert encode(message) == (SUBMIT, SUBMIT_OCTETS)


def test_submit_is_described() -> None:
    assert describe(SUBMIT, submit=True) == {
        "type": "submit",
        "number": SUBMIT_TO,
        "text": SUBMIT_TEXT,
        "dcs": 0,
        "class": None,
        "reference": 0,
    }
    assert describe(SUBMIT[2:], submit=True, smsc=False) == describe(SUBMIT, submit=True)


def test_a_length_of_13_digits_for_12_is_refused_in_numbers() -> None:
    """One digit too many in the length octet moves all that follows: 0xC8 becomes the length."""
    with pytest.raises(PduError, match="200 octets, expected at most 140"):
        decode("0021000D91945111325476000005C8329BFD06", submit=True)


def test_an_element_before_the_concatenation() -> None:
    message = decode(ODD[0][0])
    assert isinstance(message, Deliver)

    assert message.body.concat == Concat(7, 2, 1)


@pytest.mark.parametrize(("pdu", "name"), ODD[1:])
def test_names_that_look_like_numbers(pdu: str, name: str) -> None:
    message = decode(pdu)
    assert isinstance(message, Deliver)

    assert message.sender == Address(name, ALPHANUMERIC)
    assert message.sender.alphanumeric
    assert describe(pdu)["number"] == name


def test_data_is_described_as_hex() -> None:
    found = describe(f"{FROM}0004{STAMP}04DEADBEEF")

    assert found["data_hex"] == "deadbeef"
    assert "text" not in found


def test_garbage_for_a_time_is_kept_and_costs_no_text() -> None:
    found = describe(f"{FROM}0000FFFFFFFFFFFFFF05C8329BFD06")

    assert found["timestamp"] is None
    assert found["tz_quarters"] is None
    assert found["timestamp_hex"] == "ff" * 7
    assert found["text"] == "Hello"


def test_zones_west_of_greenwich() -> None:
    found = describe(f"{FROM}00006211228143000A05C8329BFD06")

    assert found["tz_quarters"] == -20
    assert found["timestamp"] == "2026-11-22T18:34:00"
    assert read_stamp(bytes.fromhex("6211228143000A")).utc == datetime(
        2026, 11, 22, 23, 34, tzinfo=UTC
    )


def test_a_final_at_sign_is_counted_not_guessed() -> None:
    for text in ("1234567@", "123456@", "@@@@@@@@", "@"):
        body = text_body(text)
        found = decode(encode(Deliver(address_of("+49151"), stamp(SENT), body))[0])
        assert found.body.text == text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("dcs", "coding"),
    [
        (0x00, Coding(Alphabet.GSM7)),
        (0x03, Coding(Alphabet.GSM7)),
        (0x04, Coding(Alphabet.OCTETS)),
        (0x08, Coding(Alphabet.UCS2)),
        (0x0C, Coding(Alphabet.GSM7)),
        (0x10, Coding(Alphabet.GSM7, 0)),
        (0x18, Coding(Alphabet.UCS2, 0)),
        (0x19, Coding(Alphabet.UCS2, 1)),
        (0x16, Coding(Alphabet.OCTETS, 2)),
        (0x20, Coding(Alphabet.GSM7, compressed=True)),
        (0x44, Coding(Alphabet.OCTETS)),
        (0x80, Coding(Alphabet.GSM7)),
        (0xBF, Coding(Alphabet.GSM7)),
        (0xC8, Coding(Alphabet.GSM7, waiting=0, active=True, discard=True)),
        (0xD1, Coding(Alphabet.GSM7, waiting=1)),
        (0xE8, Coding(Alphabet.UCS2, waiting=0, active=True)),
        (0xE0, Coding(Alphabet.UCS2, waiting=0)),
        (0xF0, Coding(Alphabet.GSM7, 0)),
        (0xF5, Coding(Alphabet.OCTETS, 1)),
        (0xF3, Coding(Alphabet.GSM7, 3)),
    ],
)
def test_data_coding_schemes(dcs: int, coding: Coding) -> None:
    assert coding_of(dcs) == coding


@pytest.mark.parametrize(
    ("pdu", "says"),
    [
        ("", "SMSC length: 0 octets left at 0, expected 1"),
        ("0", "1 hex digits, expected an even number"),
        ("zz", "character 'z' at 0, expected a hex digit"),
        ("01", "SMSC of 1 octets, expected 0 or 2 to 11"),
        ("0791", "SMSC: 0 octets left at 2, expected 6"),
        (f"{SMSC}03", "message type 3, expected 0 .DELIVER. or 2 .STATUS-REPORT."),
        (SUBMIT, "message type 1, expected 0"),
        (f"{SMSC}0415919451113254760000", "sender of 21 digits, expected at most 20"),
        (f"{FROM}0000{STAMP}05C8329B", "user data: 3 octets left at 27, expected 5"),
        (f"{FROM}0000{STAMP}05C8329BFD0600", "1 octets after the end at 32, expected 0"),
        (f"{FROM}0000{STAMP}A1" + "00" * 141, "user data of 161 septets, expected at most 160"),
        (f"{FROM}0008{STAMP}8D" + "00" * 141, "user data of 141 octets, expected at most 140"),
        (f"{SMSC}440C919451113254760004{STAMP}0205FF", "header of 5 octets, expected at most 1"),
        (f"{SMSC}440C919451113254760000{STAMP}00", "user data of 0 octets, expected a header"),
        (f"{SMSC}040C9194511132547F0000", "filler F as digit 11, expected 12 digits"),
    ],
)
def test_refusals_say_value_and_expectation(pdu: str, says: str) -> None:
    with pytest.raises(PduError, match=says):
        decode(pdu)


def assert_read_or_refused(data: bytes, **options: bool) -> None:
    refusal = None
    try:
        describe(data.hex(), **options)
    except PduError as error:
        refusal = str(error)

    assert refusal is None or "expected" in refusal


@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_any_octets_are_a_message_or_refused(data: bytes, submit: bool, smsc: bool) -> None:
    assert_read_or_refused(data, submit=submit, smsc=smsc)


@given(
    st.sampled_from(FIXTURES),
    st.integers(0, 400),
    st.integers(0, 255),
)
def test_any_changed_octet_is_a_message_or_refused(
    fixture: Fixture, place: int, value: int
) -> None:
    octets = bytearray.fromhex(fixture.pdu)
    octets[place % len(octets)] = value
    assert_read_or_refused(bytes(octets))


@given(GSM_TEXT, NUMBERS, MOMENTS, ZONES, st.integers(0, 255))
def test_delivers_come_back(
    text: str, number: str, moment: datetime, quarters: int, pid: int
) -> None:
    sent = stamp(moment.replace(tzinfo=zone_of(quarters)))
    message = Deliver(address_of(number), sent, text_body(text), pid=pid, smsc="+49176000000")
    found = decode(encode(message)[0])
    assert isinstance(found, Deliver)

    assert (found.sender, found.body.text, found.pid) == (message.sender, text, pid)
    assert (found.stamp.local, found.stamp.tz_quarters) == (moment, quarters)


@given(WIDE_TEXT, st.one_of(st.none(), st.integers(0, 65535)), st.integers(1, 255))
def test_wide_submits_come_back(text: str, reference: int | None, total: int) -> None:
    elements = ()
    if reference is not None:
        elements = (Concat(reference, total, total, wide=True).element(),)
    message = Submit(address_of("+8613800000001"), text_body(text, *elements), dcs=8)
    found = decode(encode(message)[0], submit=True)
    assert isinstance(found, Submit)

    assert found.body.text == text
    assert found.body.elements == elements


@given(st.binary(max_size=134), st.integers(0, 255), st.integers(1, 255))
def test_octets_come_back(data: bytes, reference: int, total: int) -> None:
    element = Concat(reference, total, 1).element()
    message = Submit(address_of("12345"), octet_body(data, element), dcs=4)
    found = decode(encode(message)[0], submit=True)

    assert found.body == octet_body(data, element)  # type: ignore[union-attr]


@given(st.integers(0, 255), NUMBERS, st.integers(0, 255), MOMENTS)
def test_reports_come_back(reference: int, number: str, status: int, moment: datetime) -> None:
    times = stamp(moment.replace(tzinfo=UTC)), stamp(moment.replace(tzinfo=zone_of(-3)))
    message = StatusReport(reference, address_of(number), *times, status)

    assert decode(encode(message)[0]) == message


@given(st.lists(st.integers(0, 127), max_size=160), st.integers(0, 6))
def test_septets_come_back(septets: list[int], fill: int) -> None:
    assert unpack_septets(pack_septets(septets, fill), len(septets), fill) == septets


@given(st.text("ABCDEFGabc 123", min_size=1, max_size=11))
def test_names_come_back(name: str) -> None:
    address = Address(name, ALPHANUMERIC)
    message = Deliver(address, stamp(SENT), text_body("x"))
    found = decode(encode(message)[0])

    assert found.sender == address  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Submit(address_of("+" + "1" * 21), text_body("x")), "21 digits"),
        (lambda: Submit(Address("ABCDEFGHIJKL", ALPHANUMERIC), text_body("x")), "12 septets"),
        (lambda: Submit(address_of("1"), text_body("x" * 161)), "161 septets"),
        (lambda: Submit(address_of("1"), text_body("你"), dcs=0), r"U\+4F60 at 0"),
        (lambda: Submit(address_of("1"), text_body("你" * 71), dcs=8), "142 octets"),
        (lambda: Submit(address_of("1"), text_body("x"), dcs=4), "expected octets"),
        (lambda: Submit(address_of("1"), text_body("x"), validity=b"12"), "2 validity octets"),
        (lambda: Submit(address_of("1"), octet_body(b"", (0, b"x" * 140))), "header of 142"),
    ],
)
def test_what_does_not_fit_is_refused(build: object, says: str) -> None:
    with pytest.raises(PduError, match=says):
        encode(build())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("ref", "total", "seq", "wide"),
    [
        (256, 2, 1, False),
        (65536, 2, 1, True),
        (1, 256, 1, False),
        (1, 2, 3, False),
        (1, 2, 0, True),
    ],
)
def test_impossible_parts_are_refused(ref: int, total: int, seq: int, wide: bool) -> None:
    with pytest.raises(PduError, match="expected"):
        Concat(ref, total, seq, wide).element()


def test_impossible_parts_are_ignored_in_what_is_received() -> None:
    for element in ("0500032A0200", "0500032A0203", "0500032A0000"):
        found = decode(f"{SMSC}440C919451113254760004{STAMP}06{element}")
        assert found.body.concat is None  # type: ignore[union-attr]


def test_a_header_that_does_not_add_up_is_ignored_as_a_whole() -> None:
    found = decode(f"{SMSC}440C919451113254760004{STAMP}070500032A0201AA")
    assert isinstance(found, Deliver)
    assert found.body.data == b"\xaa"
    broken = decode(f"{SMSC}440C919451113254760004{STAMP}07050008" + "2A0201AA")
    assert isinstance(broken, Deliver)

    assert broken.body.elements == ()
    assert broken.body.data == b"\xaa"


def test_pairs_cut_in_two_are_joined() -> None:
    whole = "ab😀cd".encode("utf-16-be")
    halves = [Body(None, part, (), utf16=True) for part in (whole[:6], whole[6:])]

    assert join_bodies(halves) == "ab😀cd"
    assert join_bodies([text_body("x"), text_body("y")]) == "xy"


@pytest.mark.parametrize(
    ("octet", "period"),
    [
        (0, timedelta(minutes=5)),
        (143, timedelta(hours=12)),
        (144, timedelta(hours=12, minutes=30)),
        (167, timedelta(hours=24)),
        (168, timedelta(days=2)),
        (196, timedelta(days=30)),
        (197, timedelta(weeks=5)),
        (255, timedelta(weeks=63)),
    ],
)
def test_validity_periods(octet: int, period: timedelta) -> None:
    assert read_validity(octet) == period
    assert write_validity(period) == octet


def test_a_validity_beyond_63_weeks_is_refused() -> None:
    with pytest.raises(PduError, match="expected at most 441"):
        write_validity(timedelta(weeks=64))


def test_submit_forms_of_validity() -> None:
    for validity, enhanced in (
        (b"", False),
        (b"\xa7", False),
        (b"\0" * 7, True),
        (b"1" * 7, False),
    ):
        message = Submit(address_of("1"), text_body("x"), validity=validity, enhanced=enhanced)
        assert decode(encode(message)[0], submit=True).body.text == "x"  # type: ignore[union-attr]
        found = decode(encode(message)[0], submit=True)
        assert isinstance(found, Submit)
        assert (found.validity, found.enhanced) == (validity, enhanced)
