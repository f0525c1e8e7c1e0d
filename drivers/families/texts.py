"""Texts: read, deleted, swept and sent, in PDU mode (3GPP TS 27.005)."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any, Final

from drivers.at import commands
from drivers.at.commands import Command, Reply
from drivers.at.fields import fields, head_of, number_at, rest_of
from drivers.at.queue import Step
from drivers.errors import CommandFailed, CommandTimeout
from drivers.families.unit import Steps, Unit, attempt
from drivers.modem import MessageRef, StorageFull

NO_SUCH_INDEX: Final = frozenset({321})
NO_SUCH_INDEX_CME: Final = frozenset({21, 22})
RECEIVED: Final = frozenset({0, 1})  # <stat>: unread and read; 2 and 3 are our own
READ_LIMIT: Final = 10.0

_PDU = re.compile(r"(?:[0-9A-F]{2})+")
_STORAGE = re.compile(r"[A-Za-z]{2}")


def _select(unit: Unit, storage: str) -> Steps:
    """Choose the storage to read from; emits StorageFull if it is."""
    if not _STORAGE.fullmatch(storage):
        raise CommandFailed(f"storage {storage!r} has no two-letter name")
    if unit.storage == storage:
        return
    unit.storage = None
    yield Command(f'AT+CPMS="{storage}"', timeout=READ_LIMIT)
    unit.storage = storage


def read(unit: Unit, ref: MessageRef) -> Generator[Step, Any, str | None]:
    """Procedure: read one place; gives the PDU in hex, None for an empty one."""
    yield from _select(unit, ref.storage)
    try:
        reply: Reply = yield Command(f"AT+CMGR={ref.index}", timeout=READ_LIMIT)
    except CommandFailed as error:
        if _empty(error):
            return None
        raise
    found = _listed("+CMGR", reply)
    return found[0][1] if found else None


def _empty(error: CommandFailed) -> bool:
    return error.cms in NO_SUCH_INDEX or error.cme in NO_SUCH_INDEX_CME


def _listed(head: str, reply: Reply) -> list[tuple[list[str], str]]:
    """Return (fields, PDU) of each message in a reply: a line with the head, then its PDU."""
    found = []
    values: list[str] | None = None
    for line in reply.lines:
        if head_of(line) == head:
            values = fields(rest_of(line))
        elif values is not None and _PDU.fullmatch(line.upper()):
            found.append((values, line.upper()))
            values = None
    return found


def delete(unit: Unit, ref: MessageRef) -> Steps:
    """Procedure: delete one place; an empty one is success."""
    yield from _select(unit, ref.storage)
    try:
        yield Command(f"AT+CMGD={ref.index}", timeout=READ_LIMIT)
    except CommandFailed as error:
        if not _empty(error):
            raise


def sweep(unit: Unit) -> Generator[Step, Any, tuple[tuple[MessageRef, str], ...]]:
    """Procedure: list what is stored anywhere that texts may land; gives places and PDUs."""
    found: list[tuple[MessageRef, str]] = []
    storages = dict.fromkeys((unit.home_storage, "SM"))
    if unit.facts.stored_reports:
        storages["SR"] = None
    for storage in storages:
        try:
            yield from _select(unit, storage)
        except CommandFailed:
            continue  # this modem has no such storage
        found += yield from _sweep_one(unit, storage)
    yield from _select(unit, unit.home_storage)
    return tuple(found)


def _sweep_one(unit: Unit, storage: str) -> Generator[Step, Any, list[tuple[MessageRef, str]]]:
    used, total = yield from _room(storage)
    if total and used is not None and used >= total:
        unit.emit(StorageFull(storage))
    if used == 0:
        return []
    if unit.family.lists_messages:
        try:
            reply: Reply = yield commands.LIST_MESSAGES
        except CommandFailed:
            pass  # then one by one
        else:
            return [
                (MessageRef(storage, index), pdu)
                for values, pdu in _listed("+CMGL", reply)
                if (index := number_at(values, 0)) is not None and number_at(values, 1) in RECEIVED
            ]
    return (yield from _one_by_one(unit, storage, used, total))


def _room(storage: str) -> Generator[Step, Any, tuple[int | None, int]]:
    """Return places used and places in all of a storage, None and 0 where the modem is silent."""
    reply = yield from attempt("AT+CPMS?", timeout=READ_LIMIT)
    values = fields((reply.rest("+CPMS") if reply is not None else None) or "")
    if not values or values[0] != storage:
        return None, 0
    return number_at(values, 1), number_at(values, 2) or 0


def _one_by_one(
    unit: Unit, storage: str, used: int | None, total: int
) -> Generator[Step, Any, list[tuple[MessageRef, str]]]:
    found: list[tuple[MessageRef, str]] = []
    for index in range(total + 1):  # some firmware counts from 0, some from 1
        if used is not None and len(found) >= used:
            break
        ref = MessageRef(storage, index)
        try:
            pdu = yield from read(unit, ref)
        except CommandFailed:
            continue
        if pdu is not None:
            found.append((ref, pdu))
    return found


def send(
    pdu: str, tpdu_octets: int, before: Callable[[], None] | None = None
) -> Generator[Step, Any, int]:
    """Procedure: send one SUBMIT; gives the message reference. ``before``: called at the prompt."""
    if not _PDU.fullmatch(pdu) or not 0 < tpdu_octets <= 176:
        raise CommandFailed("a PDU is upper-case hex, of 1 to 176 octets without the SMSC's")
    command = commands.send_pdu(pdu, tpdu_octets, before)
    reply: Reply = yield command
    reference = number_at(fields(reply.rest("+CMGS") or ""), 0)
    if reference is None or not 0 <= reference <= 255:
        raise CommandTimeout(f"{command.shown}: OK without a reference", outcome_unknown=True)
    return reference
