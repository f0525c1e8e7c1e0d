"""Help in the reader's language: the English that stands in the code, or its Chinese."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any, Protocol

import click

from appliance.words import Language
from appliance.words.catalogue import help_in

_FRAME = (
    ("Usage:", "用法:"),
    ("Options:", "选项:"),
    ("Commands:", "命令:"),
    ("[required]", "[必填]"),
    ("[default: ", "[默认:"),
)
"""What click says by itself."""


class _HasHelp(Protocol):
    help: str | None


class Helps(click.Command):
    """A command whose help is in the chosen language."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the whole help."""
        text = super().get_help(ctx)
        if language_here(ctx) != "en":
            for english, chinese in _FRAME:
                text = text.replace(english, chinese)
        return text

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of the command and of its options."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        with said_in(language_here(ctx), self, *options):
            super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return one line, for the list of a noun's verbs."""
        with said_in(language_here(click.get_current_context(silent=True)), self):
            return super().get_short_help_str(limit)


def language_here(ctx: click.Context | None) -> Language:
    """Return the language that was chosen, or that of the environment."""
    from appliance.cli.common import Choices, of_locale

    choices = None if ctx is None else ctx.find_object(Choices)
    return of_locale() if choices is None else choices.language


def in_words(text: str, language: Language) -> str:
    """Return a text of the help in a language; as it is where the catalogue does not have it."""
    return help_in(inspect.cleandoc(text), language) or text


@contextlib.contextmanager
def said_in(language: Language, *parts: Any) -> Iterator[None]:
    """Have commands and options bear their help in a language meanwhile."""
    kept: list[tuple[_HasHelp, str]] = [(part, part.help) for part in parts if part.help]
    try:
        for part, text in kept:
            part.help = in_words(text, language)
        yield
    finally:
        for part, text in kept:
            part.help = text
