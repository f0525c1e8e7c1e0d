"""The command line tells of itself: every command, every option."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
import pytest

from appliance.cli.output import table
from appliance.cli.root import _COMMANDS, root, run
from appliance.words import SENTENCES


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*path, name))
    yield " ".join(path), command


ALL = dict(commands(root))


def test_the_fixed_surface_is_there() -> None:
    for words in (
        "demo", "serve", "bank", "sandbox", "check-config", "doctor", "pdu", "backup", "restore",
        "app add", "app list", "app show", "app set", "number enrol", "number list",
        "number transfer", "number release", "number replace-sim", "binding list", "binding add",
        "binding remove", "voice add", "voice list", "voice approve", "voice remove", "cdr list",
        "cdr show", "cdr export", "sms list", "outbox list", "outbox show", "outbox replay",
        "line list", "line show", "line at", "line reset", "line ussd",
    ):  # fmt: skip
        assert words in ALL


@pytest.mark.parametrize("words", [words for words in ALL if words])
def test_every_command_and_option_has_help_and_the_shared_options(words: str) -> None:
    command = ALL[words]

    assert command.help
    names = {name for option in command.params for name in option.opts}
    assert {"--config", "--json", "--lang"} <= names
    for option in command.params:
        if isinstance(option, click.Option) and option.name != "kind":
            assert option.help, option.name


def test_the_root_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in _COMMANDS)


def test_a_table_is_as_wide_as_its_words_and_shows_no_control_characters() -> None:
    rows = [{"name": "商店", "mode": "AXB"}, {"name": "a\x1b[2J\n", "mode": None}]

    assert table(rows, [("name", "name"), ("mode", "mode")], "en") == (
        "Name    Mode\n商店    AXB\na�[2J�  -"
    )


def test_every_word_of_help_is_in_the_catalogue_and_none_besides() -> None:
    texts = {words for _, words in _COMMANDS.values()}
    context = click.Context(root)
    waiting: list[click.Command] = [root]
    while waiting:
        command = waiting.pop()
        texts |= {inspect.cleandoc(command.help)} if command.help else set()
        options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
        texts |= {inspect.cleandoc(one.help) for one in options if one.help}
        if isinstance(command, click.Group):
            names = command.list_commands(context)
            waiting += [found for name in names if (found := command.get_command(context, name))]
    assert texts == {english for code, (english, _) in SENTENCES.items() if code[:4] == "HLP-"}


def test_help_is_in_the_readers_language_and_english_again_afterwards(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["line", "at", "--help", "--lang", "zh-CN"]) == 0
    chinese = capsys.readouterr().out
    assert "用法: simveil line at" in chinese
    assert "向线路 LINE 的模块发送 AT 指令" in chinese
    assert "只打印一个 JSON 值。" in chinese
    assert run(["--lang", "zh-CN", "line", "--help"]) == 0
    assert "列出线路。" in capsys.readouterr().out
    assert run(["--help", "--lang", "zh-CN"]) == 0
    assert "运行设备。" in capsys.readouterr().out
    assert run(["line", "at", "--help", "--lang", "en"]) == 0
    assert "Send an AT COMMAND to LINE's modem" in capsys.readouterr().out
