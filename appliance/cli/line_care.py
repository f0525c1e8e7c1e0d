"""``simveil line``: looking after lines: checks, credit, the stick that it is, the pool."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, pass_choices
from appliance.cli.line import line
from appliance.cli.output import print_json, show
from appliance.model.saved_codes import shown
from appliance.words import say
from appliance.words.text import safe

_POOL = [
    ("hour", "hour"),
    ("calls", "calls"),
    ("erlang", "erlang"),
    ("blocked", "blocked"),
    ("none", "none"),
]
_BY_HAND = [
    ("at", "at"),
    ("iccid", "iccid"),
    ("command", "command"),
    ("danger", "danger"),
    ("answer", "answer"),
]
_CHECK_SECONDS = 600.0  # both readings of a slow network, and what is mended between them
_BALANCE_SECONDS = 90.0
_MARGIN = 10.0


@line.command()
@click.argument("line_name", metavar="LINE")
@click.option("--mend", is_flag=True, help="Put right what can be put right from here.")
@click.option("--service-centre", "centre", metavar="NUMBER", help="To set where the SIM has none.")
@click.option("--last", is_flag=True, help="Show what was found last instead of looking.")
@pass_choices
def check(choices: Choices, line_name: str, mend: bool, centre: str | None, last: bool) -> None:
    """Check LINE's subscription: PIN, registration, voice, call waiting, forwarding."""
    path = path_of("lines", line_name, "checks")
    if last:
        found = ask(choices, "GET", path)
    else:
        body = {"mend": mend, "centre": centre}
        found = ask(choices, "POST", path, body, timeout=_CHECK_SECONDS)
    if choices.json:
        print_json(found)
    else:
        print_checks(choices, found["checks"])


def print_checks(choices: Choices, checks: list[dict[str, Any]]) -> None:
    """Print a sentence for each check; what failed is what to read to the hotline."""
    if not checks:
        click.echo(say("CLI-002", choices.language))
    for found in checks:
        click.echo(
            say("SET-012", choices.language, mark=_mark(found), text=sentence(choices, found))
        )


def sentence(choices: Choices, found: dict[str, Any]) -> str:
    """Return a check's sentence in the chosen language."""
    facts = {name: safe(text) for name, text in found["facts"].items()}
    text = say(found["code"], choices.language, **facts)
    return say("CHK-201", choices.language, text=text) if found.get("mended") else text


def _mark(found: dict[str, Any]) -> str:
    if found["works"] is None:
        return "[?]"
    return "[+]" if found["works"] else "[!]"


@line.command()
@click.argument("line_name", metavar="LINE", required=False)
@click.option("--seconds", type=float, default=60.0, show_default=True, help="To wait.")
@click.option("--blink", is_flag=True, help="Switch LINE's radio off and on instead: watch.")
@pass_choices
def locate(choices: Choices, line_name: str | None, seconds: float, blink: bool) -> None:
    """Find a stick: pull it out, and hear which line it is."""
    wanted = ask(choices, "GET", path_of("lines", line_name)) if line_name else None
    if blink:
        _blink(choices, wanted)
        return
    if not choices.json:
        click.echo(say("LOC-001", choices.language, seconds=f"{seconds:g}"))
    found = ask(choices, "POST", "/locate", {"seconds": seconds}, timeout=seconds + _MARGIN)
    same = wanted is None or found["socket"] == wanted["socket"]
    if choices.json:
        print_json({**found, "wanted": None if wanted is None else same})
        return
    if found["socket"] is None:
        click.echo(say("LOC-005", choices.language))
        return
    facts = {name: found[name] or "?" for name in ("iccid", "imei", "socket")}
    click.echo(say("LOC-002", choices.language, name=found["msisdn"] or "?", **facts))
    if wanted is not None:
        click.echo(say("LOC-003" if same else "LOC-004", choices.language))


def _blink(choices: Choices, wanted: dict[str, Any] | None) -> None:
    if wanted is None:
        raise click.UsageError(say("CLI-026", choices.language))
    if not choices.json:
        click.echo(say("LOC-006", choices.language, times=3))
    name = wanted["iccid"] or wanted["socket"]
    done = ask(choices, "POST", path_of("lines", name, "blink"), {}, timeout=_CHECK_SECONDS)
    if choices.json:
        print_json(done)


@line.command()
@click.argument("line_name", metavar="LINE")
@pass_choices
def balance(choices: Choices, line_name: str) -> None:
    """Ask LINE's operator for the credit by the saved code."""
    path = path_of("lines", line_name, "balance")
    found = ask(choices, "POST", path, {}, timeout=_BALANCE_SECONDS)
    if choices.json:
        print_json(found)
        return
    told = safe(found["told"])
    if found["amount"] is None:
        click.echo(say("USS-002", choices.language, told=told))
    else:
        click.echo(say("USS-001", choices.language, amount=shown(found["amount"]), told=told))


@line.command()
@click.option(
    "--hours", type=click.IntRange(1, 744), default=24, show_default=True, help="How many."
)
@pass_choices
def pool(choices: Choices, hours: int) -> None:
    """Show the second lines' traffic by hour: erlang, all busy, none at all."""
    show(choices, ask(choices, "GET", "/pool", hours=hours), _POOL)


@line.command("by-hand")
@click.argument("line_name", metavar="LINE", required=False)
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@pass_choices
def by_hand(choices: Choices, line_name: str | None, limit: int | None) -> None:
    """List the AT commands that were sent by hand, the newest first."""
    rows = ask(choices, "GET", "/at-by-hand", line=line_name, limit=limit)
    show(choices, rows, _BY_HAND)
