"""How fit a private number is for traffic, and when its application has to hear of it. No clock.

The states are the cloud's (``numStatus``): 5 normal, 9 suspended, 10 unavailable with a cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NORMAL = 5
SUSPENDED = 9
UNAVAILABLE = 10

DELETED = "1"
STOPPED = "3"
BARRED = "5"
FORWARDED_ALWAYS = "7"
FORWARDED_UNANSWERED = "8"
FORWARDED_BUSY = "9"

FORWARDING_CAUSES: Mapping[int, str] = {
    0: FORWARDED_ALWAYS,
    1: FORWARDED_BUSY,
    2: FORWARDED_UNANSWERED,
}
"""Reason of a diversion (``<reason>`` of ``+CCFC``, 3GPP TS 27.007 §7.11) → cause."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a line shows of itself.

    Args:
        in_service: It is registered and its modem works.
        sim_fails: The SIM is out, asks for its PUK or is broken.
        barred: The network denies registration (``<stat>`` 3 of ``+CREG``).
        forwarding: Reasons for which the network diverts the number's calls.
    """

    in_service: bool = True
    sim_fails: bool = False
    barred: bool = False
    forwarding: frozenset[int] = frozenset()


GONE = Condition(in_service=False)
"""A number that no line has."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A number's state; ``cause`` only with 10."""

    status: int
    cause: str | None = None


HEALTHY = Verdict(NORMAL)


def judge(condition: Condition) -> Verdict:
    """Return the state that a condition means; of several causes the hardest."""
    if condition.sim_fails:
        return Verdict(UNAVAILABLE, STOPPED)
    if condition.barred:
        return Verdict(UNAVAILABLE, BARRED)
    for reason, cause in FORWARDING_CAUSES.items():
        if reason in condition.forwarding:
            return Verdict(UNAVAILABLE, cause)
    return HEALTHY if condition.in_service else Verdict(SUSPENDED)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long something has to last before it counts, seconds.

    Args:
        lost: Without registration, whatever took it: 3 minutes.
        sudden: A SIM that is out or barred: longer than a stick takes to be plugged anew.
    """

    lost: float = 180.0
    sudden: float = 30.0

    def of(self, verdict: Verdict) -> float:
        """Return how long this state has to last; recovery and diversions count at once."""
        if verdict.status == SUSPENDED:
            return self.lost
        return self.sudden if verdict.cause in (STOPPED, BARRED) else 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """One number under watch: what it shows, and since when."""

    verdict: Verdict = HEALTHY
    since: float = 0.0


@dataclass
class Watch:
    """Several numbers under watch; ``look`` is the only thing that happens to it."""

    patience: Patience = field(default_factory=Patience)
    numbers: dict[str, Watched] = field(default_factory=dict)

    def look(self, conditions: Mapping[str, Condition], now: float) -> dict[str, Verdict]:
        """Take what the lines show now; return what has lasted long enough to count.

        Args:
            conditions: By number, every number that is watched.
            now: Seconds of a clock that never runs backwards.
        """
        lasting: dict[str, Verdict] = {}
        for number, condition in conditions.items():
            verdict = judge(condition)
            known = self.numbers.get(number)
            if known is None or known.verdict != verdict:
                known = self.numbers[number] = Watched(verdict, now)
            if now - known.since >= self.patience.of(verdict):
                lasting[number] = verdict
        for number in set(self.numbers) - set(conditions):
            del self.numbers[number]
        return lasting
