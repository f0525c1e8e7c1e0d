"""``simveil number``: enrolled SIMs."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import show

_COLUMNS = [
    ("msisdn", "msisdn"),
    ("role", "role"),
    ("app", "app"),
    ("city", "city"),
    ("sms", "sms"),
    ("status", "status"),
    ("bindings", "bindings"),
    ("iccid", "iccid"),
]


@click.group(cls=Group)
def number() -> None:
    """Numbers: SIMs that the box knows."""


@number.command()
@click.argument("msisdn")
@click.option("--app", metavar="NAME", help="The application that gets it.")
@click.option("--trunk", is_flag=True, help="It only carries second legs.")
@click.option("--iccid", help="Its SIM; found by itself for a line that says its number.")
@click.option("--city", metavar="CODE", help="City code such as 0755.")
@click.option("--sms", is_flag=True, help="It relays texts.")
@pass_choices
def enrol(choices: Choices, /, **words: Any) -> None:
    """Enrol MSISDN for an application, or as a trunk."""
    show(choices, ask(choices, "POST", "/numbers", words), _COLUMNS)


@number.command("list")
@click.option("--app", metavar="NAME", help="Of this application only.")
@pass_choices
def list_(choices: Choices, app: str | None) -> None:
    """List numbers."""
    show(choices, ask(choices, "GET", "/numbers", app=app), _COLUMNS)


@number.command()
@click.argument("msisdn")
@click.option("--app", metavar="NAME", required=True, help="The application that gets it.")
@pass_choices
def transfer(choices: Choices, msisdn: str, app: str) -> None:
    """Give MSISDN to another application; its bindings end."""
    path = path_of("numbers", msisdn, "transfer")
    show(choices, ask(choices, "POST", path, {"app": app}), _COLUMNS)


@number.command()
@click.argument("msisdn")
@pass_choices
def release(choices: Choices, msisdn: str) -> None:
    """Forget MSISDN and its bindings."""
    show(choices, ask(choices, "DELETE", path_of("numbers", msisdn)), _COLUMNS)


@number.command("replace-sim")
@click.argument("msisdn")
@click.option("--iccid", required=True, help="The new SIM.")
@pass_choices
def replace_sim(choices: Choices, msisdn: str, iccid: str) -> None:
    """Put MSISDN on another SIM; the old one is refused."""
    path = path_of("numbers", msisdn, "replace-sim")
    show(choices, ask(choices, "POST", path, {"iccid": iccid}), _COLUMNS)
