"""``simveil health``, ``backup``, ``restore``."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.client import ask
from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.output import facts, tell

_BACKUP_SECONDS = 3600.0


@click.command(cls=Command)
@pass_choices
def health(choices: Choices) -> None:
    """Say how the running box is."""
    facts(choices, ask(choices, "GET", "/health"))


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@pass_choices
def backup(choices: Choices, file: Path) -> None:
    """Have the running box write an archive to FILE."""
    target = str(file.absolute())
    done = ask(choices, "POST", "/backup", {"path": target}, timeout=_BACKUP_SECONDS)
    tell(choices, done, "CLI-005", **{key: done[key] for key in ("path", "files", "octets")})


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace data that are there; they are kept aside.")
@pass_choices
def restore(choices: Choices, file: Path, force: bool) -> None:
    """Put the archive FILE in the place of the data of a box that does not run."""
    from appliance import config
    from appliance.operations import backup as backups

    settings = config.find(choices.config)
    archive = backups.restore(file, settings.box.data, force=force)
    told = {
        "path": str(archive.path),
        "created": archive.created,
        "version": archive.version,
        "files": archive.files,
        "octets": archive.octets,
    }
    tell(choices, told, "CLI-006", path=archive.path, files=archive.files)
