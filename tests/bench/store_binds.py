"""Durable bindings per second: group commit against one commit per request, in the same run.

    python -m tests.bench.store_binds [--clients 32] [--seconds 5] [--data FOLDER] [--json]

Every client is a thread that binds and waits until its binding is on the disk. The peer does the
same work, on the same disk and schema, through one connection behind a lock that commits each
request by itself. A third figure is what the disk itself does: an append of one page and an fsync.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from appliance.errors import Refused
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Mode, Role
from appliance.store import Store
from appliance.store.connection import open_writer
from drivers.clock import SystemClock
from tests.bench.table import Row

NUMBERS = 64

Write = Callable[[Callable[[Database], Any]], Any]


def furnish(store: Store) -> Application:
    """Make an application with NUMBERS private numbers."""

    def work(db: Database) -> Application:
        app = store.applications.add(db, "bench", Mode.AXB)
        for index in range(NUMBERS):
            store.numbers.enrol(
                db,
                f"+86170{index:08d}",
                iccid=f"89860{index:015d}",
                role=Role.NUMBER,
                app_id=app.app_id,
            )
        return app

    return store.write(work)


def fill(store: Store, app: Application, bindings: int) -> None:
    """Set bindings of people whom the measurement does not use, a thousand to a commit."""

    def work(db: Database, first: int) -> None:
        for number in range(first, min(first + 1000, bindings)):
            terms = AxbTerms(f"+8615{number:09d}", f"+8618{number:09d}")
            store.bindings.bind_axb(db, app, terms, store.clock.now())

    for first in range(0, bindings, 1000):
        store.write(lambda db, first=first: work(db, first), 60.0)


def drive(
    store: Store, app: Application, write: Write, clients: int, seconds: float, first: int
) -> dict[str, float]:
    """Bind from ``clients`` threads for ``seconds`` and return rate and latencies (ms)."""
    latencies: list[list[float]] = [[] for _ in range(clients)]
    start = threading.Barrier(clients + 1)
    end = time.monotonic() + seconds + 0.2

    def client(index: int) -> None:
        number = first + index * 200_000
        start.wait()
        while time.monotonic() < end:
            terms = AxbTerms(f"+8613{number:09d}", f"+8614{number:09d}")
            number += 1
            begun = time.perf_counter()
            write(
                lambda db, terms=terms: store.bindings.bind_axb(db, app, terms, store.clock.now())
            )
            latencies[index].append((time.perf_counter() - begun) * 1000)

    threads = [
        threading.Thread(target=client, args=(i,), name=f"client-{i}") for i in range(clients)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    merged = sorted(value for client_values in latencies for value in client_values)
    return {
        "per_second": len(merged) / took,
        "p50_ms": merged[len(merged) // 2],
        "p99_ms": merged[int(len(merged) * 0.99)],
    }


def one_commit_each(path: Path) -> tuple[Write, Database]:
    """Return the peer: a connection behind a lock, a transaction per request."""
    db = open_writer(path)
    lock = threading.Lock()

    def write(work: Callable[[Database], Any]) -> Any:
        with lock:
            db.conn.execute("BEGIN IMMEDIATE")
            try:
                value = work(db)
                db.conn.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise
            return value

    return write, db


def syncs_per_second(folder: Path, seconds: float = 1.0) -> float:
    """Return how often the disk takes one page and a sync."""
    handle = os.open(folder / "syncs", os.O_CREAT | os.O_WRONLY)
    try:
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            os.write(handle, bytes(4096))
            os.fsync(handle)
            count += 1
    finally:
        os.close(handle)
    return count / seconds


def sync_delays(folder: Path, count: int, rate: float) -> list[float]:
    """Return the milliseconds that a page and a sync take when ``rate`` fall due in a second."""
    handle = os.open(folder / "delays", os.O_CREAT | os.O_WRONLY)
    pause, start, found = threading.Event(), time.monotonic(), []
    try:
        for number in range(count):
            due = start + number / rate
            pause.wait(max(0.0, due - time.monotonic()))
            os.write(handle, bytes(4096))
            os.fsync(handle)
            found.append((time.monotonic() - due) * 1000)
    finally:
        os.close(handle)
    return found


def measure(folder: Path, clients: int, seconds: float) -> dict[str, Any]:
    """Run both and return every figure."""
    store = Store(folder / "group.db", clock=SystemClock())
    store.start()
    try:
        app = furnish(store)
        group = drive(store, app, lambda work: store.write(work, 30.0), clients, seconds, 0)
        requests_per_sync = store.writer.requests / store.writer.batches
        routes = route_rate(store)
    finally:
        store.stop()
    peer_store = Store(folder / "single.db", clock=SystemClock())
    peer_store.start()
    try:
        app = furnish(peer_store)
        write, db = one_commit_each(peer_store.path)
        try:
            single = drive(peer_store, app, write, clients, seconds, 0)
        finally:
            db.close()
    finally:
        peer_store.stop()
    return {
        "clients": clients,
        "group_commit": group,
        "one_commit_per_request": single,
        "ratio": group["per_second"] / single["per_second"],
        "requests_per_sync": requests_per_sync,
        "disk_syncs_per_second": syncs_per_second(folder),
        "route_facts_ms": routes,
    }


def route_rate(store: Store, rounds: int = 500) -> float:
    """Return the milliseconds of one ``route_facts`` in the database that the binds filled."""
    row = (
        store.reader()
        .execute(
            "SELECT n.msisdn, p.msisdn FROM bindings b JOIN numbers n ON n.id = b.number_id "
            "JOIN people p ON p.id = b.a_id ORDER BY b.id DESC LIMIT 1"
        )
        .fetchall()[0]
    )
    begun = time.perf_counter()
    for _ in range(rounds):
        facts = store.bindings.route_facts(row[0], row[1], store.clock.now())
        if facts.explicit is None:
            raise Refused("binding-unknown", "the binding that was set is not found")
    return (time.perf_counter() - begun) / rounds * 1000


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), 32, 0.2 if quick else 5.0)
    ours, theirs = found["group_commit"], found["one_commit_per_request"]
    peer = "one commit per request"
    return [
        Row("durable binds, store alone", ours["per_second"], "/s", peer, theirs["per_second"],
            more_is_better=True),
        Row("  p99", ours["p99_ms"], "ms", peer, theirs["p99_ms"]),
        Row("  requests per sync", found["requests_per_sync"]),
        Row("  page and fsync by themselves", found["disk_syncs_per_second"], "/s"),
    ]  # fmt: skip


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--data", type=Path, default=None, help="a folder on the disk to measure")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.data) as folder:
        figures = measure(Path(folder), options.clients, options.seconds)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name in ("group_commit", "one_commit_per_request"):
        values = figures[name]
        print(
            f"{name:24s} {values['per_second']:8.0f} binds/s   "
            f"p50 {values['p50_ms']:7.2f} ms   p99 {values['p99_ms']:7.2f} ms"
        )
    print(f"ratio                    {figures['ratio']:8.2f}")
    print(f"requests per sync        {figures['requests_per_sync']:8.1f}")
    print(f"disk, page + fsync       {figures['disk_syncs_per_second']:8.0f} /s")
    print(f"route_facts              {figures['route_facts_ms']:8.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
