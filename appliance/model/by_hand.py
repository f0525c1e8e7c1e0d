"""What an operator may send to a modem by hand: calls and texts go through the box alone.

Only the box knows what may be dialled, so that nothing that sets up a call or sends a text passes
here, wherever in a command line it stands (V.250 §5.2-5.4: one line takes many commands).
"""

from __future__ import annotations

import re

from appliance.errors import BadInput

_EXTENDED = re.compile(r"([+^$*#%][A-Za-z0-9!%\-./:_]*)((?:\"[^\"]*\"|[^\";])*)")
_REGISTER = re.compile(r"[Ss]\d+\s*(?:=\s*\d*|\?)?")
_BASIC = re.compile(r"([&\\]?[A-Za-z])\s*\d*\??")
_OUTWARD = frozenset(
    {"D", "+CMGS", "+CMSS", "+CMGW", "+CMGC", "+CUSD", "+CTFR", "^ORIG", "+CKPD", "+CSTF"}
)
"""Dial, send, write behind a prompt, services, deflect, press keys."""


def checked(line: str) -> str:
    """Return a command line without the blanks around it.

    Args:
        line: What the operator typed, ``AT`` and commands.

    Raises:
        BadInput: It is no line of ASCII that begins with AT, cannot be read as commands, or dials
            or sends.
    """
    text = line.strip()
    if not text.isascii() or not text.isprintable() or text[:2].upper() != "AT":
        raise BadInput("an AT command begins with AT and is one line of ASCII")
    if not _OUTWARD.isdisjoint(_names(text[2:])):
        raise BadInput("dialling and sending are not done by hand")
    return text


def _names(rest: str) -> list[str]:
    names: list[str] = []
    while rest := rest.lstrip("; "):
        if extended := _EXTENDED.match(rest):
            names.append(extended[1].upper())
            rest = rest[extended.end() :]
            if rest[:1] == '"':
                raise BadInput("a quotation mark of this AT command has no partner")
        elif register := _REGISTER.match(rest):
            rest = rest[register.end() :]
        elif basic := _BASIC.match(rest):
            names.append(basic[1].upper())
            rest = "" if names[-1] == "D" else rest[basic.end() :]
        else:
            raise BadInput(f"no AT command begins with {rest[0]!r}")
    return names
