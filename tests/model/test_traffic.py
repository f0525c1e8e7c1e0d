"""Erlang's formula against its tables, and against a replay of random traffic."""

from __future__ import annotations

import random

import pytest

from appliance.model import traffic
from appliance.model.traffic import Call, Hold


@pytest.mark.parametrize(
    # ITU-T's published table of Erlang B: lines, traffic at which the share is lost.
    ("lines", "offered", "lost"),
    [(1, 0.0101, 0.01), (2, 0.153, 0.01), (5, 1.36, 0.01), (10, 4.46, 0.01), (20, 12.03, 0.01),
     (5, 1.66, 0.02), (10, 5.08, 0.02), (50, 40.3, 0.02), (100, 84.1, 0.01)],
)  # fmt: skip
def test_the_formula_gives_the_published_table(lines: int, offered: float, lost: float) -> None:
    assert traffic.erlang_b(lines, offered) == pytest.approx(lost, rel=0.02)
    assert traffic.trunks_for(offered * 0.995, lost) == lines


def test_edges_of_the_formula() -> None:
    assert traffic.erlang_b(0, 1.0) == 1.0
    assert traffic.erlang_b(5, 0.0) == 0.0
    assert traffic.trunks_for(0.0, 0.01) == 0
    assert traffic.numbers_for(0.0, 0.01) == 1
    # One line that is lost to one call in a hundred carries a hundredth of an erlang.
    assert traffic.numbers_for(1.0, 0.01) == 99
    assert traffic.single_blocking(99, 1.0) == pytest.approx(0.01)


def poisson(seed: int, pairs: int, hours: int, per_hour: float, talk: float) -> list[Call]:
    random_ = random.Random(seed)
    calls, at = [], 0.0
    while (at := at + random_.expovariate(per_hour / 3600)) < hours * 3600:
        ring = random_.uniform(3, 10)
        answered = at + ring if random_.random() < 0.8 else None
        ended = at + ring + (random_.expovariate(1 / talk) if answered else 0)
        pair = str(random_.randrange(pairs))
        calls.append(Call(pair, at, ended, at + 2, answered))
    return calls


def test_a_replay_loses_what_the_formula_expects() -> None:
    calls = poisson(7, pairs=4000, hours=80, per_hour=300, talk=120)
    holds = [traffic.on_number(call, "bridge") for call in calls]
    offered = sum(hold.end - hold.start for hold in holds) / (80 * 3600)

    numbers = traffic.replay_numbers(holds, 80)
    trunks = traffic.replay_trunks(holds, 12)

    expected = traffic.single_blocking(80, offered)
    assert len(numbers) / len(calls) == pytest.approx(expected, rel=0.15)
    assert len(trunks) / len(calls) == pytest.approx(traffic.erlang_b(12, offered), rel=0.15)


def test_each_way_of_connecting_needs_its_own() -> None:
    calls = poisson(11, pairs=3000, hours=50, per_hour=120, talk=180)

    conference, bridge, transfer = (
        traffic.size(calls, strategy, 0.02) for strategy in ("conference", "bridge", "transfer")
    )

    assert (conference.trunks, transfer.trunks) == (0, 0)
    assert bridge.trunks > 0
    assert bridge.numbers >= conference.numbers
    assert transfer.numbers < conference.numbers / 5  # the line is free again at the answer
    for found in (conference, bridge, transfer):
        assert found.calls == len(calls)
        assert found.expected <= 0.02 + 1e-9
        assert found.replayed <= 0.05
        assert found.replayed_all <= 0.02
    # One SIM fewer of either kind would lose more than was allowed.
    lost = 1 - (1 - traffic.single_blocking(bridge.numbers - 1, bridge.numbers_erlang)) * (
        1 - traffic.erlang_b(bridge.trunks, bridge.trunks_erlang)
    )
    assert lost > 0.02


def test_the_busy_hour_is_the_one_with_the_most_traffic() -> None:
    quiet = [Hold("a", 600.0 * n, 600.0 * n + 10) for n in range(100)]
    rush = [Hold("b", 36_000.0 + n, 36_000.0 + n + 600) for n in range(60)]

    start, offered = traffic.busy_hour([*quiet, *rush])

    assert start <= 36_000.0 < start + 3600
    assert offered == pytest.approx(60 * 600 / 3600 + 6 * 10 / 3600, rel=0.01)
    assert traffic.busy_hour([]) == (0.0, 0.0)
