"""Kills the box over and over under traffic, and looks at what is left each time.

    python -m tests.campaigns.kills --seed 1 --count 200

Prints a table and exits 0 when everything held; else one sentence per breach, 1, and the folder
with all evidence. The seed fixes the kinds of kills, their order and what people want to do; the
moments come from real processes and are different each time.
"""

from __future__ import annotations

import logging
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.demo.application import CustomerApplication
from appliance.errors import SimveilError
from tests.campaigns import verdict
from tests.campaigns.actors import Actor
from tests.campaigns.binder import Binder, check
from tests.campaigns.evidence import Evidence, collect
from tests.campaigns.receiver import Receiver
from tests.campaigns.running import arguments, begin, leave, moving, tell, until_none
from tests.campaigns.strikes import KINDS, Stage, plan
from tests.campaigns.town import COUPLE, PAIRS, PATIENCE, Town
from tests.campaigns.traffic import Caller, Texter

_log = logging.getLogger(__name__)

SETTLE_EVERY = 10
SETTLE_SECONDS = 30.0
BREACHES_AT_MOST = 20
JUDGE_SECONDS = 3.0
"""What is sent may still be on the air when everything in the box rests."""
_MOVING = {
    "parts of texts wait for others": "received WHERE held = 1",
    "texts are under way": "texts WHERE state = 'relaying'",
    "calls are not closed": "calls WHERE closed = 0",
    "pushes are due": "outbox WHERE state = 'due'",
}
_BINDERS = 3
_TEXTERS = 3
_LOOK_SECONDS = 0.25


class Campaign:
    """One run.

    Args:
        folder: Where everything lies, and stays.
        seed: Of everything that is chosen.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._seed = seed
        dice = random.Random(seed)
        seeds = [dice.getrandbits(32) for _ in range(64)]
        self.receiver = Receiver(seeds.pop())
        self.receiver.start()
        self.town = Town(folder, self.receiver)
        self._pause = threading.Event()
        self.stage = Stage(self.town, self.receiver, [], random.Random(seeds.pop()))
        self.callers = [Caller(self.town, pair, seeds.pop()) for pair in PAIRS]
        self.texters = [Texter(self.town, n, seeds.pop()) for n in range(_TEXTERS)]
        self._seeds = seeds
        self.application: CustomerApplication | None = None
        self.watched = False
        self.breaches: dict[str, None] = {}  # a set that keeps its order
        self.kinds: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.ready_seconds: list[float] = []

    @property
    def actors(self) -> list[Actor]:
        """Everybody."""
        return [*self.stage.binders, *self.callers, *self.texters]

    # --- life ---

    def start(self) -> None:
        """Start bank and box, furnish them, and let the people in."""
        self.town.start()
        self.application = self.town.furnish()
        self.watched = True
        self.stage.binders += [
            Binder(self.application, n, self._seeds.pop()) for n in range(_BINDERS)
        ]
        for pair in (*PAIRS, COUPLE):
            self.stage.binders[0].lasting(pair)
        self.town.phones[COUPLE.b].do("auto", answer_after=0.1)
        for actor in self.actors:
            actor.start()

    def close(self) -> None:
        """Stop everything, and write down what was seen."""
        try:
            for actor in self.actors:
                actor.stop()
            if self.watched:
                self.evidence().keep(self.town.folder)
        finally:
            self.town.close()
            self.receiver.stop()

    # --- the run ---

    def run(self, count: int) -> None:
        """Kill ``count`` times, and settle in between and at the end."""
        for number, kind in enumerate(plan(self._seed, count), start=1):
            self._once(number, kind)
            due = number % SETTLE_EVERY == 0 and count - number >= SETTLE_EVERY // 2
            if due or number == count:
                self.settle()
                _log.info("%d kills, %d breaches", len(self.town.kills), len(self.breaches))
            if len(self.breaches) >= BREACHES_AT_MOST:
                return

    def _once(self, number: int, kind: str) -> None:
        self.receiver.calm = False
        for actor in self.actors:
            actor.resume()
        self.stage.pause(0.1, 0.4)
        came, afterwards = KINDS[kind][1](self.stage)
        self.kinds[kind] += 1
        self.missed[kind] += not came
        for binder in self.stage.binders:
            binder.pause()
        self.restart()
        where = f"after kill {number} ({kind})"
        self._note(where, self._bindings())
        self._note(where, afterwards())
        self._note(where, self._strays())

    def restart(self) -> None:
        """Start the box again and wait until every line is ready. Raises TimeoutError."""
        began = time.monotonic()
        self.town.spawn_box()
        self.town.until_ready()
        self.ready_seconds.append(time.monotonic() - began)

    def settle(self) -> None:
        """Let everything come to rest, and judge."""
        self.receiver.calm = True
        for actor in self.actors:
            actor.pause()
        where = f"after {len(self.town.kills)} kills"
        self._note(where, [f"{a.name} does not rest" for a in self.actors if not a.rest(60.0)])
        self._note(where, _until_none(self._moving, SETTLE_SECONDS))
        judged = _until_none(lambda: verdict.judge(self.evidence()), JUDGE_SECONDS)
        self._note(where, judged + self._bindings())
        for actor in self.actors:
            self._note(where, actor.faults)
            actor.faults.clear()
        if not self.town.watch.alive:
            self._note(where, ["events of the bank were missed"])

    def evidence(self) -> Evidence:
        """Return what is known now."""
        return collect(
            self.town,
            [sent for texter in self.texters for sent in texter.sent],
            [*self.stage.dialled, *(call for caller in self.callers for call in caller.calls)],
        )

    def _note(self, where: str, wrong: list[str]) -> None:
        known = {breach.split(": ", 1)[1] for breach in self.breaches}
        for sentence in wrong:
            if sentence not in known:
                self.breaches[f"{where}: {sentence}"] = None

    # --- what is looked at ---

    def _bindings(self) -> list[str]:
        assert self.application is not None
        tired = [b.name for b in self.stage.binders if not b.rest(60.0)]
        if tired:
            return [f"{name} does not rest" for name in tired]
        return check(self.application, self.stage.binders)

    def _strays(self) -> list[str]:
        """Every call on the bank has its owner, or is ended soon."""
        left = set(self.town.lines)
        end = time.monotonic() + PATIENCE
        while left and time.monotonic() < end:
            owned = {each["msisdn"] for each in self.town.admin("/lines") if each["call"]}
            busy = {each["msisdn"] for each in self.town.bank_lines() if each["calls"]}
            left &= busy - owned
            if left:
                self._pause.wait(0.05)
        return [f"line {line} carries a call that nobody owns" for line in sorted(left)]

    def _moving(self) -> list[str]:
        """Return what is on its way, on the bank and in the box."""
        try:
            lines = self.town.admin("/lines")
        except SimveilError as error:
            return [f"the box does not answer: {error}"]
        wrong = moving(lines, self.town.bank_lines())
        for what, question in _MOVING.items():
            left = self.town.rows(f"SELECT count(*) AS n FROM {question}")[0]["n"]
            if left:
                wrong.append(f"{left} {what}")
        return wrong

    # --- what is told ---

    def table(self) -> str:
        """Return the run in numbers."""
        counts = verdict.tally(self.evidence())
        bound: Counter[str] = Counter()
        for binder in self.stage.binders:
            bound.update(binder.counts)
        lines = [f"{'kills':<12}{'done':>6}{'moment missed':>16}"]
        lines += [f"{kind:<12}{self.kinds[kind]:>6}{self.missed[kind]:>16}" for kind in KINDS]
        ready = self.ready_seconds or [0.0]
        windows = ", ".join(f"{n} {name}" for name, n in counts["windows"].items()) or "none"
        rows: list[tuple[str, Any]] = [
            ("kills in all", len(self.town.kills)),
            ("restarts", len(self.ready_seconds)),
            (
                "seconds to ready",
                f"median {statistics.median(ready):.2f}, max {max(ready):.2f}",
            ),
            ("sessions", f"{counts['sessions']}, {counts['answered']} answered"),
            (
                "couple's calls",
                f"{self.stage.taken_up} taken up, {self.stage.ended} ended after the kill",
            ),
            ("texts", f"{counts['texts']}, {counts['delivered']} delivered"),
            ("unknown", f"{counts['unknown']} texts; parts: {windows}"),
            ("sends", f"{counts['sends']}, {counts['struck']} open at a kill"),
            (
                "bindings",
                (
                    f"{bound['bind']} made, {bound['unbind']} ended, {bound['modify']} changed,"
                    f" {bound['unanswered']} unanswered"
                ),
            ),
            (
                "pushes",
                (
                    f"{counts['pushes']} in {counts['requests']} requests,"
                    f" {counts['repeated']} accepted twice"
                ),
            ),
            ("breaches", len(self.breaches)),
        ]
        lines += ["", *(f"{name:<18}{value}" for name, value in rows)]
        return "\n".join(lines)


def _until_none(look: Callable[[], list[str]], seconds: float) -> list[str]:
    """Return what is still wrong after so many seconds in which nothing has changed."""
    return until_none(look, seconds, _LOOK_SECONDS, renewed=True)


def main() -> int:
    """Run a campaign from the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many kills are planned")
    given = parser.parse_args()
    folder = begin(given.folder, "kills", _log)
    campaign = Campaign(folder, given.seed)
    failure: list[str] = []
    try:
        campaign.start()
        campaign.run(given.count)
        print(campaign.table())
    except (TimeoutError, SimveilError) as error:
        failure = [f"after {len(campaign.town.kills)} kills: {error}"]
    finally:
        campaign.close()
    status = tell([*campaign.breaches, *failure])
    return leave(folder, status, keep=given.folder is not None)


if __name__ == "__main__":
    sys.exit(main())
