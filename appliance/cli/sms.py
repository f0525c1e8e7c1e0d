"""``simveil sms``: texts."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli.client import ask
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import show

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
    ("at", "received_at"),
    ("line", "line"),
    ("sender", "sender"),
    ("kind", "kind"),
    ("body", "body"),
]
_STATES = ["relaying", "sent", "partly", "failed", "unknown", "refused"]


@click.group(cls=Group)
def sms() -> None:
    """Texts."""


@sms.command("list")
@click.option("--app", metavar="NAME", help="Of this application only.")
@click.option("--state", type=click.Choice(_STATES), help="In this state only.")
@click.option("--party", metavar="MSISDN", help="From or to this person only.")
@click.option("--content", is_flag=True, default=None, help="With their words.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@pass_choices
def list_(choices: Choices, /, **words: Any) -> None:
    """List texts, the newest first."""
    show(choices, ask(choices, "GET", "/texts", **words), _COLUMNS)


@sms.command()
@click.option("--line", metavar="MSISDN", help="Of this line only.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@pass_choices
def inbox(choices: Choices, /, **words: Any) -> None:
    """List texts that only the operator reads."""
    show(choices, ask(choices, "GET", "/inbox", **words), _INBOX)
