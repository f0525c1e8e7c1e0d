"""A terminal of 80 by 24 with the real console on it, driven as a technician would."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from appliance.console.program import ANYWHERE, SCREENS
from appliance.console.terminal import DOWN, ENTER, ESCAPE, PAGE_DOWN, PAGE_UP, UP
from appliance.words import say
from tests.whole.programs import simveil

SECONDS = 60.0
NAMES = {
    UP: "Up", DOWN: "Down", ENTER: "Enter", ESCAPE: "Escape", PAGE_UP: "PageUp",
    PAGE_DOWN: "PageDown", " ": "Space",
}  # fmt: skip
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$")


class Screen:
    """A terminal of tmux, on a server of its own, and which keys were pressed on what screens."""

    def __init__(
        self, folder: Path, *command: str, term: str = "vt100", locale: str = "C", **more: str
    ) -> None:
        self._socket = str(folder / f"tmux-{uuid.uuid4().hex[:8]}")
        self.reached: set[tuple[str, str]] = set()
        self.every = ""  # all that ever stood, but for what was to be in clear
        self.clear = False
        self.command = [f"TERM={term}", f"LC_ALL={locale}", "TZ=Asia/Shanghai"]
        self.command += [f"{name}={value}" for name, value in more.items()]
        self._run(
            *("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "console"),
            *("env", *self.command, *command),
        )

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return done.stdout

    def press(self, where: str, *keys: str, shows: Sequence[str] = ()) -> str:
        """Press keys on a screen, once it stands, and return it with what it shows then."""
        if where in SCREENS:
            self.stands(where)
        self.reached |= {(where, key) for key in keys}
        self._run("send-keys", "-t", "console", *(NAMES.get(key, key) for key in keys))
        return self.shows(*shows)

    def answer(self, *keys: str, shows: Sequence[str] = ()) -> str:
        """Press keys that answer a question, and return the screen with what it shows then."""
        self._run("send-keys", "-t", "console", *(NAMES.get(key, key) for key in keys))
        return self.shows(*shows)

    def type_only(self, text: str) -> None:
        """Type letters and look at nothing."""
        self._run("send-keys", "-t", "console", "-l", text)

    def typed(self, text: str, shows: Sequence[str] = (), *, framed: bool = True) -> str:
        """Type letters and Enter, and return the screen with what it shows then."""
        self.type_only(text)
        self._run("send-keys", "-t", "console", "Enter")
        return self.shows(*shows, framed=framed)

    def stands(self, where: str) -> str:
        """Wait for a screen's title and keys."""
        screen = SCREENS[where]
        head = say(screen.title, "en", line="\0", zone="\0").partition("\0")[0]
        return self.shows(f"-- {head}")

    def shows(self, *texts: str, framed: bool = True) -> str:
        """Wait until all of these stand on a whole screen, name and time above, and return it."""
        end, pause = monotonic() + SECONDS, threading.Event()
        while True:
            screen = self._run("capture-pane", "-p", "-t", "console")
            rows = screen.splitlines()
            if all(text in screen for text in texts) and (not framed or self._framed(rows)):
                self.every += "" if self.clear else screen
                return screen
            assert monotonic() < end, f"{texts} never stood on\n{screen}"
            pause.wait(0.05)

    @staticmethod
    def _framed(rows: list[str]) -> bool:
        """Whether name, version, slot, local time and the worst finding stand above."""
        return bool(
            len(rows) == 24
            and re.match(r"\S+  simveil \S+  \S+ \S+ ", rows[0])
            and _CLOCK.search(rows[0])
            and rows[1].strip()
            and rows[23].strip()
        )

    def torn(self) -> None:
        """Forget all that stands, as a terminal that was plugged in just now."""
        end, pause = monotonic() + SECONDS, threading.Event()
        while True:
            self._run("send-keys", "-R", "-t", "console")
            # The clock may come at any time: what changes is sent.
            pause.wait(0.2)
            if "q quit" not in self._run("capture-pane", "-p", "-t", "console"):
                return  # the screens of keys pressed before are through
            assert monotonic() < end

    def ended(self) -> None:
        """Wait until the program has ended."""
        end, pause = monotonic() + SECONDS, threading.Event()
        while self._lives():
            assert monotonic() < end
            pause.wait(0.05)

    def _lives(self) -> bool:
        done = subprocess.run(
            ["tmux", "-S", self._socket, "has-session", "-t", "console"],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode == 0

    def close(self) -> None:
        """End terminal and program."""
        subprocess.run(
            ["tmux", "-S", self._socket, "kill-server"],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )


@contextmanager
def console(folder: Path, config: Path, *options: str, **words: str) -> Iterator[Screen]:
    """Have the console on a terminal."""
    screen = Screen(folder, simveil(), "console", *options, "--config", str(config), **words)
    try:
        yield screen
    finally:
        screen.close()


def everything() -> set[tuple[str, str]]:
    """Return every key of every screen; what is everywhere counts once."""
    found = {(name, key) for name, screen in SCREENS.items() for key in screen.keys}
    return found | {("anywhere", key) for key in [*ANYWHERE, "q"]}
