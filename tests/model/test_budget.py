"""Allowances never give more than they may, and a wait that was kept is enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.model.budget import (
    PER_BINDING,
    PER_DESTINATION,
    PER_SIM,
    SMS_PARTS,
    Key,
    Level,
    Rule,
    spend,
    take,
    units_at,
    wait_for,
    without_full,
)

rules = st.builds(Rule, st.floats(0.1, 600), st.floats(1, 50))
steps = st.lists(st.tuples(st.floats(0, 120), st.integers(1, 8)), max_size=60)
SIM: Key = (PER_SIM, "8986")


def test_the_default_sends_a_burst_and_then_one_every_ten_seconds() -> None:
    level = None
    for _ in range(6):
        assert wait_for(SMS_PARTS, level, 1, 0.0) == 0
        level = take(SMS_PARTS, level, 1, 0.0)
    assert wait_for(SMS_PARTS, level, 1, 0.0) == pytest.approx(10)
    assert wait_for(SMS_PARTS, level, 1, 9.0) == pytest.approx(1)
    assert wait_for(SMS_PARTS, level, 1, 10.0) == 0
    assert wait_for(SMS_PARTS, level, 3, 10.0) == pytest.approx(20)


def test_more_than_the_burst_waits_for_a_full_bucket_and_leaves_a_debt() -> None:
    level = take(SMS_PARTS, None, 10, 0.0)
    assert level == Level(-4, 0.0)
    assert wait_for(SMS_PARTS, level, 1, 0.0) == pytest.approx(50)
    assert wait_for(SMS_PARTS, level, 10, 0.0) == pytest.approx(100)


@given(rules, steps)
def test_in_no_stretch_of_time_is_more_used_than_rate_and_burst_allow(
    rule: Rule, attempts: list[tuple[float, int]]
) -> None:
    now, level = 0.0, None
    used: list[tuple[float, int]] = []
    for pause, amount in attempts:
        now += pause
        if amount <= rule.burst and wait_for(rule, level, amount, now) == 0:
            level = take(rule, level, amount, now)
            used.append((now, amount))
    for index, (start, _) in enumerate(used):
        total = 0
        for end, amount in used[index:]:
            total += amount
            assert total <= rule.burst + (end - start) * rule.per_minute / 60 + 1e-6


@given(rules, steps)
def test_who_waits_as_told_need_not_wait_again(
    rule: Rule, attempts: list[tuple[float, int]]
) -> None:
    now, level = 0.0, None
    for pause, amount in attempts:
        now += pause
        now += wait_for(rule, level, amount, now)
        assert wait_for(rule, level, amount, now) == pytest.approx(0, abs=1e-6)
        level = take(rule, level, amount, now)
        assert level.units <= rule.burst


@given(rules, st.floats(0, 1000), st.floats(0, 1000))
def test_a_clock_that_runs_backwards_gives_nothing(rule: Rule, at: float, back: float) -> None:
    level = take(rule, None, 1, at)
    assert units_at(rule, level, at - back) <= level.units


def test_all_allowances_or_none() -> None:
    table = {PER_SIM: Rule(6, 6), PER_DESTINATION: Rule(1, 1)}
    destination, binding = (PER_DESTINATION, "+8613900000001"), (PER_BINDING, "free")
    keys = [SIM, destination, binding]
    first = spend(table, {}, keys, 1, 0.0)
    assert first.wait == 0
    assert first.levels == {SIM: Level(5, 0.0), destination: Level(0, 0.0)}
    second = spend(table, first.levels, keys, 1, 15.0)
    assert second.wait == pytest.approx(45)
    assert second.held_by == destination
    assert second.levels == {}
    other = spend(table, first.levels, [SIM, (PER_DESTINATION, "+8613900000002")], 1, 15.0)
    assert other.wait == 0


def test_the_longest_wait_names_its_bucket() -> None:
    table = {PER_SIM: Rule(6, 1), PER_BINDING: Rule(2, 1)}
    keys = [SIM, (PER_BINDING, "s")]
    levels = spend(table, {}, keys, 1, 0.0).levels
    held = spend(table, levels, keys, 1, 0.0)
    assert held.wait == pytest.approx(30)
    assert held.held_by == (PER_BINDING, "s")
    assert spend(table, levels, keys, 1, held.wait).wait == 0


def test_full_buckets_are_forgotten() -> None:
    table = {PER_SIM: Rule(6, 6)}
    levels = spend(table, {}, [SIM], 2, 0.0).levels
    assert without_full(table, levels, 19.9) == levels
    assert without_full(table, levels, 20.0) == {}
    assert without_full({}, levels, 0.0) == {}


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0.5), (float("nan"), 1)])
def test_a_rule_must_give_something(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="positive rate"):
        Rule(rate, burst)
