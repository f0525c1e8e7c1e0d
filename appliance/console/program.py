"""The console's program: which screen stands, what a key does."""

from __future__ import annotations

import curses
import locale
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance.console import bundle, screens
from appliance.console.facts import Ask, House, Row, look, machine, transcript
from appliance.console.orders import Order, leave
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
from appliance.model import by_hand
from appliance.operations import secret
from appliance.words import Language, say
from appliance.words.report import commissioned

REFRESH = 2.0
"""Seconds between looks at the box while no key is pressed."""
_LONGEST_INPUT = 60
_LOG_LINES = 60
_PUSHES = 50
_AT_SECONDS = 10.0
_USSD_SECONDS = 30.0
_TEXT_SECONDS = 90.0
_TONE_SECONDS = 150.0
_COMMISSION_SECONDS = 900.0


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
        self._clear = False
        screens.unmask(False)
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
        elif key == "!":
            self._shell()
        elif key == ESCAPE:
            self._show, self._line = self._overview, None
        elif key is not None:
            keys = self._keys() if self._facts.running else self._rescue_keys()
            keys.get(key, lambda: None)()

    def _rescue_keys(self) -> dict[str, Callable[[], None]]:
        found = {"s": self._bundle, "R": lambda: self._order("CON-421", "restart")}
        found["B"] = lambda: self._order("CON-422", "reboot")
        if self._facts.slot != "-":
            found["O"] = lambda: self._order("CON-423", "other-slot")
        return found

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
                "f": lambda: self._go(self._findings),
                "h": lambda: self._go(self._help),
                "s": self._bundle,
                "p": self._phrase,
                "U": self._unmask,
                "R": lambda: self._order("CON-421", "restart"),
                "B": lambda: self._order("CON-422", "reboot"),
            }
        if self._show == self._detail:
            return {
                "r": self._reset,
                "a": self._at,
                "u": self._ussd,
                "t": self._text,
                "c": self._tone,
                "m": self._commission,
                "v": lambda: self._go(self._can),
            }
        if self._show == self._can:
            return {"v": lambda: self._go(self._detail), "m": self._commission}
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
            keys = "CON-305" if self._facts.slot == "-" else "CON-307"
            self._paint("CON-006", body, keys)
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

    def _can(self) -> None:
        """What commissioning found."""
        found = self._asked("GET", self._path("commission"), default={"report": None})["report"]
        rows = commissioned(found, self._language)
        body = [part for row in rows for part in screens.folded(row, 2)]
        line = screens.masked(self._line)
        self._paint("CON-002", body, "CON-306", line=line)

    def _findings(self) -> None:
        self._paint("CON-007", screens.findings(self._facts, self._language), "CON-303")

    def _help(self) -> None:
        self._paint("CON-008", screens.keys(self._language), "CON-303")

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
        if not command:
            return
        body: dict[str, Any] = {"command": command, "timeout": _AT_SECONDS}
        if by_hand.danger(command) is not None:
            if not self._sure("CON-424") or not self._knows_secret():
                return
            body["dangerous"] = True
        self._spoken("at", body)

    def _ussd(self) -> None:
        code = self._typed("CON-404", line=screens.masked(self._line))
        if code:
            self._spoken("ussd", {"code": code, "timeout": _USSD_SECONDS})

    def _text(self) -> None:
        phone = self._typed("CON-425", line=screens.masked(self._line))
        if phone and self._sure("CON-426", phone=screens.masked(phone)):
            self._say("CON-409")
            self._do("POST", self._path("text"), {"phone": phone}, _TEXT_SECONDS)

    def _tone(self) -> None:
        phone = self._typed("CON-425", line=screens.masked(self._line))
        if not phone or not self._sure("CON-427", phone=screens.masked(phone)):
            return
        self._say("CON-409")
        done = self._do("POST", self._path("tone"), {"phone": phone}, _TONE_SECONDS)
        if done is not None and done["why"]:
            self._message = say("CON-406", self._language, reason=done["why"])

    def _commission(self) -> None:
        path = self._path("commission")
        if self._sure("CON-428", line=screens.masked(self._line)):
            self._say("CON-429")
            if self._do("POST", path, {}, _COMMISSION_SECONDS) is not None:
                self._go(self._can)

    def _bundle(self) -> None:
        folder = self._typed("CON-430", begin=str(bundle.STICK))
        if not folder:
            return
        self._say("CON-409")
        config = self._house.secret.parent / "simveil.toml"
        try:
            path, files = bundle.write(Path(folder), self._ask, self._house, config, self._language)
        except SimveilError as error:
            self._message = say("CON-406", self._language, reason=error)
        else:
            self._message = say("CLI-111", self._language, path=path.name, files=files)

    def _phrase(self) -> None:
        """Make the recovery phrase and show it until a key is pressed, this once."""
        if not self._sure("CON-431"):
            return
        made = self._do("POST", "/recovery", {})
        if made is None:
            return
        words = made["phrase"].split()
        rows = [
            "  ".join(f"{place + 1:2}. {words[place]:10}" for place in range(row, row + 4))
            for row in range(0, len(words), 4)
        ]
        body = ["", *rows, "", *screens.folded(say("CLI-102", self._language), 4)]
        self._message = ""
        key = None
        while key is None:
            self._paint("CON-009", body, "CON-308")
            key = self._terminal.key(REFRESH)

    def _order(self, question: str, order: Order) -> None:
        if not self._sure(question):
            return
        try:
            leave(order, self._house.orders)
        except SimveilError as error:
            self._message = say("CON-406", self._language, reason=error)
        else:
            self._message = say("CON-405", self._language)

    # --- with the local secret ---

    def _knows_secret(self) -> bool:
        """Ask for the local secret; say so when it is wrong, or when there is none."""
        if not secret.is_set(self._house.secret):
            self._message = say("CON-432", self._language)
            return False
        typed = self._typed("CON-433", hide=True)
        if typed is None:
            return False
        good = secret.matches(self._house.secret, typed)
        if not good:
            self._message = say("CON-434", self._language)
        return good

    def _unmask(self) -> None:
        if self._clear or self._knows_secret():
            self._clear = not self._clear
            screens.unmask(self._clear)
            self._message = say("CON-435" if self._clear else "CON-436", self._language)

    def _shell(self) -> None:
        if self._knows_secret():
            self._terminal.shell(say("CON-437", self._language))

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

    def _do(self, method: str, path: str, body: dict[str, Any], timeout: float = 10.0) -> Any:
        """Have something done and say how it went; return the answer, None when it failed."""
        try:
            done = self._ask(method, path, body, timeout=timeout)
        except SimveilError as error:
            self._message = say("CON-406", self._language, reason=error)
            return None
        self._message = say("CON-405", self._language)
        return done

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

    def _typed(
        self, prompt: str, *, begin: str = "", hide: bool = False, **named: object
    ) -> str | None:
        """Return what was typed at a prompt, None when it was cancelled.

        Args:
            begin: What stands there to begin with.
            hide: Show asterisks.
        """
        self._asking = "CON-312"
        text = begin
        key: str | None = ""
        while key not in (ESCAPE, ENTER):
            shown = "*" * len(text) if hide else text
            self._message = f"{say(prompt, self._language, **named)}{shown}_"
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
