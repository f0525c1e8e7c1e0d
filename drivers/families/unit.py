"""What the procedures of one modem share. Everything here belongs to the port's reader thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, Final

from drivers.at.commands import Command, Reply
from drivers.at.queue import Step
from drivers.errors import CommandFailed, CommandTimeout
from drivers.families.callbook import CallBook
from drivers.families.family import Family
from drivers.families.generic import GENERIC
from drivers.modem import Facts, Identity, ModemEvent, Registration, Socket

REGISTRATION_RANK: Final = (1, 5, 6, 7, 9, 10, 8, 2, 3, 4, 0)
"""``<stat>`` of +CREG and +CEREG, best first."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")

Steps = Generator[Step, Any, Any]


class Unit:
    """One modem's live facts.

    Args:
        socket: Where it is plugged in.
        emit: Takes its events, in order.
        book: Its calls.
    """

    def __init__(self, socket: Socket, emit: Callable[[ModemEvent], None], book: CallBook) -> None:
        self.socket = socket
        self.emit = emit
        self.book = book
        self.family: Family = GENERIC
        self.facts: Facts = GENERIC.facts
        self.identity: Identity | None = None
        self.ready = False
        self.home_storage = "ME"
        self.storage: str | None = None  # selected for reading, None while unknown
        self.voice_on = False
        self._ussd: str | None = None
        self._statuses: dict[bool, int] = {}
        self._operator: str | None = None
        self._told: Registration | None = None

    def begin_anew(self) -> None:
        """Forget what a reboot undoes."""
        self.ready = False
        self.storage = None
        self.voice_on = False
        self._told = None
        self._statuses.clear()

    def note_ussd(self, rest: str | None) -> None:
        """Take the network's USSD line, or forget the last one with None."""
        self._ussd = rest

    def ussd(self) -> str | None:
        """Return the network's last USSD line."""
        return self._ussd

    def note_fact(self, name: str, value: bool) -> None:
        """Set one field of the facts."""
        self.facts = replace(self.facts, **{name: value})

    def note_registration(self, status: int, *, packet: bool) -> None:
        """Take one domain's registration; the better of both is told when it changes."""
        self._statuses[packet] = status
        self.tell_registration()

    def note_operator(self, name: str | None) -> None:
        """Take the operator's name."""
        self._operator = name
        self.tell_registration()

    @property
    def in_service(self) -> bool:
        """True while registered at home or roaming."""
        return self._best() in {1, 5}

    @property
    def operator_known(self) -> bool:
        """True once the operator's name is known."""
        return self._operator is not None

    def tell_registration(self) -> None:
        """Emit the registration if it is known, has changed, and the modem is ready."""
        if not self.ready or not self._statuses:
            return
        found = Registration(self._best(), self._operator if self.in_service else None)
        if found != self._told:
            self._told = found
            self.emit(found)

    def _best(self) -> int:
        found = set(self._statuses.values())
        return next((status for status in REGISTRATION_RANK if status in found), 0)


def attempt(
    command: str | Command, timeout: float = 5.0, heads: frozenset[str] | None = None
) -> Generator[Step, Any, Reply | None]:
    """Procedure: send a command that may be refused or stay unanswered: then None."""
    if isinstance(command, str):
        command = Command(command, timeout=timeout, heads=heads)
    try:
        reply: Reply = yield command
    except (CommandFailed, CommandTimeout):
        return None
    return reply


def refuse_controls(text: str) -> None:
    """Raise CommandFailed for text that would end its command line."""
    if _UNSAFE.search(text) or not text.isascii():
        raise CommandFailed("commands take printable ASCII only")
