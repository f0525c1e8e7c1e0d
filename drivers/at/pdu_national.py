"""National language tables of the 7-bit alphabet (3GPP TS 23.038 annex A).

Table numbers are those of the header elements 0x24 (single shift) and 0x25 (locking shift):
1 Turkish, 2 Spanish, 3 Portuguese, 4 Bengali, 5 Gujarati, 6 Hindi, 7 Kannada, 8 Malayalam,
9 Oriya, 10 Punjabi, 11 Tamil, 12 Telugu, 13 Urdu. The Indian locking tables are one layout over
each script's Unicode block, less the letters that the script lacks; so they are written down here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ESCAPE: Final = 0x1B

DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet by septet (TS 23.038 §6.2.1); the escape stands for itself."""

EXTENSION: Final[dict[int, str]] = {
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
"""What follows the escape (TS 23.038 §6.2.1.1)."""


def _changed(table: str, changes: dict[int, str]) -> str:
    letters = list(table)
    for septet, letter in changes.items():
        letters[septet] = letter
    return "".join(letters)


_TURKISH = _changed(
    DEFAULT,
    {
        0x04: "€",
        0x07: "ı",
        0x0B: "Ğ",
        0x0C: "ğ",
        0x1C: "Ş",
        0x1D: "ş",
        0x40: "İ",
        0x60: "ç",
    },
)
_PORTUGUESE = _changed(
    DEFAULT,
    {
        **dict(zip((4, 6, 7, 8, 9, 0x0B, 0x0C, 0x0E, 0x0F), "êúíóçÔôÁá", strict=True)),
        **dict(zip(range(0x12, 0x1B), "ªÇÀ∞^\\€Ó|", strict=True)),
        **dict(zip((0x1C, 0x1D, 0x1E, 0x24, 0x40), "ÂâÊºÍ", strict=True)),
        **dict(zip((0x5B, 0x5C, 0x5D, 0x60, 0x7B, 0x7C, 0x7D), "ÃÕÚ~ãõ`", strict=True)),
    },
)
_URDU = (
    "\u0627\u0622\u0628\u067b\u0680\u067e\u06a6\u062a\u06c2\u067f\n\u0679\u067d\r\u067a\u067c"
    "\u062b\u062c\u0681\u0684\u0683\u0685\u0686\u0687\u062d\u062e\u062f\x1b\u068c\u0688\u0689\u068a"
    " !\u068f\u068d\u0630\u0631\u0691\u0693)(\u0699\u0632,\u0696.\u0698"
    "0123456789:;\u069a\u0633\u0634?"
    "\u0635\u0636\u0637\u0638\u0639\u0641\u0642\u06a9\u06aa\u06ab\u06af\u06b3\u06b1\u0644\u0645\u0646"
    "\u06ba\u06bb\u06bc\u0648\u06c4\u06d5\u06c1\u06be\u0621\u06cc\u06d0\u06d2\u064d\u0650\u064f\u0657"
    "\u0654abcdefghijklmnopqrstuvwxyz\u0655\u0651\u0653\u0656\u0670"
)

# Offsets into a script's block, septet by septet; a string stands for itself, None for the
# six places (0x60, 0x7B-0x7F) in which every script has letters of its own.
_INDIAN_LAYOUT: Final[tuple[int | str | None, ...]] = (
    *(1, 2, 3, 5, 6, 7, 8, 9, 0x0A, 0x0B, "\n", 0x0C, 0x0D, "\r", 0x0E, 0x0F),
    *range(0x10, 0x1B),
    *("\x1b", 0x1B, 0x1C, 0x1D, 0x1E, " ", "!", 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24),
    *(")", "(", 0x25, 0x26, ",", 0x27, ".", 0x28),
    *"0123456789:;",
    *(0x29, 0x2A, 0x2B, "?"),
    *range(0x2C, 0x3A),
    *range(0x3C, 0x4E),
    None,
    *"abcdefghijklmnopqrstuvwxyz",
    *(None, None, None, None, None),
)


def _indian(block: int, lacking: Iterable[int], own: Iterable[int]) -> str:
    without = frozenset(lacking)
    letters = iter(own)
    table = []
    for place in _INDIAN_LAYOUT:
        if place is None:
            table.append(chr(block + next(letters)))
        elif isinstance(place, str):
            table.append(place)
        else:
            table.append(" " if place in without else chr(block + place))
    return "".join(table)


LOCKING: Final[dict[int, str]] = {
    1: _TURKISH,
    3: _PORTUGUESE,
    4: _indian(
        0x0980,
        (0x0D, 0x0E, 0x11, 0x12, 0x29, 0x31, 0x33, 0x34, 0x35, 0x45, 0x46, 0x49, 0x4A),
        (0x4E, 0x57, 0x5C, 0x5D, 0x70, 0x71),
    ),
    5: _indian(
        0x0A80,
        (0x0E, 0x12, 0x29, 0x31, 0x34, 0x46, 0x4A),
        (0x50, 0x60, 0x61, 0x62, 0x63, 0x71),
    ),
    6: _indian(0x0900, (), (0x50, 0x72, 0x7B, 0x7C, 0x7E, 0x7F)),
    7: _indian(
        0x0C80,
        (0x01, 0x0D, 0x11, 0x29, 0x34, 0x45, 0x49),
        (0x55, 0x56, 0x60, 0x61, 0x62, 0x63),
    ),
    8: _indian(
        0x0D00,
        (0x01, 0x0D, 0x11, 0x29, 0x3C, 0x45, 0x49),
        (0x57, 0x60, 0x61, 0x62, 0x63, 0x79),
    ),
    9: _indian(
        0x0B00,
        (0x0D, 0x0E, 0x11, 0x12, 0x29, 0x31, 0x34, 0x45, 0x46, 0x49, 0x4A),
        (0x56, 0x57, 0x60, 0x61, 0x62, 0x63),
    ),
    10: _indian(
        0x0A00,
        (
            *(0x0B, 0x0C, 0x0D, 0x0E, 0x11, 0x12, 0x29, 0x31, 0x34, 0x37, 0x3D),
            *(0x43, 0x44, 0x45, 0x46, 0x49, 0x4A),
        ),
        (0x51, 0x70, 0x71, 0x72, 0x73, 0x74),
    ),
    11: _indian(
        0x0B80,
        (
            *(0x01, 0x0B, 0x0C, 0x0D, 0x11, 0x16, 0x17, 0x18, 0x1B, 0x1D, 0x20, 0x21, 0x22),
            *(0x25, 0x26, 0x27, 0x2B, 0x2C, 0x2D, 0x3C, 0x3D, 0x43, 0x44, 0x45, 0x49),
        ),
        (0x50, 0x57, 0x70, 0x71, 0x72, 0x79),
    ),
    12: _indian(
        0x0C00,
        (0x0D, 0x11, 0x29, 0x34, 0x3C, 0x45, 0x49),
        (0x55, 0x56, 0x60, 0x61, 0x62, 0x63),
    ),
    13: _URDU,
}
"""Locking shift tables by number; Spanish (2) has none."""

_INDIAN_SIGNS: Final = "@£$¥¿\"¤%&'\f*+ -/<=>¡^¡_#*"
_EXTRA_PLACES: Final = (0x26, 0x27, *range(0x2A, 0x2F), *range(0x30, 0x3C))


def _indian_single(marks: str, digits: int, extra: Iterable[int]) -> dict[int, str]:
    table = {septet: sign for septet, sign in enumerate(_INDIAN_SIGNS) if sign != " "}
    table.update(zip((0x19, 0x1A), marks, strict=False))
    places = (0x1C, 0x1D, 0x1E, 0x1F, *range(0x20, 0x26))
    table.update({place: chr(digits + digit) for digit, place in enumerate(places)})
    table.update({place: chr(code) for place, code in zip(_EXTRA_PLACES, extra, strict=False)})
    table.update({septet: EXTENSION[septet] for septet in EXTENSION if septet != 0x0A})
    table.update({0x41 + n: chr(0x41 + n) for n in range(26)})
    return table


def _bengali_single() -> dict[int, str]:
    table = _indian_single("\u09e6\u09e7", 0x09E8, (0x09E1, 0x09E2, 0x09E3, *range(0x09F2, 0x09FB)))
    return table | {0x24: "\u09df", 0x25: "\u09e0"}


_DANDAS: Final = "\u0964\u0965"

SINGLE: Final[dict[int, dict[int, str]]] = {
    1: EXTENSION | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    2: EXTENSION
    | dict(zip((0x09, 0x41, 0x49, 0x4F, 0x55), "çÁÍÓÚ", strict=True))
    | dict(zip((0x61, 0x69, 0x6F, 0x75), "áíóú", strict=True)),
    3: EXTENSION
    | dict(zip((0x05, 0x09, 0x0B, 0x0C, 0x0E, 0x0F), "êçÔôÁá", strict=True))
    | dict(zip((0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1F), "ΦΓΩΠΨΣΘÊ", strict=True))
    | dict(zip((0x41, 0x49, 0x4F, 0x55, 0x5B, 0x5C), "ÀÍÓÚÃÕ", strict=True))
    | dict(zip((0x61, 0x69, 0x6F, 0x75, 0x7B, 0x7C, 0x7F), "Âíóúãõâ", strict=True)),
    4: _bengali_single(),
    5: _indian_single(_DANDAS, 0x0AE6, ()),
    6: _indian_single(
        _DANDAS, 0x0966, (*range(0x0951, 0x0955), *range(0x0958, 0x0964), 0x0970, 0x0971)
    ),
    7: _indian_single(_DANDAS, 0x0CE6, (0x0CDE, 0x0CF1, 0x0CF2)),
    8: _indian_single(_DANDAS, 0x0D66, (*range(0x0D70, 0x0D76), *range(0x0D7A, 0x0D80))),
    9: _indian_single(_DANDAS, 0x0B66, (0x0B5C, 0x0B5D, 0x0B5F, 0x0B70, 0x0B71)),
    10: _indian_single(_DANDAS, 0x0A66, (0x0A59, 0x0A5A, 0x0A5B, 0x0A5C, 0x0A5E, 0x0A75)),
    11: _indian_single(_DANDAS, 0x0BE6, (*range(0x0BF3, 0x0BF9), 0x0BFA)),
    12: _indian_single("", 0x0C66, (0x0C58, 0x0C59, *range(0x0C78, 0x0C80))),
    13: _indian_single(
        "\u0600\u0601",
        0x06F0,
        (
            *range(0x060C, 0x0615),
            *(0x061B, 0x061F, 0x0640, 0x0652, 0x0658, 0x066B, 0x066C, 0x0672, 0x0673, 0x06CD),
        ),
    )
    | {0x3F: "\u06d4"},
}
"""Single shift tables by number: what follows the escape in place of the extension."""
