"""The terminal: paints whole screens, sending only what changed, and reads keys."""

from __future__ import annotations

import contextlib
import curses
import subprocess
import sys
import termios
from collections.abc import Sequence
from typing import Protocol

from appliance.console.screens import COLUMNS, ROWS

ENTER, ESCAPE, BACKSPACE, UP, DOWN = "enter", "escape", "backspace", "up", "down"
PAGE_UP, PAGE_DOWN = "page-up", "page-down"
OTHER = "other"
"""A key that means nothing; it has the screen painted anew all the same."""

_SPECIAL = {
    "\n": ENTER,
    "\r": ENTER,
    "\x7f": BACKSPACE,
    "\b": BACKSPACE,
    curses.KEY_ENTER: ENTER,
    curses.KEY_BACKSPACE: BACKSPACE,
    curses.KEY_UP: UP,
    curses.KEY_DOWN: DOWN,
    curses.KEY_PPAGE: PAGE_UP,
    curses.KEY_NPAGE: PAGE_DOWN,
}
_SEQUENCES = {"A": UP, "B": DOWN, "5~": PAGE_UP, "6~": PAGE_DOWN, "M": ENTER}
_LONGEST_KEY = 8
_ESCAPE_MS = 50  # how long the rest of an arrow key may take at 115200 baud

# Terminals that have Chinese letters when they speak UTF-8; the kernel's and the old ones have not.
_NO_CHINESE = ("linux", "vt", "dumb", "ansi", "unknown")


class Terminal(Protocol):
    """What the console needs of a terminal."""

    def paint(self, lines: Sequence[str]) -> None:
        """Show a whole screen."""

    def key(self, seconds: float) -> str | None:
        """Return the next key, None when none came within ``seconds``."""

    def whole(self) -> None:
        """Send all of the next screen, whatever the terminal is thought to show."""

    def drop_keys(self) -> None:
        """Forget keys that were pressed and not read."""

    def shell(self, words: str) -> None:
        """Leave the terminal to a shell until it ends."""


class CursesTerminal:
    """A terminal by its terminfo entry."""

    def __init__(self, window: curses.window) -> None:
        self._window = window
        window.keypad(True)
        window.scrollok(False)
        curses.set_escdelay(_ESCAPE_MS)
        with contextlib.suppress(curses.error):  # it cannot be hidden everywhere
            curses.curs_set(0)
        _never_stopped()

    def paint(self, lines: Sequence[str]) -> None:
        """Show a whole screen; on a smaller terminal as much of it as it has room for."""
        rows, columns = self._window.getmaxyx()
        self._window.erase()
        for row, line in enumerate(lines[:rows]):
            # The last cell of the last line cannot be written without scrolling.
            with contextlib.suppress(curses.error):
                self._window.addnstr(row, 0, line.rstrip(), min(columns, COLUMNS))
        self._window.refresh()

    def key(self, seconds: float) -> str | None:
        """Return the next key, None when none came within ``seconds``."""
        self._window.timeout(max(1, int(seconds * 1000)))
        try:
            found = self._window.get_wch()
        except curses.error:
            return None
        if found == "\x1b":
            return self._after_escape()
        if found in _SPECIAL:
            return _SPECIAL[found]
        return found if isinstance(found, str) and found.isprintable() else OTHER

    def _after_escape(self) -> str:
        """Return the key that begins with ESC, whichever of its two modes the terminal is in.

        One that was plugged in late was never told to send what its terminfo entry says.
        """
        self._window.timeout(_ESCAPE_MS)
        letters = ""
        with contextlib.suppress(curses.error):
            while len(letters) < _LONGEST_KEY:
                found = self._window.get_wch()
                if not letters and found not in ("[", "O"):
                    _give_back(found)
                    return ESCAPE
                letters += found if isinstance(found, str) else ""
                if len(letters) > 1 and "@" <= letters[-1] <= "~":
                    break
        return _SEQUENCES.get(letters[1:], OTHER) if letters else ESCAPE

    def whole(self) -> None:
        """Send all of the next screen; a terminal that was plugged in late shows it then."""
        self._window.redrawwin()

    def drop_keys(self) -> None:
        """Forget keys that were pressed and not read."""
        curses.flushinp()

    def shell(self, words: str) -> None:
        """Leave the terminal to a shell until it ends."""
        curses.def_prog_mode()
        curses.endwin()
        print(words, flush=True)  # noqa: T201 - the terminal is the shell's now
        subprocess.run(["/bin/sh", "-i"], check=False)
        curses.reset_prog_mode()
        self._window.redrawwin()
        self._window.refresh()

    def fits(self) -> bool:
        """Whether a whole screen has room."""
        rows, columns = self._window.getmaxyx()
        return bool(rows >= ROWS and columns >= COLUMNS)


def _give_back(key: int | str) -> None:
    """Have a key be read again as the next one."""
    if isinstance(key, str):
        curses.unget_wch(key)
    else:
        curses.ungetch(key)


def _never_stopped() -> None:
    """Have no octet on the wire stop the output: a noisy cable makes an XOFF and no XON."""
    with contextlib.suppress(termios.error, ValueError):
        found = termios.tcgetattr(sys.stdin)
        found[0] &= ~termios.IXON
        termios.tcsetattr(sys.stdin, termios.TCSANOW, found)


def shows_chinese(term: str, encoding: str) -> bool:
    """Whether a terminal is likely to have Chinese letters.

    Args:
        term: The name of its kind, TERM.
        encoding: What the locale says that it speaks.
    """
    speaks_utf8 = encoding.lower().replace("-", "") == "utf8"
    return speaks_utf8 and not term.startswith(_NO_CHINESE)
