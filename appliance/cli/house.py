"""``simveil health``, ``backup``, ``restore``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from appliance.cli.client import ask
from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.output import facts, tell
from appliance.errors import BadInput
from appliance.words import say

_BACKUP_SECONDS = 3600.0


@click.command(cls=Command)
@pass_choices
def health(choices: Choices) -> None:
    """Say how the running box is."""
    facts(choices, ask(choices, "GET", "/health"))


@click.command(cls=Command)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--nightly", is_flag=True, help="Encrypt one and send it to [backup] target.")
@pass_choices
def backup(choices: Choices, file: Path | None, nightly: bool) -> None:
    """Have the running box write an archive to FILE, encrypted when its name ends in .age."""
    if nightly == (file is not None):
        raise BadInput(say("CLI-019", choices.language))
    if file is None:
        from appliance.cli.care import nightly as made

        found = made(choices)
        tell(choices, found, "CLI-101", name=found["name"], octets=found["octets"])
        return
    target = str(file.absolute())
    done = ask(choices, "POST", "/backup", {"path": target}, timeout=_BACKUP_SECONDS)
    tell(choices, done, "CLI-005", **{key: done[key] for key in ("path", "files", "octets")})


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace data that are there; they are kept aside.")
@click.option("--phrase-file", type=click.Path(path_type=Path), help="Instead of typing it.")
@pass_choices
def restore(choices: Choices, file: Path, force: bool, phrase_file: Path | None) -> None:
    """Put the archive FILE in the place of the data of a box that does not run.

    What may have been sent since the backup is unknown and not sent again. The box that the backup
    is of ends its service when it sees a SIM of this one.
    """
    from appliance import config
    from appliance.cli.care import read_phrase
    from appliance.operations import backup as backups
    from appliance.operations import recovery

    settings = config.find(choices.config)
    locked = file.is_file() and recovery.encrypted(file)
    phrase = read_phrase(choices, phrase_file) if locked else None
    archive = backups.restore(file, settings.box.data, force=force, phrase=phrase)
    told = {
        "path": str(archive.path),
        "created": archive.created,
        "version": archive.version,
        "files": archive.files,
        "octets": archive.octets,
        "unknown": archive.unknown,
    }
    tell(choices, told, "CLI-006", path=archive.path, files=archive.files)
    if not choices.json and archive.unknown:
        found = Counter(archive.unknown)
        counts = {"texts": found["text"] + found["question"], "pushes": found["push"]}
        click.echo(say("CLI-107", choices.language, **counts, calls=found["call"]))
