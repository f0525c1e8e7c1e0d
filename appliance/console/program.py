"""The console's program: which screen stands, and what its keys do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from appliance.console import actions, screens
from appliance.console.dialog import REFRESH, Dialog
from appliance.console.facts import Ask, House, Row, journal, look, machine, transcript
from appliance.console.terminal import DOWN, ENTER, ESCAPE, PAGE_DOWN, PAGE_UP, UP, Terminal
from appliance.errors import SimveilError
from appliance.words import Language
from appliance.words.report import commissioned

_LOG_LINES = 200
_PUSHES = 50
_LINE = frozenset({"line", "said", "can"})
_WITHOUT_SERVICE = frozenset({"rescue", "log", "network", "findings", "help"})

ALONE = timedelta(minutes=10)
"""Numbers in clear are masked again when nobody has pressed a key for so long."""

Action = Callable[["Program"], None]


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen.

    Args:
        title: Code of its title.
        foot: Code of the line that shows its keys.
        body: What stands on it.
        keys: What each key does there, beside those of every screen.
    """

    title: str
    foot: str
    body: Callable[[Program], Sequence[str]]
    keys: Mapping[str, Action] = field(default_factory=dict)


class Program:
    """Screens, and what keys do on them.

    Args:
        terminal: Where it shows.
        ask: Asks the running box.
        house: What can be known with no box running.
        language: To begin with.
        chinese: Whether the terminal can show it.
        speak: Told the language of what the box is asked, at the beginning and at a change.
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
        speak: Callable[[Language], None] = lambda _language: None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.terminal = terminal
        self.ask = ask
        self.house = house
        self.dialog = Dialog(terminal, self.paint)
        self.dialog.language = language if chinese else "en"
        speak(self.dialog.language)
        self._speak = speak
        self._chinese = chinese
        self._now = now
        self.facts = look(ask, house, now)
        self.chosen = 0
        self.line: str | None = None
        self.clear = False
        screens.unmask(False)
        self._touched = now()  # when a key was pressed last
        self._screen = "lines"
        self._first = 0  # the body's row at the top of the screen
        self._from_end = False

    @property
    def language(self) -> Language:
        """Of what is shown."""
        return self.dialog.language

    def run(self) -> None:
        """Show screens until somebody quits."""
        while True:
            self.paint()
            key = self.terminal.key(REFRESH)
            if key == "q":
                return
            if key is not None:
                self.dialog.message = ""
                self._touched = self._now()
            self._pressed(key)
            self._forget_who_was_here()
            self.facts = look(self.ask, self.house, self._now)

    def _forget_who_was_here(self) -> None:
        """Mask the numbers again once nobody has pressed a key for a while."""
        if self.clear and self._now() - self._touched > ALONE:
            self.clear = False
            screens.unmask(False)
            self.dialog.tell("CON-436")

    def paint(self) -> None:
        """Show the screen that stands."""
        screen = SCREENS[self.standing()]
        body = list(screen.body(self))
        if self.standing() != "lines":
            body = self._window(body)
        name = screens.masked(self.line) if self._screen in _LINE else ""
        self.terminal.paint(
            screens.framed(
                replace(self.facts, at=self._now()),
                screens.title(screen.title, self.facts, self.language, line=name),
                body,
                self.dialog.message,
                screens.foot(self.dialog.asking or screen.foot, self.facts, self.language),
                self.language,
            )
        )

    def standing(self) -> str:
        """Return the name of the screen that stands."""
        if self._screen in _LINE and self.found() is None:
            self._screen = "lines"
        if self.facts.rescue and self._screen not in _WITHOUT_SERVICE:
            return "rescue"
        return "lines" if self._screen == "rescue" and not self.facts.rescue else self._screen

    def go(self, screen: str) -> None:
        """Show a screen; one that grows shows its end."""
        self._screen, self._first = screen, 0
        self._from_end = screen in ("log", "said")

    # --- keys ---

    def _pressed(self, key: str | None) -> None:
        if key is None:
            return
        known = {**ANYWHERE, **SCREENS[self.standing()].keys}
        if key in known:
            known[key](self)
        self.terminal.whole()  # whoever has just plugged in a terminal sees all of it

    def choose(self, step: int) -> None:
        """Mark another line."""
        self.chosen = max(0, min(self.chosen + step, len(self.facts.lines) - 1))

    def open(self) -> None:
        """Show the marked line."""
        if self.facts.lines:
            chosen = self.facts.lines[min(self.chosen, len(self.facts.lines) - 1)]
            self.line = chosen["msisdn"] or chosen["iccid"] or chosen["imei"]
            self.go("line")

    def back(self) -> None:
        """Lead to where this screen was come from."""
        self.go("line" if self._screen in _LINE - {"line"} else "lines")

    def scroll(self, rows: int) -> None:
        """Move the body; what stands at its end follows it again once it is back there."""
        self._from_end = False
        self._first += rows

    def switch_language(self) -> None:
        """Change between Chinese and English, where Chinese can be read."""
        if not self._chinese:
            self.dialog.tell("CON-408")
            return
        self.dialog.language = "en" if self.language == "zh-CN" else "zh-CN"
        self._speak(self.language)

    # --- what stands on screens ---

    def _window(self, body: list[str]) -> list[str]:
        """Return as much of a body as has room; the last row says how to see more."""
        room = screens.BODY - 1
        if len(body) <= room:
            self._first, self._from_end = 0, self._screen in ("log", "said")
            return body
        last = len(body) - room + 1
        if self._from_end or self._first >= last:
            self._first, self._from_end = last, self._screen in ("log", "said")
        self._first = max(0, self._first)
        shown = body[self._first : self._first + room - 1]
        more = screens.more(self._first + 1, self._first + len(shown), len(body), self.language)
        return [*shown, more]

    def found(self) -> Row | None:
        """Return the line that is looked at, None when it has gone."""
        for line in self.facts.lines:
            if self.line in (line["msisdn"], line["iccid"], line["imei"]):
                return line
        return None

    def path(self, verb: str) -> str:
        """Return the admin interface's path of something of the line."""
        return f"/lines/{quote(self.line or '', safe='')}/{verb}"

    def parked(self) -> list[Row]:
        """Return pushes that were given up."""
        found: list[Row] = self._rows("/outbox", state="parked", limit=_PUSHES)
        return found

    def _rows(self, path: str, **query: Any) -> list[Row]:
        try:
            found: list[Row] = self.ask("GET", path, timeout=5.0, **query)
        except SimveilError as error:
            self.dialog.fail(error)
            return []
        return found

    def _lines(self) -> list[str]:
        return screens.overview(self.facts, self.chosen, self.language)

    def _detail(self) -> list[str]:
        line = self.found()
        said = transcript(self.ask, self.line or "")
        return [] if line is None else screens.line_detail(line, said, self.language)

    def _said(self) -> list[str]:
        return screens.exchanges(transcript(self.ask, self.line or ""), self.language)

    def _can(self) -> list[str]:
        """What commissioning found."""
        try:
            report = self.ask("GET", self.path("commission"), timeout=5.0)["report"]
        except SimveilError as error:
            self.dialog.fail(error)
            return []
        rows = commissioned(report, self.language)
        return [part for row in rows for part in screens.folded(row, 2)]

    def _log(self) -> list[str]:
        if self.facts.running:
            told = [row["text"] for row in self._rows("/log", limit=_LOG_LINES)]
        else:
            told = journal(_LOG_LINES)
        return screens.log(told, self.language)

    def _outbox(self) -> list[str]:
        return screens.outbox(self.parked(), self.language)

    def _network(self) -> list[str]:
        return screens.network(self.facts, machine(), self.language)

    def _page(self) -> list[str]:
        return screens.page(self.facts, machine(), self.language)

    def _findings(self) -> list[str]:
        return screens.findings(self.facts, self.language)

    def _help(self) -> list[str]:
        return screens.keys(self.language)

    def _rescue(self) -> list[str]:
        return screens.rescue(self.facts, self.house, self.language)


def _to(screen: str) -> Action:
    return lambda program: program.go(screen)


_SCROLL: Final[dict[str, Action]] = {
    UP: lambda program: program.scroll(-1),
    DOWN: lambda program: program.scroll(1),
    "k": lambda program: program.scroll(-1),
    "j": lambda program: program.scroll(1),
    PAGE_UP: lambda program: program.scroll(-screens.BODY + 2),
    PAGE_DOWN: lambda program: program.scroll(screens.BODY - 2),
    " ": lambda program: program.scroll(screens.BODY - 2),
}

ANYWHERE: Final[dict[str, Action]] = {
    "L": Program.switch_language,
    "!": actions.shell,
    ESCAPE: Program.back,
}
"""What keys do on every screen; ``q`` ends the program."""

SCREENS: Final[dict[str, Screen]] = {
    "lines": Screen(
        "CON-001",
        "CON-301",
        Program._lines,
        {
            UP: lambda program: program.choose(-1),
            DOWN: lambda program: program.choose(1),
            "k": lambda program: program.choose(-1),
            "j": lambda program: program.choose(1),
            ENTER: Program.open,
            "l": _to("log"),
            "o": _to("outbox"),
            "n": _to("network"),
            "b": _to("page"),
            "f": _to("findings"),
            "h": _to("help"),
            "s": actions.bundle,
            "p": actions.phrase,
            "U": actions.unmask,
            "R": actions.restart,
            "B": actions.reboot,
        },
    ),
    "line": Screen(
        "CON-002",
        "CON-302",
        Program._detail,
        {
            "r": actions.reset,
            "w": actions.wake,
            "a": actions.at,
            "u": actions.ussd,
            "t": actions.text,
            "c": actions.tone,
            "m": actions.commission,
            "v": _to("can"),
            "x": _to("said"),
        },
    ),
    "said": Screen("CON-010", "CON-309", Program._said, {**_SCROLL, "a": actions.at}),
    "can": Screen("CON-011", "CON-306", Program._can, {**_SCROLL, "m": actions.commission}),
    "log": Screen("CON-003", "CON-303", Program._log, _SCROLL),
    "outbox": Screen("CON-004", "CON-304", Program._outbox, {**_SCROLL, "p": actions.replay}),
    "network": Screen("CON-005", "CON-303", Program._network, _SCROLL),
    "page": Screen("CON-012", "CON-303", Program._page, _SCROLL),
    "findings": Screen("CON-007", "CON-303", Program._findings, _SCROLL),
    "help": Screen("CON-008", "CON-303", Program._help, _SCROLL),
    "rescue": Screen(
        "CON-006",
        "CON-305",
        Program._rescue,
        {
            **_SCROLL,
            "l": _to("log"),
            "n": _to("network"),
            "s": actions.bundle,
            "R": actions.restart,
            "B": actions.reboot,
            "O": actions.other_slot,
        },
    ),
}
