"""A command line taken apart: its commands, their forms and their parameters (V.250 §5.2-5.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from drivers.virtual.at_result import BAD_PARAMETER, AtError

_EXTENDED = "+^$*#%"
_NAME = re.compile(r"[+^$*#%][A-Za-z0-9!%\-./:_]*")
_BASIC = re.compile(r"(&?[A-Za-z])\s*(\d*)")
_REGISTER = re.compile(r"[Ss](\d+)")


class Form(Enum):
    """The four forms of a command."""

    RUN = ""
    READ = "?"
    TEST = "=?"
    WRITE = "="


@dataclass(frozen=True)
class Request:
    """One command of a line.

    Args:
        name: Upper case with its prefix: ``+CREG``, ``&D``, ``D``, ``S0``; empty if unreadable.
        form: Which form was used.
        text: What follows the name: parameters, a basic command's number, a dial string.
    """

    name: str
    form: Form
    text: str = ""


def split_line(line: str) -> list[Request]:
    """Return the commands of ``line`` (without ``AT``) in order.

    What cannot be read ends the list as a request without a name.
    """
    requests: list[Request] = []
    rest = line.strip()
    while rest:
        if rest[0] in "; ":
            rest = rest[1:]
        elif rest[0] in _EXTENDED:
            request, rest = _extended(rest)
            requests.append(request)
        elif rest[0] in "Dd":
            requests.append(Request("D", Form.RUN, rest[1:]))
            break
        else:
            request, rest = _basic(rest)
            requests.append(request)
            if not request.name:
                break
    return requests


def _extended(text: str) -> tuple[Request, str]:
    found = _NAME.match(text)
    name = found.group().upper() if found else ""
    tail, rest = _up_to_semicolon(text[len(name) :] if name else "")
    tail = tail.strip()
    if tail in {"", "?", "=?"}:
        return Request(name, Form(tail)), rest
    if tail.startswith("="):
        return Request(name, Form.WRITE, tail[1:].strip()), rest
    return Request("", Form.RUN, text), ""


def _basic(text: str) -> tuple[Request, str]:
    if register := _REGISTER.match(text):
        name, rest = f"S{int(register.group(1))}", text[register.end() :]
        if rest.startswith("?"):
            return Request(name, Form.READ), rest[1:]
        if value := re.match(r"=\s*(\d*)", rest):
            return Request(name, Form.WRITE, value.group(1)), rest[value.end() :]
        return Request(name, Form.RUN), rest
    if found := _BASIC.match(text):
        rest = text[found.end() :]
        if rest.startswith("?"):
            return Request(found.group(1).upper(), Form.READ), rest[1:]
        return Request(found.group(1).upper(), Form.RUN, found.group(2)), rest
    return Request("", Form.RUN, text), ""


def _up_to_semicolon(text: str) -> tuple[str, str]:
    quoted = False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            return text[:place], text[place + 1 :]
    return text, ""


class Arguments:
    """The parameters of a command, by position from 0.

    Args:
        text: What followed the name, such as ``2,"+861",,145``.
    """

    def __init__(self, text: str) -> None:
        self.raw = text
        self._values = split_values(text) if text else []

    def __len__(self) -> int:
        return len(self._values)

    def given(self, place: int) -> bool:
        """Tell whether the parameter is there and not empty."""
        return place < len(self._values) and self._values[place] != ""

    def text(self, place: int, default: str | None = None) -> str:
        """Return a parameter without its quotes.

        Raises:
            AtError: It is absent and has no default.
        """
        if self.given(place):
            return self._values[place]
        if default is None:
            raise AtError(cme=BAD_PARAMETER)
        return default

    def number(
        self, place: int, default: int | None = None, *, low: int = 0, high: int = 255
    ) -> int:
        """Return a parameter as a whole number in ``low``..``high``.

        Raises:
            AtError: It is absent and has no default, is no number or out of range.
        """
        if not self.given(place) and default is not None:
            return default
        text = self.text(place)
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise AtError(cme=BAD_PARAMETER)
        return int(text)


def split_values(text: str) -> list[str]:
    """Return comma-separated values without their quotes."""
    values, quoted, current = [], False, ""
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            values.append(current.strip())
            current = ""
        else:
            current += character
    return [*values, current.strip()]
