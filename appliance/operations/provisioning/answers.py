"""From the octets of the file to answers, or to a list of what is wrong, line by line."""

from __future__ import annotations

import codecs
import difflib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from appliance.operations.provisioning.keys import KEYS, NEEDS, Unfit

MOST_OCTETS: Final = 64 << 10
_TYPOGRAPHIC: Final = re.compile("[\u2018-\u201f\u00ab\u00bb\u2010-\u2015\uff02\uff07\uff1d\uff1a]")
_INVISIBLE: Final = "\ufeff\u200b\u200e\u200f\u2060\x00\x1a"  # left by editors and by DOS


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Args:
        line: Its line, from 1; 0 for the file as a whole.
        code: Of its sentence in ``words``.
        facts: What fills it; never a value of the file, which may be a secret.
    """

    line: int
    code: str
    facts: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The file has mistakes, and nothing of it is used.

    Args:
        problems: All of them, by line.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} mistakes")
        self.problems = sorted(problems, key=lambda one: one.line)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the file says.

    Args:
        values: By key; a key that says nothing is not there.
        certificate: PEM of the interface's certificate, where the file names one.
        key: PEM of its key; None where the box has it already.
    """

    values: dict[str, str]
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)

    def get(self, key: str, otherwise: str = "") -> str:
        """Return one value."""
        return self.values.get(key, otherwise)


def read(octets: bytes, beside: Path, kept: Path | None = None) -> Answers:
    """Return what a file says.

    Args:
        octets: The file: UTF-8, or UTF-16 with its mark, with any ends of lines.
        beside: The folder that certificate and key lie in.
        kept: Folder of the certificate and key that are in force; the key may be gone from beside
            the file once it is kept.

    Raises:
        Refusal: It has mistakes; all of them are told.
    """
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    values: dict[str, str] = {}
    for number, line in _lines(octets):
        try:
            pair = _pair(line)
            if pair is None:
                continue
            key, value = pair
            first = lines.setdefault(key, number)
            values[key] = _value(key, value, None if first == number else first)
        except Unfit as error:
            problems.append(Problem(number, error.code, error.facts))
    problems += _together(lines, values)
    certificate, secret = None, None
    if "api.certificate" in values and "api.key" in values:
        certificate, secret, wrong = _pem(beside, values, kept)
        if wrong is not None:
            problems.append(Problem(lines["api.certificate"], wrong))
    if problems:
        raise Refusal(problems)
    return Answers(values, certificate, secret)


def _lines(octets: bytes) -> Iterator[tuple[int, str]]:
    if len(octets) > MOST_OCTETS:
        raise Refusal([Problem(0, "PRV-001")])
    if octets.startswith((b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refusal([Problem(0, "PRV-002")])
    wide = octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = octets.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = 0 if wide else 1 + len(re.findall(rb"\r\n|\r|\n", octets[: error.start]))
        raise Refusal([Problem(line, "PRV-003")]) from None
    yield from enumerate(re.split("\r\n|\r|\n", text), 1)


def _pair(line: str) -> tuple[str, str] | None:
    text = _bare(line)
    if not text or text.startswith(("#", ";")):
        return None
    text = _bare(re.split(r"\s#", text, maxsplit=1)[0])
    if typographic := _TYPOGRAPHIC.search(text):
        raise Unfit("PRV-005", character=typographic[0])
    if "=" not in text:
        raise Unfit("PRV-006")
    key = _key(text)
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.6)
        known = {"key": key[:40] if key.isprintable() else "?"}
        raise Unfit("PRV-008", near=near[0], **known) if near else Unfit("PRV-007", **known)
    value = _bare(text.partition("=")[2])
    return (key, value) if value else None


def _value(key: str, value: str, first: int | None) -> str:
    if first is not None:
        raise Unfit("PRV-004", key=key, first=str(first))
    if value[:1] in ('"', "'"):
        if len(value) < 2 or value[-1] != value[0]:
            raise Unfit("PRV-009")
        value = _bare(value[1:-1])
    if any(ord(character) < 32 for character in value):
        raise Unfit("PRV-010")
    if not value.isascii() and key != "app.name":
        raise Unfit("PRV-011")
    return KEYS[key](value)


def _bare(text: str) -> str:
    before = None
    while before != text:
        before, text = text, text.strip().strip(_INVISIBLE)
    return text


def _key(text: str) -> str:
    return _bare(text.partition("=")[0]).lower().replace("_", "-")


def _together(lines: dict[str, int], values: dict[str, str]) -> Iterator[Problem]:
    for key, others in NEEDS.items():
        for other in others:
            if key in lines and other not in lines:
                yield Problem(lines[key], "PRV-012", {"key": key, "other": other})
    if values.get("network") == "dhcp" and "network.gateway" in lines:
        yield Problem(lines["network.gateway"], "PRV-013")


def _pem(
    beside: Path, values: dict[str, str], kept: Path | None
) -> tuple[bytes | None, bytes | None, str | None]:
    certificate, key = beside / values["api.certificate"], beside / values["api.key"]
    try:
        public = certificate.read_bytes()
    except OSError:
        return None, None, "PRV-014"
    if not key.is_file():
        if kept is not None and _octets(kept / "certificate.pem") == public:
            return public, None, None
        return None, None, "PRV-015"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
        return public, key.read_bytes(), None
    except (OSError, ssl.SSLError, ValueError):
        return None, None, "PRV-016"


def _no_password() -> str:
    raise ValueError("nobody is there to type a password")


def _octets(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
