"""``simveil sms``: texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, rows_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, listed, tell
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [
    ("at", "received_at"),
    ("app", "app"),
    ("x", "x"),
    ("sender", "sender"),
    ("recipient", "recipient"),
    ("parts", "parts"),
    ("state", "state"),
    ("body", "body"),
]
_INBOX = [
    ("id", "inbox_id"),
    ("at", "received_at"),
    ("line", "line"),
    ("sender", "sender"),
    ("kind", "kind"),
    ("body", "body"),
    ("read", "read_at"),
]
_STATES = ["relaying", "sent", "partly", "failed", "unknown", "refused"]


@click.group(cls=Group)
def sms() -> None:
    """Texts."""


@sms.command("list")
@click.option("--app", metavar="NAME", help="Of this application only.")
@click.option("--state", type=click.Choice(_STATES), help="In this state only.")
@click.option("--party", metavar="MSISDN", help="From or to this person only.")
@click.option("--since", metavar="TIME", help="ISO 8601, UTC when it has no zone.")
@click.option("--until", metavar="TIME", help="Likewise.")
@click.option("--content", is_flag=True, default=None, help="With their words.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def list_(choices: Choices, /, output: Path | None, **words: Any) -> None:
    """List texts, the newest first."""
    listed(choices, rows_of(choices, "/texts", words, whole=output is not None), _COLUMNS, output)


@sms.command()
@click.option("--line", metavar="MSISDN", help="Of this line only.")
@click.option("--unread", is_flag=True, default=None, help="Not read yet only.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def inbox(choices: Choices, /, output: Path | None, **words: Any) -> None:
    """List texts that only the operator reads."""
    listed(choices, ask(choices, "GET", "/inbox", **words), _INBOX, output)


@sms.command()
@click.argument("inbox_ids", metavar="ID...", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every text of the inbox.")
@pass_choices
def read(choices: Choices, inbox_ids: tuple[int, ...], every: bool) -> None:
    """Mark texts of the operator's inbox as read."""
    if every == bool(inbox_ids):
        raise BadInput(say("CLI-025", choices.language))
    body = {"inbox_ids": None if every else list(inbox_ids)}
    done = ask(choices, "POST", "/inbox/read", body)
    tell(choices, done, "CLI-004", count=done["done"])
