"""``simveil binding``: bindings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of, rows_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, listed, show

_COLUMNS = [
    ("id", "subscription_id"),
    ("app", "app"),
    ("mode", "mode"),
    ("x", "x"),
    ("a", "a"),
    ("b", "b"),
    ("extension", "extension"),
    ("expires", "expires"),
]
_HISTORY = [
    ("at", "at"),
    ("event", "event"),
    ("app", "app"),
    ("mode", "mode"),
    ("x", "x"),
    ("a", "a"),
    ("b", "b"),
    ("id", "subscription_id"),
]


@click.group(cls=Group)
def binding() -> None:
    """Bindings."""


@binding.command("list")
@click.option("--app", metavar="NAME", help="Of this application only.")
@click.option("--x", metavar="MSISDN", help="On this number only.")
@click.option("--a", metavar="MSISDN", help="With this A only.")
@click.option("--b", metavar="MSISDN", help="With this B only.")
@click.option("--offset", type=int, help="Rows to pass over.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def list_(choices: Choices, /, output: Path | None, **words: Any) -> None:
    """List bindings."""
    whole = output is not None and words["offset"] is None
    listed(choices, rows_of(choices, "/bindings", words, whole=whole), _COLUMNS, output)


@binding.command()
@click.option("--app", metavar="NAME", help="Of this application only.")
@click.option("--x", metavar="MSISDN", help="On this number only.")
@click.option("--party", metavar="MSISDN", help="Of this person only.")
@click.option("--event", type=click.Choice(["bound", "unbound", "expired"]), help="These only.")
@click.option("--since", metavar="TIME", help="ISO 8601, UTC when it has no zone.")
@click.option("--until", metavar="TIME", help="Likewise.")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def history(choices: Choices, /, output: Path | None, **words: Any) -> None:
    """List when bindings were set and how they ended, the newest first."""
    rows = rows_of(choices, "/bindings/history", words, whole=output is not None)
    listed(choices, rows, _HISTORY, output)


@binding.command()
@click.option("--app", metavar="NAME", required=True, help="Of mode AX, AXB or AXE.")
@click.option("--a", metavar="MSISDN", required=True, help="Whom X stands for.")
@click.option("--b", metavar="MSISDN", help="The other of the two (AXB).")
@click.option("--extension", metavar="DIGITS", help="A's behind X; chosen when absent (AXE).")
@click.option("--callback-number", metavar="MSISDN", help="For A's calls back (AXE).")
@click.option("--x", metavar="MSISDN", help="The number between them; chosen when absent.")
@click.option("--city", metavar="CODE", help="City of the number to choose.")
@click.option("--direction", type=click.IntRange(0, 2), help="0 both, 1 only A, 2 only B may call.")
@click.option("--duration", type=int, metavar="SECONDS", help="Its life; 0 is without end.")
@click.option("--max-minutes", type=int, help="Limit of one call.")
@click.option("--record", is_flag=True, help="Calls are recorded.")
@click.option("--user-data", help="Comes back in every push.")
@pass_choices
def add(choices: Choices, /, **words: Any) -> None:
    """Bind A on X: with B, behind an extension, or alone, as the mode is."""
    show(choices, ask(choices, "POST", "/bindings", words), _COLUMNS)


@binding.command()
@click.argument("subscription_id")
@pass_choices
def remove(choices: Choices, subscription_id: str) -> None:
    """End a binding."""
    show(choices, ask(choices, "DELETE", path_of("bindings", subscription_id)), _COLUMNS)
