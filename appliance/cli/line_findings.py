"""What is wrong with a line's SIM, in sentences."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli.common import Choices
from appliance.words import say
from appliance.words.text import safe


def print_findings(choices: Choices, line: dict[str, Any]) -> None:
    """Print a sentence for each finding; some are to be read to the operator's hotline."""
    for found in line["findings"]:
        facts = {name: safe(text) for name, text in found["facts"].items()}
        text = say(found["code"], choices.language, **facts)
        click.echo(say("SET-012", choices.language, mark="[!]", text=text))
