"""What is printed: one JSON value, or a small table."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

import click

from appliance.cli.common import Choices
from appliance.words import Language, say
from appliance.words.text import safe, width

# Column: heading in words → key of the answer.
Columns = Sequence[tuple[str, str]]


def show(choices: Choices, value: Any, columns: Columns) -> None:
    """Print an answer, a row or a list of rows."""
    if choices.json:
        print_json(value)
        return
    rows = value if isinstance(value, list) else [value]
    if not rows:
        click.echo(say("CLI-002", choices.language))
        return
    click.echo(table(rows, columns, choices.language))


def tell(choices: Choices, value: Any, code: str, **facts: object) -> None:
    """Print an answer, or a sentence instead of it."""
    if choices.json:
        print_json(value)
    else:
        click.echo(say(code, choices.language, **facts))


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def table(rows: Sequence[dict[str, Any]], columns: Columns, language: Language) -> str:
    """Return rows under headings, columns as wide as they need to be."""
    cells = [[say(f"COL-{heading}", language) for heading, _ in columns]]
    cells += [[_cell(row.get(key), language) for _, key in columns] for row in rows]
    widths = [max(width(row[place]) for row in cells) for place in range(len(columns))]
    return "\n".join(
        "  ".join(
            text + " " * (widths[place] - width(text)) for place, text in enumerate(row)
        ).rstrip()
        for row in cells
    )


def facts(choices: Choices, value: dict[str, Any]) -> None:
    """Print one object, a line for each of its keys."""
    if choices.json:
        print_json(value)
        return
    for key, inner in value.items():
        text = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
        click.echo(f"{key}: {safe(text)}")


def write_csv(rows: Sequence[dict[str, Any]], file: TextIO) -> None:
    """Write rows as CSV with their keys as headings; no cell is a formula to a spreadsheet."""
    if not rows:
        return
    writer = csv.writer(file)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row.values()])


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    digits = text[:1] == "+" and text[1:].isdigit()
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") and text and not digits else text


def _cell(value: Any, language: Language) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return say(f"VAL-{str(value).lower()}", language)
    return safe(str(value))


def use_utf8() -> None:
    """Print UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
