"""Incoming calls told while the port is busy, against python-gsmmodem-new in the same run.

    python -m tests.bench.at_incoming [--calls 50] [--every 0.1] [--json]

While one thread asks ``AT+CSQ`` without a pause, callers ring, each from another number and between
the lines of a reply. Counted is who was told with the right number, and how long after the ring.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from typing import Any

from tests.bench.at_peer import CLIENTS, Ours, Peer, Theirs, client, now, share
from tests.bench.table import Row


def measure(kind: type[Ours] | type[Theirs], calls: int, every: float) -> dict[str, Any]:
    """Return how many callers were told, and the delays in milliseconds."""
    peer = Peer(every, calls)
    told: dict[str, float] = {}
    all_told = threading.Event()

    def caller(number: str) -> None:
        told.setdefault(number, now())
        if len(told) >= calls:
            all_told.set()

    asked = 0
    with client(kind, peer.path, caller) as busy:
        busy.ask("AT+RING")
        end = now() + calls * every * 1.5 + 3
        while now() < end and not all_told.is_set():
            busy.ask("AT+CSQ")
            asked += 1
    rang = peer.close()
    delays = [(told[number] - at) * 1000 for number, at in rang.items() if number in told]
    return {
        "client": kind.name,
        "rang": len(rang),
        "told": len(delays),
        "commands_meanwhile": asked,
        "p50_ms": round(share(delays, 0.5), 2),
        "p99_ms": round(share(delays, 0.99), 2),
    }


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    calls = 5 if quick else 50
    ours, theirs = (measure(kind, calls, 0.1) for kind in CLIENTS)
    peer = theirs["client"]
    p50, p99 = (theirs[name] if theirs["told"] else None for name in ("p50_ms", "p99_ms"))
    return [
        Row(f"callers told of {calls}, port busy", ours["told"], "", peer, theirs["told"],
            f"{calls}", ours["told"] == calls, more_is_better=True),
        Row("  ring to told, p50", ours["p50_ms"], "ms", peer, p50),
        Row("  ring to told, p99", ours["p99_ms"], "ms", peer, p99),
        Row("  commands meanwhile", ours["commands_meanwhile"], "", peer,
            theirs["commands_meanwhile"], more_is_better=True),
    ]  # fmt: skip


def main() -> int:
    """Measure both and print; fails unless every one of our callers was told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--every", type=float, default=0.1, metavar="SECONDS")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    ours, theirs = (measure(kind, arguments.calls, arguments.every) for kind in CLIENTS)
    if arguments.json:
        sys.stdout.write(f"{json.dumps({'ours': ours, 'theirs': theirs})}\n")
    else:
        for one in (ours, theirs):
            sys.stdout.write(
                f"{one['client']:>22}: {one['told']} of {one['rang']} callers told, "
                f"p50 {one['p50_ms']:.2f} ms, p99 {one['p99_ms']:.2f} ms, "
                f"{one['commands_meanwhile']} commands meanwhile\n"
            )
    return 0 if ours["told"] == ours["rang"] == arguments.calls else 1


if __name__ == "__main__":
    sys.exit(main())
