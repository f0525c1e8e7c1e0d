"""``simveil voice``: voice files of applications."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, facts, listed, print_json, show, tell
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [
    ("name", "name"),
    ("state", "state"),
    ("seconds", "seconds"),
    ("changed", "changed"),
    ("checks", "told"),
    ("reason", "reason"),
]
_SECONDS = 90.0  # for an upload: its decoding included
_APP = click.option("--app", metavar="NAME", required=True, help="Whose.")


@click.group(cls=Group)
def voice() -> None:
    """Voice files."""


@voice.command()
@click.argument("file", type=click.Path(path_type=Path))
@_APP
@click.option("--name", help="As bindings name it; the file's own, ending in .wav, by default.")
@click.option("--description", help="For whoever reviews it.")
@pass_choices
def add(choices: Choices, file: Path, app: str, name: str | None, description: str | None) -> None:
    """Upload FILE, a sound file of any common kind; it can be used once approved."""
    try:
        octets = file.read_bytes()
    except OSError as error:
        words = say("CLI-008", choices.language, path=file, reason=error.strerror)
        raise BadInput(words) from error
    own = file.name if file.suffix.lower() == ".wav" else f"{file.stem}.wav"
    path = path_of("voices", app, name or own)
    body = {"content": base64.b64encode(octets).decode(), "description": description}
    _shown(choices, ask(choices, "POST", path, body, timeout=_SECONDS))


@voice.command("list")
@_APP
@downloads
@pass_choices
def list_(choices: Choices, app: str, output: Path | None) -> None:
    """List an application's files."""
    rows = ask(choices, "GET", path_of("voices", app))
    if output is not None:
        listed(choices, rows, _COLUMNS, output)
    else:
        _shown(choices, rows)


@voice.command("show")
@click.argument("name")
@_APP
@pass_choices
def show_(choices: Choices, name: str, app: str) -> None:
    """Show NAME with what was checked."""
    found = ask(choices, "GET", path_of("voices", app, name))
    if choices.json:
        print_json(found)
        return
    for one in found:
        checks = one.pop("checks")
        facts(choices, one)
        for check in checks:
            click.echo(f"{check['verdict']}: {check['name']}: {check['words']}")


@voice.command()
@click.argument("name")
@_APP
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Where it goes.")
@pass_choices
def get(choices: Choices, name: str, app: str, output: Path) -> None:
    """Fetch NAME as it is stored: an A-law WAV."""
    found = ask(choices, "GET", path_of("voices", app, name, "content"))
    octets = base64.b64decode(found["content"])
    try:
        output.write_bytes(octets)
    except OSError as error:
        words = say("CLI-011", choices.language, path=output, reason=error.strerror)
        raise BadInput(words) from error
    tell(choices, {"path": str(output), "octets": len(octets)}, "CLI-004", count=1)


@voice.command()
@click.argument("name")
@_APP
@pass_choices
def approve(choices: Choices, name: str, app: str) -> None:
    """Make NAME usable."""
    _shown(choices, ask(choices, "POST", path_of("voices", app, name, "approve"), {}))


@voice.command()
@click.argument("name")
@_APP
@click.option("--reason", required=True, help="What its uploader is told.")
@pass_choices
def reject(choices: Choices, name: str, app: str, reason: str) -> None:
    """Refuse NAME."""
    path = path_of("voices", app, name, "reject")
    _shown(choices, ask(choices, "POST", path, {"reason": reason}))


def _shown(choices: Choices, value: Any) -> None:
    """Print files; of their checks a table has room for those that did not come out well."""
    if not choices.json:
        for one in value if isinstance(value, list) else [value]:
            told = [check["words"] for check in one["checks"] if check["verdict"] != "ok"]
            one["told"] = "; ".join(told) or None
    show(choices, value, _COLUMNS)


@voice.command()
@click.argument("name")
@_APP
@pass_choices
def remove(choices: Choices, name: str, app: str) -> None:
    """Remove NAME."""
    done = ask(choices, "DELETE", path_of("voices", app, name))
    tell(choices, done, "CLI-004", count=done["done"])
