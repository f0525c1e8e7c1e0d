"""Fields that several SMS TPDUs share: addresses, time stamps and the coding scheme.

3GPP TS 23.040 §9.1.2.5 (address), §9.2.3.11 (TP-SCTS) and 3GPP TS 23.038 §4 (TP-DCS).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from enum import Enum

from drivers.virtual.pdu_alphabet import from_septets, pack, to_septets, unpack

INTERNATIONAL = 0x91
UNKNOWN = 0x81
ALPHANUMERIC = 0xD0
_DIGITS = "0123456789*#abc"
_MOST_DIGITS = 20
_MOST_LETTERS = 11


class BadPdu(ValueError):
    """Raised when octets are no TPDU, or values do not fit into one."""


class Alphabet(Enum):
    """How the user data is to be read."""

    GSM7 = "gsm7"
    OCTETS = "octets"
    UCS2 = "ucs2"


def alphabet_of(dcs: int) -> Alphabet:
    """Return the alphabet that a TP-DCS octet names; reserved values read as GSM 7-bit."""
    group = dcs >> 4
    if group == 0xF:
        return Alphabet.OCTETS if dcs & 0x04 else Alphabet.GSM7
    if group == 0xE:
        return Alphabet.UCS2
    if group >= 0x8:
        return Alphabet.GSM7
    if dcs & 0x20:
        return Alphabet.OCTETS
    return {0x04: Alphabet.OCTETS, 0x08: Alphabet.UCS2}.get(dcs & 0x0C, Alphabet.GSM7)


def class_of(dcs: int) -> int | None:
    """Return the message class 0-3 of a TP-DCS octet, or None."""
    if dcs >> 4 == 0xF or (dcs < 0x80 and dcs & 0x10):
        return dcs & 0x03
    return None


def address_type(number: str) -> int:
    """Return the type-of-address octet that ``number`` would be given."""
    if number.startswith("+"):
        return INTERNATIONAL
    return UNKNOWN if all(digit in _DIGITS for digit in number) else ALPHANUMERIC


def _swap(digits: str) -> bytes:
    codes = [_DIGITS.index(digit) for digit in digits] + [0xF] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))


def _unswap(octets: bytes) -> str:
    nibbles = (nibble for octet in octets for nibble in (octet & 0xF, octet >> 4))
    return "".join(_DIGITS[nibble] for nibble in nibbles if nibble != 0xF)


def encode_address(number: str, kind: int | None = None) -> bytes:
    """Return length, type and value of a TP address.

    Args:
        number: ``+`` and digits, digits with ``*#abc``, or up to 11 letters of the GSM alphabet.
        kind: Type-of-address octet; chosen by the look of ``number`` if None.

    Raises:
        BadPdu: The number is too long or holds what its type cannot carry.
    """
    kind = address_type(number) if kind is None else kind
    if kind & 0x70 == 0x50:
        try:
            septets = to_septets(number)
        except ValueError as error:
            raise BadPdu(str(error)) from error
        if len(septets) > _MOST_LETTERS:
            raise BadPdu(f"an alphanumeric address has at most 11 letters, not {len(septets)}")
        return bytes([(len(septets) * 7 + 3) // 4, kind]) + pack(septets)
    digits = number.lstrip("+").lower()
    if len(digits) > _MOST_DIGITS or any(digit not in _DIGITS for digit in digits):
        raise BadPdu(f"an address has at most 20 digits 0-9*#abc, not {len(digits)} of {number!r}")
    return bytes([len(digits), kind]) + _swap(digits)


def decode_address(octets: bytes) -> tuple[str, int, bytes]:
    """Read a TP address; returns (number, type of address, what follows it).

    Raises:
        BadPdu: The octets end within the address.
    """
    if len(octets) < 2 or len(octets) < 2 + (octets[0] + 1) // 2:
        raise BadPdu("the address is cut short")
    count, kind = octets[0], octets[1]
    value, rest = octets[2 : 2 + (count + 1) // 2], octets[2 + (count + 1) // 2 :]
    if kind & 0x70 == 0x50:
        return from_septets(unpack(value, count * 4 // 7)), kind, rest
    digits = _unswap(value)[:count]
    return ("+" if kind & 0x70 == 0x10 else "") + digits, kind, rest


def encode_smsc(number: str) -> bytes:
    """Return the SMSC octets that precede a TPDU on the AT interface (3GPP TS 27.005 §3.1)."""
    if not number:
        return b"\x00"
    value = bytes([address_type(number)]) + _swap(number.lstrip("+"))
    return bytes([len(value)]) + value


def split_smsc(octets: bytes) -> tuple[str, bytes]:
    """Read the SMSC octets before a TPDU; returns (number or "", TPDU).

    Raises:
        BadPdu: The octets end within the address.
    """
    if not octets or len(octets) < 1 + octets[0]:
        raise BadPdu("the SMSC address is cut short")
    value, rest = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
    if len(value) < 2:
        return "", rest
    return ("+" if value[0] & 0x70 == 0x10 else "") + _unswap(value[1:]), rest


def encode_time(moment: datetime) -> bytes:
    """Return the 7 octets of a time stamp; ``moment`` must know its zone (quarter hours)."""
    offset = moment.utcoffset()
    if offset is None:
        raise BadPdu("a time stamp needs a zone")
    quarters = round(offset.total_seconds() / 900)
    pairs = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    zone = (abs(quarters) % 10) << 4 | abs(quarters) // 10 | (0x08 if quarters < 0 else 0)
    return bytes((pair % 10) << 4 | pair // 10 for pair in pairs) + bytes([zone])


def decode_time(octets: bytes) -> datetime | None:
    """Return the moment of 7 octets with its zone, or None if they name none."""
    if len(octets) != 7:
        raise BadPdu(f"a time stamp has 7 octets, not {len(octets)}")
    if any(octet & 0xF > 9 or octet >> 4 > 9 for octet in octets[:6]):
        return None
    year, month, day, hour, minute, second = (10 * (o & 0xF) + (o >> 4) for o in octets[:6])
    zone = octets[6]
    quarters = 10 * (zone & 0x7) + (zone >> 4)
    offset = timedelta(minutes=15 * (-quarters if zone & 0x08 else quarters))
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None
