"""``simveil check-config``, ``simveil doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.common import DEFAULT_CONFIG, Choices, Command, pass_choices
from appliance.cli.output import print_json, show, tell
from appliance.errors import ConfigInvalid
from appliance.words import say


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
@pass_choices
def doctor(choices: Choices, line_name: str | None, exchange: bool) -> int:
    """Check machine and configuration; exit 1 when a check fails."""
    if exchange:
        from appliance.cli.swap import swap

        return swap(choices, line_name)
    from appliance import config
    from appliance.cli.client import answers
    from appliance.operations.doctor import examine

    checks = examine(config.find(choices.config), choices.config, answers(choices))
    rows = [
        {"code": one.code, "check": say(one.code, choices.language, **one.facts), "ok": one.good}
        for one in checks
    ]
    show(choices, rows, [("ok", "ok"), ("check", "check")])
    return int(not all(one.good for one in checks))
