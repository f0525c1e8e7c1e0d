"""Long texts in as few parts as possible, and the SUBMITs that carry them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from drivers.at.pdu import Submit, encode
from drivers.at.pdu_address import address_of
from drivers.at.pdu_alphabet import fits_alphabet, septets_of
from drivers.at.pdu_dcs import Alphabet
from drivers.at.pdu_header import Concat, Element
from drivers.at.pdu_octets import PduError
from drivers.at.pdu_text import text_body
from drivers.at.pdu_time import write_validity

SINGLE_SEPTETS: Final = 160
PART_SEPTETS: Final = 153  # beside a header with an 8-bit reference
PART_SEPTETS_WIDE: Final = 152  # beside one with a 16-bit reference
SINGLE_UNITS: Final = 70
PART_UNITS: Final = 67
PART_UNITS_WIDE: Final = 66
MAX_PARTS: Final = 255
_DCS: Final = {Alphabet.GSM7: 0x00, Alphabet.UCS2: 0x08}


@dataclass(frozen=True, slots=True)
class Part:
    """One message's share of a text.

    Args:
        text: This part's text.
        alphabet: GSM7 or UCS2; the same for every part.
        seq: This part, from 1.
        total: Parts of the text.
    """

    text: str
    alphabet: Alphabet
    seq: int
    total: int

    @property
    def dcs(self) -> int:
        """The data coding scheme octet."""
        return _DCS[self.alphabet]


def split(text: str, *, wide: bool = False) -> tuple[Part, ...]:
    """Split a text into as few parts as possible.

    GSM 7-bit with its extension where that holds every letter, else UTF-16. An escape is never
    parted from its letter, nor are the halves of a surrogate pair. An empty text is one empty part.

    Args:
        text: Any text; a lone surrogate becomes U+FFFD.
        wide: The reference will be coded in 16 bits, which leaves a little less room.

    Raises PduError if more than 255 parts were needed.
    """
    text = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    if fits_alphabet(text):
        alphabet, alone, room = (
            Alphabet.GSM7,
            SINGLE_SEPTETS,
            PART_SEPTETS_WIDE if wide else PART_SEPTETS,
        )
    else:
        alphabet, alone, room = (
            Alphabet.UCS2,
            SINGLE_UNITS,
            PART_UNITS_WIDE if wide else PART_UNITS,
        )
    pieces = list(_cut(text, alphabet, alone))
    if len(pieces) > 1:
        pieces = list(_cut(text, alphabet, room))
    if len(pieces) > MAX_PARTS:
        raise PduError(f"text of {len(pieces)} parts, expected at most {MAX_PARTS}")
    return tuple(
        Part(piece, alphabet, seq, len(pieces)) for seq, piece in enumerate(pieces, start=1)
    )


def _cut(text: str, alphabet: Alphabet, room: int) -> Iterator[str]:
    start = used = 0
    for place, letter in enumerate(text):
        if alphabet is Alphabet.GSM7:
            size = len(septets_of(letter) or ())
        else:
            size = 2 if ord(letter) > 0xFFFF else 1
        if used + size > room:
            yield text[start:place]
            start, used = place, 0
        used += size
    yield text[start:]


def submits(
    number: str,
    text: str,
    *,
    reference: int = 0,
    report: bool = True,
    validity: timedelta | None = None,
    wide: bool = False,
) -> list[tuple[str, int]]:
    """Return the SUBMITs of a text as (hex with SMSC octets, octets without them), in order.

    Args:
        number: Recipient, ``+`` and digits or digits.
        text: The text.
        reference: What several parts share: 0-255, or 0-65535 if ``wide``.
        report: Ask for a status report of each part.
        validity: How long the service centre is to try, 5 minutes to 63 weeks; None: as it likes.
        wide: Code the reference in 16 bits.

    Raises PduError for a number or text that does not fit.
    """
    octets = b"" if validity is None else bytes((write_validity(validity),))
    base = Submit(address_of(number), text_body(""), report=report, validity=octets)
    encoded = []
    for part in split(text, wide=wide):
        elements: tuple[Element, ...] = ()
        if part.total > 1:
            elements = (Concat(reference, part.total, part.seq, wide).element(),)
        message = replace(base, body=text_body(part.text, *elements), dcs=part.dcs)
        encoded.append(encode(message))
    return encoded
