"""After a crash or a lost port: the journal meets what the modem still carries.

Conferences that live on are supervised again. Whatever else is up is ended, and every call that the
journal holds open gets its end, once, at the best time that is known.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from appliance.exchange import strays
from appliance.exchange.call_records import closed
from appliance.exchange.ports import LineCore
from appliance.model import call as machine
from appliance.model import causes
from appliance.model.call_effects import KINDS, Kind
from appliance.model.call_plan import CONFERENCE
from appliance.model.numbers import caller_id, mask
from appliance.model.records import CallRecord
from drivers.modem import CallInfo, CallState, Done, Failed

_log = logging.getLogger(__name__)

AGAIN_SECONDS = 2.0
INTERNAL = 7102
"""State code of a call that was not up yet when the box failed."""

RINGS_AT_MOST = timedelta(minutes=3)
"""A call that was last seen ringing longer ago than this has ended."""

_TAIL = 7  # digits that are the same however a number is written
_RINGS = (CallState.INCOMING, CallState.WAITING)


class Board(Protocol):
    """What the take-up has of the switchboard."""

    def resume(self, call: machine.Result, a_index: int, b_index: int) -> None:
        """Supervise a conference again."""

    def taken_up(self, left: frozenset[int]) -> None:
        """Everything of before is settled; these calls have to be released."""


class TakeUp:
    """One take-up of one line.

    Args:
        line: Whose calls.
        board: Its switchboard.
        first: None of this box's life was before it: a call that no record knows is the former
            life's. Later ones had a session, whose legs were counted as gone with the modem.
    """

    def __init__(self, line: LineCore, board: Board, *, first: bool) -> None:
        self._line = line
        self._board = board
        self._first = first
        self._live: frozenset[str] = frozenset()

    def begin(self, live: frozenset[str]) -> None:
        """Ask the modem what it carries.

        Args:
            live: Sessions that are in memory and need no take-up.
        """
        self._live = live
        # What a session that is not in memory any more has yet to write has to be read here.
        self._line.post_store(lambda _: None, lambda _, __: self._ask())

    def _ask(self) -> None:
        if self._line.journal.pending() - self._live:
            _log.warning("line %s: the journal is not written yet", mask(self._line.msisdn))
            self._line.set_timer("take-up", "ask", AGAIN_SECONDS, self._ask)
            return
        self._line.command(lambda modem: modem.list_calls(), self._listed)

    def _listed(self, result: Done | Failed) -> None:
        if not isinstance(result, Done) or not isinstance(result.value, tuple):
            _log.warning("line %s: no list of calls yet", mask(self._line.msisdn))
            self._line.set_timer("take-up", "ask", AGAIN_SECONDS, self._ask)
            return
        calls: dict[int, CallInfo] = {info.index: info for info in result.value}
        claimed: set[int] = set()
        ended: set[int] = set()
        for record in self._line.store.calls.unfinished():
            if self._concerns(record):
                self._settle(record, calls, claimed, ended)
        if self._first and not self._live:
            known = claimed | ended
            left = [i for i in result.value if i.index not in known and i.state not in _RINGS]
            strays.tell(self._line, left, INTERNAL)
        for index, info in calls.items():
            if index not in claimed and (index in ended or info.state not in _RINGS):
                ended.add(index)
        if any(calls[index].state in _RINGS for index in ended & calls.keys()):
            ended.add(0)  # what rang before its index was known was this one
        self._board.taken_up(frozenset(ended - claimed))

    def _concerns(self, record: CallRecord) -> bool:
        if record.session_id in self._live | self._line.journal.pending():
            return False
        if self._line.registry.owner(record.session_id) is not None:
            return False
        return owner_line(record) == self._line.msisdn

    def _settle(
        self,
        record: CallRecord,
        calls: Mapping[int, CallInfo],
        claimed: set[int],
        ended: set[int],
    ) -> None:
        a = self._find(record, "a", calls) or self._rings_still(record, calls, claimed | ended)
        b = self._find(record, "b", calls)
        pair = [calls[index] for index in (a, b) if index in calls]
        now = self._line.now()
        joined = len(pair) == 2 and all(info.multiparty for info in pair)
        if joined and lived_on(record) and record.ended_at is None:
            _log.warning("call %s is taken up again", record.session_id)
            told = self._told(record)
            claimed.update((a, b))
            limit = record.legs.get("limit")
            call = machine.resume(
                record,
                self._line.settings.limits,
                now,
                told=told,
                max_seconds=float(limit) if isinstance(limit, (int, float)) else 0.0,
            )
            self._board.resume(call, a, b)
            return
        still_up = {info.index for info in pair}
        ended.update(still_up)
        at = now if still_up else None
        for kind, over, when in closing(record, now, at):
            self._line.journal.add(over, kind, when, now)

    def _find(self, record: CallRecord, leg: str, calls: Mapping[int, CallInfo]) -> int:
        """Return a leg's index, 0 where its call is over and the index may be another's."""
        index = leg_index(record, leg, self._line.msisdn)
        info = calls.get(index)
        if info is None or not same_call(record, leg, info, self._line.settings.region):
            return 0
        return index

    def _rings_still(
        self, record: CallRecord, calls: Mapping[int, CallInfo], taken: set[int]
    ) -> int:
        """Return where a call rings whose index was not known yet when the box died, else 0."""
        seen = last_seen(record)
        recent = seen is not None and self._line.now() - seen < RINGS_AT_MOST
        if record.caller is None or not recent or leg_index(record, "a", self._line.msisdn):
            return 0
        region = self._line.settings.region
        for index, info in calls.items():
            mine = info.number is not None and same_call(record, "a", info, region)
            if mine and info.state in _RINGS and index not in taken:
                return index
        return 0

    def _told(self, record: CallRecord) -> tuple[Kind, ...]:
        told = {event.kind for event in self._line.store.calls.events(record.session_id)}
        return tuple(kind for kind in KINDS if kind in told)


class Released:
    """Calls of before that are being released, each until the modem has told its end.

    A release may be lost: where it crosses with a new call that waits, the modem releases that one.
    """

    def __init__(self, line: LineCore) -> None:
        self._line = line
        self._indices: set[int] = set()

    def __contains__(self, index: object) -> bool:
        return index in self._indices

    def clear(self) -> None:
        """The modem begins anew."""
        self._indices.clear()
        self._line.stop_timer("take-up", "look")

    def release(self, indices: Iterable[int]) -> None:
        """Release these calls, and see that they go."""
        for index in indices:
            _log.warning("line %s: a call of before is released", mask(self._line.msisdn))
            self._indices.add(index)
            self.hang_up(index)
        if self._indices:
            self._line.set_timer("take-up", "look", AGAIN_SECONDS, self._look)

    def hang_up(self, index: int) -> None:
        """Release one, now or once more."""
        self._line.command(lambda modem: modem.hang_up(index))

    def ended(self, index: int) -> None:
        """The modem tells the end of a call."""
        self._indices.discard(index)

    def _look(self) -> None:
        if self._indices:
            self._line.command(lambda modem: modem.list_calls(), self._looked)

    def _looked(self, result: Done | Failed) -> None:
        if isinstance(result, Done) and isinstance(result.value, tuple):
            self._indices &= {info.index for info in result.value}
        self.release(tuple(self._indices))


def owner_line(record: CallRecord) -> str:
    """Return the line whose worker owns the call."""
    leg = record.legs.get("a")
    line = leg.get("line") if isinstance(leg, Mapping) else None
    return line if isinstance(line, str) else record.dialled


def leg_index(record: CallRecord, leg: str, line: str) -> int:
    """Return a leg's index on a line, 0 when it was not there or its index was not known."""
    entry: Any = record.legs.get(leg)
    if not isinstance(entry, Mapping) or entry.get("line") != line:
        return 0
    index = entry.get("index")
    return index if isinstance(index, int) else 0


def same_call(record: CallRecord, leg: str, info: CallInfo, region: str) -> bool:
    """Return whether a call on the modem can be this leg: a modem gives an index again.

    Args:
        leg: ``a`` or ``b``.
        region: For a number that the modem shows in national form.
    """
    entry: Any = record.legs.get(leg)
    rang = isinstance(entry, Mapping) and entry.get("state") == "ringing"
    if leg == "a" and (info.outgoing or (info.state in _RINGS and not rang)):
        return False
    person = record.caller if leg == "a" else record.callee
    shown = caller_id(info.number, region)
    return person is None or shown is None or person[-_TAIL:] == shown[-_TAIL:]


def lived_on(record: CallRecord) -> bool:
    """Return whether the call was a conference that needs no box to go on."""
    return record.strategy == CONFERENCE


def last_seen(record: CallRecord) -> datetime | None:
    """Return when the box last knew the call to be up."""
    seen = record.legs.get("seen")
    times = [
        record.call_in_at,
        record.forward_at,
        record.alerting_at,
        record.answered_at,
        datetime.fromisoformat(seen) if isinstance(seen, str) else None,
    ]
    return max((time for time in times if time is not None), default=None)


def closing(
    record: CallRecord, now: datetime, at: datetime | None
) -> list[tuple[Kind, CallRecord, datetime]]:
    """Return what has to be written to end a call that the box lost sight of.

    Args:
        at: When it ended if that is known; else the last time it was seen up.
    """
    if record.ended_at is not None:  # only its fee was not written
        return [("disconnect", record, record.ended_at), ("fee", record, record.ended_at)]
    end = at or last_seen(record) or now
    how_far = causes.Phase.ANSWERED if record.answered_at else causes.Phase.INCOMING
    if record.answered_at:
        outcome = causes.Outcome(causes.ANSWERED_END, causes.ANSWERED_END)
    else:
        outcome = causes.box_ended(INTERNAL, how_far)
    note = "ended with the box" if at else "its end was not seen: the time is the last it was seen"
    over = replace(closed(record, outcome, "box", end), notes=(*record.notes, note))
    return [
        ("callin", over, record.call_in_at or end),
        ("disconnect", over, end),
        ("fee", over, end),
    ]
