"""Which box the data are: they keep their lineage for life and count a generation per restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from appliance.store.rows import select, select_one, time_text

MOST_GENERATIONS = 999


@dataclass(frozen=True, slots=True)
class Generation:
    """Of which box these data are, and the how-many-eth restore of them.

    Args:
        lineage: Eight digits, drawn when the database was made.
        number: From 1; every restore counts one on.
        superseded_by: The generation that was seen to serve in the place of this one.
        fresh: Restored, and nothing bears its mark yet.
    """

    lineage: str
    number: int
    superseded_by: int | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """Something that may have been sent between a backup and its restore.

    Args:
        kind: ``text``, ``question`` (a text that waited for its application), ``push``, ``call``.
        subject: Its id in its own list.
        since: When it had begun, ISO 8601 UTC.
    """

    kind: str
    subject: str
    since: str
    restored_at: str


class Identity:
    """Repository of both. Methods that write run inside a writer's transaction.

    Args:
        reader: Returns this thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader

    def generation(self, db: Database | None = None) -> Generation:
        """Return which generation of which box the data are."""
        row = select_one(db or self._reader(), "SELECT * FROM identity WHERE id = 1")
        assert row is not None
        fresh = row["restored_at"] is not None and row["marked_at"] is None
        return Generation(row["lineage"], row["generation"], row["superseded_by"], fresh)

    def seen(self, db: Database, number: int) -> Generation:
        """Note that something bears the mark of a generation of this lineage.

        Data that were just restored go above it, for two boxes may have been restored from one
        backup; all others are superseded by a later one.
        """
        mine = self.generation(db)
        if mine.fresh and number >= mine.number:
            sql = "UPDATE identity SET generation = min(?, ? + 1) WHERE id = 1"
            db.conn.execute(sql, [MOST_GENERATIONS, number])
        elif number > mine.number:
            sql = "UPDATE identity SET superseded_by = max(ifnull(superseded_by, 0), ?)"
            db.conn.execute(f"{sql} WHERE id = 1", [number])
        return self.generation(db)

    def marked(self, db: Database, now: datetime) -> None:
        """Note that something bears this generation's mark."""
        db.conn.execute(
            "UPDATE identity SET marked_at = ? WHERE id = 1 AND marked_at IS NULL",
            [time_text(now)],
        )

    def next_generation(self, db: Database, now: datetime) -> Generation:
        """Count one on from this and from whatever was seen to supersede it."""
        db.conn.execute(
            "UPDATE identity"
            " SET generation = min(?, max(generation, ifnull(superseded_by, 0)) + 1),"
            " superseded_by = NULL, restored_at = ?, marked_at = NULL WHERE id = 1",
            [MOST_GENERATIONS, time_text(now)],
        )
        return self.generation(db)

    def restored(self) -> list[Open]:
        """Return what the last restore left unknown."""
        rows = select(
            self._reader(),
            "SELECT kind, subject, since, restored_at FROM restored ORDER BY kind DESC, id",
        )
        return [Open(**row) for row in rows]
