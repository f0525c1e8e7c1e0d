"""The second lines as a pool: traffic in erlang, and calls that found none, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.model.call_plan import NO_STRATEGY
from appliance.model.causes import NO_PORT
from appliance.store import Store
from appliance.store.rows import select, text_time, time_text

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PoolHour:
    """One hour.

    Args:
        hour: When it began.
        calls: Second legs that second lines began in it.
        erlang: What they held in this hour, divided by it.
        blocked: Calls that found every second line busy.
        none: Calls for which there was no second line at all.
    """

    hour: datetime
    calls: int
    erlang: float
    blocked: int
    none: int


def pool(store: Store, now: datetime, hours: int) -> list[PoolHour]:
    """Return the last hours, the oldest first; the last of them is not over.

    Args:
        now: Aware.
        hours: How many, ≥ 1.
    """
    last = now.replace(minute=0, second=0, microsecond=0)
    first = last - (hours - 1) * HOUR
    rows = select(
        store.reader(),
        """
        SELECT shown, dialled, forward_at, ended_at, call_in_at, state_code FROM calls
        WHERE call_in_at >= ?
        """,
        (time_text(first - timedelta(hours=4)),),
    )
    found = {first + place * HOUR: [0, 0.0, 0, 0] for place in range(hours)}
    for row in rows:
        begun, came = text_time(row["forward_at"]), text_time(row["call_in_at"])
        if begun is not None and row["shown"] not in (None, row["dialled"]):
            _carry(found, begun, text_time(row["ended_at"]) or now)
        elif came is not None and row["state_code"] in (NO_PORT, NO_STRATEGY):
            hour = found.get(came.replace(minute=0, second=0, microsecond=0))
            if hour is not None:
                hour[2 if row["state_code"] == NO_PORT else 3] += 1
    return [
        PoolHour(hour, int(some[0]), round(some[1], 3), int(some[2]), int(some[3]))
        for hour, some in found.items()
    ]


def _carry(found: dict[datetime, list[float]], begun: datetime, ended: datetime) -> None:
    for hour, some in found.items():
        shared = (min(ended, hour + HOUR) - max(begun, hour)).total_seconds()
        if shared > 0:
            some[1] += shared / HOUR.total_seconds()
        if hour <= begun < hour + HOUR:
            some[0] += 1
