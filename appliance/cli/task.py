"""``simveil task``: batches over many numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, listed, show
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [
    ("id", "task_id"),
    ("kind", "kind"),
    ("state", "state"),
    ("total", "total"),
    ("done", "done"),
    ("failed", "failed"),
    ("at", "created_at"),
]
_RESULTS = [
    ("msisdn", "number"),
    ("state", "state"),
    ("reason", "reason"),
    ("note", "note"),
    ("attempts", "attempts"),
]
_FROM = click.option("--from-app", metavar="NAME", help="Refuse numbers of other applications.")


@click.group(cls=Group)
def task() -> None:
    """Batches over many numbers: NUMBERS are MSISDNs, or .csv, .xlsx or .txt files of them."""


@task.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option("--app", metavar="NAME", required=True, help="The application that gets them.")
@_FROM
@pass_choices
def transfer(choices: Choices, /, numbers: tuple[str, ...], **words: Any) -> None:
    """Give NUMBERS to another application; their bindings end."""
    body = {"numbers": _given(choices, numbers), **words}
    show(choices, ask(choices, "POST", "/tasks/transfer", body), _COLUMNS)


@task.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option("--end-bindings", is_flag=True, help="Numbers with bindings go too.")
@_FROM
@pass_choices
def release(choices: Choices, /, numbers: tuple[str, ...], **words: Any) -> None:
    """Forget NUMBERS, each after a check."""
    body = {"numbers": _given(choices, numbers), **words}
    show(choices, ask(choices, "POST", "/tasks/release", body), _COLUMNS)


@task.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option("--on/--off", "on", required=True, help="Off also switches off their bindings.")
@_FROM
@pass_choices
def sms(choices: Choices, /, numbers: tuple[str, ...], **words: Any) -> None:
    """Switch texts of NUMBERS on or off."""
    body = {"numbers": _given(choices, numbers), **words}
    show(choices, ask(choices, "POST", "/tasks/sms", body), _COLUMNS)


@task.command("list")
@click.option("--limit", type=int, help="Rows at most, 100 by default.")
@downloads
@pass_choices
def list_(choices: Choices, limit: int | None, output: Path | None) -> None:
    """List tasks, the newest first."""
    listed(choices, ask(choices, "GET", "/tasks", limit=limit), _COLUMNS, output)


@task.command("show")
@click.argument("task_id", type=int)
@pass_choices
def show_(choices: Choices, task_id: int) -> None:
    """Show how far a task is."""
    show(choices, ask(choices, "GET", path_of("tasks", task_id)), _COLUMNS)


@task.command()
@click.argument("task_id", type=int)
@click.option("--state", type=click.Choice(["waiting", "done", "failed"]), help="These only.")
@downloads
@pass_choices
def results(choices: Choices, task_id: int, state: str | None, output: Path | None) -> None:
    """List what became of each number of a task."""
    rows = ask(choices, "GET", path_of("tasks", task_id, "results"), state=state)
    listed(choices, rows, _RESULTS, output)


@task.command()
@click.argument("task_id", type=int)
@pass_choices
def resubmit(choices: Choices, task_id: int) -> None:
    """Try again what failed of a task."""
    show(choices, ask(choices, "POST", path_of("tasks", task_id, "resubmit"), {}), _COLUMNS)


def _given(choices: Choices, words: tuple[str, ...]) -> list[str]:
    """Return the numbers that were typed, and those in the files that were named."""
    from appliance.operations import tables

    numbers: list[str] = []
    for word in words:
        path = Path(word)
        if path.suffix.lower() not in (".csv", ".xlsx", ".txt"):
            numbers.append(word)
            continue
        try:
            numbers += tables.read_numbers(path.read_bytes(), path.name)
        except OSError as error:
            told = say("CLI-008", choices.language, path=path, reason=error.strerror)
            raise BadInput(told) from error
    return numbers
