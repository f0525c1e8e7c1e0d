"""Tables of what an owner manages: tasks, ended bindings, old names (migrations 042-049)."""

from __future__ import annotations

from sqlite_utils import Database


def m042_tasks(db: Database) -> None:
    """Batches over many numbers, an item each, so that a restart goes on where it was."""
    db.execute(
        """
        CREATE TABLE tasks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('transfer', 'release', 'sms')),
            arguments TEXT NOT NULL CHECK (json_valid(arguments)),
            created_at TEXT NOT NULL,
            finished_at TEXT
        )
        """
    )
    db.execute(
        """
        CREATE TABLE task_items (
            task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 1),
            subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
            state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
            reason TEXT,
            note TEXT,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            settled_at TEXT,
            PRIMARY KEY (task_id, position),
            UNIQUE (task_id, subject),
            CHECK ((state = 'failed') = (reason IS NOT NULL))
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX task_items_waiting ON task_items (task_id) WHERE state = 'waiting'")


def m043_binding_history(db: Database) -> None:
    """When relations were set, and how they ended: by hand (an unbind), or by their time.

    Kept by triggers, so that it knows of an end whatever brought it about: a request, an operator,
    a number that changed hands.
    """
    db.execute(
        """
        CREATE TABLE binding_history (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            event TEXT NOT NULL CHECK (event IN ('bound', 'unbound', 'expired')),
            subscription_id TEXT NOT NULL,
            mode TEXT NOT NULL,
            app_id INTEGER NOT NULL,
            x TEXT,
            a_id INTEGER NOT NULL REFERENCES people (id),
            b_id INTEGER REFERENCES people (id)
        )
        """
    )
    db.execute("CREATE INDEX binding_history_at ON binding_history (at)")
    columns = "at, event, subscription_id, mode, app_id, x, a_id, b_id"
    db.execute(
        f"""
        CREATE TRIGGER bindings_told_set AFTER INSERT ON bindings BEGIN
            INSERT INTO binding_history ({columns}) VALUES (
                new.changed, 'bound', new.subscription_id, new.mode, new.app_id,
                (SELECT msisdn FROM numbers WHERE id = new.number_id), new.a_id, new.b_id);
        END
        """  # noqa: S608 - constants
    )
    db.execute(
        f"""
        CREATE TRIGGER bindings_told_end BEFORE DELETE ON bindings BEGIN
            INSERT INTO binding_history ({columns}) VALUES (
                strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now'),
                CASE WHEN old.expires <= strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now')
                    THEN 'expired' ELSE 'unbound' END,
                old.subscription_id, old.mode, old.app_id,
                (SELECT msisdn FROM numbers WHERE id = old.number_id), old.a_id, old.b_id);
        END
        """  # noqa: S608 - constants
    )


def m044_number_aliases(db: Database) -> None:
    """Numbers by which a number's former platform knew it: requests may still name them."""
    db.execute(
        """
        CREATE TABLE number_aliases (
            alias TEXT PRIMARY KEY CHECK (alias GLOB '+[0-9]*' AND length(alias) <= 16),
            number_id INTEGER NOT NULL REFERENCES numbers (id) ON DELETE CASCADE
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX number_aliases_number ON number_aliases (number_id)")


MIGRATIONS = (m042_tasks, m043_binding_history, m044_number_aliases)
