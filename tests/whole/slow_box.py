"""``simveil`` with slow workers: every message waits in its inbox for a while that a seed draws.

A long run for races, not a part of the suite::

    INBOX_DELAY=0.2 INBOX_SEED=7 python -m pytest tests/whole -k failures

``INBOX_DELAY`` is the longest wait in seconds, ``INBOX_SEED`` (0) makes the draws repeatable per
line. Lenders get time to answer: here one that is slow is not one that is busy.
"""

from __future__ import annotations

import os
import random
import threading
from dataclasses import replace

from appliance import box
from appliance.cli.root import main
from appliance.exchange import ExchangeSettings
from appliance.exchange.line import LineWorker

_LEND_SECONDS = 10.0


def slow_down(longest: float, seed: str) -> None:
    """Make every line worker of this process slow.

    Args:
        longest: Seconds; each message waits between nothing and this.
        seed: Each line draws from a sequence of its own.
    """
    handle, settings = LineWorker._handle, box.exchange_settings
    pause = threading.Event()
    dice: dict[str, random.Random] = {}

    def slowly(self: LineWorker, message: object) -> None:
        if self.socket not in dice:
            dice[self.socket] = random.Random(f"{seed}:{self.socket}")
        pause.wait(dice[self.socket].uniform(0.0, longest))
        handle(self, message)

    def patient(given: box.Settings) -> ExchangeSettings:
        return replace(settings(given), reserve_seconds=_LEND_SECONDS)

    LineWorker._handle = slowly  # type: ignore[method-assign]
    box.exchange_settings = patient


if __name__ == "__main__":
    slow_down(float(os.environ["INBOX_DELAY"]), os.environ.get("INBOX_SEED", "0"))
    main()
