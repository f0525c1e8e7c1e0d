from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.pdu import Submit, decode
from drivers.at.pdu_alphabet import encode_septets, fits_alphabet
from drivers.at.pdu_dcs import Alphabet
from drivers.at.pdu_national import DEFAULT, EXTENSION
from drivers.at.pdu_octets import PduError
from drivers.at.pdu_split import split, submits
from drivers.at.pdu_text import join_bodies

GSM = st.text(st.sampled_from([c for c in DEFAULT if c != "\x1b"] + list(EXTENSION.values())))
LONG_GSM = st.lists(GSM, max_size=30).map("".join)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("你" * 70, 1),
        ("你" * 71, 2),
        ("你" * 134, 2),
        ("你" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("a" * 69 + "你", 1),
        ("a" * 70 + "你", 2),
    ],
)
def test_as_few_parts_as_possible(text: str, parts: int) -> None:
    assert len(split(text)) == parts


def test_one_letter_outside_the_alphabet_makes_all_of_it_wide() -> None:
    assert {part.alphabet for part in split("a" * 200 + "ł")} == {Alphabet.UCS2}
    assert {part.alphabet for part in split("a" * 200 + "€")} == {Alphabet.GSM7}


@given(LONG_GSM, st.booleans())
def test_septets_are_never_parted_from_their_escape(text: str, wide: bool) -> None:
    parts = split(text, wide=wide)
    room = 160 if len(parts) == 1 else 152 if wide else 153

    assert "".join(part.text for part in parts) == text
    for part in parts:
        assert len(encode_septets(part.text)) <= room
        assert part.total == len(parts)
    for part, following in itertools.pairwise(parts):
        assert len(encode_septets(part.text + following.text[0])) > room


@given(ANY, st.booleans())
def test_pairs_are_never_parted(text: str, wide: bool) -> None:
    parts = split(text, wide=wide)

    assert "".join(part.text for part in parts) == text
    if not fits_alphabet(text):
        room = 70 if len(parts) == 1 else 66 if wide else 67
        assert all(len(part.text.encode("utf-16-be")) // 2 <= room for part in parts)


@given(ANY, st.booleans(), st.integers(0, 255))
def test_submits_say_the_text_again(text: str, wide: bool, reference: int) -> None:
    messages = []
    for pdu, octets in submits("+8613800000001", text, wide=wide, reference=reference):
        message = decode(pdu, submit=True)
        assert isinstance(message, Submit)
        assert octets == len(pdu) // 2 - 1
        messages.append(message)
    assert join_bodies(message.body for message in messages) == text

    if len(messages) > 1:
        concats = [message.body.concat for message in messages]
        assert [c.seq for c in concats if c] == list(range(1, len(messages) + 1))
        assert {(c.ref, c.total, c.wide) for c in concats if c} == {
            (reference, len(messages), wide)
        }
    else:
        assert messages[0].body.concat is None


def test_reports_and_validity_are_asked_for() -> None:
    ((pdu, _),) = submits("+8613800000001", "x", validity=timedelta(days=1))
    message = decode(pdu, submit=True)
    assert isinstance(message, Submit)

    assert message.report
    assert message.validity == b"\xa7"
    ((pdu, _),) = submits("+8613800000001", "x", report=False)
    message = decode(pdu, submit=True)
    assert isinstance(message, Submit)
    assert not message.report


def test_a_lone_surrogate_becomes_a_replacement() -> None:
    assert split("a\ud83d")[0].text == "a\ufffd"


def test_more_than_255_parts_are_refused() -> None:
    with pytest.raises(PduError, match="256 parts, expected at most 255"):
        split("a" * (153 * 255 + 1))
