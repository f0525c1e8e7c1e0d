"""Tables of people, applications and numbers (migrations 001-019)."""

from __future__ import annotations

from sqlite_utils import Database


def m001_people(db: Database) -> None:
    """Every real number once, under an id that means nothing outside this table."""
    db.execute(
        """
        CREATE TABLE people (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            msisdn TEXT NOT NULL UNIQUE CHECK (length(msisdn) BETWEEN 1 AND 64)
        )
        """
    )


def m002_applications(db: Database) -> None:
    """Customers' applications and where each wants its pushes."""
    db.execute(
        """
        CREATE TABLE applications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
            app_key TEXT NOT NULL UNIQUE CHECK (length(app_key) BETWEEN 1 AND 128),
            secret TEXT NOT NULL CHECK (length(secret) >= 1),
            mode TEXT NOT NULL CHECK (mode IN ('AX', 'AXB', 'AXE', 'AXYB', 'X')),
            active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
            frozen INTEGER NOT NULL DEFAULT 0 CHECK (frozen IN (0, 1)),
            record INTEGER NOT NULL DEFAULT 0 CHECK (record IN (0, 1)),
            sms INTEGER NOT NULL DEFAULT 0 CHECK (sms IN (0, 1)),
            sms_content INTEGER NOT NULL DEFAULT 1 CHECK (sms_content IN (0, 1)),
            sign TEXT NOT NULL DEFAULT 'aksk' CHECK (sign IN ('aksk', 'wsse')),
            extension_digits INTEGER NOT NULL DEFAULT 4 CHECK (extension_digits BETWEEN 1 AND 4),
            allowed_addresses TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(allowed_addresses)),
            settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings))
        )
        """
    )
    db.execute(
        """
        CREATE TABLE application_urls (
            app_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
            kind TEXT NOT NULL
                CHECK (kind IN ('status', 'cdr', 'sms', 'sms-control', 'number', 'callin')),
            url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
            PRIMARY KEY (app_id, kind)
        ) WITHOUT ROWID
        """
    )


def m003_numbers(db: Database) -> None:
    """Enrolled SIMs; ``bound`` counts the bindings of a number and is kept by triggers."""
    db.execute(
        """
        CREATE TABLE numbers (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            msisdn TEXT NOT NULL UNIQUE CHECK (msisdn GLOB '+[0-9]*' AND length(msisdn) <= 16),
            iccid TEXT NOT NULL UNIQUE CHECK (length(iccid) BETWEEN 1 AND 22),
            role TEXT NOT NULL CHECK (role IN ('number', 'trunk')),
            app_id INTEGER REFERENCES applications (id),
            city TEXT CHECK (city GLOB '0[0-9]*' AND length(city) BETWEEN 3 AND 4),
            sms INTEGER NOT NULL DEFAULT 0 CHECK (sms IN (0, 1)),
            status INTEGER NOT NULL DEFAULT 5 CHECK (status IN (5, 9, 10, 11)),
            cause TEXT,
            settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
            bound INTEGER NOT NULL DEFAULT 0 CHECK (bound >= 0),
            UNIQUE (id, app_id),
            CHECK ((role = 'number') = (app_id IS NOT NULL))
        )
        """
    )
    db.execute("CREATE INDEX numbers_choice ON numbers (app_id, status, bound)")
    db.execute("CREATE INDEX numbers_role ON numbers (role, app_id)")
    db.execute(
        """
        CREATE TABLE retired_sims (
            iccid TEXT PRIMARY KEY,
            msisdn TEXT NOT NULL,
            retired_at TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )


MIGRATIONS = (m001_people, m002_applications, m003_numbers)
