"""Every benchmark in one table, or those that are named.

    python -m tests.bench [NAME …] [--quick] [--json]

Each figure stands beside a peer's that was measured in the same run; ``ratio`` is how many times
better ours is. Budgets are the design's, for two cores with nothing else to do; a missed one is
shown and fails nothing. ``--quick`` only shows that everything runs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from time import monotonic

from tests.bench.table import Row, load, render

NAMES = (
    "store_binds",
    "route_lookup",
    "http_binds",
    "http_box",
    "at_commands",
    "at_incoming",
    "sms_turnround",
    "call_latency",
    "cold_start",
    "recovery",
    "media_bridge",
    "media_alsaloop",
    "media_under_load",
)


def measure(name: str, quick: bool) -> list[Row]:
    """Run one benchmark and return its figures."""
    result: list[Row] = importlib.import_module(f"tests.bench.{name}").rows(quick)
    return result


def main() -> int:
    """Parse the arguments, measure, print as it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    for name in options.names or NAMES:
        before, began = load(), monotonic()
        result = measure(name, options.quick)
        if options.json:
            print(json.dumps({"name": name, "rows": [row.as_json() for row in result]}), flush=True)
            continue
        print(f"{name} ({monotonic() - began:.0f} s; {before} before, {load()} after)")
        print(f"{render(result)}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
