"""``simveil size``: how many SIMs and trunks recorded traffic needs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.output import downloads, listed
from appliance.words import say

_COLUMNS = [
    ("strategy", "strategy"),
    ("calls", "calls"),
    ("busy", "busy_hour"),
    ("erlang", "numbers_erlang"),
    ("numbers", "numbers"),
    ("erlangs", "trunks_erlang"),
    ("trunks", "trunks"),
    ("sims", "sims"),
    ("expected", "expected_percent"),
    ("replayed", "replayed_percent"),
    ("overall", "replayed_all_percent"),
]


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--blocking",
    type=click.FloatRange(0.01, 50),
    default=2.0,
    show_default=True,
    help="Per cent of calls that may be lost in the busy hour.",
)
@downloads
@pass_choices
def size(choices: Choices, file: Path, blocking: float, output: Path | None) -> None:
    """Say how many SIMs and trunks the calls of FILE need, for each way of connecting.

    FILE is a CSV or xlsx of call records: `simveil cdr export`, or the cloud's own. Needs no box.
    """
    from appliance.model import traffic
    from appliance.operations import sizing

    calls, passed = sizing.calls(file)
    rows = []
    for strategy in ("conference", "bridge", "transfer"):
        found = traffic.size(calls, strategy, blocking / 100)
        rows.append(
            {
                "strategy": strategy,
                "calls": found.calls,
                "busy_hour": datetime.fromtimestamp(found.busy_hour, UTC).isoformat(),
                "numbers_erlang": round(found.numbers_erlang, 3),
                "trunks_erlang": round(found.trunks_erlang, 3),
                "numbers": found.numbers,
                "trunks": found.trunks,
                "sims": found.numbers + found.trunks,
                "expected_percent": round(100 * found.expected, 3),
                "replayed_percent": round(100 * found.replayed, 3),
                "replayed_all_percent": round(100 * found.replayed_all, 3),
            }
        )
    listed(choices, rows, _COLUMNS, output)
    if not choices.json and passed:
        click.echo(say("CLI-016", choices.language, count=passed))
