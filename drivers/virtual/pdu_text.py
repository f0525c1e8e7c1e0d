"""Texts that need more than one SMS: cut into parts and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drivers.virtual.pdu_alphabet import ESCAPE, is_gsm, to_septets
from drivers.virtual.pdu_body import (
    DCS_GSM7,
    DCS_UCS2,
    ROOM_OCTETS,
    ROOM_SEPTETS,
    Body,
    Concat,
    decode_text,
)
from drivers.virtual.pdu_fields import BadPdu

_MOST_PARTS = 255


def split(text: str, reference: int = 0, *, wide: bool = False) -> list[Body]:
    """Return ``text`` as one body, or as parts that name their place.

    GSM 7-bit if every character exists there, else UCS-2 (UTF-16BE on the air). An escaped
    character and a surrogate pair stay in one part.

    Args:
        text: Any text; a lone surrogate is sent as U+FFFD.
        reference: Reference of the parts, 0-255, or 0-65535 if ``wide``.
        wide: Use the 16-bit reference.

    Raises:
        BadPdu: More than 255 parts would be needed.
    """
    header = 7 if wide else 6
    if is_gsm(text):
        dcs, units, alone = DCS_GSM7, to_septets(text), ROOM_SEPTETS
        pieces = _cut(units, ROOM_SEPTETS - (header * 8 + 6) // 7, _ends_in_escape(units), 1)
    else:
        whole = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
        dcs, units, alone = DCS_UCS2, whole.encode("utf-16-be"), ROOM_OCTETS
        pieces = _cut(units, (ROOM_OCTETS - header) // 2 * 2, _within_pair(units), 2)
    if len(units) <= alone:
        return [Body(dcs, units)]
    if len(pieces) > _MOST_PARTS:
        raise BadPdu(f"a text of {len(pieces)} parts does not fit into {_MOST_PARTS}")
    return [
        Body(dcs, piece, Concat(reference, len(pieces), place, wide).element())
        for place, piece in enumerate(pieces, start=1)
    ]


def join(bodies: Iterable[Body]) -> str:
    """Return the text of the parts that are there, in their order.

    Payloads of one alphabet are joined before they are read, so that a character which another
    sender has torn apart is whole again.
    """
    parts = sorted(bodies, key=lambda body: body.concat.sequence if body.concat else 0)
    if len({body.alphabet for body in parts}) == 1:
        return decode_text(parts[0].alphabet, b"".join(body.payload for body in parts))
    return "".join(body.text for body in parts)


def _cut(units: bytes, room: int, torn: Callable[[int], bool], step: int) -> list[bytes]:
    pieces, start = [], 0
    while start < len(units):
        end = min(start + room, len(units))
        if end < len(units) and torn(end):
            end -= step
        pieces.append(units[start:end])
        start = end
    return pieces


def _ends_in_escape(septets: bytes) -> Callable[[int], bool]:
    return lambda end: septets[end - 1] == ESCAPE


def _within_pair(units: bytes) -> Callable[[int], bool]:
    return lambda end: 0xDC <= units[end] <= 0xDF
