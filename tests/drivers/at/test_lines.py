from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.lines import MAX_LINE, Line, LineSplitter, Noise, Prompt

STREAM = b'\r\nOK\r\n\r\r\n+CRING: VOICE\r\r\n\r\n+CLIP: "+49151",145\r\nAT+CSQ\r'
LINES = [Line("OK"), Line("+CRING: VOICE"), Line('+CLIP: "+49151",145'), Line("AT+CSQ")]


def test_line_ends_of_every_make_are_one() -> None:
    assert LineSplitter().feed(STREAM) == LINES


@pytest.mark.parametrize("place", range(len(STREAM) + 1))
def test_a_chunk_may_end_anywhere(place: int) -> None:
    splitter = LineSplitter()

    assert splitter.feed(STREAM[:place]) + splitter.feed(STREAM[place:]) == LINES


def test_octet_by_octet() -> None:
    splitter = LineSplitter()

    assert [f for octet in STREAM for f in splitter.feed(bytes((octet,)))] == LINES


def test_a_prompt_needs_no_end_of_line() -> None:
    splitter = LineSplitter()

    assert splitter.feed(b"\r\n>", prompt=True) == [Prompt()]
    assert splitter.feed(b" ", prompt=False) == []
    assert splitter.feed(b"\r\n+CMGS: 4\r\n") == [Line("+CMGS: 4")]


def test_a_prompt_may_have_an_end_of_line() -> None:
    found = LineSplitter().feed(b'\r\n> \r\n+CMTI: "ME",5\r\n>', prompt=True)
    assert found == [Prompt(), Line('+CMTI: "ME",5')]


def test_a_prompt_that_nobody_waits_for_is_text() -> None:
    assert LineSplitter().feed(b"> \r\n") == [Line(">")]


def test_an_error_in_place_of_the_prompt() -> None:
    found = LineSplitter().feed(b"\r\n+CMS ERROR: 331\r\n", prompt=True)

    assert found == [Line("+CMS ERROR: 331")]


def test_a_line_without_end_is_bounded_and_costs_one_line() -> None:
    splitter = LineSplitter()
    found = [f for _ in range(40) for f in splitter.feed(b"x" * 1000)]
    found += splitter.feed(b"\r\nOK\r\n")

    assert found == [Noise(40_000), Line("OK")]


def test_a_long_line_in_one_chunk() -> None:
    found = LineSplitter().feed(b"y" * (MAX_LINE + 1) + b"\r\nOK\r\n")

    assert found == [Noise(MAX_LINE + 1), Line("OK")]


@given(st.lists(st.binary(max_size=64), max_size=20))
def test_any_octets_make_lines_or_noise(chunks: list[bytes]) -> None:
    splitter = LineSplitter()
    for chunk in chunks:
        for found in splitter.feed(chunk):
            assert isinstance(found, Line)
            assert min(found.text[0], found.text[-1]) > " "
            assert "\r" not in found.text


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF), min_size=1, max_size=50))
def test_no_octet_of_a_line_is_lost(text: str) -> None:
    octets = b"\r\n" + text.encode("latin-1") + b"\r\n"

    assert LineSplitter().feed(octets) == [Line(text)]
