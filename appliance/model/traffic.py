"""How many lines traffic needs: Erlang's formula, and a replay of recorded calls to check it by.

A private number is a line of its own: who dials it while it is busy is lost, whatever the
neighbours do. So numbers are single servers, each with its share of the traffic. Trunks are a pool:
any of them will do, and Erlang's B formula (ITU-T E.501, E.521) says how many.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HOUR = 3600.0
_STEP = 900.0
"""The busy hour begins at a quarter of an hour, as ITU-T E.500 has it."""
MOST_TRUNKS = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded call, in seconds from any origin.

    Args:
        pair: Who calls whom, over which relation: what is bound to one number.
        arrived: When it reached the number; ``ended`` when it was over.
        forwarded: When the second leg began, None if it never did.
        answered: When that was answered, None if it never was.
    """

    pair: str
    arrived: float
    ended: float
    forwarded: float | None = None
    answered: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A line that is held by a call."""

    pair: str
    start: float
    end: float


def on_number(call: Call, strategy: str) -> Hold:
    """Return how long a call holds the line of its number; a transfer frees it at the answer."""
    free = call.answered if strategy == "transfer" and call.answered is not None else call.ended
    return Hold(call.pair, call.arrived, max(free, call.arrived))


def on_trunk(call: Call, strategy: str) -> Hold | None:
    """Return how long a call holds a second line, which only a bridge needs."""
    if strategy != "bridge" or call.forwarded is None:
        return None
    return Hold(call.pair, call.forwarded, max(call.ended, call.forwarded))


def busy_hour(holds: Sequence[Hold]) -> tuple[float, float]:
    """Return when the hour with the most traffic begins, and that traffic in erlang.

    Traffic is what the calls that arrive in the hour hold altogether, divided by the hour.
    """
    offered: dict[int, float] = {}
    for hold in holds:
        quarter = int(hold.start // _STEP)
        for first in range(quarter - 3, quarter + 1):
            offered[first] = offered.get(first, 0.0) + hold.end - hold.start
    if not offered:
        return 0.0, 0.0
    best = max(offered, key=lambda first: (offered[first], -first))
    return best * _STEP, offered[best] / HOUR


def erlang_b(lines: int, traffic: float) -> float:
    """Return the share of calls that find every one of ``lines`` busy (Erlang B).

    Args:
        lines: 0 or more.
        traffic: Offered, in erlang.
    """
    if traffic <= 0:
        return 0.0 if lines or not traffic else 1.0
    blocking = 1.0
    for number in range(1, lines + 1):
        blocking = traffic * blocking / (number + traffic * blocking)
    return blocking


def trunks_for(traffic: float, blocking: float) -> int:
    """Return how many trunks keep the share of lost calls at ``blocking`` or below."""
    if traffic <= 0:
        return 0
    share, lines = 1.0, 0
    while share > blocking and lines < MOST_TRUNKS:
        lines += 1
        share = traffic * share / (lines + traffic * share)
    return lines


def numbers_for(traffic: float, blocking: float) -> int:
    """Return how many numbers keep the share of calls to a busy number at ``blocking`` or below.

    With N numbers each carries ``traffic / N`` and loses a / (1 + a): Erlang B with one line.
    """
    if traffic <= 0:
        return 1
    return max(1, math.ceil(traffic * (1 - blocking) / blocking - 1e-9))


def single_blocking(numbers: int, traffic: float) -> float:
    """Return the share of calls that find their number busy, of ``numbers`` with equal shares."""
    return erlang_b(1, traffic / numbers)


def replay_numbers(holds: Iterable[Hold], numbers: int) -> list[Hold]:
    """Return the calls that would find their number busy.

    Each pair keeps the number that it got when it first called: the next in turn, as the box
    gives the number with the fewest relations.
    """
    place: dict[str, int] = {}
    free_at = [-math.inf] * numbers
    lost = []
    for hold in sorted(holds, key=lambda each: each.start):
        number = place.setdefault(hold.pair, len(place) % numbers)
        if hold.start < free_at[number]:
            lost.append(hold)
        else:
            free_at[number] = hold.end
    return lost


def replay_trunks(holds: Iterable[Hold], trunks: int) -> list[Hold]:
    """Return the calls that would find every trunk busy."""
    ends: list[float] = []
    lost = []
    for hold in sorted(holds, key=lambda each: each.start):
        while ends and ends[0] <= hold.start:
            heapq.heappop(ends)
        if len(ends) >= trunks:
            lost.append(hold)
        else:
            heapq.heappush(ends, hold.end)
    return lost


@dataclass(frozen=True, slots=True)
class Size:
    """What a strategy needs.

    Args:
        numbers_erlang: Traffic of the busy hour on the numbers' lines; ``trunks_erlang`` on second
            lines.
        numbers: SIMs with a number; ``trunks``: SIMs that only carry second legs.
        expected: Share of calls lost, by formula.
        replayed: Share of the recorded calls of the busy hour that a replay with as many lines
            loses; ``replayed_all`` of all recorded calls.
    """

    strategy: str
    calls: int
    busy_hour: float
    numbers_erlang: float
    trunks_erlang: float
    numbers: int
    trunks: int
    expected: float
    replayed: float
    replayed_all: float


def size(calls: Sequence[Call], strategy: str, blocking: float) -> Size:
    """Return the fewest SIMs that keep the share of lost calls at ``blocking`` or below.

    A call is lost when its number is busy, or when a bridge finds no trunk; where both can happen,
    the split that needs the fewest SIMs together is taken.

    Args:
        blocking: Between 0 and 1, both excluded.
    """
    on_numbers = [on_number(call, strategy) for call in calls]
    on_trunks = [hold for call in calls if (hold := on_trunk(call, strategy)) is not None]
    hour, traffic = busy_hour(on_numbers)
    _, second = busy_hour(on_trunks)
    numbers, trunks = _fewest(traffic, second, blocking)
    found_busy = replay_numbers(on_numbers, numbers)
    # Who finds the number busy needs no trunk.
    gone = {(hold.pair, hold.start) for hold in found_busy}
    reaching = [
        hold
        for call, line in zip(calls, on_numbers, strict=True)
        if (line.pair, line.start) not in gone and (hold := on_trunk(call, strategy)) is not None
    ]
    without = replay_trunks(reaching, trunks)
    busy_calls = sum(hour <= hold.start < hour + HOUR for hold in on_numbers)
    busy_lost = sum(hour <= hold.start < hour + HOUR for hold in (*found_busy, *without))
    return Size(
        strategy=strategy,
        calls=len(calls),
        busy_hour=hour,
        numbers_erlang=traffic,
        trunks_erlang=second,
        numbers=numbers,
        trunks=trunks,
        expected=1 - (1 - single_blocking(numbers, traffic)) * (1 - erlang_b(trunks, second)),
        replayed=busy_lost / busy_calls if busy_calls else 0.0,
        replayed_all=(len(found_busy) + len(without)) / len(calls) if calls else 0.0,
    )


def _fewest(traffic: float, second: float, blocking: float) -> tuple[int, int]:
    if second <= 0:
        return numbers_for(traffic, blocking), 0
    best: tuple[int, int] | None = None
    trunks = trunks_for(second, blocking * 0.999)
    while best is None or trunks < sum(best):
        share = erlang_b(trunks, second)
        left = 1 - (1 - blocking) / (1 - share)
        if left > 0:
            numbers = numbers_for(traffic, left)
            if best is None or numbers + trunks < sum(best):
                best = numbers, trunks
        trunks += 1
    return best
