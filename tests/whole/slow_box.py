r"""``simveil`` with slow workers: every message waits in its inbox for a while that a seed draws.

A long run for races, not a part of the suite::

    INBOX_DELAY=0.2 INBOX_SEED=7 python -m pytest tests/whole/test_failures_*.py \
        tests/whole/test_main_calls.py --timeout 400

``INBOX_DELAY`` is the longest wait in seconds, ``INBOX_SEED`` (0) makes the draws repeatable per
line.
"""

from __future__ import annotations

import os
import random
import threading

from appliance.cli.root import main
from appliance.exchange.line import LineWorker


def slow_down(longest: float, seed: str) -> None:
    """Make every line worker of this process slow.

    Args:
        longest: Seconds; each message waits between nothing and this.
        seed: Each line draws from a sequence of its own.
    """
    handle = LineWorker._handle
    pause = threading.Event()
    dice: dict[str, random.Random] = {}

    def slowly(self: LineWorker, message: object) -> None:
        if self.socket not in dice:
            dice[self.socket] = random.Random(f"{seed}:{self.socket}")
        pause.wait(dice[self.socket].uniform(0.0, longest))
        handle(self, message)

    LineWorker._handle = slowly  # type: ignore[method-assign]


if __name__ == "__main__":
    slow_down(float(os.environ["INBOX_DELAY"]), os.environ.get("INBOX_SEED", "0"))
    main()
