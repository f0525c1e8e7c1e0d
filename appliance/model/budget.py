"""Allowances: how much a SIM, a binding or a destination may use in a time. Pure functions.

An allowance is a bucket that fills at a steady rate. What was used is taken out at once; when
there is not enough the answer is how many seconds are missing. The time is whatever clock the
caller keeps, in seconds; levels are plain values that the caller holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PER_SIM = "sim"
PER_BINDING = "binding"
PER_DESTINATION = "destination"

_CRUMB = 1e-9  # what floating point may lose; a wait that was kept must be enough


@dataclass(frozen=True, slots=True)
class Rule:
    """An allowance.

    Args:
        per_minute: Units that come back in a minute, > 0.
        burst: Units that may be used at once after a rest, ≥ 1.

    Raises:
        ValueError: Out of range.
    """

    per_minute: float
    burst: float

    def __post_init__(self) -> None:
        if not self.per_minute > 0 or not self.burst >= 1:
            raise ValueError("an allowance needs a positive rate and a burst of at least 1")


SMS_PARTS = Rule(per_minute=6, burst=6)
"""Parts of texts that one SIM sends by default."""


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket was at a time; below zero after something larger than the burst."""

    units: float
    at: float


Key = tuple[str, str]
"""A scope (PER_SIM, …) and whose: an ICCID, a subscription, a number."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What came of an attempt to use something.

    Args:
        levels: New levels of the buckets touched, to be kept; empty when refused.
        wait: Seconds until the same attempt would succeed; 0 when it did.
        held_by: The bucket that makes it wait the longest, None when it did not.
    """

    levels: dict[Key, Level] = field(default_factory=dict)
    wait: float = 0.0
    held_by: Key | None = None


def units_at(rule: Rule, level: Level | None, now: float) -> float:
    """Return the units in a bucket now; one that was never used is full.

    A clock that ran backwards fills nothing.
    """
    if level is None:
        return rule.burst
    return min(rule.burst, level.units + max(0.0, now - level.at) * rule.per_minute / 60)


def wait_for(rule: Rule, level: Level | None, amount: float, now: float) -> float:
    """Return the seconds until ``amount`` units may be used.

    More than the burst is never in the bucket: it may be used when the bucket is full, and leaves
    a debt.
    """
    missing = min(amount, rule.burst) - units_at(rule, level, now)
    return 0.0 if missing <= _CRUMB else missing * 60 / rule.per_minute


def take(rule: Rule, level: Level | None, amount: float, now: float) -> Level:
    """Return the level after ``amount`` units were used, whether they were there or not."""
    return Level(units_at(rule, level, now) - amount, now)


def spend(
    rules: Mapping[str, Rule],
    levels: Mapping[Key, Level],
    keys: Iterable[Key],
    amount: float,
    now: float,
) -> Spent:
    """Use ``amount`` units of every bucket in ``keys``, or of none.

    Args:
        rules: By scope; a scope without a rule is without limit.
        levels: What was kept of earlier attempts.
        keys: The buckets concerned.
        amount: Units, > 0: parts of a text, 1 for a call.
        now: Seconds.
    """
    limited = [key for key in keys if key[0] in rules]
    waits = {key: wait_for(rules[key[0]], levels.get(key), amount, now) for key in limited}
    longest = max(waits.values(), default=0.0)
    if longest > 0:
        return Spent({}, longest, max(waits, key=lambda key: waits[key]))
    return Spent({key: take(rules[key[0]], levels.get(key), amount, now) for key in limited})


def without_full(
    rules: Mapping[str, Rule], levels: Mapping[Key, Level], now: float
) -> dict[Key, Level]:
    """Return the levels that still matter: a full bucket is as good as one never used."""
    return {
        key: level
        for key, level in levels.items()
        if key[0] in rules and units_at(rules[key[0]], level, now) < rules[key[0]].burst
    }
