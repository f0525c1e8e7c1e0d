"""Fields of information lines: ``1,"text",,x`` as strings."""

from __future__ import annotations


def head_of(line: str) -> str:
    """Return what stands before the first colon, or the whole line: the key of every table here."""
    return line.partition(":")[0].strip()


def rest_of(line: str) -> str:
    """Return what follows the first colon, or nothing."""
    return line.partition(":")[2].strip()


def fields(text: str) -> list[str]:
    """Return comma-separated fields without blanks and quotes; commas in quotes or brackets stay.

    A quote that is never closed runs to the end, as one operator's ``"NET,0`` does in the field.
    """
    found: list[str] = []
    current: list[str] = []
    quoted = False
    depth = 0
    for letter in text:
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted and depth <= 0:
            found.append("".join(current).strip())
            current = []
            continue
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
        if letter != '"':
            current.append(letter)
    found.append("".join(current).strip())
    return found


def number_at(values: list[str], place: int) -> int | None:
    """Return a field as a decimal number, or None if it is absent or no number."""
    if place >= len(values):
        return None
    text = values[place].removeprefix("-")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return -int(text) if values[place].startswith("-") else int(text)


def text_at(values: list[str], place: int) -> str | None:
    """Return a field, or None if it is absent or empty."""
    return values[place] or None if place < len(values) else None
