"""``simveil line``: live pairs of modem and SIM."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.line_findings import print_findings
from appliance.cli.line_recovery import print_conditions, wake
from appliance.cli.output import print_json, show, tell
from appliance.words import SENTENCES, Language, say
from appliance.words.line_rows import worded
from appliance.words.report import commissioned

_COLUMNS = [
    ("msisdn", "msisdn"),
    ("iccid", "iccid"),
    ("state", "state_word"),
    ("role", "role_word"),
    ("family", "family"),
    ("operator", "operator"),
    ("own", "own_number"),
    ("signal", "signal_dbm"),
    ("queue", "queue"),
    ("imei", "imei"),
    ("explanation", "explanation"),
    ("advice", "advice"),
]
_STICKS = [
    ("socket", "socket"),
    ("usb", "usb"),
    ("name", "name"),
    ("port", "port"),
    ("audio", "audio"),
    ("todo", "sentence"),
]
_COMMISSION = 600.0  # seconds that trying a line may take on a slow network
_MARGIN = 5.0  # seconds that an answer may take beyond what the modem is given


@click.group(cls=Group)
def line() -> None:
    """Lines."""


line.add_command(wake)


@line.command("list")
@pass_choices
def list_(choices: Choices) -> None:
    """List lines."""
    found = ask(choices, "GET", "/lines")
    if not choices.json:
        found = [worded(each, choices.language) for each in found]
    show(choices, [_with_role(row, choices) for row in found], _COLUMNS[:-1])


@line.command("show")
@click.argument("line_name", metavar="LINE")
@pass_choices
def show_(choices: Choices, line_name: str) -> None:
    """Show LINE, named by its MSISDN, ICCID or IMEI, and what it really can."""
    found = ask(choices, "GET", path_of("lines", line_name))
    known = ask(choices, "GET", path_of("lines", line_name, "commission"))["report"]
    limits = limits_of(found["family"], choices.language)
    whole = {**found, "commission": known, "limits": limits}
    shown = _with_role(worded(found, choices.language), choices)
    show(choices, whole if choices.json else shown, _COLUMNS[:-2])
    if not choices.json:
        print_conditions(choices, found)
        if limits is not None:
            click.echo(limits)
        print_findings(choices, found)
        _explain(choices, known)


def _with_role(row: dict[str, Any], choices: Choices) -> dict[str, Any]:
    """Return a row in which a SIM that is not enrolled says so, for people."""
    if choices.json or row["role"] is not None:
        return row
    return {**row, "role_word": say("VAL-unenrolled", choices.language)}


def limits_of(family: str | None, language: Language) -> str | None:
    """Return what a family of modems can't do, None for one without such a sentence."""
    code = f"FAM-{family}"
    return say(code, language) if code in SENTENCES else None


@line.command()
@pass_choices
def sticks(choices: Choices) -> None:
    """List what is plugged into this machine's USB, and what to know of it."""
    found = ask(choices, "GET", "/sticks")
    for each in found:
        if each["advice"]:
            each["sentence"] = say(each["advice"], choices.language)
    show(choices, found, _STICKS)


@line.command()
@click.argument("line_name", metavar="LINE")
@click.option(
    "--partner",
    "partners",
    multiple=True,
    help="A line for a far end, twice at most; or one test number outside.",
)
@pass_choices
def commission(choices: Choices, line_name: str, partners: tuple[str, ...]) -> None:
    """Try what LINE's modem and SIM really can, with other lines at the far ends.

    With a test number, a phone outside or an operator's echo service, only what this end shows is
    tried: answer it and speak, or let it echo; keys pressed then are looked for.

    It takes a minute or two; none of these lines takes calls meanwhile.
    """
    body = {"partners": list(partners)}
    path = path_of("lines", line_name, "commission")
    report = ask(choices, "POST", path, body, timeout=_COMMISSION)["report"]
    if choices.json:
        print_json(report)
        return
    _explain(choices, report)


@line.command()
@click.argument("line_name", metavar="LINE")
@click.argument("command")
@click.option("--timeout", type=float, default=10.0, show_default=True, help="Seconds.")
@click.option("--dangerous", is_flag=True, help="You mean it, whatever it may break for good.")
@pass_choices
def at(choices: Choices, line_name: str, command: str, timeout: float, dangerous: bool) -> None:
    """Send an AT COMMAND to LINE's modem; it is kept in the transcript (by-hand).

    What writes the module's memory, changes a PIN, a lock or the IMEI, or resets it to the factory
    is sent with --dangerous only.
    """
    body = {"command": command, "timeout": timeout, "dangerous": dangerous}
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


def _explain(choices: Choices, report: dict[str, Any] | None) -> None:
    """Print in sentences what a line really can."""
    for row in commissioned(report, choices.language):
        click.echo(row)
