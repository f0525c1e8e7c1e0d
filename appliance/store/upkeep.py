"""Rows about the fitness of SIMs: findings, checks, codes, balances, what was sent by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlite_utils import Database

from appliance.store.rows import select, text_time, time_text

MOST_BY_HAND = 10_000
"""Commands by hand that are kept; the oldest go."""
EVERY_OPERATOR = "*"
"""Operator of a saved code that is asked of all that have none of their own."""


@dataclass(frozen=True, slots=True)
class LineFinding:
    """Something that is wrong with a SIM.

    Args:
        iccid: The SIM.
        subject: What it is about, such as ``forwarding``; a SIM has one finding about each.
        code: Of the sentence in the catalogue; ``facts`` fill it.
        since: When it was first found.
    """

    iccid: str
    subject: str
    code: str
    since: datetime
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedCode:
    """A USSD code of an operator.

    Args:
        operator: As the network names itself, or ``*``.
        name: What it asks, such as ``balance``.
        pattern: The answer's words around ``{amount}``, None when nothing is picked.
    """

    operator: str
    name: str
    code: str
    pattern: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What an operator told of a SIM's credit; ``amount`` in the smallest unit, None: not found."""

    iccid: str
    at: datetime
    amount: int | None
    told: str


@dataclass(frozen=True, slots=True)
class ByHandEntry:
    """One command that a technician sent; ``danger`` names what it could have broken."""

    at: datetime
    iccid: str | None
    imei: str | None
    command: str
    danger: str | None
    answer: tuple[str, ...]


class Upkeep:
    """Repository of all of these. Methods that write run inside a writer's transaction.

    Args:
        reader: Returns the calling thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader

    # --- findings ---

    def findings(self) -> list[LineFinding]:
        """Return every finding."""
        rows = select(self._reader(), "SELECT * FROM line_findings ORDER BY iccid, subject")
        return [
            LineFinding(
                row["iccid"], row["subject"], row["code"], _time(row["since"]),
                json.loads(row["facts"]),
            )
            for row in rows
        ]  # fmt: skip

    def put_finding(self, db: Database, found: LineFinding) -> None:
        """Keep a finding in place of the former one on its subject."""
        db.conn.execute(
            "INSERT OR REPLACE INTO line_findings VALUES (?, ?, ?, ?, ?)",
            (found.iccid, found.subject, found.code, json.dumps(dict(found.facts)),
             time_text(found.since)),
        )  # fmt: skip

    def drop_finding(self, db: Database, iccid: str, subject: str) -> None:
        """Forget a finding."""
        db.conn.execute(
            "DELETE FROM line_findings WHERE iccid = ? AND subject = ?", (iccid, subject)
        )

    # --- checks ---

    def checks(self, iccid: str) -> tuple[datetime, list[dict[str, Any]]] | None:
        """Return when a SIM was last checked and what was found, None before the first time."""
        rows = select(self._reader(), "SELECT * FROM line_checks WHERE iccid = ?", (iccid,))
        return (_time(rows[0]["at"]), json.loads(rows[0]["checks"])) if rows else None

    def put_checks(
        self, db: Database, iccid: str, at: datetime, checks: Sequence[Mapping[str, Any]]
    ) -> None:
        """Keep what was found."""
        db.conn.execute(
            "INSERT OR REPLACE INTO line_checks VALUES (?, ?, ?)",
            (iccid, time_text(at), json.dumps(list(checks))),
        )

    # --- by hand ---

    def add_by_hand(self, db: Database, entry: ByHandEntry) -> None:
        """Keep what was sent and answered."""
        db.conn.execute(
            "INSERT INTO at_by_hand (at, iccid, imei, command, danger, answer)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (time_text(entry.at), entry.iccid, entry.imei, entry.command, entry.danger,
             json.dumps(list(entry.answer))),
        )  # fmt: skip
        db.conn.execute(
            "DELETE FROM at_by_hand WHERE id <= (SELECT max(id) FROM at_by_hand) - ?",
            (MOST_BY_HAND,),
        )

    def by_hand(self, limit: int, *, iccid: str | None = None) -> list[ByHandEntry]:
        """Return what was sent by hand, the newest first."""
        rows = select(
            self._reader(),
            "SELECT * FROM at_by_hand WHERE (:iccid IS NULL OR iccid = :iccid)"
            " ORDER BY id DESC LIMIT :limit",
            {"iccid": iccid, "limit": limit},
        )
        return [
            ByHandEntry(
                _time(row["at"]), row["iccid"], row["imei"], row["command"], row["danger"],
                tuple(json.loads(row["answer"])),
            )
            for row in rows
        ]  # fmt: skip

    # --- codes and balances ---

    def codes(self) -> list[SavedCode]:
        """Return every saved code."""
        rows = select(self._reader(), "SELECT * FROM ussd_codes ORDER BY operator, name")
        return [
            SavedCode(row["operator"], row["name"], row["code"], row["pattern"]) for row in rows
        ]

    def code(self, operator: str | None, name: str) -> SavedCode | None:
        """Return an operator's code of that name, else the one of every operator."""
        found = {each.operator: each for each in self.codes() if each.name == name}
        return found.get(operator or "") or found.get(EVERY_OPERATOR)

    def put_code(self, db: Database, code: SavedCode) -> None:
        """Save a code in place of the operator's former one of that name."""
        db.conn.execute(
            "INSERT OR REPLACE INTO ussd_codes VALUES (?, ?, ?, ?)",
            (code.operator, code.name, code.code, code.pattern),
        )

    def drop_code(self, db: Database, operator: str, name: str) -> bool:
        """Forget a code; return whether there was one."""
        cursor = db.conn.execute(
            "DELETE FROM ussd_codes WHERE operator = ? AND name = ?", (operator, name)
        )
        return cursor.rowcount > 0

    def balances(self) -> list[Balance]:
        """Return every SIM's last known credit."""
        rows = select(self._reader(), "SELECT * FROM sim_balances ORDER BY iccid")
        return [Balance(r["iccid"], _time(r["at"]), r["amount"], r["told"]) for r in rows]

    def put_balance(self, db: Database, balance: Balance) -> None:
        """Keep what was told."""
        db.conn.execute(
            "INSERT OR REPLACE INTO sim_balances VALUES (?, ?, ?, ?)",
            (balance.iccid, time_text(balance.at), balance.amount, balance.told),
        )


def _time(text: str) -> datetime:
    return cast(datetime, text_time(text))
