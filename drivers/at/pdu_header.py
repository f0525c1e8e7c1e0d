"""The user data header (3GPP TS 23.040 §9.2.3.24): concatenation, national tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.at.pdu_octets import PduError

CONCAT_8: Final = 0x00
CONCAT_16: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25

Element = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Concat:
    """Which part of a longer text this is.

    Args:
        ref: Reference of the text: 0-255, or 0-65535 if ``wide``.
        total: Parts of the text, 1-255.
        seq: This part, 1-``total``.
        wide: The reference is coded in 16 bits.
    """

    ref: int
    total: int
    seq: int
    wide: bool = False

    def element(self) -> Element:
        """Return the header element. Raises PduError for values out of range."""
        limit = 0xFFFF if self.wide else 0xFF
        if not 0 <= self.ref <= limit:
            raise PduError(f"reference {self.ref}, expected 0 to {limit}")
        if not 1 <= self.seq <= self.total <= 255:
            raise PduError(f"part {self.seq} of {self.total}, expected 1 ≤ part ≤ total ≤ 255")
        octets = self.ref.to_bytes(2 if self.wide else 1, "big") + bytes((self.total, self.seq))
        return (CONCAT_16 if self.wide else CONCAT_8, octets)


def split_elements(header: bytes) -> tuple[Element, ...]:
    """Return the elements of a header without its length octet.

    A header whose elements do not fill it exactly is ignored as a whole (§9.2.3.24): then empty.
    """
    elements = []
    at = 0
    while at < len(header):
        if at + 2 > len(header) or at + 2 + header[at + 1] > len(header):
            return ()
        end = at + 2 + header[at + 1]
        elements.append((header[at], header[at + 2 : end]))
        at = end
    return tuple(elements)


def header_octets(elements: tuple[Element, ...]) -> bytes:
    """Return a header with its length octet, or nothing without elements. Raises PduError."""
    if not elements:
        return b""
    body = b"".join(bytes((name, len(data))) + data for name, data in elements)
    if len(body) > 139:
        raise PduError(f"header of {len(body)} octets, expected at most 139")
    return bytes((len(body),)) + body


def concat_of(elements: tuple[Element, ...]) -> Concat | None:
    """Return the last valid concatenation element (§9.2.3.24.1, §9.2.3.24.8), or None."""
    found = None
    for name, data in elements:
        if (name, len(data)) not in {(CONCAT_8, 3), (CONCAT_16, 4)}:
            continue
        wide = name == CONCAT_16
        total, seq = data[-2], data[-1]
        if 1 <= seq <= total:
            found = Concat(int.from_bytes(data[:-2], "big"), total, seq, wide)
    return found


def shifts_of(elements: tuple[Element, ...]) -> tuple[int, int]:
    """Return the numbers of the locking and the single shift table, 0 where none is named."""
    locking = single = 0
    for name, data in elements:
        if name == LOCKING_SHIFT and len(data) == 1:
            locking = data[0]
        elif name == SINGLE_SHIFT and len(data) == 1:
            single = data[0]
    return locking, single
