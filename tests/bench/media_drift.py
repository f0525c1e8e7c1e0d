"""Delay over hours of a call between two clocks, in virtual time.

    python -m tests.bench.media_drift [--hours 4] [--ppm 200] [--jitter 6] [--card]
        [--plot drift.png]

Whole legs of the media room with modems whose clocks differ (tests/media/drift.py): one is so much
slow, the other so much fast. Prints each way's worst and mean delay, slips in pauses and gaps.
``--card``: on sound cards instead of serial ports.
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
    parser.add_argument("--jitter", type=float, default=6.0, metavar="MS")
    parser.add_argument("--card", action="store_true")
    parser.add_argument("--plot", type=Path, default=None)
    options = parser.parse_args()
    bridge = Bridge(
        options.ppm, slow=options.ppm, jitter=options.jitter / 1000.0, card=options.card
    )
    bridge.run(options.hours * 3600.0)
    ways = {f"to the modem that is {options.ppm:g} ppm {word}": side
            for word, side in zip(("slow", "fast"), bridge.sides, strict=True)}  # fmt: skip
    for name, side in ways.items():
        delays = [1000 * delay for _, delay in side.points]
        print(
            f"{name}: worst {1000 * side.worst:.0f} ms, mean {sum(delays) / len(delays):.0f} ms,"
            f" {side.leg.inbox.slips} slips in pauses, {side.leg.inbox.empty} gaps,"
            f" {side.leg.inbox.lost + side.talk_lost} frames lost"
        )
    if options.plot is not None:
        plot(options.plot, {name: {"points": side.points} for name, side in ways.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
