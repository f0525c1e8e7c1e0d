"""Every row of the behaviour is shown live, or says why it is not."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.exchange.live import rows

LIVE = {"house", "alone_house"}
"""Fixtures that are a box on a virtual bank."""


def shown() -> dict[str, list[str]]:
    """Return row → the live tests that say they show it, read from their source."""
    found: dict[str, list[str]] = {}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _name(decorator.func) == "covers":
                    arguments = {argument.arg for argument in node.args.args}
                    assert arguments & LIVE, f"{node.name} places no call and no text"
                    for row in _rows(decorator):
                        found.setdefault(row, []).append(f"{file.name}::{node.name}")
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _rows(decorator: ast.Call) -> list[str]:
    named: list[str] = []
    for argument in decorator.args:
        value = argument.value if isinstance(argument, ast.Starred) else argument
        if isinstance(value, ast.Call) and _name(value.func) == "events":
            named += rows.events(ast.literal_eval(value.args[0]))
        else:
            named.append(ast.literal_eval(value))
    return named


def test_rows_are_shown_or_say_why_not() -> None:
    live = set(shown())
    known, open_rows, impossible = set(rows.ROWS), set(rows.OPEN), set(rows.IMPOSSIBLE)
    assert len(known) == len(rows.ROWS), "a row is there twice"
    assert not (live | open_rows | impossible) - known, "no such row"
    assert not known - live - open_rows - impossible, "neither shown nor explained"
    assert not live & (open_rows | impossible), "shown: it is neither open nor impossible"
    assert not open_rows & impossible
    assert all(len(why) > 20 for why in (*rows.OPEN.values(), *rows.IMPOSSIBLE.values()))
