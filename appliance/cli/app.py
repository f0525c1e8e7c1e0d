"""``simveil app``: applications."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from appliance.cli.client import ask, path_of
from appliance.cli.common import Choices, Group, pass_choices
from appliance.cli.output import downloads, listed, show
from appliance.errors import BadInput
from appliance.words import say

_COLUMNS = [
    ("name", "name"),
    ("mode", "mode"),
    ("key", "appKey"),
    ("sign", "sign"),
    ("record", "record"),
    ("sms", "sms"),
    ("active", "active"),
]
_KINDS = ("status", "cdr", "sms", "sms-control", "number", "callin")


@click.group(cls=Group)
def app() -> None:
    """Applications."""


def _switches(command: Callable[..., Any]) -> Callable[..., Any]:
    for kind in reversed(_KINDS):
        command = click.option(
            f"--{kind}-url", metavar="URL", help=f"Where {kind} pushes go; empty removes it."
        )(command)
    options = (
        click.option("--record/--no-record", default=None, help="Recording is enabled."),
        click.option("--sms/--no-sms", default=None, help="Texts are enabled."),
        click.option("--sms-content/--no-sms-content", default=None, help="Pushes carry texts."),
        click.option("--sign", type=click.Choice(["aksk", "wsse"]), help="How pushes are signed."),
        click.option("--digits", type=click.IntRange(1, 4), help="Extension digits (AXE)."),
        click.option("--allow", multiple=True, metavar="ADDRESS", help="Clients that may ask."),
        click.option(
            "--prompt",
            multiple=True,
            metavar="SLOT=FILE",
            help="What is said when; `default` is the box's own, an empty FILE removes it.",
        ),
        click.option(
            "--extension-repeats", type=click.IntRange(0, 9), help="Tries after a wrong one (AXE)."
        ),
        click.option(
            "--callback-number", metavar="MSISDN", help="When nobody can be called back (AXE)."
        ),
        click.option(
            "--push-number-status/--no-push-number-status",
            default=None,
            help="Number states go to the status URL too.",
        ),
        click.option(
            "--access-token",
            metavar="TOKEN",
            help="Older clients fetch recordings with it; empty removes it.",
        ),
        click.option(
            "--language",
            type=click.Choice(["zh-CN", "en", "zh-CN+en", "en+zh-CN"]),
            help="Of the box's own prompts; two are said in turn.",
        ),
        click.option("--setting", multiple=True, metavar="NAME=JSON", help="Any other setting."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _body(words: dict[str, Any]) -> dict[str, Any]:
    urls = {kind: words.pop(f"{kind.replace('-', '_')}_url") for kind in _KINDS}
    settings = dict(_setting(text) for text in words.pop("setting"))
    prompts = dict(_prompt(text) for text in words.pop("prompt"))
    allowed = list(words.pop("allow"))
    return {
        **words,
        "urls": {kind: url for kind, url in urls.items() if url is not None} or None,
        "settings": settings or None,
        "prompts": prompts or None,
        "allowed_addresses": [address for address in allowed if address] if allowed else None,
    }


def _prompt(text: str) -> tuple[str, str]:
    slot, equals, name = text.partition("=")
    if not equals or not slot:
        raise BadInput(f"{text!r} is not SLOT=FILE")
    return slot, name


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInput(f"{text!r} is not NAME=JSON")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@app.command()
@click.argument("name")
@click.option(
    "--mode", type=click.Choice(["AX", "AXB", "AXE", "AXYB", "X"]), required=True, help="Fixed."
)
@click.option("--key", metavar="KEY", help="Adopt this APP_Key, with --secret-file.")
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path),
    help="File that holds the APP_Secret of --key, so that no process list shows it.",
)
@_switches
@pass_choices
def add(
    choices: Choices,
    /,
    name: str,
    mode: str,
    key: str | None,
    secret_file: Path | None,
    **words: Any,
) -> None:
    """Make application NAME; prints its key pair."""
    pair = {"key": key, "secret": _secret(choices, secret_file)}
    body = {"name": name, "mode": mode, **pair, **_body(words)}
    made = ask(choices, "POST", "/applications", body)
    show(choices, made, [*_COLUMNS[:3], ("secret", "appSecret")])
    if not choices.json:
        click.echo(say("CLI-007", choices.language))


def _secret(choices: Choices, path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else say("CLI-023", choices.language)
        raise BadInput(say("CLI-008", choices.language, path=path, reason=reason)) from error


@app.command("list")
@downloads
@pass_choices
def list_(choices: Choices, output: Path | None) -> None:
    """List applications."""
    listed(choices, ask(choices, "GET", "/applications"), _COLUMNS, output)


@app.command("show")
@click.argument("name")
@click.option("--secret", is_flag=True, help="With its secret.")
@pass_choices
def show_(choices: Choices, name: str, secret: bool) -> None:
    """Show application NAME."""
    found = ask(choices, "GET", path_of("applications", name), secret=secret or None)
    show(choices, found, [*_COLUMNS, *([("secret", "appSecret")] if secret else [])])


@app.command("set")
@click.argument("name")
@click.option("--active/--inactive", default=None, help="May call the interface.")
@click.option("--frozen/--unfrozen", default=None, help="Suspended by the operator.")
@_switches
@pass_choices
def set_(choices: Choices, /, name: str, **words: Any) -> None:
    """Change application NAME; what is not given stays."""
    show(choices, ask(choices, "PATCH", path_of("applications", name), _body(words)), _COLUMNS)
