"""``simveil line``: what lines show, in the reader's language; waking one that rests."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.output import tell
from appliance.words import say
from appliance.words.text import safe
from appliance.words.times import local


def print_conditions(choices: Choices, row: dict[str, Any]) -> None:
    """Print every condition with its advice, and the steps of the recovery."""
    for found in row.get("conditions") or []:
        for head in ("LIN", "ADV"):
            words = say(f"{head}-{found['name']}", choices.language, **found["facts"])
            click.echo(("" if head == "LIN" else "  ") + safe(words))
    for step in row.get("steps") or []:
        click.echo(
            say(
                "LST-010",
                choices.language,
                at=local(step["at"]),
                step=say(f"STEP-{step['rung']}", choices.language),
                outcome=say(f"OUT-{step['outcome']}", choices.language),
                cause=safe(step["cause"]),
            )
        )


@click.command(cls=Command)
@click.argument("line_name", metavar="LINE")
@pass_choices
def wake(choices: Choices, line_name: str) -> None:
    """Let LINE work again, which rests because its SIM seemed to be blocked."""
    done = ask(choices, "POST", path_of("lines", line_name, "wake"), {})
    tell(choices, done, "LST-001", line=line_name)
