"""Tables of the modes beside A-X-B (migrations 024-039).

What every relation has stands in ``bindings``; what one mode adds has a table of its own, one row
per relation. As for A-X-B, the limits are rules of the schema:

- AX and AXYB: one relation on an X, five X for an A of one application;
- AXE: an extension once per X, as long as its application says, never all zeros;
- AXYB: a number is X or Y and never both; a Y carries 1000 relations, an A once, so that A's call
  to Y has one meaning; a B has one Y in a relation.
"""

from __future__ import annotations

from sqlite_utils import Database

_FIVE = """
    SELECT RAISE(ABORT, 'the person has 5 numbers') WHERE (
        SELECT count(*) FROM bindings b
        WHERE b.a_id = new.a_id AND b.mode = new.mode AND b.mode <> 'AXB'
            AND b.app_id = new.app_id AND b.id IS NOT new.id
    ) >= 5;
"""
_COUNT = "UPDATE numbers SET bound = bound {sign} 1 WHERE id = {row}.{column};"


def m024_parties_of_pairs(db: Database) -> None:
    """Only A-X-B knows its people by number; the others' A may be on an X more than once."""
    db.execute("DROP TRIGGER bindings_set")
    db.execute("DROP TRIGGER bindings_moved")
    parties = """
        INSERT INTO binding_parties (number_id, person_id, binding_id, role)
            VALUES (new.number_id, new.a_id, new.id, 'a');
        INSERT INTO binding_parties (number_id, person_id, binding_id, role)
            VALUES (new.number_id, new.b_id, new.id, 'b');
    """
    count = "UPDATE numbers SET bound = bound + 1 WHERE id = new.number_id;"
    moved = "UPDATE numbers SET bound = bound - 1 WHERE id = old.number_id;"
    for name, mode, known in (("pair", "=", parties), ("other", "<>", "")):
        db.execute(
            f"""
            CREATE TRIGGER bindings_set_{name} AFTER INSERT ON bindings
            WHEN new.mode {mode} 'AXB' BEGIN
                {known} {count}
            END
            """
        )
        forget = "DELETE FROM binding_parties WHERE binding_id = new.id;" if known else ""
        db.execute(
            f"""
            CREATE TRIGGER bindings_moved_{name} AFTER UPDATE OF a_id, b_id, number_id ON bindings
            WHEN new.mode {mode} 'AXB' BEGIN
                {forget} {known} {moved} {count}
            END
            """
        )
    db.execute(
        "DELETE FROM binding_parties WHERE binding_id IN "
        "(SELECT id FROM bindings WHERE mode <> 'AXB')"
    )


def m025_numbers_of_a(db: Database) -> None:
    """One A per X and five X per A (AX, AXYB)."""
    db.execute(
        "CREATE UNIQUE INDEX bindings_one_a ON bindings (number_id) WHERE mode IN ('AX', 'AXYB')"
    )
    db.execute("CREATE INDEX bindings_of_a ON bindings (a_id, number_id) WHERE mode <> 'AXB'")
    db.execute(
        f"""
        CREATE TRIGGER bindings_five_set BEFORE INSERT ON bindings
        WHEN new.mode IN ('AX', 'AXYB') BEGIN {_FIVE} END
        """
    )
    db.execute(
        f"""
        CREATE TRIGGER bindings_five_moved BEFORE UPDATE OF a_id ON bindings
        WHEN new.mode IN ('AX', 'AXYB') BEGIN {_FIVE} END
        """
    )


def m026_ax(db: Database) -> None:
    """What AX adds, and whom A's calls reach for the moment."""
    db.execute(
        """
        CREATE TABLE ax_terms (
            binding_id INTEGER PRIMARY KEY REFERENCES bindings (id) ON DELETE CASCADE,
            display TEXT NOT NULL CHECK (display IN ('0', '1')),
            turned_on INTEGER NOT NULL CHECK (turned_on IN (0, 1))
        )
        """
    )
    db.execute(
        """
        CREATE TABLE temporary_callees (
            binding_id INTEGER PRIMARY KEY REFERENCES ax_terms (binding_id) ON DELETE CASCADE,
            callee_id INTEGER NOT NULL REFERENCES people (id),
            expires TEXT NOT NULL,
            user_data TEXT
        )
        """
    )
    db.execute("CREATE INDEX temporary_callees_expires ON temporary_callees (expires)")
    db.execute("CREATE INDEX temporary_callees_callee ON temporary_callees (callee_id)")


def m027_axe(db: Database) -> None:
    """What AXE adds, and who reached A last."""
    db.execute(
        """
        CREATE TABLE axe_terms (
            binding_id INTEGER PRIMARY KEY REFERENCES bindings (id) ON DELETE CASCADE,
            number_id INTEGER NOT NULL,
            extension TEXT NOT NULL CHECK (
                length(extension) BETWEEN 1 AND 4 AND extension NOT GLOB '*[^0-9]*'
                AND extension GLOB '*[1-9]*'),
            display TEXT NOT NULL CHECK (display IN ('0', '1')),
            call_back_tone TEXT,
            call_back_id INTEGER REFERENCES people (id),
            unit TEXT NOT NULL CHECK (unit IN ('0', '1')),
            unit_now TEXT NOT NULL CHECK (unit_now IN ('0', '1')),
            bind_time INTEGER NOT NULL CHECK (bind_time BETWEEN 0 AND 43200),
            call_back_time INTEGER NOT NULL CHECK (call_back_time BETWEEN 0 AND 43200),
            call_back_seconds INTEGER NOT NULL CHECK (call_back_seconds BETWEEN 0 AND 2592000),
            UNIQUE (number_id, extension),
            CHECK (call_back_tone IS NULL OR call_back_id IS NULL)
        )
        """
    )
    db.execute(
        "CREATE INDEX axe_terms_call_back ON axe_terms (call_back_id) "
        "WHERE call_back_id IS NOT NULL"
    )
    db.execute(
        """
        CREATE TRIGGER axe_terms_set BEFORE INSERT ON axe_terms
        WHEN NOT EXISTS (
            SELECT 1 FROM bindings b JOIN applications p ON p.id = b.app_id
            WHERE b.id = new.binding_id AND b.mode = 'AXE' AND b.number_id = new.number_id
                AND length(new.extension) = p.extension_digits
        )
        BEGIN
            SELECT RAISE(ABORT, 'the extension has not the length of its application');
        END
        """
    )
    db.execute(
        """
        CREATE TRIGGER applications_extension_digits
        BEFORE UPDATE OF extension_digits ON applications
        WHEN new.extension_digits <> old.extension_digits
            AND EXISTS (SELECT 1 FROM bindings WHERE app_id = new.id AND mode = 'AXE')
        BEGIN
            SELECT RAISE(ABORT, 'the extensions of the application have their length');
        END
        """
    )
    db.execute(
        """
        CREATE TABLE call_backs (
            binding_id INTEGER PRIMARY KEY REFERENCES axe_terms (binding_id) ON DELETE CASCADE,
            caller_id INTEGER NOT NULL REFERENCES people (id),
            at TEXT NOT NULL,
            expires TEXT
        )
        """
    )
    db.execute("CREATE INDEX call_backs_expires ON call_backs (expires) WHERE expires IS NOT NULL")
    db.execute("CREATE INDEX call_backs_caller ON call_backs (caller_id)")


def m028_axyb(db: Database) -> None:
    """What AXYB adds, and the Y over which A reaches each B."""
    db.execute(
        """
        CREATE TABLE axyb_terms (
            binding_id INTEGER PRIMARY KEY REFERENCES bindings (id) ON DELETE CASCADE,
            yb_duration INTEGER NOT NULL CHECK (yb_duration BETWEEN 0 AND 7776000)
        )
        """
    )
    db.execute(
        """
        CREATE TABLE yb_relations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            bind_id TEXT NOT NULL UNIQUE CHECK (length(bind_id) BETWEEN 1 AND 64),
            binding_id INTEGER NOT NULL REFERENCES axyb_terms (binding_id) ON DELETE CASCADE,
            app_id INTEGER NOT NULL,
            y_id INTEGER NOT NULL,
            a_id INTEGER NOT NULL REFERENCES people (id),
            b_id INTEGER NOT NULL REFERENCES people (id),
            duration INTEGER NOT NULL CHECK (duration BETWEEN 0 AND 7776000),
            pre_voice TEXT,
            user_data TEXT,
            automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
            since TEXT NOT NULL,
            expires TEXT,
            FOREIGN KEY (y_id, app_id) REFERENCES numbers (id, app_id) ON DELETE CASCADE,
            UNIQUE (y_id, a_id),
            UNIQUE (binding_id, b_id),
            CHECK (a_id <> b_id),
            CHECK ((duration = 0) = (expires IS NULL))
        )
        """
    )
    db.execute(
        "CREATE INDEX yb_relations_expires ON yb_relations (expires) WHERE expires IS NOT NULL"
    )
    db.execute("CREATE INDEX yb_relations_a ON yb_relations (a_id)")
    db.execute("CREATE INDEX yb_relations_b ON yb_relations (b_id, y_id)")
    db.execute(
        """
        CREATE TRIGGER yb_relations_set BEFORE INSERT ON yb_relations BEGIN
            SELECT RAISE(ABORT, 'the number holds 1000 relations')
                WHERE (SELECT count(*) FROM yb_relations WHERE y_id = new.y_id) >= 1000;
            SELECT RAISE(ABORT, 'the number is an X')
                WHERE EXISTS (SELECT 1 FROM bindings WHERE number_id = new.y_id);
            SELECT RAISE(ABORT, 'the relation is of somebody else')
                WHERE NOT EXISTS (
                    SELECT 1 FROM bindings WHERE id = new.binding_id AND mode = 'AXYB'
                        AND a_id = new.a_id AND app_id = new.app_id);
        END
        """
    )
    # One trigger before an insert instead of two: A-X-B pays for each that looks and passes.
    db.execute("DROP TRIGGER bindings_five_set")
    db.execute(
        f"""
        CREATE TRIGGER bindings_own_set BEFORE INSERT ON bindings
        WHEN new.mode IN ('AX', 'AXYB') BEGIN
            SELECT RAISE(ABORT, 'the number is a Y')
                WHERE EXISTS (SELECT 1 FROM yb_relations WHERE y_id = new.number_id);
            {_FIVE}
        END
        """  # noqa: S608 - constants
    )
    for name, moment, sign, row in (
        ("counted", "INSERT", "+", "new"),
        ("removed", "DELETE", "-", "old"),
    ):
        db.execute(
            f"""
            CREATE TRIGGER yb_relations_{name} AFTER {moment} ON yb_relations BEGIN
                {_COUNT.format(sign=sign, row=row, column="y_id")}
            END
            """
        )


def m029_return_routes(db: Database) -> None:
    """A return route also says whom it leads to, or which X-mode number's application to ask."""
    db.execute(
        """
        CREATE TABLE return_routes_new (
            number_id INTEGER NOT NULL REFERENCES numbers (id) ON DELETE CASCADE,
            person_id INTEGER NOT NULL REFERENCES people (id),
            binding_id INTEGER REFERENCES bindings (id) ON DELETE CASCADE,
            other_id INTEGER REFERENCES people (id),
            x_id INTEGER REFERENCES numbers (id) ON DELETE CASCADE,
            PRIMARY KEY (number_id, person_id),
            CHECK ((binding_id IS NULL) <> (x_id IS NULL)),
            CHECK (x_id IS NULL OR other_id IS NULL)
        ) WITHOUT ROWID
        """
    )
    db.execute(
        "INSERT INTO return_routes_new (number_id, person_id, binding_id) "
        "SELECT number_id, person_id, binding_id FROM return_routes"
    )
    db.execute("DROP TABLE return_routes")
    db.execute("ALTER TABLE return_routes_new RENAME TO return_routes")
    for column in ("binding_id", "person_id", "other_id", "x_id"):
        name = column.removesuffix("_id")
        db.execute(f"CREATE INDEX return_routes_{name} ON return_routes ({column})")


MIGRATIONS = (
    m024_parties_of_pairs,
    m025_numbers_of_a,
    m026_ax,
    m027_axe,
    m028_axyb,
    m029_return_routes,
)
