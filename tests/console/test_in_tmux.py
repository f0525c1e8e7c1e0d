"""The console on a real terminal of 80 by 24, beside a real box, driven as a technician would."""

from __future__ import annotations

import os
import subprocess
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from appliance.demo.house import House
from tests.whole.programs import simveil

LINES = ["+8617000000001", "+8617000000002"]
SECONDS = 30.0


class Screen:
    """A terminal of tmux, on a server of its own."""

    def __init__(self, folder: Path, *command: str, term: str = "vt220") -> None:
        self._socket = str(folder / f"tmux-{uuid.uuid4().hex[:8]}")
        self._run(
            *("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "console"),
            *("env", f"TERM={term}", "LC_ALL=C.UTF-8", *command),
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

    def keys(self, *keys: str) -> None:
        """Press keys; each by its name in tmux."""
        self._run("send-keys", "-t", "console", *keys)

    def typed(self, text: str) -> None:
        """Type letters as they are."""
        self._run("send-keys", "-t", "console", "-l", text)

    def check_shows(self, *texts: str) -> str:
        """Wait until all of these stand on the screen and return it."""
        end, pause = monotonic() + SECONDS, threading.Event()
        while True:
            screen = self._run("capture-pane", "-p", "-t", "console")
            if all(text in screen for text in texts):
                return screen
            assert monotonic() < end, f"{texts} never stood on\n{screen}"
            pause.wait(0.1)

    def alive(self) -> bool:
        """Whether the program on it still runs."""
        done = subprocess.run(
            ["tmux", "-S", self._socket, "has-session", "-t", "console"],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode == 0

    def close(self) -> None:
        subprocess.run(
            ["tmux", "-S", self._socket, "kill-server"],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(LINES, speed=20) as running:
        yield running


@pytest.fixture
def screen(house: House, tmp_path: Path) -> Iterator[Screen]:
    shown = Screen(tmp_path, simveil(), "console", "--config", str(house.config))
    yield shown
    shown.close()


def test_every_screen_and_every_action_is_reached(screen: Screen) -> None:
    first = screen.check_shows(
        "> +861*****0001", "+861*****0002", "ready", "All is well.", "q quit"
    )
    assert "box-1" in first.splitlines()[0]
    assert not any(number in first for number in LINES)

    screen.keys("Down")
    screen.check_shows("> +861*****0002")
    screen.keys("Enter")
    screen.check_shows("-- Line +861*****0002", "Last exchanges with the modem", "r reset")

    screen.keys("a")
    screen.check_shows("AT command for +861*****0002: _", "Enter send")
    screen.typed("AT+CSQ")
    screen.keys("Enter")
    screen.check_shows("+CSQ:", "OK")

    screen.keys("u")
    screen.typed("*100#")
    screen.keys("Enter")
    screen.check_shows("Balance")

    screen.keys("r")
    screen.check_shows("Start the modem of +861*****0002 anew?", "any other key no")
    screen.keys("n")
    screen.check_shows("Nothing was done.")
    screen.keys("r")
    screen.check_shows("y yes")
    screen.keys("y")
    screen.check_shows("Done.")

    screen.keys("Escape")
    screen.check_shows("-- Lines")
    screen.keys("l")
    screen.check_shows("-- Log", "[info")
    screen.keys("Escape")
    screen.check_shows("-- Lines")
    screen.keys("o")
    screen.check_shows("-- Pushes", "Nothing here.")
    screen.keys("Escape")
    screen.check_shows("-- Lines")
    screen.keys("n")
    screen.check_shows("-- Network and time", "127.0.0.1/8", "Clock:")
    screen.keys("Escape")
    screen.check_shows("-- Lines")
    screen.keys("b")
    screen.check_shows("Machine up:")
    screen.keys("L")
    screen.check_shows("This terminal shows no Chinese.")
    screen.keys("Escape")
    screen.check_shows("-- Lines")
    screen.keys("q")
    pause = threading.Event()
    end = monotonic() + SECONDS
    while screen.alive():
        assert monotonic() < end
        pause.wait(0.1)


def test_it_speaks_chinese_where_the_terminal_can(house: House, tmp_path: Path) -> None:
    command = (simveil(), "console", "--lang", "zh-CN", "--config", str(house.config))
    screen = Screen(tmp_path, *command, term="screen-256color")
    try:
        screen.check_shows("线路", "号码", "退出")
        screen.keys("L")
        screen.check_shows("-- Lines", "q quit")
    finally:
        screen.close()


def test_without_a_box_it_rescues(tmp_path: Path) -> None:
    config = tmp_path / "simveil.toml"
    config.write_text(f'[box]\nname = "lost"\ndata = "{tmp_path}/none"\n')
    screen = Screen(tmp_path, simveil(), "console", "--config", str(config))
    try:
        shown = screen.check_shows(
            "Rescue", "The data partition is missing", "systemctl start simveil"
        )
        assert "lost" in shown.splitlines()[0]
    finally:
        screen.close()
