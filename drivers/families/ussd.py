"""USSD (3GPP TS 27.007 §7.15): a code out, a text back, the session closed behind it."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

from drivers.at.commands import Command
from drivers.at.fields import fields, number_at
from drivers.at.pdu_alphabet import decode_septets, encode_septets
from drivers.at.pdu_octets import pack_septets, unpack_septets
from drivers.at.pdu_text import utf16_text
from drivers.at.queue import Expect, Step
from drivers.errors import CommandFailed, CommandTimeout, NotSupported
from drivers.families.unit import Unit, attempt

REPLY_LIMIT: Final = 40.0  # seconds
_OPEN, _NOT_SUPPORTED, _NETWORK_TIMEOUT = 1, 4, 5
_CODE = re.compile(r"[0-9*#]{1,160}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_HEX_UCS2 = re.compile(r"(?:[0-9A-Fa-f]{4})+")


def run(unit: Unit, code: str) -> Generator[Step, Any, str]:
    """Procedure: run a code; gives the network's text."""
    if not _CODE.fullmatch(code):
        raise CommandFailed("a USSD code has 1 to 160 of 0-9, * and #")
    sent = code
    if unit.family.packed_ussd:
        sent = pack_septets(encode_septets(code)).hex().upper()
    unit.note_ussd(None)
    yield Command(f'AT+CUSD=1,"{sent}",15', timeout=20.0)
    if unit.ussd() is None:
        yield Expect("+CUSD", REPLY_LIMIT)
    answer = unit.ussd()
    if answer is None:
        raise CommandTimeout(f"USSD: no text within {REPLY_LIMIT:g} s")
    return (yield from _closed(unit, answer))


def _closed(unit: Unit, rest: str) -> Generator[Step, Any, str]:
    values = fields(rest)
    kind = number_at(values, 0)
    if kind == _OPEN:
        yield from attempt("AT+CUSD=2")
    elif kind == _NOT_SUPPORTED:
        raise NotSupported("USSD: the network does not support it")
    elif kind == _NETWORK_TIMEOUT:
        raise CommandFailed("USSD: the network timed out")
    return _text(unit, values)


def _text(unit: Unit, values: list[str]) -> str:
    text = values[1] if len(values) > 1 else ""
    dcs = number_at(values, 2)
    if dcs is not None and dcs & 0x0C == 0x08 and _HEX_UCS2.fullmatch(text):
        return utf16_text(bytes.fromhex(text))
    if unit.family.packed_ussd and _HEX.fullmatch(text):
        octets = bytes.fromhex(text)
        return decode_septets(unpack_septets(octets, len(octets) * 8 // 7)).rstrip("\r@")
    return text
