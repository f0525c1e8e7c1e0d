"""What every command shares: ``--config``, ``--json`` and ``--lang``, before and after its name."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from appliance.cli.helping import Helps
from appliance.errors import BadInput, ConfigInvalid
from appliance.words import LANGUAGES, Language, language_of, say

DEFAULT_CONFIG = Path("/etc/simveil/simveil.toml")
DEFAULT_SOCKET = Path("/run/simveil/admin.sock")


@dataclass
class Choices:
    """What was chosen on the command line, wherever it stood."""

    config: Path | None = None
    json: bool = False
    language: Language = "en"

    def config_file(self) -> Path:
        """Return the configuration that must be there. Raises BadInput."""
        path = self.config or DEFAULT_CONFIG
        if not path.is_file():
            raise BadInput(say("CLI-020", self.language, path=path))
        return path

    def socket(self) -> Path:
        """Return the admin socket of the configured box, reading nothing else."""
        if self.config is None and not DEFAULT_CONFIG.is_file():
            return DEFAULT_SOCKET
        path = self.config_file()
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            return Path(table.get("admin", {}).get("socket", DEFAULT_SOCKET))
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise ConfigInvalid([f"cannot use {path}: {error}"]) from error


def of_locale() -> Language:
    """Return the language that the environment names."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return language_of(value)
    return "en"


def asked_language(arguments: list[str]) -> Language:
    """Return the language of a command line, wherever in it ``--lang`` stands."""
    for name, value in pairwise(arguments):
        for language in LANGUAGES:
            if (name, value) == ("--lang", language):
                return language
    return of_locale()


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    choices = context.find_object(Choices)
    if choices is None:
        choices = context.obj = Choices(language=of_locale())
    if value in (None, False):
        return
    if parameter.name == "config":
        choices.config = Path(value)
    elif parameter.name == "json":
        choices.json = True
    else:
        choices.language = value


def _shared() -> list[click.Parameter]:
    return [
        click.Option(
            ["--config"],
            metavar="FILE",
            help=f"The box's configuration, {DEFAULT_CONFIG} by default.",
            expose_value=False,
            callback=_keep,
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            help="Print one JSON value and nothing else.",
            expose_value=False,
            callback=_keep,
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            help="Language of the output.",
            expose_value=False,
            callback=_keep,
        ),
    ]


class Command(Helps):
    """A command with the shared options."""

    def __init__(self, *arguments: Any, **words: Any) -> None:
        super().__init__(*arguments, **words)
        self.params.extend(_shared())


class Group(Helps, click.Group):
    """A noun: its verbs have the shared options, and so has it."""

    command_class = Command

    def __init__(self, *arguments: Any, **words: Any) -> None:
        super().__init__(*arguments, **words)
        self.params.extend(_shared())


pass_choices = click.make_pass_decorator(Choices)
