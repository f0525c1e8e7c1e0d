"""``simveil line``: live pairs of modem and SIM."""

from __future__ import annotations

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import print_json, show, tell

_COLUMNS = [
    ("msisdn", "msisdn"),
    ("state", "state"),
    ("role", "role"),
    ("family", "family"),
    ("operator", "operator"),
    ("signal", "signal_dbm"),
    ("queue", "queue"),
    ("imei", "imei"),
    ("explanation", "explanation"),
]
_MARGIN = 5.0  # seconds that an answer may take beyond what the modem is given


@click.group(cls=Group)
def line() -> None:
    """Lines."""


@line.command("list")
@pass_choices
def list_(choices: Choices) -> None:
    """List lines."""
    show(choices, ask(choices, "GET", "/lines"), _COLUMNS)


@line.command("show")
@click.argument("line_name", metavar="LINE")
@pass_choices
def show_(choices: Choices, line_name: str) -> None:
    """Show LINE, named by its MSISDN, ICCID or IMEI."""
    show(choices, ask(choices, "GET", path_of("lines", line_name)), _COLUMNS)


@line.command()
@click.argument("line_name", metavar="LINE")
@click.argument("command")
@click.option("--timeout", type=float, default=10.0, show_default=True, help="Seconds.")
@pass_choices
def at(choices: Choices, line_name: str, command: str, timeout: float) -> None:
    """Send an AT COMMAND to LINE's modem."""
    body = {"command": command, "timeout": timeout}
    path = path_of("lines", line_name, "at")
    _print(choices, ask(choices, "POST", path, body, timeout=timeout + _MARGIN)["lines"])


@line.command()
@click.argument("line_name", metavar="LINE")
@click.argument("code")
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds.")
@pass_choices
def ussd(choices: Choices, line_name: str, code: str, timeout: float) -> None:
    """Send a USSD CODE to LINE's operator."""
    body = {"code": code, "timeout": timeout}
    path = path_of("lines", line_name, "ussd")
    _print(choices, ask(choices, "POST", path, body, timeout=timeout + _MARGIN)["lines"])


@line.command()
@click.argument("line_name", metavar="LINE")
@pass_choices
def reset(choices: Choices, line_name: str) -> None:
    """Start LINE's modem anew."""
    done = ask(choices, "POST", path_of("lines", line_name, "reset"), {})
    tell(choices, done, "CLI-004", count=done["done"])


def _print(choices: Choices, lines: list[str]) -> None:
    if choices.json:
        print_json(lines)
        return
    for one in lines:
        click.echo("".join(letter if letter.isprintable() else "?" for letter in one))
