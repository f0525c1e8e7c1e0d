"""The table of quirks names tests that exist; what has none has a reason."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from drivers.at.fields import fields

TESTS = Path(__file__).parents[1]
TABLE = (Path(__file__).parent / "QUIRKS.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!Quirk|---)(.+?) \| (.+) \|$", TABLE, re.MULTILINE)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("quirk", "shown"), ROWS, ids=[quirk[:40] for quirk, _ in ROWS])
def test_a_quirk_is_shown_or_has_a_reason(quirk: str, shown: str) -> None:
    assert quirk
    if shown.startswith("no test: "):
        assert len(shown) > 40, "a reason is a sentence"
        return
    places = re.findall(r"`([^`]+)`", shown)
    assert places
    for place in places:
        path, _, name = place.partition("::")
        assert name in names_in(path), place


def test_no_quirk_is_listed_twice_and_most_are_shown() -> None:
    names = [quirk for quirk, _ in ROWS]
    assert len(names) == len(set(names)) > 100
    shown = [quirk for quirk, where in ROWS if not where.startswith("no test")]
    assert len(shown) >= 0.85 * len(names)


def test_a_quote_that_is_never_closed_costs_nothing() -> None:
    assert fields('0,0,"NET,0') == ["0", "0", "NET,0"]
