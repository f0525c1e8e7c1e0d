"""What routing an arrival costs among 100,000 bindings, and the memory that they take.

    python -m tests.bench route_lookup

Every look-up is of another person on another number, in the order of a seeded shuffle; some of the
people are strangers. The peer is the least that SQLite can do on the same connection: one row of
``bindings`` by its key.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from appliance.store import Store
from drivers.clock import SystemClock
from tests.bench.store_binds import fill, furnish
from tests.bench.table import Row, memory_mb, percentile

BUDGET = 1.0  # milliseconds, p99
LOADED = 100_000
LOOKUPS = 5_000
_STRANGERS = 0.1


def timed(work: Callable[[Any], Any], over: Iterable[Any]) -> list[float]:
    """Return the milliseconds that each of ``over`` took."""
    found = []
    for one in over:
        began = time.perf_counter()
        work(one)
        found.append((time.perf_counter() - began) * 1000)
    return found


def measure(folder: Path, loaded: int, lookups: int) -> list[Row]:
    """Fill a database, look up, return the figures."""
    clock = SystemClock()
    store = Store(folder / "simveil.db", clock=clock)
    store.start()
    try:
        app = furnish(store)
        before = memory_mb()
        fill(store, app, loaded)
        grown = memory_mb() - before
        db = store.reader()
        bound = db.execute(
            "SELECT b.id, n.msisdn, p.msisdn FROM bindings b JOIN numbers n ON n.id = b.number_id "
            "JOIN people p ON p.id = b.a_id"
        ).fetchall()
        seeded = random.Random(1)
        chosen = [seeded.choice(bound) for _ in range(lookups)]
        asked = [
            (x, "+8619999999999" if seeded.random() < _STRANGERS else person)
            for _, x, person in chosen
        ]
        now = clock.now()
        found = timed(lambda one: store.bindings.route_facts(*one, now), asked)
        sql = "SELECT * FROM bindings WHERE id = ?"
        least = timed(lambda one: db.execute(sql, one[:1]).fetchall(), chosen)
        after = memory_mb() - before
    finally:
        store.stop()
    peer = "one row by its key"
    p99 = percentile(found, 0.99)
    size = (folder / "simveil.db").stat().st_size / 1e6
    return [
        Row(f"route look-up among {loaded:,}, p50", percentile(found, 0.5), "ms", peer,
            percentile(least, 0.5)),
        Row("  p99", p99, "ms", peer, percentile(least, 0.99), f"< {BUDGET:g}", p99 < BUDGET),
        Row("  memory that filling added", grown, "MB"),
        Row("  memory with every page looked at", after, "MB"),
        Row("  size of the database", size, "MB"),
    ]  # fmt: skip


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), *((200, 50) if quick else (LOADED, LOOKUPS)))
