from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.pdu import Deliver, decode, encode
from drivers.at.pdu_address import address_of
from drivers.at.pdu_alphabet import decode_septets, encode_septets
from drivers.at.pdu_header import LOCKING_SHIFT, SINGLE_SHIFT
from drivers.at.pdu_national import DEFAULT, ESCAPE, EXTENSION, LOCKING, SINGLE
from drivers.at.pdu_text import text_body
from drivers.at.pdu_time import stamp
from tests.drivers.at.test_pdu import SENT

# Letters above U+007F of each table (TS 23.038 annex A), and the script's block.
COUNTS = {
    4: (0x0980, 67, 24),
    5: (0x0A80, 73, 10),
    6: (0x0900, 80, 30),
    7: (0x0C80, 73, 13),
    8: (0x0D00, 73, 22),
    9: (0x0B00, 69, 15),
    10: (0x0A00, 63, 16),
    11: (0x0B80, 55, 17),
    12: (0x0C00, 73, 20),
}


def test_tables_are_whole() -> None:
    assert len(DEFAULT) == 128
    assert DEFAULT[ESCAPE] == "\x1b"
    for number, table in LOCKING.items():
        assert len(table) == 128, number
        assert table[ESCAPE] == "\x1b"
        assert table[0x0A] == "\n"
        assert table[0x0D] == "\r"
        assert table[0x30:0x3A] == "0123456789"
        assert table[0x61:0x7B] == "abcdefghijklmnopqrstuvwxyz"


def test_single_shifts_keep_the_signs_of_the_extension() -> None:
    for number, table in SINGLE.items():
        for septet, sign in EXTENSION.items():
            assert table[septet] == sign, (number, septet)
        assert ESCAPE not in table
        assert all(0 <= septet < 128 for septet in table)


@pytest.mark.parametrize("number", COUNTS)
def test_indian_letters_are_of_their_script_and_all_there(number: int) -> None:
    block, locking, single = COUNTS[number]
    script = range(block, block + 0x80)
    main = [c for c in LOCKING[number] if ord(c) > 0x7F]
    shifted = [c for c in SINGLE[number].values() if ord(c) in script]

    assert all(ord(c) in script for c in main)
    assert len(main) == len(set(main)) == locking
    assert len(shifted) == len(set(shifted)) == single
    assert not set(main) & set(shifted)


@pytest.mark.parametrize(
    ("locking", "single", "septets", "text"),
    [
        (1, 0, [0x04, 0x07, 0x0B, 0x0C, 0x1C, 0x1D, 0x40, 0x60], "€ıĞğŞşİç"),
        (0, 1, [27, 0x47, 27, 0x49, 27, 0x53, 27, 0x63, 27, 0x67, 27, 0x69, 27, 0x73], "ĞİŞçğış"),
        (0, 2, [27, 0x09, 27, 0x41, 27, 0x49, 27, 0x4F, 27, 0x55], "çÁÍÓÚ"),
        (0, 2, [27, 0x61, 27, 0x69, 27, 0x6F, 27, 0x75], "áíóú"),
        (3, 0, [0x04, 0x06, 0x12, 0x15, 0x17, 0x18, 0x1A, 0x24, 0x5B, 0x60, 0x7D], "êúª∞\\€|ºÃ~`"),
        (0, 3, [27, 0x05, 27, 0x12, 27, 0x1F, 27, 0x61, 27, 0x7F, 27, 0x7B], "êΦÊÂâã"),
        (2, 0, [0x04, 0x40], "è¡"),  # Spanish has no locking table
        (6, 0, [0x00, 0x03, 0x15, 0x22, 0x40, 0x50, 0x60], "ँअक\u091fब\u093eॐ"),
        (6, 6, [27, 0x19, 27, 0x1C, 27, 0x25, 27, 0x30], "।०९ज़".replace("ज़", "\u095b")),
        (4, 4, [0x00, 27, 0x19, 27, 0x1C, 27, 0x24], "\u0981\u09e6\u09e8\u09df"),
        (11, 11, [0x01, 0x3C, 27, 0x1C, 27, 0x26], "\u0b82\u0ba9\u0be6\u0bf3"),
        (13, 13, [0x00, 0x01, 0x7F, 27, 0x1C, 27, 0x3F], "\u0627\u0622\u0670\u06f0\u06d4"),
        (99, 99, [0x04, 27, 0x65], "è€"),  # unknown tables mean the default ones
    ],
)
def test_letters_of_the_tables(locking: int, single: int, septets: list[int], text: str) -> None:
    assert decode_septets(septets, locking=locking, single=single) == text


def test_escapes_that_mean_nothing() -> None:
    assert decode_septets([27, 0x41]) == "A"  # not in the extension: the main table's letter
    assert decode_septets([27, 27, 0x41]) == " A"
    assert decode_septets([0x41, 27]) == "A"


@given(st.sampled_from([0, *LOCKING]), st.sampled_from([0, *SINGLE]), st.data())
def test_national_texts_come_back(locking: int, single: int, data: st.DataObject) -> None:
    letters = {c for c in LOCKING.get(locking, DEFAULT) if c != "\x1b"}
    letters |= set(SINGLE.get(single, EXTENSION).values())
    text = data.draw(st.text(st.sampled_from(sorted(letters)), max_size=60))
    elements = ()
    if locking:
        elements += ((LOCKING_SHIFT, bytes((locking,))),)
    if single:
        elements += ((SINGLE_SHIFT, bytes((single,))),)
    message = Deliver(address_of("+49151"), stamp(SENT), text_body(text, *elements))
    found = decode(encode(message)[0])

    assert found.body.text == text  # type: ignore[union-attr]


@given(st.lists(st.sampled_from([s for s in range(128) if s != ESCAPE]), max_size=160))
def test_every_septet_of_the_default_alphabet_is_one_letter(septets: list[int]) -> None:
    assert encode_septets(decode_septets(septets)) == septets
