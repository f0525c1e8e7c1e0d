"""Keeps the former box from serving beside the one that was restored from its backup.

SIMs move to the new box with their modems or without, and they are the one thing that both boxes
have in their hands at different times whatever networks there are. The box that serves writes its
lineage and generation into an entry of each SIM's phone book (3GPP TS 27.007 §8.14, +CPBW), which
shows nobody anything and costs nothing; it also stands beside the archives at the backup's target.
Data of the same lineage and an older generation than either end their service, and do not start
again until they are restored or claimed on purpose.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from appliance.config_care import BackupSection
from appliance.errors import BadInput, SimveilError
from appliance.operations import nightly
from appliance.operations.targets import open_target
from appliance.store import Store
from appliance.store.connection import open_writer
from appliance.store.identity import Generation, Identity
from appliance.store.store import take_lock

_log = logging.getLogger(__name__)

_SECONDS: Final = 10.0
_SLOTS: Final = 3  # last entries of the phone book, of which one is ours or free
_NAME: Final = "0053"  # "S" in UCS-2, and four digits in every other character set
_ENTRY = re.compile(r'\+CPBR:\s*(\d+),"([^"]*)"')
_SIZE = re.compile(r"\+CPBS:\s*\"SM\",\d+,(\d+)")
_EMPTY = re.compile(r"\b22\b|not found", re.IGNORECASE)  # how some say that an entry is empty
_MARK = re.compile(r"\*73\*(\d{8})\*(\d{1,3})#?")


class AsksLines(Protocol):
    """The exchange, as the marks use it."""

    def lines(self) -> Iterable[Any]:
        """Return the status of every line."""

    def raw_at(self, line: str, command: str, timeout: float) -> list[str]:
        """Send one AT command and return the lines of its answer."""


def refuse_superseded(store: Store) -> None:
    """Raise BadInput when a later generation was seen to serve."""
    mine = Identity(store.reader).generation()
    if mine.superseded_by is not None:
        raise BadInput(
            f"generation {mine.superseded_by} of this box serves elsewhere, these are the data of"
            f" generation {mine.number}: restore its latest backup here, or, if that box is gone"
            " for good, run: simveil generation --claim"
        )


def claim(database: Path, now: datetime) -> Generation:
    """Count the generation on above any that was seen. Raises BadInput when a box runs on it."""
    if not database.is_file():
        raise BadInput(f"there is no database {database}")
    try:
        lock = take_lock(database.with_name(f"{database.name}.lock"))
    except BlockingIOError:
        raise BadInput(f"a box is running on {database}; stop it first") from None
    try:
        with contextlib.closing(open_writer(database)) as db:
            db.conn.execute("BEGIN IMMEDIATE")
            mine = Identity(lambda: db).next_generation(db, now)
            db.conn.execute("COMMIT")
            return mine
    finally:
        os.close(lock)


def text(generation: Generation) -> str:
    """Return the number under which a SIM's phone book bears a generation."""
    return f"*73*{generation.lineage}*{generation.number}#"


class Marks:
    """Reads and writes the marks. On the watch's thread only.

    Args:
        store: Which generation this is.
        exchange: The lines.
        now: The time of day.
        superseded: Called once when these data turn out to be a former generation's.
    """

    def __init__(
        self,
        store: Store,
        exchange: AsksLines,
        backup: BackupSection,
        now: Callable[[], Any],
        superseded: Callable[[Generation], None],
    ) -> None:
        self._store = store
        self._identity = Identity(store.reader)
        self._exchange = exchange
        self._backup = backup
        self._now = now
        self._superseded = superseded
        self._done: dict[str, int] = {}  # ICCID → the generation that its mark bears
        self._told = False

    @property
    def marked(self) -> int:
        """SIMs that bear this generation's mark."""
        mine = self._identity.generation().number
        return sum(number == mine for number in self._done.values())

    def look_at_target(self) -> None:
        """Compare with what stands beside the archives; a target out of reach says nothing."""
        if self._backup.target is None:
            return
        try:
            seen = nightly.seen_at(open_target(self._backup), self._identity.generation())
        except SimveilError as error:
            _log.info("the generation at the backup's target is not known: %s", error)
            return
        if seen is not None:
            self._judge(seen)

    def look(self) -> None:
        """Read, and write where it is due, the marks of SIMs that have come."""
        mine = self._identity.generation()
        for line in self._exchange.lines():
            ready = str(getattr(line.state, "value", line.state)) == "ready"
            if self._told or not ready or line.iccid is None or line.role is None:
                continue
            if self._done.get(line.iccid) == mine.number or line.call is not None:
                continue
            try:
                mine = self._mark(line.iccid, mine)
            except SimveilError as error:
                # A SIM without a phone book, or a busy port; such a SIM is left alone.
                _log.info("SIM %s bears no mark: %s", line.iccid[-6:], error)
            self._done[line.iccid] = mine.number

    def _mark(self, iccid: str, mine: Generation) -> Generation:
        size = self._size(iccid)
        free = None
        for place in range(size, max(0, size - _SLOTS), -1):
            number = self._entry(iccid, place)
            found = _MARK.fullmatch(number)
            if found and found[1] == mine.lineage:
                mine = self._judge(int(found[2]))
                if mine.superseded_by is None and int(found[2]) != mine.number:
                    self._write(iccid, place, mine)
                return mine
            if free is None and (found or not number):
                free = place  # empty, or of a box that had this SIM before
        if free is not None:
            self._write(iccid, free, mine)
        return mine

    def _size(self, iccid: str) -> int:
        self._at(iccid, 'AT+CPBS="SM"')
        found = _SIZE.search("\n".join(self._at(iccid, "AT+CPBS?")))
        return int(found[1]) if found else 0

    def _entry(self, iccid: str, place: int) -> str:
        try:
            said = self._at(iccid, f"AT+CPBR={place}")
        except SimveilError as error:
            if not _EMPTY.search(str(error)):
                raise
            return ""
        found = _ENTRY.search("\n".join(said))
        return found[2] if found else ""

    def _write(self, iccid: str, place: int, mine: Generation) -> None:
        self._at(iccid, f'AT+CPBW={place},"{text(mine)}",129,"{_NAME}"')
        self._store.write(lambda db: self._identity.marked(db, self._now()))

    def _at(self, iccid: str, command: str) -> list[str]:
        return self._exchange.raw_at(iccid, command, _SECONDS)

    def _judge(self, seen: int) -> Generation:
        after = self._store.write(lambda db: self._identity.seen(db, seen))
        if after.superseded_by is not None and not self._told:
            self._told = True
            _log.error("generation %d of this box serves elsewhere", after.superseded_by)
            self._superseded(after)
        return after
