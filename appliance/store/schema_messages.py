"""Texts: what came in, what goes out, what only the operator reads (migrations 060-079)."""

from __future__ import annotations

from sqlite_utils import Database


def m060_texts(db: Database) -> None:
    """Create one row per whole text that an application has to hear of."""
    db.execute(
        """
        CREATE TABLE texts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            identifier TEXT NOT NULL UNIQUE CHECK (length(identifier) BETWEEN 1 AND 64),
            app_id INTEGER NOT NULL REFERENCES applications(id),
            x_id INTEGER NOT NULL REFERENCES people(id),
            arrived_id INTEGER NOT NULL REFERENCES people(id),
            sender_id INTEGER NOT NULL REFERENCES people(id),
            recipient_id INTEGER REFERENCES people(id),
            subscription_id TEXT,
            user_data TEXT,
            direction INTEGER NOT NULL CHECK (direction IN (0, 1, 2)),
            body TEXT NOT NULL,
            incomplete INTEGER NOT NULL DEFAULT 0 CHECK (incomplete IN (0, 1)),
            parts INTEGER NOT NULL CHECK (parts BETWEEN 0 AND 255),
            reference INTEGER NOT NULL CHECK (reference BETWEEN 0 AND 255),
            state TEXT NOT NULL CHECK (
                state IN ('relaying', 'sent', 'partly', 'failed', 'unknown', 'refused')),
            send_result INTEGER,
            received_at TEXT NOT NULL,
            finished_at TEXT,
            push_id INTEGER,
            CHECK ((state = 'relaying') = (finished_at IS NULL)),
            CHECK ((state = 'relaying') = (send_result IS NULL)),
            CHECK (state <> 'relaying' OR (recipient_id IS NOT NULL AND parts > 0))
        )
        """
    )
    db.execute("CREATE INDEX texts_relaying ON texts (x_id, id) WHERE state = 'relaying'")
    db.execute("CREATE INDEX texts_application ON texts (app_id, id)")


def m061_operator_inbox(db: Database) -> None:
    """Create the inbox of texts that are never relayed: services, data, strangers to every app."""
    db.execute(
        """
        CREATE TABLE operator_inbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            line_id INTEGER NOT NULL REFERENCES people(id),
            sender_id INTEGER REFERENCES people(id),
            kind TEXT NOT NULL CHECK (
                kind IN ('service', 'indication', 'data', 'undecodable', 'unroutable')),
            body TEXT,
            raw TEXT,
            received_at TEXT NOT NULL,
            CHECK (body IS NOT NULL OR raw IS NOT NULL)
        )
        """
    )


def m062_received(db: Database) -> None:
    """Create the journal of PDUs read from SIMs; it holds the parts of unfinished texts."""
    db.execute(
        """
        CREATE TABLE received (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            iccid TEXT NOT NULL,
            line_id INTEGER NOT NULL REFERENCES people(id),
            storage TEXT,
            slot INTEGER,
            digest TEXT NOT NULL,
            raw TEXT,
            sender_id INTEGER REFERENCES people(id),
            set_id INTEGER REFERENCES received(id),
            reference INTEGER,
            total INTEGER,
            seq INTEGER,
            wide INTEGER,
            held INTEGER NOT NULL CHECK (held IN (0, 1)),
            received_at TEXT NOT NULL,
            deleted_at TEXT,
            CHECK ((storage IS NULL) = (slot IS NULL)),
            CHECK (held = 0 OR (raw IS NOT NULL AND seq BETWEEN 1 AND total))
        )
        """
    )
    # A slot of a SIM holds one message at a time.
    db.execute(
        "CREATE UNIQUE INDEX received_slot ON received (iccid, storage, slot)"
        " WHERE storage IS NOT NULL AND deleted_at IS NULL"
    )
    db.execute("CREATE UNIQUE INDEX received_part ON received (set_id, seq) WHERE held = 1")
    db.execute(
        "CREATE INDEX received_set ON received (line_id, sender_id, reference, total, wide)"
        " WHERE held = 1"
    )
    db.execute("CREATE INDEX received_old ON received (received_at)")


def m063_sends(db: Database) -> None:
    """Create the journal of sends. Its indexes refuse what would send a part twice."""
    db.execute(
        """
        CREATE TABLE sends (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            text_id INTEGER NOT NULL REFERENCES texts(id) ON DELETE CASCADE,
            part INTEGER NOT NULL CHECK (part BETWEEN 1 AND 255),
            attempt INTEGER NOT NULL CHECK (attempt >= 1),
            iccid TEXT NOT NULL,
            recipient_id INTEGER NOT NULL REFERENCES people(id),
            expected_reference INTEGER CHECK (expected_reference BETWEEN 0 AND 255),
            reference INTEGER CHECK (reference BETWEEN 0 AND 255),
            state TEXT NOT NULL CHECK (state IN ('writing', 'accepted', 'failed', 'unknown')),
            error TEXT,
            began_at TEXT NOT NULL,
            ended_at TEXT,
            report_status INTEGER CHECK (report_status BETWEEN 0 AND 255),
            reported_at TEXT,
            UNIQUE (text_id, part, attempt),
            CHECK ((state = 'writing') = (ended_at IS NULL))
        )
        """
    )
    # Only a send that certainly failed may be followed by another of the same part …
    db.execute("CREATE UNIQUE INDEX sends_once ON sends (text_id, part) WHERE state <> 'failed'")
    # … and to one person one SIM has one send at a time whose outcome is open.
    db.execute(
        "CREATE UNIQUE INDEX sends_unsettled ON sends (iccid, recipient_id) WHERE state = 'writing'"
    )
    db.execute("CREATE INDEX sends_report ON sends (iccid, recipient_id, began_at)")
    db.execute("CREATE INDEX sends_reference ON sends (iccid, id) WHERE reference IS NOT NULL")


def m064_text_questions(db: Database) -> None:
    """Create the texts that wait for their application's word (Block); one row until it came."""
    db.execute(
        """
        CREATE TABLE text_questions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            identifier TEXT NOT NULL UNIQUE CHECK (length(identifier) BETWEEN 1 AND 64),
            app_id INTEGER NOT NULL REFERENCES applications(id),
            arrived_id INTEGER NOT NULL REFERENCES people(id),
            sender_id INTEGER NOT NULL REFERENCES people(id),
            body TEXT NOT NULL,
            incomplete INTEGER NOT NULL CHECK (incomplete IN (0, 1)),
            received_at TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX text_questions_arrived ON text_questions (arrived_id, id)")


def m065_text_codes(db: Database) -> None:
    """Create the codes that A answers to in place of numbers, where an application wants it."""
    db.execute(
        """
        CREATE TABLE text_codes (
            binding_id INTEGER NOT NULL REFERENCES bindings(id) ON DELETE CASCADE,
            code INTEGER NOT NULL CHECK (code BETWEEN 1 AND 999),
            person_id INTEGER NOT NULL REFERENCES people(id),
            used_at TEXT NOT NULL,
            PRIMARY KEY (binding_id, code),
            UNIQUE (binding_id, person_id)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX text_codes_person ON text_codes (person_id)")


def m066_prompted(db: Database) -> None:
    """Note when a modem asked for a part: before that moment nothing of it can have been sent."""
    db.execute("ALTER TABLE sends ADD COLUMN prompted_at TEXT")
    db.execute("UPDATE sends SET prompted_at = began_at")


def m091_undated_texts(db: Database) -> None:
    """Mark texts, too, that are entered while the time is unknown."""
    db.execute(
        "ALTER TABLE texts ADD COLUMN undated INTEGER NOT NULL DEFAULT 0 CHECK (undated IN (0, 1))"
    )
    db.execute(
        """
        CREATE TRIGGER texts_undated AFTER INSERT ON texts
        WHEN (SELECT known FROM clock) = 0
        BEGIN UPDATE texts SET undated = 1 WHERE id = NEW.id; END
        """
    )


MIGRATIONS = (
    m060_texts,
    m061_operator_inbox,
    m062_received,
    m063_sends,
    m064_text_questions,
    m065_text_codes,
    m066_prompted,
    m091_undated_texts,
)
