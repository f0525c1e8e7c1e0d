"""AT commands per second on a pty, against python-gsmmodem-new in the same run.

    python -m tests.bench.at_commands [--seconds 3] [--waiting 4] [--json]

The modem is a process of its own that answers at once. Measured are the shortest command alone and
a mix as a box sends it (signal, registration, list of two calls, one text of 153 septets), each one
at a time and with several waiting: in the queue here, in threads on the other side, which has no
queue. The budget is for the mix with several waiting.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from typing import Any

from tests.bench.at_peer import CLIENTS, Peer, client
from tests.bench.table import Row

BUDGET = 3.0  # times the peer
SHORT = ("AT+CSQ",)
MIX = ("AT+CSQ", "AT+CREG?", "AT+CLCC", "AT+CMGR=1")
LOADS = {"short": SHORT, "mix": MIX}


def measure(commands: tuple[str, ...], seconds: float, waiting: int) -> dict[str, Any]:
    """Return results per second of both clients, and how many times ours is as fast."""
    found: dict[str, Any] = {}
    for kind in CLIENTS:
        peer = Peer()
        with client(kind, peer.path, lambda _: None) as asked:
            rate = asked.work(itertools.cycle(commands), seconds, waiting)
        peer.close()
        found[kind.name] = round(rate, 1)
    ours, theirs = (found[kind.name] for kind in CLIENTS)
    return found | {"ratio": round(ours / theirs, 2)}


def rows(quick: bool = False) -> list[Row]:
    """Measure as the table of all benchmarks has it."""
    ours, theirs = CLIENTS
    result = []
    for waiting in (4,) if quick else (1, 4):
        for name, commands in LOADS.items():
            found = measure(commands, 0.2 if quick else 3.0, waiting)
            judged = name == "mix" and waiting > 1
            result.append(
                Row(f"AT commands, {name}, {waiting} waiting", found[ours.name], "/s",
                    theirs.name, found[theirs.name], f"≥ {BUDGET:g} × peer" if judged else "",
                    found["ratio"] >= BUDGET if judged else None, more_is_better=True)
            )  # fmt: skip
    return result


def main() -> int:
    """Measure, print, and say whether the budget holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--waiting", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {
        f"{name}, {waiting} waiting": measure(commands, arguments.seconds, waiting)
        for name, commands in LOADS.items()
        for waiting in (1, arguments.waiting)
    }
    judged = found[f"mix, {arguments.waiting} waiting"]["ratio"]
    if arguments.json:
        sys.stdout.write(f"{json.dumps({**found, 'ratio': judged, 'budget': BUDGET})}\n")
    else:
        for name, rates in found.items():
            sys.stdout.write(f"{name:>16}: {rates}\n")
        sys.stdout.write(f"{'ratio':>16}: {judged} (budget {BUDGET})\n")
    return 0 if judged >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
