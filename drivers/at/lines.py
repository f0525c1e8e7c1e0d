"""Octets to lines: CR and LF in any number end one; a prompt needs neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_LINE: Final = 4096  # octets; longer ones are noise (audio or NMEA on the wrong port)
_TRIM: Final = bytes(range(0x21))  # controls and blanks at either end carry nothing


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its ends, octets read as Latin-1 so that none is lost."""

    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """``>``: the modem waits for a PDU."""


@dataclass(frozen=True, slots=True)
class Noise:
    """A line longer than any that a modem sends; ``octets`` of it were dropped."""

    octets: int


Found = Line | Prompt | Noise


class LineSplitter:
    """Cuts a stream of octets into lines, wherever its chunks begin and end."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropped = 0

    def feed(self, octets: bytes, *, prompt: bool = False) -> list[Found]:
        """Return the lines that ``octets`` complete.

        Args:
            octets: What has arrived.
            prompt: A command waits for ``>``: then it counts, with an end of line or without.
        """
        octets = (self._rest + octets).replace(b"\n", b"\r")
        *whole, rest = octets.split(b"\r")
        found: list[Found] = []
        for line in whole:
            if prompt and line.strip(_TRIM) == b">" and not self._dropped:
                found.append(Prompt())
                prompt = False
            elif line or self._dropped:
                self._end_line(line, found)
        self._rest = rest
        if prompt and rest.lstrip(_TRIM).startswith(b">") and not self._dropped:
            found.append(Prompt())
            self._rest = b""
        elif len(self._rest) > MAX_LINE:
            self._dropped += len(self._rest)
            self._rest = b""
        return found

    def _end_line(self, line: bytes, found: list[Found]) -> None:
        if self._dropped or len(line) > MAX_LINE:
            found.append(Noise(self._dropped + len(line)))
            self._dropped = 0
            return
        line = line.strip(_TRIM)
        if line:
            found.append(Line(line.decode("latin-1")))
