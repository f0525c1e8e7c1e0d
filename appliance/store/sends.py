"""The journal of sends: noted, marked at the prompt, settled by an answer, a report or a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlite_utils import Database

from appliance.errors import StoreFailed
from appliance.store.people import find_person, person_id
from appliance.store.rows import Row, select, select_value, text_time, time_text

SendState = Literal["writing", "accepted", "failed", "unknown"]

REPORT_AGE = timedelta(hours=72)
"""A report is matched with sends up to this age: service centres try for two or three days."""
CLOCK_SKEW = timedelta(minutes=10)
"""How far a service centre's clock may be off when a report is matched by its time stamp."""


@dataclass(frozen=True, slots=True)
class Send:
    """One attempt to send one part.

    Args:
        part: From 1; ``attempt``: from 1.
        expected_reference: What the modem should answer (its last reference + 1 modulo 256).
        reference: What it answered, or what a report told.
        state: ``writing`` while the outcome is open, also over a crash.
        prompted_at: When the modem asked for the PDU; None: nothing of it has left.
        report_status: TP-ST of the last report (3GPP TS 23.040 §9.2.3.15).
    """

    send_id: int
    text_id: int
    part: int
    attempt: int
    state: SendState
    began_at: datetime
    prompted_at: datetime | None = None
    expected_reference: int | None = None
    reference: int | None = None
    error: str | None = None
    report_status: int | None = None


class Sends:
    """Rows of ``sends``. Methods run inside a writer transaction."""

    def begin(
        self,
        db: Database,
        *,
        text_id: int,
        part: int,
        attempt: int,
        iccid: str,
        recipient: str,
        now: datetime,
    ) -> None:
        """Note that a part is about to be written to the modem.

        Noting the same attempt again replaces it: nothing was written for it.

        Raises:
            sqlite3.IntegrityError: The part was sent, or may have been; or another send of this
                SIM to this person is open.
        """
        last = select_value(
            db,
            "SELECT reference FROM sends WHERE iccid = ? AND reference IS NOT NULL"
            " ORDER BY id DESC LIMIT 1",
            [iccid],
        )
        expected = None if last is None else (last + 1) % 256
        db.conn.execute(
            "INSERT INTO sends (text_id, part, attempt, iccid, recipient_id,"
            " expected_reference, state, began_at) VALUES (?, ?, ?, ?, ?, ?, 'writing', ?)"
            " ON CONFLICT (text_id, part, attempt) DO UPDATE SET began_at = excluded.began_at,"
            " iccid = excluded.iccid, expected_reference = excluded.expected_reference"
            " WHERE state = 'writing' AND prompted_at IS NULL",
            [text_id, part, attempt, iccid, person_id(db, recipient), expected, time_text(now)],
        )

    def prompted(
        self, db: Database, *, text_id: int, part: int, attempt: int, now: datetime
    ) -> None:
        """Note that the modem has asked for a part: from here on it may be sent.

        Raises:
            StoreFailed: The attempt is not open any more.
        """
        cursor = db.conn.execute(
            "UPDATE sends SET prompted_at = ?"
            " WHERE text_id = ? AND part = ? AND attempt = ? AND state = 'writing'",
            [time_text(now), text_id, part, attempt],
        )
        if cursor.rowcount != 1:
            raise StoreFailed(f"part {part} of text {text_id} has no open attempt {attempt}")

    def unasked(self, db: Database, *, text_id: int, part: int, now: datetime) -> bool:
        """Settle an open attempt as failed if no modem has asked for it; return whether."""
        cursor = db.conn.execute(
            "UPDATE sends SET state = 'failed', ended_at = ?, error = 'never asked for'"
            " WHERE text_id = ? AND part = ? AND state = 'writing' AND prompted_at IS NULL",
            [time_text(now), text_id, part],
        )
        return cursor.rowcount == 1

    def withdraw(self, db: Database, send_ids: Sequence[int]) -> None:
        """Forget attempts that no modem had asked for when the box ended."""
        db.conn.executemany(
            "DELETE FROM sends WHERE id = ? AND state = 'writing' AND prompted_at IS NULL",
            [(send_id,) for send_id in send_ids],
        )

    def settle(
        self,
        db: Database,
        *,
        text_id: int,
        part: int,
        attempt: int,
        state: Literal["accepted", "failed", "unknown"],
        now: datetime,
        reference: int | None = None,
        error: str | None = None,
    ) -> bool:
        """Note what became of a send; False when it was settled before."""
        cursor = db.conn.execute(
            "UPDATE sends SET state = ?, ended_at = ?, reference = coalesce(?, reference),"
            " error = ? WHERE text_id = ? AND part = ? AND attempt = ? AND state = 'writing'",
            [state, time_text(now), reference, error, text_id, part, attempt],
        )
        return cursor.rowcount == 1

    def of_text(self, db: Database, text_id: int) -> list[Send]:
        """Return every attempt of a text, in the order of parts and attempts."""
        rows = select(db, "SELECT * FROM sends WHERE text_id = ? ORDER BY part, attempt", [text_id])
        return [_send(row) for row in rows]

    def report(
        self,
        db: Database,
        *,
        iccid: str,
        recipient: str,
        reference: int,
        stamp: datetime | None,
        status: int,
        now: datetime,
    ) -> tuple[Send, bool] | None:
        """Match a status report with its send and keep what it says.

        A send is found by recipient and reference, or, while its reference is not known, by
        recipient and time. A report that fits an open send settles it as accepted: the service
        centre has it.

        Args:
            recipient: In E.164, or as the report spells it.
            stamp: When the service centre took the text; None if its clock is nonsense.

        Returns:
            The send as it is now, and whether this settled it; None when none fits.
        """
        person = find_person(db, recipient)
        if person is None:
            return None
        rows = select(
            db,
            "SELECT * FROM sends WHERE iccid = ? AND recipient_id = ? AND state <> 'failed'"
            " AND began_at > ? ORDER BY id DESC",
            [iccid, person, time_text(now - REPORT_AGE)],
        )
        found = _best([_send(row) for row in rows], reference, stamp)
        if found is None:
            return None
        settled = found.state == "writing"
        db.conn.execute(
            "UPDATE sends SET report_status = ?, reported_at = ?,"
            " reference = coalesce(reference, ?), state = ?, ended_at = coalesce(ended_at, ?)"
            " WHERE id = ?",
            [
                status,
                time_text(now),
                reference,
                "accepted" if settled else found.state,
                time_text(now),
                found.send_id,
            ],
        )
        row = select(db, "SELECT * FROM sends WHERE id = ?", [found.send_id])[0]
        return _send(row), settled

    def began_since(self, db: Database, iccid: str, since: datetime) -> int:
        """Return how many sends of a SIM began after ``since``: what its pacing has used."""
        return cast(
            int,
            select_value(
                db,
                "SELECT count(*) FROM sends WHERE iccid = ? AND began_at > ?",
                [iccid, time_text(since)],
            ),
        )


def _best(sends: list[Send], reference: int, stamp: datetime | None) -> Send | None:
    """Return the send that a report speaks of: newest first in ``sends``."""
    known = [send for send in sends if send.reference == reference]
    open_ended = [send for send in sends if send.reference is None and _in_time(send, stamp)]
    expected = [send for send in open_ended if send.expected_reference == reference]
    if stamp is not None:
        # References repeat after 256 texts: the time decides between those that share one.
        timely = [send for send in known if abs(stamp - send.began_at) <= CLOCK_SKEW]
        if timely:
            return min(timely, key=lambda send: abs(stamp - send.began_at))
    for candidates in (expected, known, open_ended):
        if candidates:
            return candidates[0]
    return None


def _in_time(send: Send, stamp: datetime | None) -> bool:
    return stamp is None or stamp >= send.began_at - CLOCK_SKEW


def _send(row: Row) -> Send:
    return Send(
        send_id=row["id"],
        text_id=row["text_id"],
        part=row["part"],
        attempt=row["attempt"],
        state=row["state"],
        began_at=cast(datetime, text_time(row["began_at"])),
        prompted_at=text_time(row["prompted_at"]),
        expected_reference=row["expected_reference"],
        reference=row["reference"],
        error=row["error"],
        report_status=row["report_status"],
    )
