"""The console's program: which screen stands, what a key does."""

from __future__ import annotations

import curses
import locale
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from appliance.console import screens
from appliance.console.facts import Ask, House, Row, look, machine, transcript
from appliance.console.terminal import (
    BACKSPACE,
    DOWN,
    ENTER,
    ESCAPE,
    UP,
    CursesTerminal,
    Terminal,
    shows_chinese,
)
from appliance.errors import BadInput, SimveilError
from appliance.words import Language, say

REFRESH = 2.0
"""Seconds between looks at the box while no key is pressed."""
_LONGEST_INPUT = 60
_LOG_LINES = 60
_PUSHES = 50
_AT_SECONDS = 10.0
_USSD_SECONDS = 30.0


class Program:
    """Screens, and what keys do on them.

    Args:
        terminal: Where it shows.
        ask: Asks the running box.
        house: What can be known with no box running.
        language: To begin with.
        chinese: Whether the terminal can show it.
        now: Local time.
    """

    def __init__(
        self,
        terminal: Terminal,
        ask: Ask,
        house: House,
        *,
        language: Language = "en",
        chinese: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._terminal = terminal
        self._ask = ask
        self._house = house
        self._language: Language = language if chinese else "en"
        self._chinese = chinese
        self._now = now
        self._facts = look(ask, house, now)
        self._chosen = 0
        self._line: str | None = None
        self._message = ""
        self._asking = ""  # the keys of a question that stands open
        self._show: Callable[[], None] = self._overview

    def run(self) -> None:
        """Show screens until somebody quits."""
        while True:
            self._show()
            key = self._terminal.key(REFRESH)
            if key == "q":
                return
            if key is not None:
                self._message = ""
            self._pressed(key)
            self._facts = look(self._ask, self._house, self._now)

    def message(self, code: str, **named: object) -> None:
        """Have a sentence stand above the keys until the next one is pressed."""
        self._message = say(code, self._language, **named)

    # --- keys ---

    def _pressed(self, key: str | None) -> None:
        if key == "L":
            self._switch_language()
        elif key == ESCAPE:
            self._show, self._line = self._overview, None
        elif key is not None and self._facts.running:
            self._keys().get(key, lambda: None)()

    def _keys(self) -> dict[str, Callable[[], None]]:
        if self._show == self._overview:
            return {
                UP: lambda: self._choose(-1),
                DOWN: lambda: self._choose(1),
                "k": lambda: self._choose(-1),
                "j": lambda: self._choose(1),
                ENTER: self._open,
                "l": lambda: self._go(self._log),
                "o": lambda: self._go(self._outbox),
                "n": lambda: self._go(self._network),
                "b": lambda: self._go(self._page),
            }
        if self._show == self._detail:
            return {"r": self._reset, "a": self._at, "u": self._ussd}
        if self._show == self._outbox:
            return {"p": self._replay}
        return {}

    def _go(self, screen: Callable[[], None]) -> None:
        self._show = screen

    def _choose(self, step: int) -> None:
        self._chosen = max(0, min(self._chosen + step, len(self._facts.lines) - 1))

    def _open(self) -> None:
        if self._facts.lines:
            chosen = self._facts.lines[min(self._chosen, len(self._facts.lines) - 1)]
            self._line = chosen["msisdn"] or chosen["iccid"] or chosen["imei"]
            self._show = self._detail

    def _switch_language(self) -> None:
        if not self._chinese:
            self._message = say("CON-408")
            return
        self._language = "en" if self._language == "zh-CN" else "zh-CN"

    # --- screens ---

    def _overview(self) -> None:
        if not self._facts.running:
            body = screens.rescue(self._facts, self._house, self._language)
            self._paint("CON-006", body, "CON-305")
            return
        self._paint(
            "CON-001", screens.overview(self._facts, self._chosen, self._language), "CON-301"
        )

    def _detail(self) -> None:
        line = self._found()
        if line is None:
            self._show = self._overview
            self._overview()
            return
        said = transcript(self._ask, self._line or "")
        body = screens.line_detail(line, said, self._language)
        self._paint("CON-002", body, "CON-302", line=screens.masked(line["msisdn"]))

    def _log(self) -> None:
        rows = self._asked("GET", "/log", default=[], limit=_LOG_LINES)
        self._paint(
            "CON-003", screens.log([row["text"] for row in rows], self._language), "CON-303"
        )

    def _outbox(self) -> None:
        self._paint("CON-004", screens.outbox(self._parked(), self._language), "CON-304")

    def _network(self) -> None:
        self._paint("CON-005", screens.network(self._facts, machine(), self._language), "CON-303")

    def _page(self) -> None:
        self._paint("CON-001", screens.page(self._facts, machine(), self._language), "CON-303")

    def _paint(self, title: str, body: Sequence[str], keys: str, **named: object) -> None:
        self._terminal.paint(
            screens.framed(
                self._facts,
                say(title, self._language, **named),
                body,
                self._message,
                say(self._asking or keys, self._language),
                self._language,
            )
        )

    # --- actions ---

    def _reset(self) -> None:
        path = self._path("reset")
        if self._sure("CON-401", line=screens.masked(self._line)):
            self._do("POST", path, {})

    def _at(self) -> None:
        command = self._typed("CON-403", line=screens.masked(self._line))
        if command:
            self._spoken("at", {"command": command, "timeout": _AT_SECONDS})

    def _ussd(self) -> None:
        code = self._typed("CON-404", line=screens.masked(self._line))
        if code:
            self._spoken("ussd", {"code": code, "timeout": _USSD_SECONDS})

    def _replay(self) -> None:
        count = len(self._parked())
        if count and self._sure("CON-402", count=count):
            self._do("POST", "/outbox/replay", {})

    def _spoken(self, verb: str, body: dict[str, Any]) -> None:
        self._say("CON-409")
        try:
            said = self._ask("POST", self._path(verb), body, timeout=body["timeout"] + 5.0)
        except SimveilError as error:
            self._message = say("CON-406", self._language, reason=error)
            return
        self._message = " | ".join(said["lines"])

    def _do(self, method: str, path: str, body: dict[str, Any]) -> None:
        try:
            self._ask(method, path, body, timeout=10.0)
        except SimveilError as error:
            self._message = say("CON-406", self._language, reason=error)
        else:
            self._message = say("CON-405", self._language)

    def _sure(self, question: str, **named: object) -> bool:
        """Ask before something that cannot be taken back."""
        self._message, self._asking = say(question, self._language, **named), "CON-311"
        self._show()
        key = None
        while key is None:
            key = self._terminal.key(REFRESH)
        self._message = "" if key == "y" else say("CON-407", self._language)
        self._asking = ""
        return key == "y"

    def _typed(self, prompt: str, **named: object) -> str | None:
        """Return what was typed at a prompt, None when it was cancelled."""
        self._asking = "CON-312"
        text = ""
        key: str | None = ""
        while key not in (ESCAPE, ENTER):
            self._message = f"{say(prompt, self._language, **named)}{text}_"
            self._show()
            key = self._terminal.key(REFRESH)
            if key == BACKSPACE:
                text = text[:-1]
            elif key is not None and len(key) == 1 and key.isascii() and len(text) < _LONGEST_INPUT:
                text += key
        self._message = self._asking = ""
        return text.strip() if key == ENTER else None

    def _say(self, code: str) -> None:
        self._message = say(code, self._language)
        self._show()

    # --- the box ---

    def _found(self) -> Row | None:
        for line in self._facts.lines:
            if self._line in (line["msisdn"], line["iccid"], line["imei"]):
                return line
        return None

    def _parked(self) -> list[Row]:
        found: list[Row] = self._asked("GET", "/outbox", default=[], state="parked", limit=_PUSHES)
        return found

    def _asked(self, method: str, path: str, *, default: Any, **query: Any) -> Any:
        try:
            return self._ask(method, path, timeout=5.0, **query)
        except SimveilError as error:
            self._message = say("CON-406", self._language, reason=error)
            return default

    def _path(self, verb: str) -> str:
        return f"/lines/{quote(self._line or '', safe='')}/{verb}"


def run(ask: Ask, house: House, language: Language) -> int:
    """Show the console on this terminal until somebody quits. Returns 0.

    Raises:
        BadInput: Standard input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput(say("CON-411", language))
    locale.setlocale(locale.LC_ALL, "")
    chinese = shows_chinese(os.environ.get("TERM", ""), locale.getpreferredencoding(False))

    def shown(window: curses.window) -> None:
        terminal = CursesTerminal(window)
        program = Program(terminal, ask, house, language=language, chinese=chinese)
        if not terminal.fits():
            program.message("CON-410", columns=screens.COLUMNS, rows=screens.ROWS)
        program.run()

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
    lines = screens.framed(facts, say("CON-001", language), body, "", "", language)
    return "\n".join(line.rstrip() for line in lines).rstrip()
