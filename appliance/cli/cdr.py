"""``simveil cdr``: call records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of, rows_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, facts, listed, print_json, save
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


def _filters(command: Any) -> Any:
    options = (
        click.option("--app", metavar="NAME", help="Of this application only."),
        click.option("--number", metavar="MSISDN", help="Of this number of ours only."),
        click.option("--party", metavar="MSISDN", help="From or to this person only."),
        click.option("--since", metavar="TIME", help="ISO 8601, UTC when it has no zone."),
        click.option("--until", metavar="TIME", help="Likewise."),
        click.option("--limit", type=click.IntRange(1), help="Rows at most; all when exported."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=Group)
def cdr() -> None:
    """Call records."""


@cdr.command("list")
@_filters
@downloads
@pass_choices
def list_(choices: Choices, /, output: Path | None, **words: Any) -> None:
    """List calls, the newest first."""
    listed(choices, rows_of(choices, "/calls", words, whole=output is not None), _COLUMNS, output)


@cdr.command("show")
@click.argument("session_id")
@pass_choices
def show_(choices: Choices, session_id: str) -> None:
    """Show one call with its events, and what every code means."""
    from appliance.words.causes import explained

    call = ask(choices, "GET", path_of("calls", session_id))
    if not choices.json:
        for name, words in explained(call, choices.language).items():
            call[name] = f"{call[name]} - {words}"
        del call["explained"]
    facts(choices, call)


@cdr.command()
@_filters
@click.option(
    "--format", "kind", type=click.Choice(["csv", "json", "xlsx"]), help="CSV without it."
)
@click.option("--output", type=click.Path(path_type=Path), help="A file instead of the screen.")
@pass_choices
def export(choices: Choices, /, kind: str | None, output: Path | None, **words: Any) -> None:
    """Export calls; the ending of --output tells the format too."""
    from appliance.operations import tables

    rows = rows_of(choices, "/calls", words, whole=True)
    if output is not None:
        known = output.suffix.lower().removeprefix(".") in tables.FORMATS
        save(choices, rows, output, kind or (None if known else "csv"))
    elif choices.json or kind == "json":
        print_json(rows)
    elif kind == "xlsx":
        raise BadInput(say("CLI-010", choices.language, path="-"))
    else:
        click.echo(tables.written(rows, "csv").decode(), nl=False)
