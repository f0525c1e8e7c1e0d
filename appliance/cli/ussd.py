"""``simveil ussd``: codes of operators that are worth keeping."""

from __future__ import annotations

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import show, tell

_COLUMNS = [("operator", "operator"), ("name", "name"), ("ussd", "code"), ("pattern", "pattern")]
_BALANCES = [("iccid", "iccid"), ("at", "at"), ("amount", "amount"), ("told", "told")]


@click.group(cls=Group)
def ussd() -> None:
    """Saved USSD codes."""


@ussd.command()
@click.argument("operator")
@click.argument("name")
@click.argument("code")
@click.option("--pattern", help="The answer's words around {amount}, such as: Balance {amount} CNY")
@pass_choices
def save(choices: Choices, operator: str, name: str, code: str, pattern: str | None) -> None:
    """Save CODE of OPERATOR (* for all) as NAME; "balance" is asked every day."""
    body = {"operator": operator, "name": name, "code": code, "pattern": pattern}
    show(choices, ask(choices, "PUT", "/ussd-codes", body), _COLUMNS)


@ussd.command("list")
@pass_choices
def list_(choices: Choices) -> None:
    """List the saved codes."""
    show(choices, ask(choices, "GET", "/ussd-codes"), _COLUMNS)


@ussd.command()
@click.argument("operator")
@click.argument("name")
@pass_choices
def remove(choices: Choices, operator: str, name: str) -> None:
    """Forget a saved code."""
    done = ask(choices, "DELETE", path_of("ussd-codes", operator, name))
    tell(choices, done, "CLI-004", count=done["done"])


@ussd.command()
@pass_choices
def balances(choices: Choices) -> None:
    """List the credit of the SIMs, as operators told it last."""
    show(choices, ask(choices, "GET", "/balances"), _BALANCES)
