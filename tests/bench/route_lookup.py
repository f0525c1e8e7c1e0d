"""What routing an arrival costs among 100,000 bindings, and the memory that they take.

    python -m tests.bench route_lookup

Every look-up is of a person on a number that a seeded die chose; one in ten is a stranger's. The
peer is the least that SQLite can do on the same connection: one row of ``bindings`` by its key. A
machine with other things to do shows in the time that passed; the processor time is what the
look-up itself took.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from appliance.store import Store
from appliance.store.rows import select_value
from drivers.clock import SystemClock
from tests.bench.store_binds import fill, furnish
from tests.bench.table import Row, memory_mb, percentile

BUDGET = 1.0  # milliseconds, p99
LOADED = 100_000
LOOKUPS = 5_000
STRANGERS = 10  # one caller in so many


def timed(
    work: Callable[[Any], Any], over: Iterable[Any], clock: Callable[[], float]
) -> list[float]:
    """Return the milliseconds that each of ``over`` took by a clock."""
    found = []
    for one in over:
        began = clock()
        work(one)
        found.append((clock() - began) * 1000)
    return found


def sample(db: Database, count: int) -> list[tuple[int, str, str]]:
    """Return bindings at random, some more than once: row, number and a person."""
    sql = (
        "SELECT b.id, n.msisdn, p.msisdn FROM bindings b JOIN numbers n ON n.id = b.number_id "
        "JOIN people p ON p.id = b.a_id WHERE b.id = ?"
    )
    last = select_value(db, "SELECT max(id) FROM bindings")
    seeded = random.Random(1)
    return [db.execute(sql, (seeded.randint(1, last),)).fetchall()[0] for _ in range(count)]


def measure(folder: Path, loaded: int, lookups: int) -> list[Row]:
    """Fill a database, look up, return the figures."""
    clock = SystemClock()
    store = Store(folder / "simveil.db", clock=clock)
    store.start()
    try:
        app = furnish(store)
        before = memory_mb()
        fill(store, app, loaded)
        db, now = store.reader(), clock.now()
        chosen = sample(db, lookups)
        asked = [
            (x, person if index % STRANGERS else "+8619999999999")
            for index, (_, x, person) in enumerate(chosen)
        ]
        sql = "SELECT * FROM bindings WHERE id = ?"

        def look_up(one: tuple[str, str]) -> object:
            return store.bindings.route_facts(*one, now)

        def least(one: tuple[int, str, str]) -> object:
            return db.execute(sql, one[:1]).fetchall()

        found = timed(look_up, asked, time.perf_counter)
        peer_found = timed(least, chosen, time.perf_counter)
        work = timed(look_up, asked, time.thread_time)
        peer_work = timed(least, chosen, time.thread_time)
        grown = memory_mb() - before
    finally:
        store.stop()
    peer = "one row by its key"
    p99 = percentile(found, 0.99)
    size = (folder / "simveil.db").stat().st_size / 1e6
    return [
        Row(f"route look-up among {loaded:,}, p50", percentile(found, 0.5), "ms", peer,
            percentile(peer_found, 0.5)),
        Row("  p99", p99, "ms", peer, percentile(peer_found, 0.99), f"< {BUDGET:g}", p99 < BUDGET),
        Row("  p99 of its processor time", percentile(work, 0.99), "ms", peer,
            percentile(peer_work, 0.99)),
        Row("  memory that all this added", grown, "MB"),
        Row("  size of the database", size, "MB"),
    ]  # fmt: skip


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), *((200, 50) if quick else (LOADED, LOOKUPS)))
