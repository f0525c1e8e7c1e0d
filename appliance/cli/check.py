"""``simveil check-config``, ``simveil doctor``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

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
    rows = _examined(choices)
    show(choices, rows, [("ok", "ok"), ("check", "check"), ("cure", "cure")])
    return int(not all(row["ok"] for row in rows))


def _examined(choices: Choices) -> list[dict[str, Any]]:
    """Return a row for each check of the machine and for each finding that a console shows."""
    from appliance import config
    from appliance.cli.run import asker, house_of
    from appliance.console.facts import look
    from appliance.operations.doctor import Check, examine, examine_machine

    facts = look(asker(choices), house_of(choices), lambda: datetime.now().astimezone())
    try:
        settings = config.find(choices.config)
    except ConfigInvalid as error:
        path = str(choices.config or DEFAULT_CONFIG)
        checks = examine_machine()
        checks += [
            Check("DOC-010", False, {"path": path, "reason": said}) for said in error.problems
        ]
    else:
        checks = examine(settings, choices.config, facts.running)
    rows = [_row(choices, one.code, one.good, dict(one.facts)) for one in checks]
    # That the box does not answer and that the configuration is spoilt is among the checks.
    found = [one for one in facts.findings if one.code not in ("CON-101", "CON-103")]
    return rows + [_row(choices, one.code, False, one.facts) for one in found]


def _row(choices: Choices, code: str, good: bool, facts: dict[str, Any]) -> dict[str, Any]:
    from appliance.logging import mask_text

    return {
        "code": code,
        "check": mask_text(say(code, choices.language, **facts)),
        "ok": good,
        "cure": None if good else cure(code, choices.language),
    }
