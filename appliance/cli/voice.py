"""``simveil voice``: voice files of applications."""

from __future__ import annotations

import base64
from pathlib import Path

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import show, tell
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [("name", "name"), ("state", "state"), ("octets", "octets"), ("changed", "changed")]
_APP = click.option("--app", metavar="NAME", required=True, help="Whose.")


@click.group(cls=Group)
def voice() -> None:
    """Voice files."""


@voice.command()
@click.argument("file", type=click.Path(path_type=Path))
@_APP
@click.option("--name", help="As bindings name it; the file's own name by default.")
@pass_choices
def add(choices: Choices, file: Path, app: str, name: str | None) -> None:
    """Upload FILE, a WAV; it can be used once approved."""
    try:
        octets = file.read_bytes()
    except OSError as error:
        words = say("CLI-008", choices.language, path=file, reason=error.strerror)
        raise BadInput(words) from error
    path = path_of("voices", app, name or file.name)
    content = base64.b64encode(octets).decode()
    show(choices, ask(choices, "POST", path, {"content": content}), _COLUMNS)


@voice.command("list")
@_APP
@pass_choices
def list_(choices: Choices, app: str) -> None:
    """List an application's files."""
    show(choices, ask(choices, "GET", path_of("voices", app)), _COLUMNS)


@voice.command()
@click.argument("name")
@_APP
@pass_choices
def approve(choices: Choices, name: str, app: str) -> None:
    """Make NAME usable."""
    show(choices, ask(choices, "POST", path_of("voices", app, name, "approve"), {}), _COLUMNS)


@voice.command()
@click.argument("name")
@_APP
@pass_choices
def remove(choices: Choices, name: str, app: str) -> None:
    """Remove NAME."""
    done = ask(choices, "DELETE", path_of("voices", app, name))
    tell(choices, done, "CLI-004", count=done["done"])
