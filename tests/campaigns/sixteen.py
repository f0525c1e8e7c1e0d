"""Sixteen lines under random traffic and random faults; then every line is well, every book agrees.

    python -m tests.campaigns.sixteen --seed 1 --seconds 600

People call and text each other over thirteen numbers of three makes while gremlins unplug, hang,
reset and garble modems and take the network away. Prints a table and exits 0; or one sentence per
mismatch, 1, and the folder with all evidence.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from appliance.errors import SimveilError
from drivers.at.commands import SMS_RESULT
from drivers.virtual.traps import LATE_SECONDS
from tests.bench.table import load
from tests.campaigns import verdict
from tests.campaigns.actors import Actor
from tests.campaigns.evidence import Evidence, Row, collect, seconds
from tests.campaigns.faults_play import WELL_SECONDS
from tests.campaigns.faults_steps import FAULTS, HANGS, LASTS, MENDS
from tests.campaigns.faults_town import FaultTown, Illness, Stand, stands
from tests.campaigns.faults_verdict import books
from tests.campaigns.receiver import Receiver
from tests.campaigns.running import arguments, begin, leave, tell, until_none
from tests.campaigns.town import Pair
from tests.campaigns.traffic import Caller, Texter

COUNTS = {"ec25": 6, "sim7600": 4, "e1550": 3}  # an E1550 comes with a second line
GREMLINS = 3
TEXTERS = 3
REST_SECONDS = 120.0
JUDGE_SECONDS = 20.0
TOLD_SECONDS = LATE_SECONDS + 2.0
"""From what happens on a line that is late until a busy box has taken it in."""
BLOCKED_SECONDS = SMS_RESULT + TOLD_SECONDS
"""A text whose result a bad line has garbled keeps the port for so long."""
ANSWERED_SECONDS = 1.0
"""How close to a fault or a stall an answer may be missed."""
_PATIENCE = 6.0  # seconds until who hears nothing any more hangs up, too


class Friends(Caller):
    """Two people who know that a line may be gone: who is left alone hangs up."""

    def both_idle(self) -> None:
        """See both phones put down, by themselves if need be."""
        for number in (self.pair.a, self.pair.b):
            if not self._town.watch.until_state(number, {"idle"}, _PATIENCE):
                self.do(number, "hangup")
        super().both_idle()


class Gremlin(Actor):
    """Breaks one line after the other, each once it is well again.

    Args:
        town: Where.
        share: The stands that are its to break.
        seed: Of what it breaks.
    """

    def __init__(self, town: FaultTown, share: list[Stand], seed: int) -> None:
        super().__init__(f"gremlin-{share[0].x[-2:]}", seed)
        self._town, self._share = town, share
        self.illnesses: list[Illness] = []

    def turn(self) -> None:
        """One fault, and the wait until the line is well."""
        self.nap(0.2, 3.0)
        stand = self.dice.choice(self._share)
        line, name = self.dice.choice(stand.lines), self.dice.choice(FAULTS)
        kind = self.dice.choice(HANGS) if name == "hang" else name
        illness = Illness(f"{name} of {line}", stand.lines, time.time())
        self.illnesses.append(illness)
        self._town.ambush(line, kind)
        if kind in MENDS:
            mend, after = MENDS[kind]
            self.nap(after / 2, after * 2)
            self._town.ambush(line, mend)
        self.nap(LASTS.get(name, 0.5), LASTS.get(name, 0.5))
        if self._town.census.until_healthy(line, WELL_SECONDS):
            illness.ended = time.time()
        else:
            self.faults.append(f"{illness.name}: not well within {WELL_SECONDS:g} s")


class Campaign:
    """One run.

    Args:
        folder: Where everything lies, and stays.
        seed: Of everything that is chosen.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        dice = random.Random(seed)
        self.receiver = Receiver(dice.getrandbits(32))
        self.receiver.start()
        everybody = stands(COUNTS)
        self.town = FaultTown(folder, self.receiver, everybody)
        pairs = [Pair(stand.a, stand.x, stand.b) for stand in everybody]
        self.callers = [Friends(self.town, pair, dice.getrandbits(32)) for pair in pairs]
        self.texters = [
            Texter(self.town, number, dice.getrandbits(32), pairs[number::TEXTERS])
            for number in range(TEXTERS)
        ]
        self.gremlins = [
            Gremlin(self.town, everybody[number::GREMLINS], dice.getrandbits(32))
            for number in range(GREMLINS)
        ]
        self._pause = threading.Event()
        self.wrong: list[str] = []

    @property
    def _actors(self) -> list[Actor]:
        return [*self.callers, *self.texters, *self.gremlins]

    def start(self) -> None:
        """Start bank and box, furnish them, and let everybody in."""
        self.town.start()
        self.town.furnish_stands()
        for actor in self._actors:
            actor.start()

    def close(self) -> None:
        """Stop everything."""
        try:
            for actor in self._actors:
                actor.stop()
        finally:
            self.town.close()
            self.receiver.stop()

    def run(self, seconds_long: float) -> Evidence:
        """Let everybody do what they want, wait until all is at rest, and judge."""
        for actor in self._actors:
            actor.resume()
        self._pause.wait(seconds_long)
        for actor in self._actors:
            actor.pause()
        self.receiver.calm = True
        for actor in self._actors:
            if not actor.rest(REST_SECONDS):
                self.wrong.append(f"{actor.name} does not rest")
            self.wrong += actor.faults
        lines = list(self.town.lines)
        self.wrong += self.town.census.until_well(lines, REST_SECONDS)
        if not self.town.watch.alive:
            self.wrong.append("events of the bank were missed")
        evidence = Evidence()

        def judged() -> list[str]:
            nonlocal evidence
            evidence = self._evidence()
            return self._judge(evidence)

        self.wrong += until_none(judged, JUDGE_SECONDS, 1.0, renewed=True)
        return evidence

    @property
    def illnesses(self) -> list[Illness]:
        """Every fault so far."""
        return [each for gremlin in self.gremlins for each in gremlin.illnesses]

    def _evidence(self) -> Evidence:
        return collect(
            self.town,
            [sent for texter in self.texters for sent in texter.sent],
            [call for caller in self.callers for call in caller.calls],
        )

    def _judge(self, evidence: Evidence) -> list[str]:
        used = {each["msisdn"]: each for each in self.town.admin("/usage")}
        return [
            *books(evidence, self.illnesses),
            *conversations(evidence, self.illnesses, self.town.census.stalls),
            *usage(evidence, used),
        ]

    def table(self, evidence: Evidence) -> str:
        """Return the run in numbers."""
        counts = verdict.tally(evidence)
        codes = Counter(row["state_code"] for row in evidence.rows("calls"))
        lines = [f"{'fault':<12}{'times':>6}{'median':>10}{'max':>9}"]
        took: dict[str, list[float]] = defaultdict(list)
        for each in self.illnesses:
            took[each.name.split(" ")[0]].append((each.ended or time.time()) - each.struck)
        for name in FAULTS:
            mine = took[name] or [0.0]
            figures = f"{statistics.median(mine):>8.1f} s{max(mine):>7.1f} s"
            lines.append(f"{name:<12}{len(took[name]):>6}{figures}")
        lines += [
            "",
            (
                f"calls           {len(evidence.dialled)}, {counts['sessions']} sessions,"
                f" {counts['answered']} answered"
            ),
            f"state codes     {', '.join(f'{code}: {n}' for code, n in sorted(codes.items()))}",
            (
                f"texts           {counts['texts']}, {counts['delivered']} delivered,"
                f" {counts['unknown']} unknown"
            ),
            f"pushes          {counts['pushes']} in {counts['requests']} requests",
            f"stalls          {self.town.census.stalled()}; {load()}",
            f"mismatches      {len(self.wrong)}",
        ]
        return "\n".join(lines)


# --- the books ------------------------------------------------------------------------------------


def conversations(
    evidence: Evidence, illnesses: list[Illness], stalls: Sequence[tuple[float, float]] = ()
) -> list[str]:
    """Every session is a call of its caller's, no call has two, and each says what people heard.

    On a line that is ill a session may be told of some seconds later than it began, its caller may
    be nobody (what a bad line garbles names no other), and an answer in that moment goes unheard.
    So it does while the machine has stalled.
    """
    found, left = matched(evidence, illnesses, stalls)
    wrong = [f"session {row['session_id']} is nobody's call, or a second one of it" for row in left]
    for place, call in enumerate(evidence.dialled):
        row = found.get(place)
        name = f"the call of {call.caller} to {call.x} at {datetime.fromtimestamp(call.began, UTC)}"
        if row is None:
            # What is dialled late rings while its caller tries again already.
            if call.rang and not _delay(call.x, call.rang, illnesses, stalls):
                wrong.append(f"{name} rang at {call.other} and has no session")
            continue
        if call.rang and row["callee"] != call.other:
            wrong.append(f"{name} rang at {call.other} and is recorded to {row['callee']}")
        if call.met is None or row["answered_at"] is not None:
            continue
        met = call.met
        ill = any(each.within(call.x, met, ANSWERED_SECONDS) for each in illnesses)
        if not ill and not any(a - ANSWERED_SECONDS <= met <= b for a, b in stalls):
            wrong.append(f"{name} was answered and is recorded as unanswered")
    return wrong


def matched(
    evidence: Evidence, illnesses: list[Illness], stalls: Sequence[tuple[float, float]] = ()
) -> tuple[dict[int, Row], list[Row]]:
    """Return the session of every call, by the call's place, and the sessions that are of none.

    They keep their order: the last session is of the last call that it may be of, and so on. Told
    late, a session falls into the time of a later call.
    """
    free = dict(enumerate(evidence.dialled))
    found: dict[int, Row] = {}
    left = []
    for row in sorted(evidence.rows("calls"), key=lambda row: str(row["call_in_at"]), reverse=True):
        came = seconds(row["call_in_at"]) or 0.0
        delay = _delay(row["dialled"], came, illnesses, stalls)
        places = [
            place
            for place, call in free.items()
            if call.x == row["dialled"]
            and (row["caller"] == call.caller or (delay and row["caller"] is None))
            and call.began <= came <= (call.ended or math.inf) + (delay or 0.1)
        ]
        if places:
            last = max(places, key=lambda place: evidence.dialled[place].began)
            found[last] = row
            del free[last]
        else:
            left.append(row)
    return found, left


def _delay(
    line: str, at: float, illnesses: list[Illness], stalls: Sequence[tuple[float, float]]
) -> float:
    """Return how many seconds late a line may have told what happened before a time of day."""
    garbled = [each for each in illnesses if each.name.startswith("garble")]
    if any(each.within(line, at, BLOCKED_SECONDS) for each in garbled):
        return BLOCKED_SECONDS
    ill = any(each.within(line, at, TOLD_SECONDS) for each in illnesses)
    slow = ill or any(begin <= at <= end + TOLD_SECONDS for begin, end in stalls)
    return TOLD_SECONDS if slow else 0.0


def usage(evidence: Evidence, used: dict[str, dict[str, int]]) -> list[str]:
    """What each SIM is told to have used is what its calls and its texts have used."""
    minutes: Counter[str] = Counter()
    for row in evidence.rows("calls"):
        answered, ended = seconds(row["answered_at"]), seconds(row["ended_at"])
        if answered is not None and ended is not None:
            # A record's times are whole seconds, and so is what is counted by them.
            talked = math.floor(ended) - math.floor(answered)
            minutes[row["shown"]] += max(1, math.ceil(talked / 60))
    noted = Counter(
        row["line"] for row in evidence.rows("sends") if row["state"] in ("accepted", "unknown")
    )
    taken = Counter(event["line"] for event in verdict.sms(evidence, "taken"))
    sure = Counter(row["line"] for row in evidence.rows("sends") if row["state"] == "accepted")
    wrong = []
    for line, use in used.items():
        if use["parts"] != noted[line] or not sure[line] <= taken[line] <= noted[line]:
            wrong.append(
                f"use of {line} is {use['parts']} parts, its journal has {noted[line]},"
                f" {sure[line]} of them for sure; the service centre took {taken[line]}"
            )
        if use["minutes"] != minutes[line]:
            wrong.append(
                f"use of {line} is {use['minutes']} minutes, its calls have {minutes[line]}"
            )
    return wrong


def main() -> int:
    """Run a campaign from the command line."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    given = parser.parse_args()
    folder = begin(given.folder, "sixteen")
    campaign = Campaign(folder, given.seed)
    try:
        campaign.start()
        evidence = campaign.run(given.seconds)
        evidence.keep(folder)
        print(campaign.table(evidence))
    except (TimeoutError, SimveilError) as error:
        campaign.wrong.append(f"the run broke off: {error}")
    finally:
        campaign.close()
    return leave(folder, tell(campaign.wrong), keep=given.folder is not None)


if __name__ == "__main__":
    sys.exit(main())
