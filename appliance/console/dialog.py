"""What the console asks at the foot of a screen, and how it waits for an answer of the box."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from appliance.console.screens import COLUMNS
from appliance.console.terminal import BACKSPACE, ENTER, ESCAPE, Terminal
from appliance.errors import SimveilError
from appliance.words import Language, said_again, say
from appliance.words.text import width

REFRESH: Final = 2.0
"""Seconds between looks at the box while no key is pressed."""
_LONGEST_INPUT: Final = 200
_SHORT: Final = 0.3  # seconds that an answer may take before the screen says that it is waited for
_TICK: Final = 1.0  # seconds between two paintings of a screen that waits
_GRACE: Final = 10.0  # seconds beyond its own time after which an answer is given up


class Dialog:
    """The two lines at the foot: a message or a question, and the keys that answer it.

    Args:
        terminal: Where keys come from.
        paint: Paints the screen that stands, with this foot.
    """

    def __init__(self, terminal: Terminal, paint: Callable[[], None]) -> None:
        self._terminal = terminal
        self._paint = paint
        self.language: Language = "en"
        self.message = ""
        self.asking = ""
        """Code of the keys of a question that stands open, empty when there is none."""

    def tell(self, code: str, **named: object) -> None:
        """Have a sentence stand until the next key."""
        self.message = say(code, self.language, **named)

    def fail(self, error: object) -> None:
        """Say why something was not done."""
        self.tell("CON-406", reason=said_again(str(error), self.language))

    def sure(self, question: str, **named: object) -> bool:
        """Ask before something that cannot be taken back."""
        self.tell(question, **named)
        self.asking = "CON-311"
        key = None
        while key is None:
            self._paint()
            key = self._terminal.key(REFRESH)
        self.asking = self.message = ""
        if key != "y":
            self.tell("CON-407")
        return key == "y"

    def typed(
        self, prompt: str, *, begin: str = "", hide: bool = False, **named: object
    ) -> str | None:
        """Return what was typed at a prompt, None when it was cancelled.

        Args:
            prompt: Code of its words.
            begin: What stands there to begin with.
            hide: Show asterisks.
            named: Facts of the words.
        """
        self.asking = "CON-312"
        text = begin
        key: str | None = ""
        while key not in (ESCAPE, ENTER):
            shown = "*" * len(text) if hide else text
            words = say(prompt, self.language, **named)
            self.message = f"{words}{shown[-(COLUMNS - width(words) - 1) :]}_"
            self._paint()
            key = self._terminal.key(REFRESH)
            if key == BACKSPACE:
                text = text[:-1]
            elif key is not None and len(key) == 1 and key.isascii() and len(text) < _LONGEST_INPUT:
                text += key
        self.message = self.asking = ""
        return text.strip() if key == ENTER else None

    def wait(self, work: Callable[[], Any], code: str, seconds: float) -> Any:
        """Return what ``work`` returns, the seconds shown while it is waited for.

        Keys that are pressed meanwhile are dropped: nobody saw what they would answer.

        Args:
            work: Called on a thread of its own.
            code: Sentence that stands meanwhile.
            seconds: That ``work`` may take.

        Raises:
            SimveilError: It raised that, or it is given up.
        """
        answer: list[Any] = []
        thread = threading.Thread(
            target=lambda: answer.append(_outcome(work)), name="console-ask", daemon=True
        )
        began = time.monotonic()
        thread.start()
        thread.join(_SHORT)
        while thread.is_alive() and time.monotonic() - began < seconds + _GRACE:
            self.message = f"{say(code, self.language)} {time.monotonic() - began:.0f} s"
            self._paint()
            thread.join(_TICK)
        self.message = ""
        self._terminal.drop_keys()
        if not answer:
            raise SimveilError(say("CLI-009", self.language, seconds=f"{seconds:.0f}"))
        if isinstance(answer[0], BaseException):
            raise answer[0]
        return answer[0]


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the thread that waits raises it
        return error
