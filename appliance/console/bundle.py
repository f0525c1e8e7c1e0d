"""What support needs, in one file, masked: numbers and SIMs to their last four digits."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from appliance.console import screens
from appliance.console.facts import Ask, House, journal, look, machine, transcript
from appliance.errors import BadInput, SimveilError
from appliance.logging import mask_text
from appliance.words import Language, say

STICK: Final = Path("/media/simveil")
"""Where the stick with the label SIMVEIL is mounted."""
_LOG_LINES: Final = 1000
_HIDDEN: Final = (
    # Numbers of people that have another form than a mobile's, IMEI, IMSI, ICCID.
    (re.compile(r"(?<![0-9A-Fa-f.])\d{6,16}(?=\d{4}(?!\d))"), "*****"),
    # Secrets of the configuration, wherever in a line or an inline table they stand.
    (
        re.compile(
            r"""(?i)\b((?:pin|puk|token|secret|password|key|webhook)[\w-]*\s*=\s*)"""
            r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}\]]+)"""
        ),
        r'\1"***"',
    ),
    # What a URL says of who may open it.
    (re.compile(r"(\w://)[^/\s\"'@]+@"), r"\1***@"),
    (re.compile(r"(\w://[^\s\"'?]*\?)[^\s\"']+"), r"\1***"),
    # What an operator wrote.
    (re.compile(r"(\+CUSD: \d,)\"[^\"]*(\"?)"), r'\1"***\2'),
)


def masked(text: str) -> str:
    """Return a text without numbers, secrets and the middle of what names SIMs and modems."""
    text = mask_text(text)
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


def write(folder: Path, ask: Ask, house: House, language: Language) -> tuple[Path, int]:
    """Write a bundle; what cannot be asked is missing from it and says why.

    Args:
        folder: That of a stick, mounted.
        language: Of what is said when it fails.

    Returns:
        The file, and how many files are in it.

    Raises:
        BadInput: There is no such folder, or it cannot be written.
    """
    if not folder.is_dir():
        raise BadInput(say("CON-441", language, folder=folder))
    now = datetime.now(UTC)
    target = folder / f"simveil-{house.name}-{now:%Y%m%dT%H%M%SZ}.zip"
    half = target.with_name(target.name + ".part")
    content = _content(ask, house)
    try:
        with half.open("wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in content.items():
                    archive.writestr(name, masked(text))
            raw.flush()
            os.fsync(raw.fileno())
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        words = say("CLI-011", language, path=folder, reason=error.strerror)
        raise BadInput(words) from error
    return target, len(content)


def _content(ask: Ask, house: House) -> dict[str, str]:
    facts = look(ask, house, lambda: datetime.now().astimezone())
    this = machine()
    page = screens.framed(facts, "", screens.page(facts, this, "en"), "", "", "en")
    lines = [str(line["msisdn"] or line["iccid"] or line["imei"]) for line in facts.lines]
    found = {
        "page.txt": "\n".join(page),
        "network.txt": "\n".join(screens.network(facts, this, "en")),
        "versions.txt": "\n".join(sorted(_versions())),
        "config.toml": _file(house.config),
        "journal.txt": "\n".join(journal(_LOG_LINES)),
    }
    if not facts.running:
        return found  # the page says why; one that hangs would be waited for at each question
    found |= {
        "health.json": _asked(ask, "/health"),
        "findings.json": _asked(ask, "/findings"),
        "lines.json": _asked(ask, "/lines"),
        "outbox.json": _asked(ask, "/outbox", limit=100),
        "generation.json": _asked(ask, "/generation"),
        "log.txt": _tried(
            lambda: "\n".join(row["text"] for row in ask("GET", "/log", limit=_LOG_LINES))
        ),
    }
    for place, line in enumerate(lines, start=1):
        found[f"line-{place:02}.txt"] = _tried(partial(_spoken, ask, line))
    return found


def _versions() -> list[str]:
    named = [(one.metadata["Name"], one.version) for one in metadata.distributions()]
    return [f"{name} {number}" for name, number in named]


def _spoken(ask: Ask, line: str) -> str:
    return "\n".join(
        f"{row['at']} {'>' if row['sent'] else '<'} {row['text']}" for row in transcript(ask, line)
    )


def _asked(ask: Ask, path: str, **query: Any) -> str:
    return _tried(
        lambda: json.dumps(ask("GET", path, timeout=10.0, **query), indent=1, ensure_ascii=False)
    )


def _tried(read: Callable[[], str]) -> str:
    try:
        return read()
    except SimveilError as error:
        return str(error)


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)
