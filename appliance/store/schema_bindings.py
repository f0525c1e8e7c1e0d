"""Tables of bindings and return routes (migrations 020-039).

The density rules stand here, so that no code can get round them: ``binding_parties`` holds who is
on which X, one row per person and X whatever the role; the triggers fill it, count the bindings
of a number and refuse the pair beyond the last. A binding names its number together with its
application, so a number that changes hands must have lost its bindings before.
"""

from __future__ import annotations

from sqlite_utils import Database

_PARTIES = """
    INSERT INTO binding_parties (number_id, person_id, binding_id, role)
        VALUES (new.number_id, new.a_id, new.id, 'a');
    INSERT INTO binding_parties (number_id, person_id, binding_id, role)
        SELECT new.number_id, new.b_id, new.id, 'b' WHERE new.b_id IS NOT NULL;
"""


def m020_bindings(db: Database) -> None:
    """One row per relation; what only another mode needs is added by that mode's migrations."""
    db.execute(
        """
        CREATE TABLE bindings (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            subscription_id TEXT NOT NULL UNIQUE CHECK (length(subscription_id) BETWEEN 1 AND 64),
            mode TEXT NOT NULL CHECK (mode IN ('AX', 'AXB', 'AXE', 'AXYB')),
            app_id INTEGER NOT NULL,
            number_id INTEGER NOT NULL,
            a_id INTEGER NOT NULL REFERENCES people (id),
            b_id INTEGER REFERENCES people (id),
            direction INTEGER NOT NULL DEFAULT 0 CHECK (direction BETWEEN 0 AND 2),
            duration INTEGER NOT NULL DEFAULT 0 CHECK (duration BETWEEN 0 AND 7776000),
            max_minutes INTEGER NOT NULL DEFAULT 0 CHECK (max_minutes BETWEEN 0 AND 1440),
            record INTEGER NOT NULL DEFAULT 0 CHECK (record IN (0, 1)),
            record_hint TEXT,
            last_minute_voice TEXT,
            private_sms INTEGER CHECK (private_sms IN (0, 1)),
            pre_voice_caller TEXT,
            pre_voice_callee TEXT,
            user_data TEXT,
            since TEXT NOT NULL,
            changed TEXT NOT NULL,
            expires TEXT,
            extra TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extra)),
            FOREIGN KEY (number_id, app_id) REFERENCES numbers (id, app_id) ON DELETE CASCADE,
            CHECK (a_id <> b_id),
            CHECK ((mode = 'AXB') = (b_id IS NOT NULL)),
            CHECK ((duration = 0) = (expires IS NULL))
        )
        """
    )
    db.execute("CREATE INDEX bindings_number ON bindings (number_id, id)")
    db.execute("CREATE INDEX bindings_expires ON bindings (expires) WHERE expires IS NOT NULL")


def m021_binding_parties(db: Database) -> None:
    """Nobody twice on one X, in any role."""
    db.execute(
        """
        CREATE TABLE binding_parties (
            number_id INTEGER NOT NULL,
            person_id INTEGER NOT NULL REFERENCES people (id),
            binding_id INTEGER NOT NULL REFERENCES bindings (id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('a', 'b')),
            PRIMARY KEY (number_id, person_id)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX binding_parties_person ON binding_parties (person_id)")
    db.execute("CREATE INDEX binding_parties_binding ON binding_parties (binding_id)")
    db.execute(
        f"""
        CREATE TRIGGER bindings_set AFTER INSERT ON bindings BEGIN
            {_PARTIES}
            UPDATE numbers SET bound = bound + 1 WHERE id = new.number_id;
        END
        """  # noqa: S608 - constants
    )
    db.execute(
        f"""
        CREATE TRIGGER bindings_moved AFTER UPDATE OF a_id, b_id, number_id ON bindings BEGIN
            DELETE FROM binding_parties WHERE binding_id = new.id;
            {_PARTIES}
            UPDATE numbers SET bound = bound - 1 WHERE id = old.number_id;
            UPDATE numbers SET bound = bound + 1 WHERE id = new.number_id;
        END
        """  # noqa: S608 - constants
    )
    db.execute(
        """
        CREATE TRIGGER bindings_removed AFTER DELETE ON bindings BEGIN
            UPDATE numbers SET bound = bound - 1 WHERE id = old.number_id;
        END
        """
    )


def m022_pairs_per_number(db: Database) -> None:
    """At most 5000 pairs on one X (mode AXB)."""
    db.execute(
        """
        CREATE TRIGGER bindings_axb_full BEFORE INSERT ON bindings
        WHEN new.mode = 'AXB'
            AND (SELECT bound FROM numbers WHERE id = new.number_id) >= 5000
        BEGIN
            SELECT RAISE(ABORT, 'the number holds 5000 pairs');
        END
        """
    )


def m023_return_routes(db: Database) -> None:
    """(second line, person who was shown it) → the binding whose other party is reached."""
    db.execute(
        """
        CREATE TABLE return_routes (
            number_id INTEGER NOT NULL REFERENCES numbers (id) ON DELETE CASCADE,
            person_id INTEGER NOT NULL REFERENCES people (id),
            binding_id INTEGER NOT NULL REFERENCES bindings (id) ON DELETE CASCADE,
            PRIMARY KEY (number_id, person_id)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX return_routes_binding ON return_routes (binding_id)")
    db.execute("CREATE INDEX return_routes_person ON return_routes (person_id)")


MIGRATIONS = (
    m020_bindings,
    m021_binding_parties,
    m022_pairs_per_number,
    m023_return_routes,
)
