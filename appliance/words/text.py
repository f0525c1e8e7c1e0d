"""Text on a terminal: what it may contain, and how many columns it takes."""

from __future__ import annotations

import unicodedata


def safe(text: str) -> str:
    """Return a text whose control characters cannot move a terminal's cursor."""
    return "".join(
        letter if unicodedata.category(letter)[0] != "C" else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def ascii_only(text: str) -> str:
    """Return a text for a terminal that has plain ASCII and nothing else."""
    return "".join(letter if letter.isascii() else "?" for letter in safe(text))


def width(text: str) -> int:
    """Return the columns that a text takes: a wide letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def fit(text: str, columns: int) -> str:
    """Return a text cut or padded to just so many columns; ``~`` says that something was cut."""
    if width(text) <= columns:
        return text + " " * (columns - width(text))
    kept = ""
    for letter in text:
        if width(kept) + width(letter) > columns - 1:
            break
        kept += letter
    return kept + "~" + " " * (columns - 1 - width(kept))
