"""Breaks modems at every step of calls and texts, in six ways, and looks at what is left each time.

    python -m tests.campaigns.faults --seed 1

Prints a table (step × fault, for every make: how it ended and how many seconds passed until the
line was ready, idle and had carried another text) and exits 0 when everything held; else one
sentence per breach, 1, and the folder with all evidence. ``--count N`` plays a sample.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from appliance.errors import SimveilError
from tests.bench.table import family, load
from tests.campaigns.evidence import Evidence, collect
from tests.campaigns.faults_play import WELL_SECONDS, Cases, Outcome, Player
from tests.campaigns.faults_steps import FAULTS, STEPS, Case, sample
from tests.campaigns.faults_town import MAKES, FaultTown, stands
from tests.campaigns.faults_verdict import judge
from tests.campaigns.receiver import Receiver
from tests.campaigns.running import arguments, begin, leave, tell, until_none

_log = logging.getLogger(__name__)

STANDS = {"ec25": 5, "sim7600": 5, "e1550": 3}
BUDGETS = {"unplug": 30.0, "hang": 90.0}
"""Seconds of the design: back after a replug, and after a hang."""
_SAY_EVERY = 30.0
_SETTLE_SECONDS = 20.0
_SPARE = 4
"""Threads and descriptors that an idle box may have more than it had: requests come and go."""


class Campaign:
    """One run.

    Args:
        folder: Where everything lies, and stays.
        seed: Of everything that is chosen.
        cases: What is played.
        counts: How many stands there are of each make.
    """

    def __init__(
        self, folder: Path, seed: int, cases: Sequence[Case], counts: Mapping[str, int]
    ) -> None:
        dice = random.Random(seed)
        self.receiver = Receiver(dice.getrandbits(32))
        self.receiver.calm = True
        self.receiver.start()
        self.town = FaultTown(folder, self.receiver, stands(counts))
        left = Cases(cases)
        self.players = [
            Player(self.town, stand, left, dice.getrandbits(32)) for stand in self.town.stands
        ]
        self._pause = threading.Event()
        self._before = (0, 0)

    def start(self) -> None:
        """Start bank and box, and let the people in."""
        self.town.start()
        self.town.furnish_stands()
        self._before = self._held()
        for player in self.players:
            player.start()

    def close(self) -> None:
        """Stop everything, and write down what was seen."""
        try:
            for player in self.players:
                player.stop()
            self.evidence().keep(self.town.folder)
        finally:
            self.town.close()
            self.receiver.stop()

    def run(self) -> list[str]:
        """Play everything, and judge it."""
        for player in self.players:
            player.resume()
        said = time.monotonic()
        while not all(player.done.is_set() for player in self.players):
            self._pause.wait(0.1)
            if time.monotonic() - said > _SAY_EVERY:
                said = time.monotonic()
                _log.info("%d cases so far", len(self.outcomes))
        for player in self.players:
            player.pause()
        wrong = [f"{each.name} does not rest" for each in self.players if not each.rest(60.0)]
        wrong += [fault for player in self.players for fault in player.faults]
        stalls = self.town.census.stalls
        wrong += until_none(
            lambda: judge(self.evidence(), self.outcomes, stalls), _SETTLE_SECONDS, 1.0
        )
        return wrong + until_none(self._kept, _SETTLE_SECONDS, 0.5)

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of the cases so far."""
        return [outcome for player in self.players for outcome in player.outcomes]

    def evidence(self) -> Evidence:
        """Return what is known now."""
        return collect(
            self.town,
            [text for outcome in self.outcomes for text in outcome.texts],
            [call for outcome in self.outcomes for call in outcome.calls],
        )

    def _held(self) -> tuple[int, int]:
        """Return how many threads and descriptors the box has."""
        threads = files = 0
        for process in family(self.town.box_pid):
            threads += len(os.listdir(f"/proc/{process}/task"))  # noqa: PTH208 - names are enough
            files += len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208
        return threads, files

    def _kept(self) -> list[str]:
        """Return what the box has not given back yet: threads, ports."""
        held = zip(("threads", "files"), self._held(), self._before, strict=True)
        return [
            f"the box has {now} {what} and had {before}"
            for what, now, before in held
            if now > before + _SPARE
        ]


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes: a row for every step and fault, a column for every make."""
    cells: dict[tuple[str, str, str], str] = {}
    for each in outcomes:
        seconds = "-" if each.seconds is None else f"{each.seconds:.1f}"
        mark = "" if each.struck is not None else " (moment missed)"
        stuck = " STUCK" if each.ended is None else ""
        case = each.case
        cells[case.step.name, case.fault, case.make] = f"{each.code} {seconds} s{mark}{stuck}"
    lines = [f"{'step':<28}{'fault':<12}" + "".join(f"{make:<28}" for make in MAKES)]
    for step in STEPS:
        for fault in FAULTS:
            row = [cells.get((step.name, fault, make), "") for make in MAKES]
            if any(row):
                lines.append(f"{step.name:<28}{fault:<12}" + "".join(f"{c:<28}" for c in row))
    lines += [
        "",
        f"{'fault':<12}{'cases':>7}{'missed':>8}{'median':>9}{'max':>8}{'over':>6}  budget",
    ]
    by_fault: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        by_fault[each.case.fault].append(each)
    for fault in FAULTS:
        mine = by_fault[fault]
        took = [each.seconds for each in mine if each.seconds is not None] or [0.0]
        missed = sum(each.struck is None for each in mine)
        limit = BUDGETS.get(fault, WELL_SECONDS)
        budget = f"{limit:g} s" if fault in BUDGETS else ""
        over = sum(each > limit for each in took)
        figures = f"{statistics.median(took):>7.1f} s{max(took):>6.1f} s{over:>6}"
        lines.append(f"{fault:<12}{len(mine):>7}{missed:>8}{figures}  {budget}")
    return "\n".join(line.rstrip() for line in lines)


def too_slow(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a sentence for every line that was back later than the design allows.

    Counted from the fault itself, and until the line has also carried another text. It needs a
    machine that has time for it: beside other programs only a whole campaign without a sentence
    says something.
    """
    return [
        f"{each.name}: well after {each.seconds:.1f} s, later than {BUDGETS[each.case.fault]:g} s"
        for each in outcomes
        if each.seconds is not None and each.seconds > BUDGETS.get(each.case.fault, WELL_SECONDS)
    ]


def main() -> int:
    """Run a campaign from the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=0, help="how many cases; 0 is all of them")
    parser.add_argument(
        "--fault", choices=FAULTS, action="append", help="only this; again for more"
    )
    given = parser.parse_args()
    folder = begin(given.folder, "faults", _log)
    cases = sample(given.seed, given.count, given.fault or FAULTS)
    campaign = Campaign(folder, given.seed, cases, STANDS)
    began, before = time.monotonic(), load()
    breaches: list[str] = []
    try:
        campaign.start()
        breaches = campaign.run()
        breaches += too_slow(campaign.outcomes)
        print(table(campaign.outcomes))
    except (TimeoutError, SimveilError) as error:
        breaches = [f"the run broke off: {error}"]
    finally:
        campaign.close()
    print(
        f"\nseed {given.seed}: {len(campaign.outcomes)} cases in {time.monotonic() - began:.0f} s,"
        f" {len(breaches)} breaches; a line may take {WELL_SECONDS:g} s; {before} before,"
        f" {load()} after; stalls: {campaign.town.census.stalled()}"
    )
    return leave(folder, tell(breaches), keep=given.folder is not None)


if __name__ == "__main__":
    sys.exit(main())
