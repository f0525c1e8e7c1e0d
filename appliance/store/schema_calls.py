"""Tables of calls: their records, and which events of each were told (migrations 040-059)."""

from __future__ import annotations

from sqlite_utils import Database


def m040_calls(db: Database) -> None:
    """One row per call; real people by id, numbers of ours by their MSISDN.

    ``closed`` is set together with the ``fee`` event: a row without it is a call that is up, or one
    that the box owes an end.
    """
    db.execute(
        """
        CREATE TABLE calls (
            session_id TEXT PRIMARY KEY CHECK (length(session_id) BETWEEN 1 AND 128),
            icid TEXT NOT NULL UNIQUE,
            app_id INTEGER REFERENCES applications (id) ON DELETE SET NULL,
            mode TEXT CHECK (mode IN ('AX', 'AXB', 'AXE', 'AXYB', 'X')),
            bind_number TEXT NOT NULL,
            dialled TEXT NOT NULL,
            subscription_id TEXT,
            caller_id INTEGER REFERENCES people (id),
            callee_id INTEGER REFERENCES people (id),
            shown TEXT,
            strategy TEXT,
            call_in_at TEXT,
            forward_at TEXT,
            alerting_at TEXT,
            answered_at TEXT,
            ended_at TEXT,
            state_code INTEGER,
            q850 INTEGER NOT NULL DEFAULT 0 CHECK (q850 BETWEEN 0 AND 127),
            release_point INTEGER NOT NULL DEFAULT 0,
            sip_status INTEGER NOT NULL DEFAULT 0,
            ended_by TEXT CHECK (ended_by IN ('caller', 'callee', 'box', 'application')),
            recorded INTEGER NOT NULL DEFAULT 0 CHECK (recorded IN (0, 1)),
            record_started_at TEXT,
            record_file TEXT,
            record_sha256 TEXT,
            extension TEXT,
            user_data TEXT,
            legs TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(legs)),
            notes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes)),
            closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
            CHECK (closed = 0 OR ended_at IS NOT NULL)
        )
        """
    )
    db.execute("CREATE INDEX calls_open ON calls (call_in_at) WHERE closed = 0")
    db.execute("CREATE INDEX calls_time ON calls (call_in_at)")
    db.execute("CREATE INDEX calls_application ON calls (app_id, call_in_at)")
    db.execute("CREATE INDEX calls_recording ON calls (record_file) WHERE record_file IS NOT NULL")
    db.execute("CREATE INDEX calls_number ON calls (bind_number, call_in_at)")
    db.execute("CREATE INDEX calls_caller ON calls (caller_id) WHERE caller_id IS NOT NULL")
    db.execute("CREATE INDEX calls_callee ON calls (callee_id) WHERE callee_id IS NOT NULL")


def m041_call_events(db: Database) -> None:
    """Each event of a call at most once, whatever crashed in between.

    ``push_id`` is the outbox row that carries it, NULL when the application has no such URL.
    """
    db.execute(
        """
        CREATE TABLE call_events (
            session_id TEXT NOT NULL REFERENCES calls (session_id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN
                ('callin', 'collectInfo', 'callout', 'alerting', 'answer', 'disconnect', 'fee')),
            at TEXT NOT NULL,
            push_id INTEGER,
            PRIMARY KEY (session_id, kind)
        ) WITHOUT ROWID
        """
    )


def m090_undated_calls(db: Database) -> None:
    """Mark what is entered while the time is unknown: a box has no clock of its own at first."""
    db.execute(
        """
        CREATE TABLE clock (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            known INTEGER NOT NULL CHECK (known IN (0, 1))
        )
        """
    )
    db.execute("INSERT INTO clock (id, known) VALUES (1, 1)")
    db.execute(
        "ALTER TABLE calls ADD COLUMN undated INTEGER NOT NULL DEFAULT 0 CHECK (undated IN (0, 1))"
    )
    db.execute(
        """
        CREATE TRIGGER calls_undated AFTER INSERT ON calls
        WHEN (SELECT known FROM clock) = 0
        BEGIN UPDATE calls SET undated = 1 WHERE session_id = NEW.session_id; END
        """
    )


MIGRATIONS = (m040_calls, m041_call_events, m090_undated_calls)
