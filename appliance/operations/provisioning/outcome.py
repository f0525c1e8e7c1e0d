"""What came of it: the text that is put beside the file, without a secret."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.operations.provisioning.answers import Problem
from appliance.operations.provisioning.lay import TUNNEL, Places, public_key
from appliance.words import Language, say


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the owner of the box has to know.

    Args:
        name: Of the box.
        version: Of the software.
        at: Local time with its offset, and whether it is known.
        addresses: Of the box on its networks.
        port: Of its interface.
        fingerprint: SHA-256 of its certificate, None while there is none.
        tunnel: Its public key, None without a tunnel.
        application: Name and key of the first application, where there is one.
        lines: How many lines are ready, of how many.
        problems: Mistakes of the file; with any, what was in force still is.
        missing: Codes and facts of what is still missing.
    """

    name: str
    version: str
    at: str
    addresses: tuple[str, ...]
    port: int
    fingerprint: str | None
    tunnel: str | None
    application: tuple[str, str] | None
    lines: tuple[int, int]
    problems: tuple[Problem, ...] = ()
    missing: tuple[tuple[str, dict[str, str]], ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is wrong or missing."""
        return not self.problems and not self.missing

    def text(self, language: Language) -> str:
        """Return it as a page of text with ends of lines that every desktop system knows."""
        facts: list[tuple[str, str]] = [
            ("PRV-101", f"{self.name} ({self.version})"),
            ("PRV-102", self.at),
            ("PRV-103", ", ".join(f"https://{one}:{self.port}" for one in self._hosts()) or "-"),
            ("PRV-104", self.fingerprint or "-"),
            ("PRV-105", f"{self.lines[0]} / {self.lines[1]}"),
        ]
        if self.tunnel:
            facts.append(("PRV-106", self.tunnel))
        if self.application:
            facts.append(("PRV-107", "{} ({})".format(*self.application)))
        lines = [f"{say(code, language)}: {fact}" for code, fact in facts]
        if self.problems:
            lines += ["", say("PRV-110", language)]
            lines += [f"  {sentence(problem, language)}" for problem in self.problems]
        if self.missing:
            lines += ["", say("PRV-111", language)]
            lines += [f"  - {say(code, language, **facts)}" for code, facts in self.missing]
        if self.good:
            lines += ["", say("PRV-112", language)]
        return "\r\n".join([*lines, ""])

    def _hosts(self) -> list[str]:
        return [
            f"{self.name}.local",
            *(f"[{one}]" if ":" in one else one for one in self.addresses),
        ]


def sentence(problem: Problem, language: Language) -> str:
    """Return one mistake in words, with its line."""
    what = say(problem.code, language, **problem.facts)
    return what if not problem.line else say("PRV-000", language, line=problem.line, what=what)


def outcome(
    places: Places,
    *,
    version: str,
    at: str,
    time_known: bool,
    addresses: tuple[str, ...],
    lines: list[dict[str, Any]] | None,
    applications: list[dict[str, Any]] | None,
    certificates: tuple[Path, ...],
    problems: tuple[Problem, ...],
) -> Outcome:
    """Gather what came of it.

    Args:
        places: Where everything is.
        version: Of the software.
        at: Local time with its offset.
        time_known: Whether a source has told the time.
        addresses: Of the box, without the loopback's.
        lines: As the admin interface lists them; None while the service does not answer.
        applications: Likewise.
        certificates: Where the certificate may be, first first.
        problems: Mistakes of the file.
    """
    missing: list[tuple[str, dict[str, str]]] = []
    provisioned = places.current.exists()
    if not provisioned and not problems:
        missing.append(("PRV-120", {}))
    if not addresses:
        missing.append(("PRV-121", {}))
    if not time_known:
        missing.append(("PRV-122", {}))
    if lines is None:
        missing.append(("PRV-123", {}))
    elif not lines:
        missing.append(("PRV-124", {}))
    for line in lines or ():
        if line["state"] != "ready":
            named = str(line["msisdn"] or line["iccid"] or line["imei"])[-4:]
            missing.append(("PRV-125", {"line": named, "state": str(line["state"])}))
    if lines and all(line["role"] is None for line in lines):
        missing.append(("PRV-126", {}))
    if applications is not None and not applications:
        missing.append(("PRV-127", {}))
    ready = sum(1 for line in lines or () if line["state"] == "ready")
    first = applications[0] if applications else None
    return Outcome(
        name=_text(places.current / "hostname") or "simveil",
        version=version,
        at=at,
        addresses=addresses,
        port=8443,
        fingerprint=next((f for path in certificates if (f := fingerprint(path))), None),
        tunnel=public_key(places) if _tunnelled(places) else None,
        application=None if first is None else (str(first["name"]), str(first["appKey"])),
        lines=(ready, len(lines or ())),
        problems=problems,
        missing=tuple(missing),
    )


def written(found: Outcome, path: Path, language: Language) -> bool:
    """Write the text, if it says anything new; a power cut leaves the old or the new."""
    octets = found.text(language).encode("utf-8-sig" if language == "zh-CN" else "utf-8")
    try:
        if path.read_bytes() == octets:
            return False
    except OSError:
        pass
    half = path.with_name("status.new")
    with half.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    return True


def fingerprint(path: Path) -> str | None:
    """Return the SHA-256 of the first certificate in a PEM file, None where there is none."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    body = re.search("-----BEGIN CERTIFICATE-----(.+?)-----END", text, re.DOTALL)
    if body is None:
        return None
    digest = hashlib.sha256(base64.b64decode(body[1])).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, 64, 2))


def _tunnelled(places: Places) -> bool:
    return (places.current / f"network/41-{TUNNEL}.netdev").exists()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
