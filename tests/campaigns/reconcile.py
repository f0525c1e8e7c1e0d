"""Thousands of random calls and texts in all five modes, and then every book against every other.

    python -m tests.campaigns.reconcile --seed 1 --count 2000

What people did, what the bank saw, what the applications were told, the box's own records, its
recordings, its metrics: at the end they have to agree one for one. Prints a table and exits 0; or
one sentence per mismatch, 1, and the folder with all evidence. The seed fixes what people want to
do; the moments come from real processes and are different each time.
"""

from __future__ import annotations

import logging
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

from appliance.errors import SimveilError
from tests.campaigns.reconcile_books import Tickets
from tests.campaigns.reconcile_circles import circles
from tests.campaigns.reconcile_desk import Desk
from tests.campaigns.reconcile_evidence import Evidence, collect, kept
from tests.campaigns.reconcile_ledger import Ledger
from tests.campaigns.reconcile_people import Circle
from tests.campaigns.reconcile_table import table
from tests.campaigns.reconcile_town import Town
from tests.campaigns.reconcile_verdict import calls, recordings
from tests.campaigns.reconcile_verdict_texts import house, texts
from tests.campaigns.running import arguments, begin, leave, moving, tell, until_none

_log = logging.getLogger(__name__)

REST_SECONDS = 60.0
"""How long nothing may change while something is still on its way."""
_LOOK_SECONDS = 0.25


class Campaign:
    """One run.

    Args:
        folder: Where everything lies, and stays.
        seed: Of everything that is chosen.
        count: How many calls and texts are made.
    """

    def __init__(self, folder: Path, seed: int, count: int) -> None:
        dice = random.Random(seed)
        self._seeds = [dice.getrandbits(32) for _ in range(64)]
        self._tickets = Tickets(count)
        self._pause = threading.Event()
        self.desk = Desk()
        self.desk.start()
        self.town = Town(folder, self.desk)
        self.circles: list[Circle] = []
        self.faults: list[str] = []

    def start(self) -> None:
        """Start bank and box, furnish them, and let the people in."""
        self.town.start()
        self.town.furnish()
        self.circles = circles(self.town, self._tickets, self._seeds)
        for circle in self.circles:
            circle.start()

    def close(self) -> None:
        """Stop everything."""
        try:
            for circle in self.circles:
                circle.stop()
        finally:
            self.town.close()
            self.desk.stop()

    def run(self) -> Evidence:
        """Let everybody do what they want, wait until all is at rest, and collect the books."""
        for circle in self.circles:
            circle.resume()
        said = time.monotonic()
        while not all(circle.done.is_set() for circle in self.circles):
            self._pause.wait(_LOOK_SECONDS)
            if time.monotonic() - said > 60.0:
                said = time.monotonic()
                calls = sum(len(circle.calls) for circle in self.circles)
                texts = sum(len(circle.texts) for circle in self.circles)
                _log.info("%d calls, %d texts so far", calls, texts)
        for circle in self.circles:
            circle.settle()
            circle.pause()
        for circle in self.circles:
            if not circle.rest(REST_SECONDS):
                self.faults.append(f"{circle.name} does not rest")
        self.faults += until_none(self._moving, REST_SECONDS, _LOOK_SECONDS, renewed=True)
        for circle in self.circles:
            self.faults += circle.faults
        if not self.town.watch.alive:
            self.faults.append("events of the bank were missed")
        return collect(self.town, self.circles)

    def _moving(self) -> list[str]:
        on_bank: Any = self.town.bank.get("/lines")
        wrong = moving(self.town.admin("GET", "/lines"), on_bank)
        relaying = self.town.admin("GET", "/texts", state="relaying", limit=1)
        wrong += [f"text {each['identifier']} is being sent" for each in relaying]
        due = self.town.admin("GET", "/outbox", state="due", limit=1)
        wrong += [f"push {each['push_id']} is due" for each in due]
        return wrong


def judge(evidence: Evidence) -> list[str]:
    """Return a sentence for everything in which two books differ."""
    ledger = Ledger(evidence)
    return [*calls(ledger), *recordings(ledger), *texts(evidence), *house(ledger)]


def conclude(evidence: Evidence, faults: list[str]) -> int:
    """Print the table, and a sentence for everything that is wrong; return the exit status."""
    wrong = [*faults, *judge(evidence)]
    print(table(evidence, len(wrong)))
    return tell(wrong)


def main() -> int:
    """Run a campaign from the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=2000, help="how many calls and texts")
    parser.add_argument("--judge", type=Path, help="compare a kept folder's books once more")
    given = parser.parse_args()
    if given.judge is not None:
        return conclude(kept(given.judge), [])
    folder = begin(given.folder, "books", _log)
    keep = given.folder is not None
    campaign = Campaign(folder, given.seed, given.count)
    began = time.monotonic()
    try:
        campaign.start()
        evidence = campaign.run()
        evidence.keep(folder)
    except (TimeoutError, SimveilError) as error:
        return leave(folder, tell([f"the run broke off: {error}"]), keep=keep)
    finally:
        campaign.close()
    status = conclude(evidence, campaign.faults)
    print(f"\nseed {given.seed}: {time.monotonic() - began:.0f} s")
    return leave(folder, status, keep=keep)


if __name__ == "__main__":
    sys.exit(main())
