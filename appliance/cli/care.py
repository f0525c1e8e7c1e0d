"""``simveil recovery``, ``generation``, ``restored``, ``retention``, ``bundle``, ``secret``."""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from appliance.cli.client import answers, ask
from appliance.cli.common import DEFAULT_CONFIG, Choices, Command, Group, pass_choices
from appliance.cli.output import print_json, show, tell
from appliance.errors import BadInput, Refused
from appliance.words import say


def read_phrase(choices: Choices, file: Path | None) -> str:
    """Return the words of a recovery phrase, from a file or typed."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(say("CLI-008", choices.language, path=file, reason=error)) from error
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return str(click.prompt(say("CLI-106", choices.language), hide_input=False, prompt_suffix=""))


@click.group(cls=Group)
def recovery() -> None:
    """The phrase that opens backups."""


@recovery.command()
@click.option("--replace", is_flag=True, help="Make another although there is one.")
@pass_choices
def new(choices: Choices, replace: bool) -> None:
    """Make a recovery phrase and show it this once."""
    try:
        made = ask(choices, "POST", "/recovery", {"replace": replace})
    except Refused as error:
        raise BadInput(say("CLI-103", choices.language)) from error
    if choices.json:
        print_json(made)
        return
    click.echo(made["phrase"])
    click.echo(say("CLI-102", choices.language), err=True)


@recovery.command()
@click.option("--phrase-file", type=click.Path(path_type=Path), help="Instead of typing it.")
@pass_choices
def check(choices: Choices, phrase_file: Path | None) -> int:
    """Say whether words are the phrase of this box; exit 1 when they are not."""
    from appliance import config
    from appliance.operations import recovery as phrases

    data = config.find(choices.config).box.data
    good = phrases.recipient(read_phrase(choices, phrase_file)) == phrases.kept(data)
    tell(choices, {"ok": good}, "CLI-104" if good else "CLI-105")
    return int(not good)


@click.command(cls=Command)
@click.option("--claim", is_flag=True, help="Count on above any other, of a box that is stopped.")
@pass_choices
def generation(choices: Choices, claim: bool) -> None:
    """Say which generation of which box this is, or claim that it is the last one."""
    if not claim:
        found = ask(choices, "GET", "/generation")
        facts = {"lineage": found["lineage"], "generation": found["generation"]}
        tell(choices, found, "CLI-109", **facts, marked=found["marked_sims"])
        return
    from appliance import config
    from appliance.operations.generation import claim as claimed

    mine = claimed(config.find(choices.config).box.database, datetime.now(UTC))
    told = {"lineage": mine.lineage, "generation": mine.number}
    tell(choices, told, "CLI-110", generation=mine.number)


@click.command(cls=Command)
@pass_choices
def restored(choices: Choices) -> None:
    """List what may have been sent between the backup and its restore."""
    columns = [("kind", "kind"), ("subject", "subject"), ("since", "since")]
    show(choices, ask(choices, "GET", "/restored"), columns)


@click.command(cls=Command)
@pass_choices
def retention(choices: Choices) -> None:
    """Have the running box remove records that are older than they are kept."""
    gone = ask(choices, "POST", "/retention", {}, timeout=3600.0)
    tell(choices, gone, "CLI-108", **gone)


@click.command(cls=Command)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--screen", is_flag=True, help="Print one masked screen to be photographed.")
@pass_choices
def bundle(choices: Choices, folder: Path | None, screen: bool) -> None:
    """Write what support needs, masked, into FOLDER (the stick SIMVEIL by default)."""
    from appliance.cli.run import asker, house_of
    from appliance.console import bundle as bundles
    from appliance.console.sitting import screen_page

    house, asked = house_of(choices), asker(choices)
    if screen:
        click.echo(screen_page(asked, house, choices.language))
        return
    target = folder or bundles.STICK
    path, files = bundles.write(target, asked, house, choices.language)
    told = {"path": str(path), "files": files, "running": answers(choices)}
    tell(choices, told, "CLI-111", path=path, files=files)


@click.group(cls=Group)
def secret() -> None:
    """The local secret of the serial console."""


@secret.command("set")
@click.option("--from", "file", type=click.Path(path_type=Path), help="Its first line is it.")
@pass_choices
def set_(choices: Choices, file: Path | None) -> None:
    """Set the local secret, as root: whoever holds the box may."""
    from appliance.operations import secret as secrets

    if file is not None:
        text = read_phrase(choices, file).partition("\n")[0]
    elif sys.stdin.isatty():
        text = click.prompt(
            say("CLI-112", choices.language), hide_input=True, confirmation_prompt=True,
            prompt_suffix="",
        )  # fmt: skip
    else:
        text = sys.stdin.readline()
    path = secrets.file_of(choices.config or DEFAULT_CONFIG)
    try:
        secrets.keep(path, str(text).strip())
    except ValueError as error:
        raise BadInput(say("CLI-114", choices.language, least=secrets.LEAST)) from error
    except OSError as error:
        words = say("CLI-115", choices.language, path=path, reason=error.strerror)
        raise BadInput(words) from error
    tell(choices, {"ok": True}, "CLI-113")


def nightly(choices: Choices) -> dict[str, Any]:
    """Make the backup of the night; return what the answer shows."""
    from appliance import config
    from appliance.operations import nightly as nights

    path = choices.config_file()
    settings = config.load(path)
    with contextlib.suppress(OSError):
        os.nice(5)  # calls go first
    files = settings.configured_files(path)
    name, known = nights.run(settings.backup, settings.box.database, files)
    return {"name": name, "octets": known.octets, "made_at": known.made_at}
