"""The data coding scheme octet (3GPP TS 23.038 §4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Alphabet(Enum):
    """How user data is coded."""

    GSM7 = "gsm7"
    OCTETS = "8bit"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class Coding:
    """What a data coding scheme says.

    Args:
        alphabet: How the user data is coded.
        message_class: 0 (shown at once, "flash") to 3, or None.
        compressed: Compressed by TS 23.042: not readable as text.
        waiting: Kind of message waiting (0 voice mail, 1 fax, 2 e-mail, 3 other), or None.
        active: The waiting indication is switched on.
        discard: The network means the text to be thrown away after the indication.
    """

    alphabet: Alphabet
    message_class: int | None = None
    compressed: bool = False
    waiting: int | None = None
    active: bool = False
    discard: bool = False


_GENERAL = (Alphabet.GSM7, Alphabet.OCTETS, Alphabet.UCS2, Alphabet.GSM7)


def coding_of(dcs: int) -> Coding:
    """Return the meaning of a data coding scheme octet (0-255); reserved groups mean GSM 7-bit."""
    group = dcs >> 4
    if group < 0x8:  # general, and with automatic deletion (01xx)
        return Coding(
            alphabet=_GENERAL[dcs >> 2 & 3],
            message_class=dcs & 3 if dcs & 0x10 else None,
            compressed=bool(dcs & 0x20),
        )
    if group < 0xC:
        return Coding(Alphabet.GSM7)
    if group == 0xF:
        return Coding(Alphabet.OCTETS if dcs & 4 else Alphabet.GSM7, message_class=dcs & 3)
    return Coding(
        alphabet=Alphabet.UCS2 if group == 0xE else Alphabet.GSM7,
        waiting=dcs & 3,
        active=bool(dcs & 8),
        discard=group == 0xC,
    )
