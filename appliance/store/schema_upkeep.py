"""Tables of what keeps SIMs fit: findings, checks, codes, balances (migrations 079-085)."""

from __future__ import annotations

from sqlite_utils import Database


def m079_calls_shown(db: Database) -> None:
    """Let what a SIM has used be counted before each of its calls and texts."""
    db.execute("CREATE INDEX calls_shown ON calls (shown, call_in_at) WHERE shown IS NOT NULL")
    db.execute("CREATE INDEX sends_time ON sends (iccid, began_at)")


def m080_line_findings(db: Database) -> None:
    """What is wrong with a SIM, as a sentence's code and its facts, until it is right again."""
    db.execute(
        """
        CREATE TABLE line_findings (
            iccid TEXT NOT NULL,
            subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
            code TEXT NOT NULL,
            facts TEXT NOT NULL CHECK (json_valid(facts)),
            since TEXT NOT NULL,
            PRIMARY KEY (iccid, subject)
        ) WITHOUT ROWID
        """
    )


def m081_line_checks(db: Database) -> None:
    """What a SIM's subscription was found to be when it was last read."""
    db.execute(
        """
        CREATE TABLE line_checks (
            iccid TEXT PRIMARY KEY,
            at TEXT NOT NULL,
            checks TEXT NOT NULL CHECK (json_valid(checks))
        ) WITHOUT ROWID
        """
    )


def m082_at_by_hand(db: Database) -> None:
    """The transcript of what technicians sent to modems, and what came back."""
    db.execute(
        """
        CREATE TABLE at_by_hand (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            iccid TEXT,
            imei TEXT,
            command TEXT NOT NULL,
            danger TEXT,
            answer TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX at_by_hand_sim ON at_by_hand (iccid, id)")


def m083_ussd_codes(db: Database) -> None:
    """Codes of operators, and where in the answer the amount stands."""
    db.execute(
        """
        CREATE TABLE ussd_codes (
            operator TEXT NOT NULL CHECK (length(operator) BETWEEN 1 AND 64),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
            code TEXT NOT NULL,
            pattern TEXT,
            PRIMARY KEY (operator, name)
        ) WITHOUT ROWID
        """
    )


def m084_sim_balances(db: Database) -> None:
    """The credit of a SIM as its operator last told it, in the currency's smallest unit."""
    db.execute(
        """
        CREATE TABLE sim_balances (
            iccid TEXT PRIMARY KEY,
            at TEXT NOT NULL,
            amount INTEGER,
            told TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )


def m085_inbox_read(db: Database) -> None:
    """Note which texts of the operator's inbox were read, and the sender that is no number."""
    db.execute("ALTER TABLE operator_inbox ADD COLUMN read_at TEXT")
    db.execute("ALTER TABLE operator_inbox ADD COLUMN name TEXT")
    db.execute("CREATE INDEX operator_inbox_unread ON operator_inbox (id) WHERE read_at IS NULL")


MIGRATIONS = (
    m079_calls_shown,
    m080_line_findings,
    m081_line_checks,
    m082_at_by_hand,
    m083_ussd_codes,
    m084_sim_balances,
    m085_inbox_read,
)
