"""Octets of a PDU: reading with refusals in numbers, semi-octets, and septets with fill bits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class PduError(ValueError):
    """Raised when octets are no PDU, or a value does not fit in one; says value and expectation."""


class Reader:
    """Takes octets from the front of a PDU.

    Args:
        data: All octets.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Octets not read yet."""
        return len(self._data) - self._at

    def take(self, count: int, what: str) -> bytes:
        """Return the next ``count`` octets. Raises PduError if fewer are left."""
        if self.left < count:
            raise PduError(f"{what}: {self.left} octets left at {self._at}, expected {count}")
        self._at += count
        return self._data[self._at - count : self._at]

    def octet(self, what: str) -> int:
        """Return the next octet as a number. Raises PduError at the end."""
        return self.take(1, what)[0]

    def end(self) -> None:
        """Raise PduError unless every octet was read."""
        if self.left:
            raise PduError(f"{self.left} octets after the end at {self._at}, expected 0")


def octets_of(text: str) -> bytes:
    """Return the octets of a hex string; white space around it is allowed. Raises PduError."""
    text = text.strip()
    if len(text) % 2:
        raise PduError(f"{len(text)} hex digits, expected an even number")
    for place, digit in enumerate(text):
        if digit not in "0123456789abcdefABCDEF":
            raise PduError(f"character {digit!r} at {place}, expected a hex digit")
    return bytes.fromhex(text)


_SEMI = "0123456789*#abc"


def semi_octets(data: bytes, count: int) -> str:
    """Return ``count`` digits of an address (TS 23.040 §9.1.2.3), low half first.

    Raises PduError for the filler 0xF before the end.
    """
    digits = []
    for number in range(count):
        octet = data[number // 2]
        value = octet >> 4 if number % 2 else octet & 0x0F
        if value == 0x0F:
            raise PduError(f"filler F as digit {number + 1}, expected {count} digits")
        digits.append(_SEMI[value])
    return "".join(digits)


def to_semi_octets(digits: str) -> bytes:
    """Return the octets of ``digits`` (0-9 * # a-c), filled with 0xF. Raises PduError."""
    values = []
    for place, digit in enumerate(digits):
        value = _SEMI.find(digit)
        if value < 0:
            raise PduError(f"digit {digit!r} at {place}, expected one of {_SEMI}")
        values.append(value)
    if len(values) % 2:
        values.append(0x0F)
    return bytes(values[n] | values[n + 1] << 4 for n in range(0, len(values), 2))


def unpack_septets(data: bytes, count: int, fill: int = 0) -> list[int]:
    """Return ``count`` septets after ``fill`` bits (0-6). Raises PduError if octets are missing."""
    need = (fill + 7 * count + 7) // 8
    if len(data) < need:
        raise PduError(f"{len(data)} octets of septets, expected {need}")
    bits = int.from_bytes(data, "little") >> fill
    return [bits >> 7 * n & 0x7F for n in range(count)]


def pack_septets(septets: Sequence[int], fill: int = 0) -> bytes:
    """Return septets as octets behind ``fill`` zero bits (0-6)."""
    bits = 0
    for place, septet in enumerate(septets):
        bits |= septet << 7 * place
    return (bits << fill).to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def fill_bits(header_octets: int) -> int:
    """Return the bits between a header of so many octets (length octet included) and its text."""
    return -header_octets * 8 % 7


def septets_in(header_octets: int) -> int:
    """Return the septets that a header and its fill bits count for in the length."""
    return (header_octets * 8 + 6) // 7


def swapped_decimal(octet: int) -> int:
    """Return the two decimal digits of an octet, low half first. Raises PduError."""
    low, high = octet & 0x0F, octet >> 4
    if low > 9 or high > 9:
        raise PduError(f"octet {octet:02X}, expected two decimal digits")
    return low * 10 + high


def to_swapped(values: Iterable[int]) -> bytes:
    """Return numbers of 0-99 as octets of two digits, low half first."""
    return bytes(value // 10 | value % 10 << 4 for value in values)
