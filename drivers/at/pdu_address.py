"""Addresses in PDUs (3GPP TS 23.040 §9.1.2.5): numbers as semi-octets, names as septets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.at.pdu_alphabet import decode_septets, encode_septets
from drivers.at.pdu_octets import (
    PduError,
    Reader,
    pack_septets,
    semi_octets,
    to_semi_octets,
    unpack_septets,
)

INTERNATIONAL: Final = 0x91
UNKNOWN: Final = 0x81
ALPHANUMERIC: Final = 0xD0
_MAX_OCTETS: Final = 10  # address value, §9.1.2.5
_NUMBER = re.compile(r"\+?[0-9*#abc]+")


@dataclass(frozen=True, slots=True)
class Address:
    """A sender or recipient.

    Args:
        text: A number, with ``+`` only if its type says international, or a name.
        kind: The type-of-address octet: 0x91 international, 0x81 unknown, 0xA1 national, 0xD0 name.
    """

    text: str
    kind: int

    @property
    def alphanumeric(self) -> bool:
        """True for a name: nobody can reply to it."""
        return self.kind >> 4 & 7 == 5


def address_of(text: str) -> Address:
    """Return the address of a number (``+`` and digits: international) or of a name.

    Raises PduError for an empty text.
    """
    if not text:
        raise PduError("address of 0 characters, expected at least 1")
    if _NUMBER.fullmatch(text):
        return Address(text, INTERNATIONAL if text.startswith("+") else UNKNOWN)
    return Address(text, ALPHANUMERIC)


def read_address(reader: Reader, what: str) -> Address:
    """Read an address whose length octet counts semi-octets. Raises PduError."""
    length = reader.octet(f"{what} length")
    kind = reader.octet(f"{what} type")
    if length > 2 * _MAX_OCTETS:
        raise PduError(f"{what} of {length} digits, expected at most {2 * _MAX_OCTETS}")
    data = reader.take((length + 1) // 2, what)
    if kind >> 4 & 7 == 5:
        return Address(decode_septets(unpack_septets(data, length * 4 // 7)), kind)
    return Address(_digits(data, length, kind), kind)


def _digits(data: bytes, length: int, kind: int) -> str:
    digits = semi_octets(data, length)
    return f"+{digits}" if kind >> 4 & 7 == 1 and digits else digits


def write_address(address: Address) -> bytes:
    """Return an address with its length octet in semi-octets. Raises PduError."""
    if address.alphanumeric:
        septets = encode_septets(address.text)
        if len(septets) > 11:
            raise PduError(f"name of {len(septets)} septets, expected at most 11")
        return bytes(((7 * len(septets) + 3) // 4, address.kind)) + pack_septets(septets)
    digits = address.text.removeprefix("+")
    if not 1 <= len(digits) <= 2 * _MAX_OCTETS:
        raise PduError(f"number of {len(digits)} digits, expected 1 to {2 * _MAX_OCTETS}")
    return bytes((len(digits), address.kind)) + to_semi_octets(digits)


def read_smsc(reader: Reader) -> str | None:
    """Read a service centre's address, whose length octet counts octets; None for length 0."""
    length = reader.octet("SMSC length")
    if length == 0:
        return None
    if not 2 <= length <= _MAX_OCTETS + 1:
        raise PduError(f"SMSC of {length} octets, expected 0 or 2 to {_MAX_OCTETS + 1}")
    kind = reader.octet("SMSC type")
    data = reader.take(length - 1, "SMSC")
    count = 2 * len(data) - (data[-1] >> 4 == 0x0F)
    return _digits(data, count, kind)


def write_smsc(number: str | None) -> bytes:
    """Return a service centre's address, or the octet 0 for the SIM's own. Raises PduError."""
    if number is None:
        return b"\x00"
    kind = INTERNATIONAL if number.startswith("+") else UNKNOWN
    data = to_semi_octets(number.removeprefix("+"))
    if not 1 <= len(data) <= _MAX_OCTETS:
        raise PduError(f"SMSC number of {len(data)} octets, expected 1 to {_MAX_OCTETS}")
    return bytes((len(data) + 1, kind)) + data
