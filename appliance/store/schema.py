"""The migrations of the whole database, in their order, and what guards their running."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from appliance.errors import StoreFailed
from appliance.store import (
    schema_bindings,
    schema_calls,
    schema_identity,
    schema_management,
    schema_messages,
    schema_modes,
    schema_outbox,
    schema_people,
    schema_upkeep,
)
from appliance.store.rows import select, select_value

migrations = Migrations("simveil")

_STEPS = (
    *schema_people.MIGRATIONS,
    *schema_bindings.MIGRATIONS,
    *schema_modes.MIGRATIONS,
    *schema_calls.MIGRATIONS,
    *schema_management.MIGRATIONS,
    *schema_messages.MIGRATIONS,
    *schema_outbox.MIGRATIONS,
    *schema_upkeep.MIGRATIONS,
    *schema_identity.MIGRATIONS,
)
for _step in _STEPS:
    migrations()(_step)

KNOWN = frozenset(step.__name__ for step in _STEPS)
"""The names of every migration that this software can apply."""


def unknown_migrations(db: Database) -> list[str]:
    """Return the migrations that the file holds and this software does not know."""
    return [step.name for step in migrations.applied(db) if step.name not in KNOWN]


def refuse_unknown(db: Database) -> None:
    """Raise StoreFailed when newer software has written the file, or it is damaged."""
    unknown = unknown_migrations(db)
    if unknown:
        raise StoreFailed(
            "the database was written by newer software: it holds "
            f"{', '.join(unknown)}, unknown here"
        )
    verdict = select_value(db, "PRAGMA quick_check(1)")
    if verdict != "ok":
        raise StoreFailed(f"the database is damaged: {verdict}")


def migrate(db: Database) -> list[str]:
    """Bring the file up to date in one transaction and return the names of what was applied.

    Args:
        db: A writing connection with ``foreign_keys`` off, so that tables can be rebuilt.

    Raises:
        StoreFailed: Rows would point at nothing afterwards; the file is as it was.
    """
    pending = [step.name for step in migrations.pending(db)]
    if not pending:
        return []
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
        _check_parents(db)
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise
    return pending


def _check_parents(db: Database) -> None:
    broken = select(db, "PRAGMA foreign_key_check")
    if broken:
        tables = sorted({str(row["table"]) for row in broken})
        raise StoreFailed(f"a migration leaves rows without parents in {', '.join(tables)}")
