"""User data of an SMS TPDU: coding scheme, header and payload (3GPP TS 23.040 §9.2.3.24)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.virtual.pdu_alphabet import from_septets, pack, unpack
from drivers.virtual.pdu_fields import Alphabet, BadPdu, alphabet_of, class_of

DCS_GSM7 = 0x00
DCS_UCS2 = 0x08
ROOM_SEPTETS, ROOM_OCTETS = 160, 140
_IE_CONCAT8, _IE_CONCAT16 = 0x00, 0x08


@dataclass(frozen=True)
class Concat:
    """Place of a part in a text: ``sequence`` 1..``total`` under an 8- or 16-bit reference."""

    reference: int
    total: int
    sequence: int
    wide: bool = False

    def element(self) -> bytes:
        """Return the information element of the user data header (3GPP TS 23.040 §9.2.3.24.1)."""
        if self.wide:
            reference = self.reference.to_bytes(2, "big")
            return bytes([_IE_CONCAT16, 4]) + reference + bytes([self.total, self.sequence])
        return bytes([_IE_CONCAT8, 3, self.reference, self.total, self.sequence])


@dataclass(frozen=True)
class Body:
    """Coding scheme, header and user data of a TPDU, exactly as they travel.

    Args:
        dcs: TP-DCS.
        payload: Septets one per octet for a 7-bit alphabet, else octets.
        header: User data header without its length octet.
    """

    dcs: int = DCS_GSM7
    payload: bytes = b""
    header: bytes = b""

    @property
    def alphabet(self) -> Alphabet:
        """How the payload is to be read."""
        return alphabet_of(self.dcs)

    @property
    def message_class(self) -> int | None:
        """Message class 0-3 (0 is shown at once and not stored), or None."""
        return class_of(self.dcs)

    @property
    def text(self) -> str:
        """The text of this part; 8-bit data reads as Latin-1."""
        return decode_text(self.alphabet, self.payload)

    @property
    def concat(self) -> Concat | None:
        """The place in a longer text, wherever in the header its element stands."""
        header = self.header
        while len(header) >= 2 and len(header) >= 2 + header[1]:
            kind, size = header[0], header[1]
            value, header = header[2 : 2 + size], header[2 + size :]
            if kind == _IE_CONCAT8 and size == 3:
                found = Concat(value[0], value[1], value[2])
            elif kind == _IE_CONCAT16 and size == 4:
                found = Concat(int.from_bytes(value[:2], "big"), value[2], value[3], wide=True)
            else:
                continue
            if 1 <= found.sequence <= found.total:
                return found
        return None

    def encode(self) -> bytes:
        """Return TP-UDL and TP-UD.

        Raises:
            BadPdu: The user data exceeds 140 octets.
        """
        header = bytes([len(self.header)]) + self.header if self.header else b""
        if self.alphabet is Alphabet.GSM7:
            before = (len(header) * 8 + 6) // 7
            length = before + len(self.payload)
            packed = pack(self.payload, before * 7 - len(header) * 8)
            room = ROOM_SEPTETS
        else:
            length, packed, room = len(header) + len(self.payload), self.payload, ROOM_OCTETS
        if length > room:
            raise BadPdu(f"user data of {length} exceeds {room}")
        return bytes([length]) + header + packed

    @classmethod
    def decode(cls, dcs: int, has_header: bool, octets: bytes) -> Body:
        """Read TP-UDL and TP-UD.

        Raises:
            BadPdu: Less follows than TP-UDL or the header's length announce.
        """
        if not octets:
            return cls(dcs)
        length, data = octets[0], octets[1:]
        header = b""
        if has_header:
            if not data or len(data) < 1 + data[0]:
                raise BadPdu("the user data header is cut short")
            header = data[1 : 1 + data[0]]
        start = len(header) + 1 if has_header else 0
        if alphabet_of(dcs) is Alphabet.GSM7:
            before = (start * 8 + 6) // 7
            try:
                payload = unpack(data[start:], max(0, length - before), before * 7 - start * 8)
            except ValueError as error:
                raise BadPdu(str(error)) from error
            return cls(dcs, payload, header)
        if len(data) < length:
            raise BadPdu(f"{length} octets of user data announced, {len(data)} follow")
        return cls(dcs, data[start:length], header)


def decode_text(alphabet: Alphabet, payload: bytes) -> str:
    """Return the text of a payload; UCS-2 is read as UTF-16BE, 8-bit data as Latin-1."""
    if alphabet is Alphabet.GSM7:
        return from_septets(payload)
    if alphabet is Alphabet.UCS2:
        return payload[: len(payload) // 2 * 2].decode("utf-16-be", "replace")
    return payload.decode("latin-1")
