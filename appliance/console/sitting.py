"""The console on the terminal of this process, and its one page for a photograph."""

from __future__ import annotations

import curses
import locale
import os
import sys
from collections.abc import Callable
from datetime import datetime

from appliance.console import screens
from appliance.console.facts import Ask, House, look, machine
from appliance.console.program import Program
from appliance.console.terminal import CursesTerminal, shows_chinese
from appliance.errors import BadInput
from appliance.words import Language, say

_OTHERWISE = "vt100"
"""What a terminal of an unknown kind is taken for: all that came since understands it."""


def run(ask: Ask, house: House, language: Language, speak: Callable[[Language], None]) -> int:
    """Show the console on this terminal until somebody quits. Returns 0.

    Args:
        ask: Asks the running box.
        house: What can be known without it.
        language: To begin with, where the terminal can show it.
        speak: Told the language of what the box is asked.

    Raises:
        BadInput: Standard input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput(say("CON-411", language))
    locale.setlocale(locale.LC_ALL, "")
    chinese = shows_chinese(os.environ.get("TERM", ""), locale.getpreferredencoding(False))

    def shown(window: curses.window) -> None:
        terminal = CursesTerminal(window)
        program = Program(terminal, ask, house, language=language, chinese=chinese, speak=speak)
        if not terminal.fits():
            program.dialog.tell("CON-410", columns=screens.COLUMNS, rows=screens.ROWS)
        program.run()

    try:
        curses.setupterm()
    except curses.error:
        os.environ["TERM"] = _OTHERWISE
    try:
        curses.wrapper(shown)
    except curses.error as error:
        raise BadInput(f"{say('CON-411', language)} ({error})") from error
    except KeyboardInterrupt:
        return 0
    return 0


def screen_page(ask: Ask, house: House, language: Language) -> str:
    """Return one masked screen with all that support asks first, for a photograph or a mail."""
    facts = look(ask, house, lambda: datetime.now().astimezone())
    body = screens.page(facts, machine(), language)
    lines = screens.framed(facts, say("CON-012", language), body, "", "", language)
    return "\n".join(line.rstrip() for line in lines).rstrip()
