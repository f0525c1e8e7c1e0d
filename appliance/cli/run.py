"""``simveil demo``, ``sandbox``, ``serve``, ``bank``."""

from __future__ import annotations

import click

from appliance.cli.common import Choices, Command, pass_choices
from appliance.errors import BadInput


@click.command(cls=Command)
@pass_choices
def demo(choices: Choices) -> int:
    """Show the main job: people call and text each other through private numbers."""
    from appliance.demo import story

    return story.run(as_json=choices.json)


@click.command(cls=Command)
@click.option("--speed", type=click.FloatRange(0.1, 100), default=2.0, help="Radio time scale.")
@pass_choices
def sandbox(choices: Choices, speed: float) -> int:  # noqa: ARG001
    """Start a virtual bank and a box, and print how to play with them."""
    from appliance.demo import sandbox as playground

    return playground.run(speed)


@click.command(cls=Command)
@pass_choices
def serve(choices: Choices) -> int:
    """Run the box until SIGTERM."""
    from appliance import config, logging
    from appliance.box import run

    path = choices.config_file()
    settings = config.load(path)
    logging.configure(settings.box.log, as_json=settings.box.log_json)
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
