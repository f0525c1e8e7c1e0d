"""How an AT command can end: result codes, errors with their numbers and texts, results to come.

V.250 §5.7, 3GPP TS 27.007 §9.2 (``+CME ERROR``), 3GPP TS 27.005 §3.2.5 (``+CMS ERROR``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

RESULT_NUMBERS = {
    "OK": 0,
    "CONNECT": 1,
    "RING": 2,
    "NO CARRIER": 3,
    "ERROR": 4,
    "NO DIALTONE": 6,
    "BUSY": 7,
    "NO ANSWER": 8,
}

CME_TEXTS = {
    0: "phone failure",
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    30: "no network service",
    31: "network timeout",
    50: "Incorrect parameters",
    100: "unknown",
}

CMS_TEXTS = {
    1: "Unassigned number",
    8: "Operator determined barring",
    21: "Short message transfer rejected",
    28: "Unidentified subscriber",
    38: "Network out of order",
    41: "Temporary failure",
    42: "Congestion",
    50: "Requested facility not subscribed",
    69: "Requested facility not implemented",
    300: "ME failure",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    316: "SIM PUK required",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}

NOT_ALLOWED, NOT_SUPPORTED, BAD_PARAMETER = 3, 4, 50
SIM_MISSING, SIM_PIN, SIM_PUK, SIM_BUSY, WRONG_PASSWORD = 10, 11, 12, 14, 16
NOT_FOUND, NO_SERVICE = 22, 30
CMS_NOT_ALLOWED, CMS_BAD_PDU, CMS_BAD_TEXT, CMS_BAD_INDEX, CMS_FULL = 302, 304, 305, 321, 322
CMS_NO_SERVICE, CMS_NO_ACK_EXPECTED = 331, 340
CME_TO_CMS = {SIM_MISSING: 310, SIM_PIN: 311, SIM_PUK: 316, SIM_BUSY: 314}


class AtError(Exception):
    """Raised by a command's handler to end the command line with something other than ``OK``.

    Args:
        cme: Number of a ``+CME ERROR``.
        cms: Number of a ``+CMS ERROR``.
        result: A bare result code instead, such as ``NO CARRIER``.
    """

    def __init__(
        self, *, cme: int | None = None, cms: int | None = None, result: str = "ERROR"
    ) -> None:
        super().__init__(f"cme={cme} cms={cms} {result}")
        self.cme, self.cms, self.result = cme, cms, result

    def line(self, level: int) -> str:
        """Return the final result line under ``AT+CMEE=<level>`` (0-2)."""
        if self.cms is not None:
            text = CMS_TEXTS.get(self.cms, CMS_TEXTS[500])
            return f"+CMS ERROR: {text if level == 2 else self.cms}"
        if self.cme is None or level == 0:
            return self.result
        text = CME_TEXTS.get(self.cme, CME_TEXTS[100])
        return f"+CME ERROR: {text if level == 2 else self.cme}"


class UnknownCommand(AtError):
    """Raised where this modem has no such command or no such form of it."""


class TooManyParameters(AtError):
    """Raised where a command got more parameters than it has."""

    def __init__(self) -> None:
        super().__init__(cme=BAD_PARAMETER)


class Later:
    """A result that comes after its handler has returned.

    Args:
        abort: What to do when the host sends a character meanwhile (V.250 §5.6.1); None where the
            command cannot be aborted.
    """

    def __init__(self, abort: Callable[[], None] | None = None) -> None:
        self.abort = abort
        self._then: Callable[[list[str], AtError | None], None] | None = None
        self._outcome: tuple[list[str], AtError | None] | None = None

    @property
    def open(self) -> bool:
        """True until a result is known."""
        return self._outcome is None

    def done(self, *lines: str) -> None:
        """End the command well, after ``lines`` of information. Later calls change nothing."""
        self._settle(list(lines), None)

    def fail(self, error: AtError) -> None:
        """End the command with ``error``. Later calls change nothing."""
        self._settle([], error)

    def then(self, action: Callable[[list[str], AtError | None], None]) -> None:
        """Have ``action`` called with the result, at once if it is known."""
        self._then = action
        if self._outcome is not None:
            action(*self._outcome)

    def _settle(self, lines: list[str], error: AtError | None) -> None:
        if self._outcome is None:
            self._outcome = (lines, error)
            if self._then is not None:
                self._then(lines, error)


@dataclass(frozen=True)
class Prompt:
    """The command wants text up to Ctrl-Z (3GPP TS 27.005 §3.5.1); ESC ends it with nothing done.

    Args:
        accept: Called with the octets before Ctrl-Z, returns what the command answers.
        lines: Carriage returns are kept (text mode) rather than dropped (PDU mode).
        wait: Seconds until the prompt is shown.
    """

    accept: Callable[[bytes], Outcome]
    lines: bool = False
    wait: float = 0.0


@dataclass(frozen=True)
class NoResult:
    """The command line ends without a result code, as some makes end some commands.

    Args:
        lines: Lines of information.
    """

    lines: tuple[str, ...] = ()


Outcome = list[str] | Later | Prompt | NoResult
"""What a handler returns: lines before ``OK``, a result to come, a prompt, lines and no result."""
