"""What happened to bindings, and what each SIM has used: read from records that others keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlite_utils import Database

from appliance.model.allowances import Used
from appliance.store.people import find_person
from appliance.store.rows import Row, optional_time_text, select, select_value, text_time, time_text

BindingEventKind = Literal["bound", "unbound", "expired"]


@dataclass(frozen=True, slots=True)
class BindingEvent:
    """A relation was set, ended by hand, or ended by its time."""

    at: datetime
    event: BindingEventKind
    subscription_id: str
    mode: str
    app_id: int
    x: str | None
    a: str
    b: str | None


class Ledger:
    """Questions over the records.

    Args:
        reader: Returns the calling thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader

    def bindings(
        self,
        limit: int,
        *,
        app_id: int | None = None,
        x: str | None = None,
        party: str | None = None,
        event: BindingEventKind | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        offset: int = 0,
    ) -> list[BindingEvent]:
        """Return the newest events of bindings first.

        Args:
            limit: How many at most.
            app_id, x, party, event: Each narrows the result when given.
            since: Only events at this time or later; ``until``: before this time.
            offset: Events to pass over.
        """
        db = self._reader()
        person = None if party is None else find_person(db, party)
        if party is not None and person is None:
            return []
        values: dict[str, Any] = {
            "app": app_id,
            "x": x,
            "person": person,
            "event": event,
            "since": optional_time_text(since),
            "until": optional_time_text(until),
            "limit": limit,
            "offset": offset,
        }
        rows = select(
            db,
            """
            SELECT h.*, a.msisdn AS a, b.msisdn AS b FROM binding_history AS h
            JOIN people AS a ON a.id = h.a_id LEFT JOIN people AS b ON b.id = h.b_id
            WHERE (:app IS NULL OR h.app_id = :app) AND (:x IS NULL OR h.x = :x)
              AND (:person IS NULL OR h.a_id = :person OR h.b_id = :person)
              AND (:event IS NULL OR h.event = :event)
              AND (:since IS NULL OR h.at >= :since) AND (:until IS NULL OR h.at < :until)
            ORDER BY h.id DESC LIMIT :limit OFFSET :offset
            """,
            values,
        )
        return [_event(row) for row in rows]

    def forget(self, db: Database, before: datetime) -> int:
        """Delete events of bindings older than ``before``, in a writer's transaction."""
        sql = "DELETE FROM binding_history WHERE at < ?"
        return int(db.conn.execute(sql, (time_text(before),)).rowcount)

    def used(self, since: datetime) -> dict[str, Used]:
        """Return what each SIM's number has used since a time.

        A call's second leg is billed to the SIM whose number its callee was shown, from its answer
        to its end, a minute that was begun as a whole one. A part of a text is billed to the SIM
        that it was sent from, once the service centre took it; one whose fate is unknown counts.
        """
        db = self._reader()
        values = {"since": time_text(since)}
        minutes = select(
            db,
            """
            SELECT shown AS msisdn, sum(max(1, CAST(
                (strftime('%s', ended_at) - strftime('%s', answered_at) + 59) / 60
                AS INTEGER))) AS used
            FROM calls
            WHERE call_in_at >= :since AND answered_at IS NOT NULL AND ended_at IS NOT NULL
              AND shown IS NOT NULL
            GROUP BY shown
            """,
            values,
        )
        parts = select(
            db,
            """
            SELECT n.msisdn, count(*) AS used FROM sends AS s JOIN numbers AS n ON n.iccid = s.iccid
            WHERE s.began_at >= :since AND s.state IN ('accepted', 'unknown')
            GROUP BY n.msisdn
            """,
            values,
        )
        found = {row["msisdn"]: Used(minutes=row["used"]) for row in minutes}
        for row in parts:
            before = found.get(row["msisdn"], Used())
            found[row["msisdn"]] = Used(before.minutes, row["used"])
        return found

    def used_by(
        self,
        msisdn: str,
        iccid: str,
        since: datetime,
        now: datetime,
        until: datetime | None = None,
    ) -> Used:
        """Return what one SIM has used since a time; a call that is up counts until ``now``.

        Args:
            until: Only calls and texts that began before this time; None counts all.
        """
        db = self._reader()
        values = {
            "msisdn": msisdn, "iccid": iccid, "since": time_text(since), "now": time_text(now),
            "until": time_text(until or now + timedelta(days=1)),
        }  # fmt: skip
        minutes = select_value(
            db,
            """
            SELECT ifnull(sum(max(1, CAST((strftime('%s', ifnull(ended_at, :now))
                - strftime('%s', answered_at) + 59) / 60 AS INTEGER))), 0)
            FROM calls
            WHERE shown = :msisdn AND call_in_at >= :since AND call_in_at < :until
              AND answered_at IS NOT NULL
            """,
            values,
        )
        parts = select_value(
            db,
            """
            SELECT count(*) FROM sends
            WHERE iccid = :iccid AND began_at >= :since AND began_at < :until
              AND state IN ('accepted', 'unknown', 'writing')
            """,
            values,
        )
        return Used(int(minutes), int(parts))


def _event(row: Row) -> BindingEvent:
    return BindingEvent(
        at=cast(datetime, text_time(row["at"])),
        event=row["event"],
        subscription_id=row["subscription_id"],
        mode=row["mode"],
        app_id=row["app_id"],
        x=row["x"],
        a=row["a"],
        b=row["b"],
    )
