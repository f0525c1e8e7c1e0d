"""What an operator may send to a modem by hand: calls and texts go through the box alone.

Only the box knows what may be dialled, so that nothing that sets up a call or sends a text passes
here, wherever in a command line it stands (V.250 §5.2-5.4: one line takes many commands).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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


_WRITES: Mapping[str, str] = {
    "&W": "nvram", "+QNVW": "nvram", "+QNVFW": "nvram", "+CNVW": "nvram", "^NVWR": "nvram",
    "^NVWREX": "nvram", "+CUSBPIDSWITCH": "nvram", "+CUSBCFG": "nvram", "^SETPORT": "nvram",
    "^U2DIAG": "nvram", "+QPRTPARA": "nvram", "+IPR": "nvram", "+CNBP": "nvram", "%NVW": "nvram",
    "+QCFG": "nvram", "+QNWPREFCFG": "nvram", "+QMBNCFG": "nvram", "^SYSCFGEX": "nvram",
    "+CPIN": "lock", "+CPIN2": "lock", "+CLCK": "lock", "+CPWD": "lock", "^CARDLOCK": "lock",
    "^DATALOCK": "lock", "^CPIN": "lock", "+SPIC": "lock",
    "&F": "factory", "+QFACTORY": "factory", "^RESTORE": "factory", "+CFACTORY": "factory",
    "+EGMR": "imei", "+SIMEI": "imei", "^CIMEI": "imei", "^IMEI": "imei", "^PHYNUM": "imei",
    "+QFOTADL": "firmware", "+CFOTA": "firmware", "^FWUP": "firmware", "+QDOWNLOAD": "firmware",
    "+CSIM": "sim", "+CRSM": "sim", "+CPBW": "sim", "+CSAS": "sim", "+CNUM": "sim",
    "+CPOF": "off", "+CPOWD": "off", "+QPOWD": "off",
}  # fmt: skip
"""Commands that leave something behind which a restart does not cure, and what it is."""
_ALWAYS = frozenset({"&W", "&F", "+QFACTORY", "^RESTORE", "+CFACTORY", "+CPOF", "+CPOWD", "+QPOWD"})
"""Those of them that do so without an argument."""
_CLCK_ASKS = re.compile(r"\s*\"?[A-Za-z]{2}\"?\s*,\s*2\b")
_QCFG_ASKS = re.compile(r"\s*\"[^\"]*\"\s*\Z")
_CRSM_READS = re.compile(r"\s*(?:176|178|192|242)\b")


def danger(line: str) -> tuple[str, str] | None:
    """Return the first dangerous command of a checked line, and what it may do.

    That is one of ``nvram``, ``lock``, ``factory``, ``imei``, ``firmware``, ``sim``, ``off``.
    Questions (``?``, ``=?``) and reads that have the form of a write are not dangerous.
    """
    rest = line[2:]
    while rest := rest.lstrip("; "):
        if extended := _EXTENDED.match(rest):
            name, given = extended[1].upper(), extended[2].strip()
            rest = rest[extended.end() :]
            if _harms(name, given):
                return name, _WRITES[name]
        elif found := _REGISTER.match(rest) or _BASIC.match(rest):
            rest = rest[found.end() :]
            name = (found[1] if found.re is _BASIC else "S").upper()
            if name in _ALWAYS:
                return name, _WRITES[name]
        else:
            return None
    return None


def without_secrets(line: str) -> str:
    """Return a line in which what opens a SIM or a lock is not to be read."""
    return re.sub(
        r"(?i)((?:\+|\^)(?:CPIN2?|CLCK|CPWD|CARDLOCK|DATALOCK)\s*=)(?!\?)[^;]*", r"\1***", line
    )


def _harms(name: str, given: str) -> bool:
    if name not in _WRITES:
        return False
    if given in ("?", "=?") or (not given and name not in _ALWAYS):
        return False
    argument = given.removeprefix("=")
    if name == "+CLCK":
        return _CLCK_ASKS.match(argument) is None
    if name in ("+QCFG", "+QNWPREFCFG"):
        return _QCFG_ASKS.match(argument) is None
    if name == "+CRSM":
        return _CRSM_READS.match(argument) is None
    return True
