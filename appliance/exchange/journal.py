"""Calls onto the disk: record and event in one transaction, in their order, until it has worked."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlite_utils import Database

from appliance.exchange import notifier
from appliance.model.call_effects import Kind
from appliance.model.causes import state_text
from appliance.model.records import CallRecord, UrlKind
from appliance.store import Store

_log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
"""How soon a write that the store refused is offered to it again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be written: the record as it was then, with an event of it or without.

    ``at`` is when it happened, ``now`` when it was noticed: a push is due from then on. ``asked``
    is set of a call-in whose application is told of it by a question.
    """

    record: CallRecord
    kind: Kind | None
    at: datetime
    now: datetime
    asked: bool = False


class JournalPort(Protocol):
    """What the journal has of its line worker."""

    def post_store(
        self,
        work: Callable[[Database], Any],
        done: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Have ``work`` written and ``done`` called on the line's thread."""

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` called on the line's thread."""


def write_entries(store: Store, db: Database, host_name: str, entries: tuple[Entry, ...]) -> None:
    """Write entries of one call, oldest first. Runs in a writer transaction, and again if need be.

    An event that was told before is not told twice, but for the extensions that a caller types one
    after the other, and nothing is written to a closed call.
    """
    for entry in entries:
        record = entry.record
        if not store.calls.save(db, record):
            _log.warning("call %s is closed: a later entry is dropped", record.session_id)
            return
        if entry.kind is not None:
            _tell(store, db, host_name, entry, entry.kind)


def _tell(store: Store, db: Database, host_name: str, entry: Entry, kind: Kind) -> None:
    session_id = entry.record.session_id
    told = store.calls.told(db, session_id, kind)
    if told is None or kind == "collectInfo":
        push = _enqueue(store, db, host_name, entry, kind)
        if told is None:
            store.calls.tell(db, session_id, kind, entry.at, push)
    if kind == "fee":
        store.calls.close(db, session_id)


def _enqueue(store: Store, db: Database, host_name: str, entry: Entry, kind: Kind) -> int | None:
    record = entry.record
    application = None if record.app_id is None else store.applications.by_id(record.app_id, db)
    if application is None or entry.asked:
        return None  # the question is the call-in: it is asked once and past the outbox
    after = None
    if kind == "fee":
        url = UrlKind.CDR
        body = notifier.fee(record, application, host_name)
        disconnect = store.calls.told(db, record.session_id, "disconnect")
        after = disconnect.push_id if disconnect else None
    else:
        url = UrlKind.STATUS
        text = state_text(record.state_code or 0) if kind == "disconnect" else None
        body = notifier.call_event(kind, record, entry.at, state_desc=text, asked=False)
    return store.outbox.enqueue(
        db,
        app_id=application.app_id,
        url=url,
        kind=kind,
        order_key=record.session_id,
        body=body,
        now=entry.now,
        after=after,
    )


class Journal:
    """The entries of a line's calls on their way to the disk. Used on the line's thread only.

    Of each call one write is under way at a time, so that its events keep their order whatever
    fails; what comes meanwhile is written together.
    """

    def __init__(self, port: JournalPort, store: Store, host_name: str) -> None:
        self._port = port
        self._store = store
        self._host_name = host_name
        self._waiting: dict[str, deque[Entry]] = {}
        self._writing: set[str] = set()

    def add(
        self,
        record: CallRecord,
        kind: Kind | None,
        at: datetime,
        now: datetime,
        *,
        asked: bool = False,
    ) -> None:
        """Have a record, and an event of it, written; see :class:`Entry`."""
        queue = self._waiting.setdefault(record.session_id, deque())
        if kind is None and queue and queue[-1].kind is None:
            queue.pop()
        queue.append(Entry(record, kind, at, now, asked))
        self._next(record.session_id)

    def pending(self) -> frozenset[str]:
        """Return the calls of which something is not on the disk yet."""
        return frozenset(self._waiting) | frozenset(self._writing)

    def _next(self, session_id: str) -> None:
        queue = self._waiting.get(session_id)
        if session_id in self._writing:
            return
        if not queue:
            self._waiting.pop(session_id, None)
            return
        entries = tuple(queue)
        queue.clear()
        self._writing.add(session_id)
        store, host_name = self._store, self._host_name

        def work(db: Database) -> None:
            write_entries(store, db, host_name, entries)

        self._port.post_store(work, lambda _, error: self._written(session_id, entries, error))

    def _written(
        self, session_id: str, entries: tuple[Entry, ...], error: BaseException | None
    ) -> None:
        if error is None:
            self._writing.discard(session_id)
            self._next(session_id)
            return
        _log.error("call %s was not written: %s", session_id, error)
        self._waiting.setdefault(session_id, deque()).extendleft(reversed(entries))

        def again() -> None:
            self._writing.discard(session_id)
            self._next(session_id)

        self._port.later(AGAIN_SECONDS, again)
