"""The time of day from the modems' networks, for a box without a clock and without a network.

A network tells modems its time (NITZ, 3GPP TS 22.042); ``+CTZU=1`` makes a modem take it over and
``+CCLK?`` reads it (TS 27.007 §8.15, §8.40). One may be wrong or never told: two have to agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

AGREED: Final = timedelta(seconds=5)
"""Two readings that are no further apart agree: networks tell whole seconds, and not at once."""
EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2070, 1, 1, tzinfo=UTC)
"""A modem that was never told begins in 1970, 1980, 2000 or 2004: years 70 and 80 are those."""
_CCLK: Final = re.compile(r'\+CCLK:\s*"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)(?:([+-])(\d\d))?"')


def reading(lines: Iterable[str]) -> datetime | None:
    """Return the UTC time of a ``+CCLK`` answer; None without one, or when it cannot be.

    Args:
        lines: What the modem answered. A zone is in quarters of an hour, without one it is UTC.
    """
    match = _CCLK.search("\n".join(lines))
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    quarters = int(match[8] or 0) * (-1 if match[7] == "-" else 1)
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    found = local - timedelta(minutes=15 * quarters)
    return found if EARLIEST <= found < LATEST and abs(quarters) <= 56 else None


def agreed(readings: Iterable[tuple[datetime, float]], now: float) -> datetime | None:
    """Return the time of day at ``now`` that two lines agree on, the later of the two; else None.

    Args:
        readings: A line's time, and the monotonic seconds when it was read.
        now: Monotonic seconds.
    """
    times = sorted(found + timedelta(seconds=now - at) for found, at in readings)
    pairs = [(one, two) for one, two in pairwise(times) if two - one <= AGREED]
    return pairs[-1][1] if pairs else None
