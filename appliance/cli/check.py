"""``simveil check-config``, ``simveil doctor``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from appliance.cli.common import DEFAULT_CONFIG, Choices, Command, pass_choices
from appliance.cli.output import print_json, show, tell
from appliance.errors import ConfigInvalid
from appliance.words import cure, say


@click.command("check-config", cls=Command)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@pass_choices
def check_config(choices: Choices, file: Path | None) -> None:
    """Check FILE, or the configuration of --config: a line for each mistake, exit 2."""
    from appliance import config

    try:
        config.load(file or choices.config or DEFAULT_CONFIG)
    except ConfigInvalid as error:
        if choices.json:
            print_json({"ok": False, "problems": error.problems})
        raise
    tell(choices, {"ok": True, "problems": []}, "CLI-003")


@click.command(cls=Command)
@click.argument("line_name", metavar="[LINE]", required=False)
@click.option("--swap", "exchange", is_flag=True, help="Find LINE's fault by one exchange.")
@click.option("--with", "partner", metavar="LINE", help="The well line that it exchanges with.")
@pass_choices
def doctor(choices: Choices, line_name: str | None, exchange: bool, partner: str | None) -> int:
    """Check machine, configuration and the running box; exit 1 when anything is wrong.

    What is wrong is told with its cause and with what helps.
    """
    if exchange:
        from appliance.cli.swap import swap

        return swap(choices, line_name, partner)
    from appliance import config
    from appliance.cli.client import answers
    from appliance.cli.run import asker, house_of
    from appliance.console.facts import look
    from appliance.logging import mask_text
    from appliance.operations.doctor import examine

    language = choices.language
    running = answers(choices)
    rows = [
        {
            "code": one.code,
            "check": say(one.code, language, **one.facts),
            "ok": one.good,
            "cure": None if one.good else cure(one.code, language),
        }
        for one in examine(config.find(choices.config), choices.config, running)
    ]
    if running:
        facts = look(asker(choices), house_of(choices), lambda: datetime.now().astimezone())
        rows += [
            {
                "code": one.code,
                "check": mask_text(say(one.code, language, **one.facts)),
                "ok": False,
                "cure": cure(one.code, language),
            }
            for one in facts.findings
        ]
    show(choices, rows, [("ok", "ok"), ("check", "check"), ("cure", "cure")])
    return int(not all(row["ok"] for row in rows))
