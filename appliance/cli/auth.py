"""``simveil auth``: why requests of applications were refused."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.client import ask
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, facts, listed, print_json
from appliance.words import say

_COLUMNS = [
    ("at", "at"),
    ("address", "address"),
    ("app", "app"),
    ("path", "path"),
    ("code", "code"),
    ("why", "words"),
]


@click.group(cls=Group)
def auth() -> None:
    """Requests that were refused."""


@auth.command()
@click.option("--app", metavar="NAME", help="Signed with the key of this application.")
@pass_choices
def explain(choices: Choices, app: str | None) -> None:
    """Say in words why the last request was refused; its client was told the cloud's words."""
    found = ask(choices, "GET", "/refusals", app=app, limit=1)
    if choices.json:
        print_json(found[0] if found else None)
    elif not found:
        click.echo(say("CLI-013", choices.language))
    else:
        why = found[0].pop("why")
        facts(choices, found[0])
        click.echo("\n".join(f"→ {sentence}" for sentence in why))


@auth.command("list")
@click.option("--app", metavar="NAME", help="Signed with the key of this application.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def list_(choices: Choices, app: str | None, limit: int | None, output: Path | None) -> None:
    """List requests that were refused, the newest first."""
    rows = ask(choices, "GET", "/refusals", app=app, limit=limit)
    if not choices.json and output is None:
        rows = [{**row, "words": " ".join(row["why"])} for row in rows]
    listed(choices, rows, _COLUMNS, output)
