"""What is printed: one JSON value, or a small table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from appliance.cli.common import Choices
from appliance.errors import BadInput
from appliance.words import Language, say
from appliance.words.text import safe, width
from appliance.words.times import for_people, is_time, local

# Column: heading in words → key of the answer.
Columns = Sequence[tuple[str, str]]


def downloads(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that lists ``--output``: a file instead of the screen."""
    return click.option(
        "--output",
        type=click.Path(path_type=Path),
        help="A file instead of the screen: .csv, .xlsx or .json.",
    )(command)


def listed(
    choices: Choices, rows: list[dict[str, Any]], columns: Columns, output: Path | None
) -> None:
    """Print rows, or save every key of them to a file."""
    if output is None:
        show(choices, rows, columns)
    else:
        save(choices, rows, output, None)


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
    for key, inner in for_people(value).items():
        text = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
        click.echo(f"{key}: {safe(text)}")


def save(choices: Choices, rows: list[dict[str, Any]], output: Path, kind: str | None) -> None:
    """Write rows to a file, CSV, xlsx or JSON by its ending or by ``kind``. Raises BadInput."""
    from appliance.operations import tables

    wanted = kind or output.suffix.lower().removeprefix(".")
    known = next((one for one in tables.FORMATS if one == wanted), None)
    if known is None:
        raise BadInput(say("CLI-010", choices.language, path=output))
    try:
        output.write_bytes(tables.written(rows, known))
    except OSError as error:
        words = say("CLI-011", choices.language, path=output, reason=error.strerror)
        raise BadInput(words) from error
    told = {"path": str(output), "rows": len(rows)}
    tell(choices, told, "CLI-012", path=output, count=len(rows))


def _cell(value: Any, language: Language) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return say(f"VAL-{str(value).lower()}", language)
    return local(value) if is_time(value) else safe(str(value))


def use_utf8() -> None:
    """Print UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
