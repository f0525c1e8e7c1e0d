from __future__ import annotations

import pytest

from drivers.at.results import (
    CALL_WORDS,
    CME_TEXTS,
    CMS_TEXTS,
    NUMERIC,
    WORDS,
    failure,
    final_of,
)
from drivers.errors import CommandFailed, NotSupported


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_final_as_a_whole_line_only(word: str) -> None:
    found = final_of(word)

    assert found is not None
    assert found.kind == ("ok" if word == "OK" else "error")
    for other in (f"{word}X", f"X{word}", f"{word} 1", word.lower()):
        assert final_of(other, call=True, numeric=True) is None


@pytest.mark.parametrize("word", CALL_WORDS)
def test_call_words_are_final_for_calls_only(word: str) -> None:
    assert final_of(word) is None
    assert final_of(word, call=True) is not None


def test_connect_may_tell_its_speed() -> None:
    found = final_of("CONNECT 115200", call=True)

    assert found is not None
    assert found.kind == "ok"


@pytest.mark.parametrize("digit", NUMERIC)
def test_numeric_forms_are_believed_before_v1_only(digit: str) -> None:
    assert final_of(digit) is None
    known = NUMERIC[digit] in WORDS
    assert (final_of(digit, numeric=True) is not None) == known
    assert final_of(digit, numeric=True, call=True) is not None


@pytest.mark.parametrize("code", [0, 3, 4, 10, 14, 30, 100, 9999])
def test_numbered_errors(code: int) -> None:
    for letter, kind in (("E", "cme"), ("S", "cms")):
        found = final_of(f"+CM{letter} ERROR: {code}")
        assert found is not None
        assert (found.kind, found.code) == (kind, code)


@pytest.mark.parametrize(("text", "code"), CME_TEXTS.items())
def test_verbose_cme_errors_have_their_numbers(text: str, code: int) -> None:
    found = final_of(f"+CME ERROR: {text.capitalize()}")

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(("text", "code"), CMS_TEXTS.items())
def test_verbose_cms_errors_have_their_numbers(text: str, code: int) -> None:
    found = final_of(f"+CMS ERROR: {text.upper()}")

    assert found is not None
    assert found.code == code


def test_an_unknown_verbose_error_is_final_without_a_number() -> None:
    found = final_of("+CME ERROR: the goldfish is unwell")

    assert found is not None
    assert (found.kind, found.code) == ("cme", None)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("+CME ERROR: 4", NotSupported),
        ("+CMS ERROR: 303", NotSupported),
        ("COMMAND NOT SUPPORT", NotSupported),
        ("TOO MANY PARAMETERS", NotSupported),
        ("ERROR", CommandFailed),
        ("+CME ERROR: 3", CommandFailed),
        ("BUSY", CommandFailed),
    ],
)
def test_failures_say_what_a_retry_is_good_for(line: str, kind: type) -> None:
    found = final_of(line, call=True)
    assert found is not None
    error = failure("AT+X", found)

    assert type(error) is kind
    assert str(error) == f"AT+X: {line}"


def test_words_of_calls_carry_their_cause() -> None:
    causes = {}
    for word in ("BUSY", "NO ANSWER", "NO CARRIER"):
        found = final_of(word, call=True)
        assert found is not None
        causes[word] = failure("ATD", found).cause

    assert causes == {"BUSY": 17, "NO ANSWER": 19, "NO CARRIER": None}
