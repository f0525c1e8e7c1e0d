"""``simveil cdr``: call records."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import facts, print_json, show, tell, write_csv
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [
    ("at", "call_in_at"),
    ("app", "app"),
    ("x", "bind_number"),
    ("caller", "caller"),
    ("callee", "callee"),
    ("seconds", "seconds"),
    ("state", "state_code"),
    ("id", "session_id"),
]
_MOST = 10_000


def _filters(command: Any) -> Any:
    options = (
        click.option("--app", metavar="NAME", help="Of this application only."),
        click.option("--number", metavar="MSISDN", help="Of this number of ours only."),
        click.option("--party", metavar="MSISDN", help="From or to this person only."),
        click.option("--since", metavar="TIME", help="ISO 8601, UTC when it has no zone."),
        click.option("--until", metavar="TIME", help="Likewise."),
        click.option("--limit", type=click.IntRange(1, _MOST), help="Rows at most."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=Group)
def cdr() -> None:
    """Call records."""


@cdr.command("list")
@_filters
@pass_choices
def list_(choices: Choices, /, **words: Any) -> None:
    """List calls, the newest first."""
    show(choices, ask(choices, "GET", "/calls", **words), _COLUMNS)


@cdr.command("show")
@click.argument("session_id")
@pass_choices
def show_(choices: Choices, session_id: str) -> None:
    """Show one call with its events."""
    facts(choices, ask(choices, "GET", path_of("calls", session_id)))


@cdr.command()
@_filters
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--output", type=click.Path(path_type=Path), help="A file instead of the screen.")
@pass_choices
def export(choices: Choices, /, kind: str, output: Path | None, **words: Any) -> None:
    """Export calls."""
    rows = ask(choices, "GET", "/calls", **{**words, "limit": words["limit"] or _MOST})
    if output is None and (choices.json or kind == "json"):
        print_json(rows)
        return
    text = io.StringIO(newline="")
    if kind == "csv":
        write_csv(rows, text)
    else:
        text.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    if output is None:
        click.echo(text.getvalue(), nl=False)
        return
    try:
        output.write_text(text.getvalue(), encoding="utf-8", newline="")
    except OSError as error:
        words_ = say("CLI-008", choices.language, path=output, reason=error.strerror)
        raise BadInput(words_) from error
    tell(choices, {"path": str(output), "rows": len(rows)}, "CLI-004", count=len(rows))
