"""What is known of a run at one moment: from people, bank, application, and the box's own disk."""

from __future__ import annotations

import dataclasses
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.campaigns.receiver import Arrival, Piece
from tests.campaigns.town import Town
from tests.campaigns.traffic import Dialled, Sent
from tests.campaigns.watch import Event

Row = dict[str, Any]

_CALLS = """
    SELECT c.*, a.msisdn AS caller, b.msisdn AS callee FROM calls AS c
    LEFT JOIN people AS a ON a.id = c.caller_id LEFT JOIN people AS b ON b.id = c.callee_id
"""
_SENDS = """
    SELECT s.*, x.msisdn AS line, p.msisdn AS recipient FROM sends AS s
    JOIN texts AS t ON t.id = s.text_id JOIN people AS x ON x.id = t.x_id
    JOIN people AS p ON p.id = s.recipient_id ORDER BY s.id
"""
_TABLES = {
    "calls": _CALLS,
    "call_events": "SELECT * FROM call_events",
    "outbox": "SELECT id, kind, order_key, state, attempts, error, delivered_at FROM outbox",
    "texts": "SELECT * FROM texts",
    "sends": _SENDS,
}


@dataclass
class Evidence:
    """Everything that a verdict goes by.

    Args:
        kills: Times of day, ascending; ``writing``: the open sends at each.
        events: The bank's.
        tables: Rows of the box's tables, by name.
        recordings: Names of the files of recordings.
    """

    kills: list[float] = field(default_factory=list)
    writing: list[set[int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    pieces: dict[tuple[str, str], Piece] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    dialled: list[Dialled] = field(default_factory=list)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    recordings: set[str] = field(default_factory=set)

    def rows(self, table: str) -> list[Row]:
        """Return a table's rows."""
        return self.tables.get(table, [])

    def killed_within(self, begin: float, end: float) -> bool:
        """Return whether the box was killed between two times of day."""
        place = bisect_right(self.kills, begin)
        return place < len(self.kills) and self.kills[place] <= end

    def life_of(self, at: float) -> int:
        """Return which kill ended the life in which ``at`` falls; the number of kills for none."""
        return bisect_right(self.kills, at)

    def keep(self, folder: Path) -> None:
        """Write everything down."""
        for name in ("kills", "events", "arrivals", "sent", "dialled", "tables"):
            value = getattr(self, name)
            (folder / f"{name}.json").write_text(
                json.dumps(value, default=_plain, ensure_ascii=False, indent=1), encoding="utf-8"
            )


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def collect(town: Town, sent: Iterable[Sent], dialled: Iterable[Dialled]) -> Evidence:
    """Return what is known now."""
    return Evidence(
        kills=list(town.kills),
        writing=list(town.writing),
        events=town.watch.all(),
        pieces=town.receiver.pieces(),
        arrivals=town.receiver.requests(),
        sent=list(sent),
        dialled=list(dialled),
        tables={name: town.rows(sql) for name, sql in _TABLES.items()},
        recordings={path.name for path in town.folder.rglob("*.wav")},
    )


def seconds(text: str | None) -> float | None:
    """Return a database's or the bank's time as time of day, in seconds."""
    return None if text is None else datetime.fromisoformat(text).timestamp()
