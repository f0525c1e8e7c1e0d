"""``simveil demo``, ``sandbox``, ``serve``, ``bank``, ``console``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.client import ask
from appliance.cli.common import DEFAULT_CONFIG, Choices, Command, pass_choices
from appliance.console.facts import Ask, House
from appliance.errors import BadInput, SimveilError
from appliance.words import Language

if TYPE_CHECKING:
    from appliance.config import BoxSection


@click.command(cls=Command)
@pass_choices
def demo(choices: Choices) -> int:
    """Show the main job: people call and text each other through private numbers."""
    from appliance.demo import story

    return story.run(as_json=choices.json)


@click.command(cls=Command)
@click.option("--speed", type=click.FloatRange(0.1, 100), default=2.0, help="Radio time scale.")
@pass_choices
def sandbox(choices: Choices, speed: float) -> int:
    """Start a virtual bank and a box, and print how to play with them."""
    from appliance.demo import sandbox as playground

    return playground.run(speed, choices.language)


@click.command(cls=Command)
@pass_choices
def serve(choices: Choices) -> int:
    """Run the box until SIGTERM."""
    from appliance import config, logging
    from appliance.box import run

    path = choices.config_file()
    settings = config.load(path)
    logging.configure(settings.box.log, as_json=settings.box.log_json)
    logging.keep_recent()
    return run(settings, path)


@click.command(cls=Command)
@pass_choices
def bank(choices: Choices) -> int:
    """Run the virtual bank of a configuration until SIGTERM."""
    from appliance import config, logging
    from drivers.virtual import bank as virtual
    from drivers.virtual.errors import BankError

    path = choices.config_file()
    settings = config.load(path)
    if settings.virtual is None:
        raise BadInput(f"{path} has no [virtual] section")
    logging.configure(settings.box.log, as_json=settings.box.log_json)
    try:
        return virtual.run(path)
    except BankError as error:
        raise BadInput(str(error)) from error


@click.command(cls=Command)
@click.option("--screen", is_flag=True, help="Print one masked screen for support and end.")
@pass_choices
def console(choices: Choices, screen: bool) -> int:
    """Field diagnostics on this terminal: 80 by 24, serial or ssh."""
    from appliance.console.sitting import run, screen_page

    house, asked = house_of(choices), asker(choices)
    if screen:
        click.echo(screen_page(asked, house, choices.language))
        return 0

    def speak(language: Language) -> None:
        choices.language = language

    return run(asked, house, choices.language, speak)


def asker(choices: Choices) -> Ask:
    """Return what asks the running box; a spoilt configuration hides no box in the usual place."""

    def asked(method: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        try:
            choices.socket()
        except BadInput:
            return ask(Choices(language=choices.language), method, path, body, **query)
        return ask(choices, method, path, body, **query)

    return asked


def house_of(choices: Choices) -> House:
    """Return where the box keeps its things, as far as its configuration can be read."""
    from appliance import config
    from appliance.operations import secret

    path = choices.config or DEFAULT_CONFIG
    problem = None
    try:
        box = config.load(choices.config_file()).box
    except SimveilError as error:
        box, problem = _box_of_spoilt(path), str(error)
    secrets = secret.file_of(path)
    return House(box.name, box.data, box.database, problem, config=path, secret=secrets)


def _box_of_spoilt(path: Path) -> BoxSection:
    """Return name and data folder of a configuration that cannot be used, as far as it is TOML."""
    from appliance.config import BoxSection

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))["box"]
        return BoxSection(**{key: table[key] for key in ("name", "data") if key in table})
    except (OSError, ValueError, LookupError, TypeError):
        return BoxSection()
