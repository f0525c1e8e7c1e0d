"""Which box this is over restores, what a restore left open, and what has been alerted."""

from __future__ import annotations

import secrets

from sqlite_utils import Database


def m086_identity(db: Database) -> None:
    """Create the identity of the data: a lineage for life, a generation for each restore."""
    db.execute(
        """
        CREATE TABLE identity (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            lineage TEXT NOT NULL CHECK (length(lineage) = 8 AND lineage NOT GLOB '*[^0-9]*'),
            generation INTEGER NOT NULL CHECK (generation BETWEEN 1 AND 999),
            superseded_by INTEGER CHECK (superseded_by > generation),
            restored_at TEXT,
            marked_at TEXT
        )
        """
    )
    lineage = f"{secrets.randbelow(10**8):08d}"
    db.execute("INSERT INTO identity (id, lineage, generation) VALUES (1, ?, 1)", [lineage])
    db.execute(
        """
        CREATE TABLE restored (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('text', 'question', 'push', 'call')),
            subject TEXT NOT NULL,
            since TEXT NOT NULL,
            restored_at TEXT NOT NULL
        )
        """
    )


def m087_alerts(db: Database) -> None:
    """Create the alerts that stand: each is told once, and once when it is over."""
    db.execute(
        """
        CREATE TABLE alerts (
            subject TEXT PRIMARY KEY,
            code TEXT NOT NULL,
            facts TEXT NOT NULL CHECK (json_valid(facts)),
            since TEXT NOT NULL,
            over_at TEXT,
            told TEXT NOT NULL CHECK (json_valid(told))
        ) WITHOUT ROWID
        """
    )
    db.execute(
        "CREATE TABLE reports (day TEXT NOT NULL, way TEXT NOT NULL, told_at TEXT NOT NULL,"
        " PRIMARY KEY (day, way)) WITHOUT ROWID"
    )


MIGRATIONS = (m086_identity, m087_alerts)
