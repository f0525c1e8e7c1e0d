"""User data (3GPP TS 23.040 §9.2.3.24): header and text or octets, and their common length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from drivers.at.pdu_alphabet import decode_septets, encode_septets
from drivers.at.pdu_dcs import Alphabet, coding_of
from drivers.at.pdu_header import (
    Concat,
    Element,
    concat_of,
    header_octets,
    shifts_of,
    split_elements,
)
from drivers.at.pdu_octets import (
    PduError,
    Reader,
    fill_bits,
    pack_septets,
    septets_in,
    unpack_septets,
)

MAX_OCTETS: Final = 140
MAX_SEPTETS: Final = 160


@dataclass(frozen=True, slots=True)
class Body:
    """User data of one message.

    Args:
        text: The text, or None where the data is octets (8-bit or compressed).
        data: The octets without header: raw data, UTF-16BE, or packed septets without fill bits.
        elements: Elements of the header, in order.
        utf16: The text came as UTF-16, so ``data`` may begin or end with half a surrogate pair.
    """

    text: str | None
    data: bytes = b""
    elements: tuple[Element, ...] = ()
    utf16: bool = False

    @property
    def concat(self) -> Concat | None:
        """Which part of a longer text this is, or None for a text of its own."""
        return concat_of(self.elements)


def text_body(text: str, *elements: Element) -> Body:
    """Return a body of text with the header elements given."""
    return Body(text, b"", elements)


def octet_body(data: bytes, *elements: Element) -> Body:
    """Return a body of octets with the header elements given."""
    return Body(None, data, elements)


def read_body(reader: Reader, dcs: int, *, header: bool) -> Body:
    """Read length, header and text by a data coding scheme. Raises PduError."""
    coding = coding_of(dcs)
    length = reader.octet("user data length")
    septets = coding.alphabet is Alphabet.GSM7 and not coding.compressed
    limit, unit = (MAX_SEPTETS, "septets") if septets else (MAX_OCTETS, "octets")
    if length > limit:
        raise PduError(f"user data of {length} {unit}, expected at most {limit}")
    data = reader.take((7 * length + 7) // 8 if septets else length, "user data")
    used, elements = _read_header(data) if header else (0, ())
    if septets:
        return _read_septets(data, length, used, elements)
    rest = data[used:]
    if coding.alphabet is Alphabet.UCS2 and not coding.compressed:
        return Body(utf16_text(rest), rest, elements, utf16=True)
    return Body(None, rest, elements)


def _read_header(data: bytes) -> tuple[int, tuple[Element, ...]]:
    if not data:
        raise PduError("user data of 0 octets, expected a header")
    used = data[0] + 1
    if used > len(data):
        raise PduError(f"header of {data[0]} octets, expected at most {len(data) - 1}")
    return used, split_elements(data[1:used])


def _read_septets(data: bytes, length: int, used: int, elements: tuple[Element, ...]) -> Body:
    count = length - septets_in(used)
    if count < 0:
        raise PduError(f"user data of {length} septets, expected at least {septets_in(used)}")
    septets = unpack_septets(data[used:], count, fill_bits(used))
    locking, single = shifts_of(elements)
    text = decode_septets(septets, locking=locking, single=single)
    return Body(text, pack_septets(septets), elements)


def write_body(body: Body, dcs: int) -> bytes:
    """Return length, header and text by a data coding scheme. Raises PduError if it is too long."""
    coding = coding_of(dcs)
    header = header_octets(body.elements)
    if body.text is None:
        return _write_octets(header, body.data)
    if coding.compressed or coding.alphabet is Alphabet.OCTETS:
        raise PduError(f"text under data coding scheme {dcs:02X}, expected octets")
    if coding.alphabet is Alphabet.UCS2:
        return _write_octets(header, body.text.encode("utf-16-be", "surrogatepass"))
    locking, single = shifts_of(body.elements)
    septets = encode_septets(body.text, locking=locking, single=single)
    length = septets_in(len(header)) + len(septets)
    if length > MAX_SEPTETS:
        raise PduError(f"user data of {length} septets, expected at most {MAX_SEPTETS}")
    return bytes((length,)) + header + pack_septets(septets, fill_bits(len(header)))


def _write_octets(header: bytes, data: bytes) -> bytes:
    length = len(header) + len(data)
    if length > MAX_OCTETS:
        raise PduError(f"user data of {length} octets, expected at most {MAX_OCTETS}")
    return bytes((length,)) + header + data


def utf16_text(data: bytes) -> str:
    """Return UTF-16BE octets as text; half a character or half a pair becomes U+FFFD."""
    return data.decode("utf-16-be", "replace")


def join_bodies(bodies: Iterable[Body]) -> str:
    """Return the text of parts in order; a pair that a sender cut in two is made whole again.

    Parts of octets add nothing: they are no text.
    """
    pieces: list[str] = []
    pending = b""
    for body in bodies:
        if body.utf16:
            pending += body.data
            continue
        pieces += [utf16_text(pending), body.text or ""]
        pending = b""
    return "".join([*pieces, utf16_text(pending)])
