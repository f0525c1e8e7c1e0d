"""The outbox: what applications have to be told, and how far that has come (migrations 080-099)."""

from __future__ import annotations

from sqlite_utils import Database


def m080_outbox(db: Database) -> None:
    """Create the outbox with one partial index per question that the delivery asks."""
    db.execute(
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            app_id INTEGER NOT NULL REFERENCES applications(id) ON DELETE CASCADE,
            url TEXT NOT NULL,
            kind TEXT NOT NULL,
            order_key TEXT NOT NULL,
            body TEXT NOT NULL CHECK (json_valid(body)),
            after_id INTEGER,
            state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'parked')),
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            created_at TEXT NOT NULL,
            due_at TEXT NOT NULL,
            first_attempt_at TEXT,
            last_attempt_at TEXT,
            delivered_at TEXT,
            http_status INTEGER,
            error TEXT,
            CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
        )
        """
    )
    db.execute("CREATE INDEX outbox_due ON outbox (app_id, due_at) WHERE state = 'due'")
    db.execute("CREATE INDEX outbox_target ON outbox (app_id, url, due_at) WHERE state = 'due'")
    db.execute("CREATE INDEX outbox_next ON outbox (due_at) WHERE state = 'due'")
    db.execute(
        "CREATE INDEX outbox_order ON outbox (app_id, url, order_key, id) WHERE state = 'due'"
    )
    db.execute("CREATE INDEX outbox_parked ON outbox (id) WHERE state = 'parked'")
    db.execute("CREATE INDEX outbox_old ON outbox (delivered_at) WHERE state = 'delivered'")


MIGRATIONS = (m080_outbox,)
