"""``simveil outbox``: pushes to applications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, facts, listed, tell

_COLUMNS = [
    ("id", "push_id"),
    ("at", "created_at"),
    ("app", "app"),
    ("kind", "kind"),
    ("url", "url"),
    ("state", "state"),
    ("attempts", "attempts"),
    ("error", "error"),
]


_KINDS = [
    "callin", "collectInfo", "callout", "alerting", "answer", "disconnect", "fee", "sms",
    "numStatus",
]  # fmt: skip


def _filters(command: Any) -> Any:
    options = (
        click.option("--app", metavar="NAME", help="To this application only."),
        click.option("--kind", type=click.Choice(_KINDS), help="Of this event only."),
        click.option("--key", metavar="ID", help="Of this call (its session) or text only."),
        click.option("--since", metavar="TIME", help="ISO 8601, UTC when it has no zone."),
        click.option("--until", metavar="TIME", help="Likewise."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=Group)
def outbox() -> None:
    """Pushes."""


@outbox.command("list")
@click.option("--state", type=click.Choice(["due", "delivered", "parked"]), help="These only.")
@_filters
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def list_(choices: Choices, /, output: Path | None, **words: Any) -> None:
    """List pushes, the newest first."""
    listed(choices, ask(choices, "GET", "/outbox", **words), _COLUMNS, output)


@outbox.command("show")
@click.argument("push_id", type=int)
@pass_choices
def show_(choices: Choices, push_id: int) -> None:
    """Show one push with its body."""
    facts(choices, ask(choices, "GET", path_of("outbox", push_id)))


@outbox.command()
@click.argument("push_ids", type=int, nargs=-1)
@_filters
@click.option("--delivered", is_flag=True, help="Those that were delivered, too.")
@pass_choices
def replay(choices: Choices, /, push_ids: tuple[int, ...], **words: Any) -> None:
    """Send PUSH_IDS again, or every push that was given up."""
    body = {"push_ids": list(push_ids) or None, **words}
    done = ask(choices, "POST", "/outbox/replay", body)
    tell(choices, done, "CLI-004", count=done["done"])
