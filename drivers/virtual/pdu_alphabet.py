"""The GSM 7-bit alphabet, its extension table, and septets in octets (3GPP TS 23.038 §6)."""

from __future__ import annotations

ESCAPE = 0x1B

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_SEPTETS = {character: bytes([code]) for code, character in enumerate(_BASIC) if code != ESCAPE} | {
    character: bytes([ESCAPE, code]) for code, character in _EXTENSION.items()
}


def is_gsm(text: str) -> bool:
    """Tell whether every character of ``text`` exists in the default alphabet or its extension."""
    return all(character in _SEPTETS for character in text)


def to_septets(text: str) -> bytes:
    """Return ``text`` as septets, one per octet; an extended character takes two.

    Raises:
        ValueError: A character does not exist in the alphabet.
    """
    try:
        return b"".join(_SEPTETS[character] for character in text)
    except KeyError as missing:
        raise ValueError(f"no GSM 7-bit code for {missing.args[0]!r}") from None


def from_septets(septets: bytes) -> str:
    """Return the text of ``septets`` (one per octet).

    An escape before a code that has no extension shows the basic character, a lone escape at the
    end shows a space, as 3GPP TS 23.038 §6.2.1.1 asks of receivers.
    """
    text: list[str] = []
    escaped = False
    for code in septets:
        if escaped:
            text.append(_EXTENSION.get(code, " " if code == ESCAPE else _BASIC[code & 0x7F]))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            text.append(_BASIC[code & 0x7F])
    if escaped:
        text.append(" ")
    return "".join(text)


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Pack septets into octets, lowest bits first, after ``fill`` zero bits (0-6)."""
    bits, width = 0, fill
    for septet in septets:
        bits |= (septet & 0x7F) << width
        width += 7
    return bits.to_bytes((width + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill: int = 0) -> bytes:
    """Unpack ``count`` septets that begin ``fill`` bits into ``octets``.

    Raises:
        ValueError: There are fewer octets than ``count`` septets need.
    """
    if len(octets) * 8 < fill + 7 * count:
        raise ValueError(f"{count} septets after {fill} bits do not fit into {len(octets)} octets")
    bits = int.from_bytes(octets, "little") >> fill
    return bytes((bits >> (7 * place)) & 0x7F for place in range(count))
