"""``simveil number``: enrolled SIMs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, facts, listed, show
from appliance.words import say

_COLUMNS = [
    ("msisdn", "msisdn"),
    ("role", "role"),
    ("app", "app"),
    ("city", "city"),
    ("sms", "sms"),
    ("status", "status"),
    ("bindings", "bindings"),
    ("remaining", "remaining"),
    ("iccid", "iccid"),
]
_CITIES = [
    ("app", "app"),
    ("city", "city"),
    ("names", "names"),
    ("numbers", "numbers"),
    ("free", "free"),
    ("bindings", "bindings"),
    ("remaining", "remaining"),
]
_USAGE = [
    ("msisdn", "msisdn"),
    ("app", "app"),
    ("minutes", "minutes"),
    ("of", "allowance_minutes"),
    ("parts", "parts"),
    ("of", "allowance_parts"),
    ("money", "money"),
    ("of", "allowance_money"),
    ("percent", "percent"),
    ("warning", "warning"),
]
_TEXT_SECONDS = 120.0  # for a text to be sent and to arrive, and the answer after it
_STATES = {"normal": 5, "suspended": 9, "unavailable": 10, "bind-frozen": 11}


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
@click.option("--verify", is_flag=True, help="Prove by a text that the number is the SIM's.")
@click.option("--by", metavar="MSISDN", help="The line that the text is sent to.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="MSISDN",
    help="A number by which requests may still name it.",
)
@pass_choices
def enrol(choices: Choices, /, aliases: tuple[str, ...], **words: Any) -> None:
    """Enrol MSISDN for an application, or as a trunk."""
    body = {**words, "aliases": list(aliases)}
    show(choices, ask(choices, "POST", "/numbers", body, timeout=_TEXT_SECONDS), _COLUMNS)


@number.command()
@click.argument("msisdn")
@click.option("--by", metavar="MSISDN", help="The line that the text is sent to.")
@click.option("--timeout", type=float, default=60.0, show_default=True, help="Seconds.")
@pass_choices
def verify(choices: Choices, msisdn: str, by: str | None, timeout: float) -> None:
    """Prove by a text between two SIMs of the box that MSISDN is its SIM's own number."""
    body = {"by": by, "timeout": timeout}
    path = path_of("numbers", msisdn, "verify")
    done = ask(choices, "POST", path, body, timeout=timeout + _TEXT_SECONDS)
    facts(choices, done)


@number.command("list")
@click.option("--app", metavar="NAME", help="Of this application only.")
@click.option("--status", type=click.Choice(list(_STATES)), help="In this state only.")
@click.option("--city", metavar="CODE", help="Of this city only.")
@click.option("--free/--full", default=None, help="With room for a binding, or without.")
@downloads
@pass_choices
def list_(choices: Choices, /, status: str | None, output: Path | None, **words: Any) -> None:
    """List numbers."""
    wanted = None if status is None else _STATES[status]
    rows = ask(choices, "GET", "/numbers", status=wanted, **words)
    listed(choices, rows, _COLUMNS, output)


@number.command("set")
@click.argument("msisdn")
@click.option("--city", metavar="CODE", help="City code such as 0755.")
@click.option("--sms/--no-sms", default=None, help="It relays texts.")
@click.option("--status", type=click.Choice(list(_STATES)), help="Its state; told when it changes.")
@click.option("--cause", type=click.Choice(list("12356789")), help="Of unavailable: 2 is arrears.")
@click.option("--allowance-minutes", type=int, help="Minutes that its plan holds a month.")
@click.option("--allowance-parts", type=int, help="Parts of texts that its plan holds a month.")
@click.option("--allowance-money", type=int, help="What it may cost a month, in cents (fen).")
@click.option("--price-minute", type=int, help="Of a minute that it calls, in cents (fen).")
@click.option("--price-part", type=int, help="Of a part of a text that it sends, in cents (fen).")
@click.option(
    "--unlimited",
    multiple=True,
    type=click.Choice(["minutes", "parts", "money"]),
    help="Measure this no more.",
)
@click.option("--low-credit", type=int, help="Warn when the balance is below, in cents (fen).")
@click.option("--press-1/--no-press-1", default=None, help="Callees press 1 to be joined.")
@click.option(
    "--early-dial/--no-early-dial", default=None, help="Dial before the caller is answered."
)
@click.option("--x-only/--no-x-only", default=None, help="No call that would show another number.")
@click.option("--transfer/--no-transfer", default=None, help="Calls may be left to its network.")
@click.option(
    "--inherit",
    multiple=True,
    type=click.Choice(["press-1", "early-dial", "x-only", "transfer"]),
    help="Have no rule of its own: the box's counts.",
)
@click.option("--allowance-day", type=click.IntRange(1, 28), help="On which its month begins.")
@click.option("--alias", "add_aliases", multiple=True, metavar="MSISDN", help="One more name.")
@click.option("--no-alias", "remove_aliases", multiple=True, metavar="MSISDN", help="A name less.")
@pass_choices
def set_(choices: Choices, /, msisdn: str, status: str | None, **words: Any) -> None:
    """Change MSISDN; what is not given stays."""
    for name in ("add_aliases", "remove_aliases", "unlimited"):
        words[name] = list(words[name])
    words["inherit"] = [rule.replace("-", "_") for rule in words["inherit"]]
    body = {**words, "status": None if status is None else _STATES[status]}
    show(choices, ask(choices, "PATCH", path_of("numbers", msisdn), body), _COLUMNS)


@number.command()
@click.option("--app", metavar="NAME", help="Of this application only.")
@downloads
@pass_choices
def cities(choices: Choices, app: str | None, output: Path | None) -> None:
    """List how many numbers each city has, and what room is left."""
    listed(choices, ask(choices, "GET", "/cities", app=app), _CITIES, output)


@number.command()
@click.option("--app", metavar="NAME", help="Of this application only.")
@click.option("--warned", is_flag=True, help="Only where 80 % or more are used.")
@downloads
@pass_choices
def usage(choices: Choices, app: str | None, warned: bool, output: Path | None) -> None:
    """List what each SIM has used of its allowance since its month began."""
    rows = ask(choices, "GET", "/usage", app=app, warned=warned or None)
    if not choices.json and output is None:
        for row in rows:
            if row["code"]:
                row["warning"] = say(row["code"], choices.language, percent=row["percent"])
    listed(choices, rows, _USAGE, output)


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
