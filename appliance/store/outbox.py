"""The outbox: every push is a row before it is sent, and stays one until HTTP 200 came back.

Order is kept within one (application, URL, order key) and nowhere else: only the oldest undelivered
row of such a group can be due. While that row waits for its retry, the rows behind it wait with it,
and no row outside the group does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlite_utils import Database

from appliance.model.records import Application, UrlKind
from appliance.store.people import msisdn, person_id
from appliance.store.rows import (
    Row,
    select,
    select_one,
    select_value,
    text_time,
    time_text,
)

State = Literal["due", "delivered", "parked"]

AFTER_PATIENCE = timedelta(seconds=60)
"""How long a row waits for the first attempt of its ``after``: that one may itself stand behind a
retry, and the record of a finished call must not wait for hours because of an event of it."""

_PERSON = "#"
"""The only key of an object that stands for a number in a stored body; bodies have no such key."""
_NUMBER = re.compile(r"\+[0-9]{5,15}")

_PUSH_COLUMNS = (
    "id, app_id, url, kind, order_key, body, state, attempts, created_at, due_at, "
    "last_attempt_at, delivered_at, http_status, error"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which rows are meant; None is all.

    Args:
        app_id: Of this application.
        kind: Of this event: ``callin`` … ``disconnect``, ``fee``, ``sms``, ``numStatus``.
        order_key: Of this call (its session) or text (its identifier).
        since: Made at this moment or later; ``until``: before this one.
    """

    app_id: int | None = None
    kind: str | None = None
    order_key: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> tuple[str, list[object]]:
        """Return conditions, each after an AND, and their values."""
        found = [
            (condition, value)
            for condition, value in (
                ("app_id = ?", self.app_id),
                ("kind = ?", self.kind),
                ("order_key = ?", self.order_key),
                ("created_at >= ?", self.since and time_text(self.since)),
                ("created_at < ?", self.until and time_text(self.until)),
            )
            if value is not None
        ]
        return "".join(f" AND {each}" for each, _ in found), [value for _, value in found]


EVERY = Which()


class _Applications(Protocol):
    def by_id(self, app_id: int) -> Application | None: ...


class OutboxStore(Protocol):
    """What the outbox needs of the store around it."""

    @property
    def applications(self) -> _Applications:
        """The applications' repository, for their URLs."""

    def reader(self) -> Database:
        """Return the calling thread's own read-only connection."""


@dataclass(frozen=True, slots=True)
class Push:
    """One row of the outbox.

    Args:
        push_id: Row id; ascending in order of creation.
        url: Which of the application's URLs it goes to; looked up anew at each attempt.
        kind: ``callin`` … ``disconnect``, ``fee``, ``sms``, ``numStatus``.
        order_key: Rows with the same application, URL and key go out one after the other.
        body: The JSON body; for ``fee`` one element of ``feeLst``.
        attempts: How many attempts have ended.
        due_at: Not attempted before.
        http_status: Of the last answer, or None when none came.
        error: Why the last attempt failed, one sentence.
    """

    push_id: int
    app_id: int
    url: UrlKind
    kind: str
    order_key: str
    body: dict[str, Any]
    state: State
    attempts: int
    created_at: datetime
    due_at: datetime
    last_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    http_status: int | None = None
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether its last attempt failed."""
        return self.error is not None


class Outbox:
    """Repository of pushes. Methods taking ``db`` run inside a writer transaction."""

    def __init__(self, store: OutboxStore) -> None:
        self._store = store
        self._on_enqueued: Callable[[], None] | None = None

    def listen(self, on_enqueued: Callable[[], None] | None) -> None:
        """Have ``on_enqueued`` called for new and renewed rows; None ends it.

        It is called on the writer thread, before the commit, and must only enqueue.
        """
        self._on_enqueued = on_enqueued

    def enqueue(
        self,
        db: Database,
        *,
        app_id: int,
        url: UrlKind,
        kind: str,
        order_key: str,
        body: dict[str, Any],
        now: datetime,
        after: int | None = None,
    ) -> int | None:
        """Add a push and return its id, or None when the application has no such URL.

        Args:
            after: A push whose first attempt has to end before this one's begins.
        """
        application = self._store.applications.by_id(app_id)
        if application is None or not application.urls.get(url):
            return None
        waiting = select_value(
            db,
            "SELECT max(due_at) FROM outbox INDEXED BY outbox_order"
            " WHERE state = 'due' AND app_id = ? AND url = ? AND order_key = ?",
            [app_id, url.value, order_key],
        )
        at = time_text(now)
        cursor = db.conn.execute(
            "INSERT INTO outbox (app_id, url, kind, order_key, body, after_id, created_at, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                app_id,
                url.value,
                kind,
                order_key,
                json.dumps(_hidden(db, body), ensure_ascii=False, separators=(",", ":")),
                after,
                at,
                max(at, waiting or at),
            ],
        )
        self._notify()
        return int(cursor.lastrowid or 0)

    def applications_due(self, now: datetime) -> list[int]:
        """Return the ids of applications that have a row whose time has come."""
        rows = select(
            self._store.reader(),
            """
            WITH RECURSIVE waiting(app) AS (
                SELECT min(app_id) FROM outbox WHERE state = 'due'
                UNION ALL
                SELECT (SELECT min(app_id) FROM outbox WHERE state = 'due' AND app_id > app)
                FROM waiting WHERE app IS NOT NULL
            )
            SELECT app FROM waiting
            WHERE app IS NOT NULL AND EXISTS (
                SELECT 1 FROM outbox WHERE state = 'due' AND app_id = app AND due_at <= ?)
            """,
            [time_text(now)],
        )
        return [row["app"] for row in rows]

    def due(
        self,
        now: datetime,
        limit: int,
        *,
        app_id: int | None = None,
        url: UrlKind | None = None,
        skip: Iterable[int] = (),
        new_since: datetime | None = None,
    ) -> list[Push]:
        """Return up to ``limit`` rows that may be sent now, the longest due first.

        Args:
            app_id: Only rows of this application; ``url``: only those for this URL.
            skip: Ids not to return: those on their way.
            new_since: Only rows that have not failed and fell due after this.
        """
        skipped = list(skip)
        holes = ", ".join("?" * len(skipped))
        wanted = {"app_id": app_id, "url": None if url is None else url.value}
        only = {name: value for name, value in wanted.items() if value is not None}
        chosen = "".join(f" AND o.{name} = ?" for name in only)
        values: list[object] = [time_text(now), *only.values()]
        if new_since is not None:
            chosen += " AND o.due_at > ? AND o.error IS NULL"
            values.append(time_text(new_since))
        db = self._store.reader()
        rows = select(
            db,
            f"""
            SELECT {_PUSH_COLUMNS} FROM outbox AS o
            WHERE o.state = 'due' AND o.due_at <= ?{chosen}
              AND o.id NOT IN ({holes})
              AND NOT EXISTS (
                SELECT 1 FROM outbox AS before INDEXED BY outbox_order
                WHERE before.state = 'due' AND before.app_id = o.app_id AND before.url = o.url
                  AND before.order_key = o.order_key AND before.id < o.id)
              AND (o.after_id IS NULL OR o.created_at <= ? OR NOT EXISTS (
                SELECT 1 FROM outbox AS first
                WHERE first.id = o.after_id AND first.state = 'due' AND first.attempts = 0))
            ORDER BY o.due_at, o.id LIMIT ?
            """,  # noqa: S608 - fixed texts and question marks
            [*values, *skipped, time_text(now - AFTER_PATIENCE), limit],
        )
        return [_push(db, row) for row in rows]

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next row that is not yet due falls due, or None."""
        return text_time(
            select_value(
                self._store.reader(),
                "SELECT min(due_at) FROM outbox WHERE state = 'due' AND due_at > ?",
                [time_text(now)],
            )
        )

    def mark_delivered(self, db: Database, push_ids: Sequence[int], now: datetime) -> None:
        """Record that HTTP 200 came back for these rows; a row marked before stays as it is."""
        at = time_text(now)
        for push_id in push_ids:
            db.conn.execute(
                "UPDATE outbox SET state = 'delivered', delivered_at = ?, last_attempt_at = ?,"
                " first_attempt_at = coalesce(first_attempt_at, ?), attempts = attempts + 1,"
                " http_status = 200, error = NULL WHERE id = ? AND state <> 'delivered'",
                [at, at, at, push_id],
            )

    def mark_failed(
        self,
        db: Database,
        push_ids: Sequence[int],
        now: datetime,
        *,
        schedule: Sequence[timedelta],
        error: str,
        http_status: int | None = None,
    ) -> int:
        """Record a failed attempt: plan the next one, or park the row; return how many were parked.

        Args:
            schedule: Times of the re-pushes, ascending, counted from the first attempt.
            error: One sentence, without anything from the body.
        """
        return sum(
            self._fail(db, push_id, now, schedule, error, http_status) for push_id in push_ids
        )

    def _fail(
        self,
        db: Database,
        push_id: int,
        now: datetime,
        schedule: Sequence[timedelta],
        error: str,
        http_status: int | None,
    ) -> bool:
        row = select_one(
            db,
            "SELECT app_id, url, order_key, first_attempt_at FROM outbox"
            " WHERE id = ? AND state = 'due'",
            [push_id],
        )
        if row is None:
            return False
        at = time_text(now)
        started = text_time(row["first_attempt_at"]) or now
        retry = next((started + step for step in schedule if started + step > now), None)
        state = "due" if retry else "parked"
        db.conn.execute(
            "UPDATE outbox SET state = ?, due_at = ?, attempts = attempts + 1,"
            " first_attempt_at = coalesce(first_attempt_at, ?), last_attempt_at = ?,"
            " http_status = ?, error = ? WHERE id = ?",
            [state, time_text(retry or now), at, at, http_status, error, push_id],
        )
        if retry:
            # The rows behind it could not go either: their own schedule begins to count here.
            db.conn.execute(
                "UPDATE outbox INDEXED BY outbox_order SET due_at = max(due_at, ?),"
                " first_attempt_at = coalesce(first_attempt_at, ?)"
                " WHERE state = 'due' AND app_id = ? AND url = ? AND order_key = ? AND id > ?",
                [time_text(retry), at, row["app_id"], row["url"], row["order_key"], push_id],
            )
        return retry is None

    def replay(
        self,
        db: Database,
        now: datetime,
        *,
        push_ids: Sequence[int] | None = None,
        which: Which = EVERY,
        delivered: bool = False,
    ) -> int:
        """Make rows due again with a fresh schedule; return how many.

        Args:
            push_ids: These rows, parked or delivered; None means every parked one.
            which: Of them these only.
            delivered: Without ``push_ids``: those that were delivered, too.
        """
        everything = delivered or push_ids is not None
        chosen = "state <> 'due'" if everything else "state = 'parked'"
        more, values = which.where()
        chosen += more
        if push_ids is not None:
            chosen += f" AND id IN ({', '.join('?' * len(push_ids))})"
            values.extend(push_ids)
        renew = (
            "state = 'due', due_at = ?, first_attempt_at = NULL, delivered_at = NULL,"
            " http_status = NULL, error = NULL"
        )
        cursor = db.conn.execute(
            f"UPDATE outbox SET {renew} WHERE {chosen}",  # noqa: S608 - fixed texts
            [time_text(now), *values],
        )
        self._notify()
        return int(cursor.rowcount)

    def get(self, push_id: int) -> Push | None:
        """Return one row."""
        db = self._store.reader()
        row = select_one(
            db,
            f"SELECT {_PUSH_COLUMNS} FROM outbox WHERE id = ?",  # noqa: S608 - fixed columns
            [push_id],
        )
        return _push(db, row) if row else None

    def recent(self, limit: int, state: State | None = None, *, which: Which = EVERY) -> list[Push]:
        """Return the newest rows first."""
        db = self._store.reader()
        more, values = which.where()
        rows = select(
            db,
            f"SELECT {_PUSH_COLUMNS} FROM outbox"  # noqa: S608 - fixed texts
            f" WHERE (? IS NULL OR state = ?){more} ORDER BY id DESC LIMIT ?",
            [state, state, *values, limit],
        )
        return [_push(db, row) for row in rows]

    def depth(self) -> dict[str, int]:
        """Return how many rows are ``due`` and ``parked``."""
        db = self._store.reader()
        return {
            "due": select_value(db, "SELECT count(*) FROM outbox WHERE state = 'due'"),
            "parked": select_value(db, "SELECT count(*) FROM outbox WHERE state = 'parked'"),
        }

    def forget_delivered(self, db: Database, before: datetime, limit: int = 1000) -> int:
        """Delete up to ``limit`` rows delivered before ``before``; return how many."""
        cursor = db.conn.execute(
            "DELETE FROM outbox WHERE id IN ("
            " SELECT id FROM outbox WHERE state = 'delivered' AND delivered_at < ? LIMIT ?)",
            [time_text(before), limit],
        )
        return int(cursor.rowcount)

    def _notify(self) -> None:
        if self._on_enqueued is not None:
            self._on_enqueued()


def _hidden(db: Database, value: Any) -> Any:
    """Return a body whose numbers are ids: real numbers stand in one table only."""
    if isinstance(value, dict):
        return {key: _hidden(db, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(db, each) for each in value]
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return {_PERSON: person_id(db, value)}
    return value


def _shown(db: Database, value: Any) -> Any:
    """Return a body as it was given to :func:`_hidden`."""
    if isinstance(value, dict):
        if value.keys() == {_PERSON}:
            return msisdn(db, value[_PERSON])
        return {key: _shown(db, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(db, each) for each in value]
    return value


def _push(db: Database, row: Row) -> Push:
    values = dict(row)
    for name in ("created_at", "due_at", "last_attempt_at", "delivered_at"):
        values[name] = text_time(values[name])
    return Push(
        push_id=values.pop("id"),
        url=UrlKind(values.pop("url")),
        body=_shown(db, json.loads(values.pop("body"))),
        **values,
    )
