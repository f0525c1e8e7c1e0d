"""``simveil import``: relations of the cloud move in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask
from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.output import downloads, print_json, save, table
from appliance.errors import BadInput
from appliance.words import say

_SECONDS = 600.0
_COLUMNS = [
    ("place", "place"),
    ("state", "state"),
    ("old", "old_x"),
    ("x", "x"),
    ("id", "subscription_id"),
    ("expires", "expires"),
    ("reason", "reason"),
    ("note", "note"),
]


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="OLDX=NEWX",
    help="The number of the box that takes the place of one of the cloud's.",
)
@click.option("--app", metavar="NAME", help="Whose; found by itself where the answers tell.")
@click.option("--apply", is_flag=True, help="For good; without it nothing is written.")
@click.option(
    "--zone", "zone_hours", type=float, default=0.0, help="Hours of subscribeTime ahead of UTC."
)
@click.option("--since", metavar="TIME", help="When relations were set whose answer does not tell.")
@downloads
@pass_choices
def import_(
    choices: Choices, /, file: Path, pairs: tuple[str, ...], output: Path | None, **words: Any
) -> None:
    """Move in the relations of FILE, the cloud's answers to queries: a dry run unless --apply."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else say("CLI-024", choices.language)
        raise BadInput(say("CLI-008", choices.language, path=file, reason=reason)) from error
    body = {"content": content, "numbers": dict(_pair(pair) for pair in pairs), **words}
    done = ask(choices, "POST", "/import", body, timeout=_SECONDS)
    if output is not None:
        save(choices, done["rows"], output, None)
        return
    if choices.json:
        print_json(done)
        return
    if done["rows"]:
        click.echo(table(done["rows"], _COLUMNS, choices.language))
    code = "CLI-014" if done["applied"] else "CLI-015"
    facts = {key: done[key] for key in ("accepted", "refused", "app")}
    click.echo(say(code, choices.language, **facts))


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise BadInput(f"{text!r} is not OLDX=NEWX")
    return old, new
