"""Delay over hours of a call between two clocks, in virtual time.

    python -m tests.bench.media_drift [--hours 4] [--ppm 200] [--card] [--plot drift.png]

The bridge's own queues and paces with modems whose clocks differ (tests/media/drift.py). Prints
each way's worst and mean delay, slips in pauses and gaps. ``--card``: on sound cards instead of
serial ports.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench.media_alsaloop import plot
from tests.media.drift import Bridge


def main() -> int:
    """Parse the arguments, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--ppm", type=float, default=200.0)
    parser.add_argument("--card", action="store_true")
    parser.add_argument("--plot", type=Path, default=None)
    options = parser.parse_args()
    bridge = Bridge(options.ppm, card=options.card)
    bridge.run(options.hours * 3600.0)
    ways = {f"to the modem that is {options.ppm:g} ppm {word}": side
            for word, side in zip(("slow", "fast"), bridge.sides, strict=True)}  # fmt: skip
    for name, side in ways.items():
        delays = [1000 * delay for _, delay in side.points]
        print(
            f"{name}: worst {1000 * side.worst:.0f} ms, mean {sum(delays) / len(delays):.0f} ms,"
            f" {side.queue.slips} slips in pauses, {side.queue.empty} gaps,"
            f" {side.queue.lost + side.talk_lost} frames lost"
        )
    if options.plot is not None:
        plot(options.plot, {name: {"points": side.points} for name, side in ways.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
