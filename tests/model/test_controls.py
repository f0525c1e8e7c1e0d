"""What an application allows of calls: read from its settings, and judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.errors import BadInput
from appliance.model.controls import FREQUENCY_CODES, NONE, Attempt, Controls, judge, read

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)  # noon on the box's clock
CALL = Attempt("firm", "1", "+8617000000001", "+8617000000002", "+8613800000001", "+8613800000002")


def controls(**given: object) -> Controls:
    return read({"controls": given})


def test_without_settings_everything_passes() -> None:
    assert read({}) == NONE
    code, spent = judge(NONE, CALL, {}, 1000, NOW)
    assert (code, spent.levels) == (None, {})


@pytest.mark.parametrize("scope", FREQUENCY_CODES)
def test_a_scope_counts_its_own_and_comes_back(scope: str) -> None:
    known = controls(**{scope: {"per_minute": 2, "burst": 1}})
    code, spent = judge(known, CALL, {}, 0, NOW)
    assert code is None
    assert [key[0] for key in spent.levels] == [scope]
    again, unspent = judge(known, CALL, spent.levels, 0, NOW + timedelta(seconds=20))
    assert (again, unspent.levels) == (FREQUENCY_CODES[scope], {})
    assert judge(known, CALL, spent.levels, 0, NOW + timedelta(seconds=31))[0] is None
    other = Attempt(*(f"{value}9" for value in ("firm", "1", *[CALL.displayed] * 4)))
    assert judge(known, other, spent.levels, 0, NOW)[0] is None


def test_lists_hours_and_calls_at_once() -> None:
    assert judge(controls(callers=[CALL.caller]), CALL, {}, 0, NOW)[0] == 7005
    assert judge(controls(callees=[CALL.callee]), CALL, {}, 0, NOW)[0] == 7004
    assert judge(controls(callers=[CALL.caller]), replace(CALL, caller=None), {}, 0, NOW)[0] is None
    assert judge(controls(at_once=2), CALL, {}, 1, NOW)[0] is None
    assert judge(controls(at_once=2), CALL, {}, 2, NOW)[0] == 7109
    for begin, end, code in (
        ("08:00", "21:00", None),
        ("12:00", "12:01", None),
        ("13:00", "21:00", 8050),
        ("22:00", "12:30", None),
        ("22:00", "06:00", 8050),
    ):
        assert judge(controls(hours=[begin, end]), CALL, {}, 0, NOW)[0] == code


@pytest.mark.parametrize(
    "given",
    [
        "much",
        {"callers": "+8613800000001"},
        {"callers": ["13800000001"]},
        {"caller": 0},
        {"caller": True},
        {"caller": {"per_minute": "6"}},
        {"hours": ["8"]},
        {"hours": 8},
        {"at_once": 0},
        {"per_caller": 3},
    ],
)
def test_what_cannot_be_read_is_refused(given: object) -> None:
    with pytest.raises(BadInput):
        read({"controls": given})
