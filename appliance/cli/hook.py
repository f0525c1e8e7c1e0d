"""``simveil hook``: pushes to applications, looked at by whoever integrates them."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import print_json, show
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [
    ("kind", "kind"),
    ("url", "url"),
    ("ok", "ok"),
    ("http", "status"),
    ("seconds", "seconds"),
    ("verdict", "verdict"),
]
_TEST_SECONDS = 120.0
_WAIT = 15  # seconds that the box waits for a push before it says that there was none
_MARGIN = 15.0


@click.group(cls=Group)
def hook() -> None:
    """Pushes to applications."""


@hook.command()
@click.argument("name")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only callin, fee, sms and so on."
)
@pass_choices
def test(choices: Choices, name: str, kinds: tuple[str, ...]) -> int:
    """Send application NAME signed samples of every push; exit 1 when one was not taken."""
    path = path_of("applications", name, "hook-test")
    tried = ask(choices, "POST", path, {"kinds": list(kinds)}, timeout=_TEST_SECONDS)
    show(choices, tried, _COLUMNS)
    return int(not all(one["ok"] for one in tried))


@hook.command()
@click.option("--app", metavar="NAME", help="To this application only.")
@click.option("--count", type=click.IntRange(1), help="End after so many.")
@click.option("--seconds", type=click.FloatRange(0), help="End after so long.")
@pass_choices
def watch(choices: Choices, app: str | None, count: int | None, seconds: float | None) -> None:
    """Show each push live: body, what was signed, reply, time, next try. --json: one per line."""
    if not choices.json:
        click.echo(say("CLI-017", choices.language))
    since, shown, left = 0, 0, seconds
    while (count is None or shown < count) and (left is None or left >= 0):
        wait = _WAIT if left is None else min(_WAIT, left)
        query: dict[str, Any] = {"app": app, "since": since, "wait": wait}
        found = ask(choices, "GET", "/hooks", timeout=wait + _MARGIN, **query)
        if left is not None and not found:
            left = left - wait if left > wait else -1.0
        for one in found[: None if count is None else count - shown]:
            since, shown = one["serial"], shown + 1
            _show_push(choices, one)


def _show_push(choices: Choices, one: dict[str, Any]) -> None:
    if choices.json:
        print_json(one)
        return
    outcome = one["status"] if one["error"] is None else one["error"]
    click.echo(f"{one['at']}  {one['app']}  {one['kind']} → {one['target']}")
    click.echo(f"  {outcome}, {one['seconds']} s; {one['next_try'] or '-'}")
    click.echo(f"  {one['signed']}")
    for name, value in one["headers"].items():
        click.echo(f"  {name}: {value}")
    click.echo(f"  {one['body']}")
    if one["reply"]:
        click.echo(f"  ← {one['reply']!r}")


@hook.command()
@click.option("--listen", default="127.0.0.1:9000", show_default=True, metavar="HOST:PORT",
              help="Port 0 takes a free one.")  # fmt: skip
@click.option("--key", metavar="KEY", help="APP_Key of the pushes, with --secret-file.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="Holds its APP_Secret.")
@click.option("--app", metavar="NAME", help="Instead of both: ask the box for this application's.")
@click.option(
    "--status", type=click.IntRange(200, 599), default=200, help="HTTP status of answers."
)
@click.option("--connect", metavar="MSISDN", help="Where calls go that the box asks about.")
@click.option("--route", metavar="MSISDN", help="To whom texts go that the box asks about.")
@click.option("--count", type=click.IntRange(1), help="End after so many.")
@pass_choices
def sink(
    choices: Choices, /, listen: str, app: str | None, count: int | None, **words: Any
) -> None:
    """Listen for pushes, print each as a line of JSON, and answer it."""
    from appliance.demo.sink import Replies, Sink

    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise BadInput(f"{listen!r} is not HOST:PORT")
    ended = threading.Event()
    left = [count or 0]

    def seen(push: dict[str, Any]) -> None:
        if not ended.is_set():
            click.echo(json.dumps(push, ensure_ascii=False))
        left[0] -= 1
        if left[0] == 0:
            ended.set()

    replies = Replies(words["status"], words["connect"], words["route"])
    secrets = _secrets(choices, app, words["key"], words["secret_file"])
    try:
        made = Sink(host.strip("[]"), int(port), secrets, replies, seen)
    except OSError as error:
        raise BadInput(f"{listen}: {error.strerror}") from error
    click.echo(say("CLI-018", choices.language, address=made.address), err=True)
    server = threading.Thread(target=made.run, name="sink", daemon=True)
    server.start()
    try:
        while not ended.wait(0.2):
            pass
    finally:
        made.end()
        server.join(5)


def _secrets(
    choices: Choices, app: str | None, key: str | None, file: Path | None
) -> dict[str, str]:
    if app is not None:
        found = ask(choices, "GET", path_of("applications", app), secret=True)
        return {found["appKey"]: found["appSecret"]}
    if key is None or file is None:
        return {}
    try:
        return {key: file.read_text(encoding="ascii").strip()}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else say("CLI-023", choices.language)
        raise BadInput(say("CLI-008", choices.language, path=file, reason=reason)) from error
