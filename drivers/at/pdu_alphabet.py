"""Text and septets: the default alphabet, its extension, and the national tables in their place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from drivers.at.pdu_national import DEFAULT, ESCAPE, EXTENSION, LOCKING, SINGLE
from drivers.at.pdu_octets import PduError


def decode_septets(septets: Iterable[int], *, locking: int = 0, single: int = 0) -> str:
    """Return the text of septets (TS 23.038 §6.2.1).

    An unassigned septet behind an escape is read from the main table, an escape behind an
    escape is a space, and one at the very end is nothing. Unknown table numbers mean the
    default tables.

    Args:
        locking: Number of the locking shift table, 0 for the default alphabet.
        single: Number of the single shift table, 0 for the extension.
    """
    table = LOCKING.get(locking, DEFAULT)
    shifted = SINGLE.get(single, EXTENSION)
    letters = []
    escaped = False
    for septet in septets:
        if escaped:
            letters.append(" " if septet == ESCAPE else shifted.get(septet, table[septet]))
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            letters.append(table[septet])
    return "".join(letters)


@cache
def _codes(locking: int, single: int) -> dict[str, tuple[int, ...]]:
    codes: dict[str, tuple[int, ...]] = {}
    for septet, letter in SINGLE.get(single, EXTENSION).items():
        codes.setdefault(letter, (ESCAPE, septet))
    blank = DEFAULT.index(" ")
    for septet, letter in enumerate(LOCKING.get(locking, DEFAULT)):
        if septet != ESCAPE and (letter != " " or septet == blank):
            codes[letter] = (septet,)
    return codes


def septets_of(letter: str, *, locking: int = 0, single: int = 0) -> tuple[int, ...] | None:
    """Return the one or two septets of a letter, or None if the tables lack it."""
    return _codes(locking, single).get(letter)


def encode_septets(text: str, *, locking: int = 0, single: int = 0) -> list[int]:
    """Return the septets of a text. Raises PduError naming the first letter that is lacking."""
    codes = _codes(locking, single)
    septets: list[int] = []
    for place, letter in enumerate(text):
        code = codes.get(letter)
        if code is None:
            raise PduError(
                f"U+{ord(letter):04X} at {place}, expected a letter of table {locking}/{single}"
            )
        septets.extend(code)
    return septets


def fits_alphabet(text: str) -> bool:
    """Tell whether the default alphabet and its extension hold every letter of ``text``."""
    return _codes(0, 0).keys() >= set(text)
