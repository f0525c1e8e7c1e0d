"""How long a line may be ill before its application hears of it."""

from __future__ import annotations

import pytest

from appliance.model.availability import GONE, HEALTHY, Condition, Verdict, Watch, judge

WELL = Condition()
SIM_OUT = Condition(in_service=False, sim_fails=True)
DENIED = Condition(in_service=False, barred=True)


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (WELL, HEALTHY),
        (GONE, Verdict(9)),
        (SIM_OUT, Verdict(10, "3")),
        (DENIED, Verdict(10, "5")),
        (Condition(forwarding=frozenset({0})), Verdict(10, "7")),
        (Condition(forwarding=frozenset({2})), Verdict(10, "8")),
        (Condition(forwarding=frozenset({1})), Verdict(10, "9")),
        (Condition(forwarding=frozenset({3})), HEALTHY),  # the cloud has no cause for it
        (Condition(forwarding=frozenset({0, 1, 2})), Verdict(10, "7")),
        (Condition(in_service=False, forwarding=frozenset({1})), Verdict(10, "9")),
    ],
)
def test_a_condition_means_one_state(condition: Condition, verdict: Verdict) -> None:
    assert judge(condition) == verdict


@pytest.mark.parametrize(("condition", "seconds"), [(GONE, 180.0), (SIM_OUT, 30.0), (DENIED, 30.0)])
def test_it_has_to_last(condition: Condition, seconds: float) -> None:
    watch = Watch()
    assert watch.look({"x": WELL}, 0.0) == {"x": HEALTHY}
    assert watch.look({"x": condition}, 10.0) == {}
    assert watch.look({"x": condition}, 10.0 + seconds - 0.1) == {}
    assert watch.look({"x": condition}, 10.0 + seconds) == {"x": judge(condition)}
    assert watch.look({"x": WELL}, 10.0 + seconds + 1) == {"x": HEALTHY}  # well at once


def test_a_replug_begins_the_wait_anew() -> None:
    watch = Watch()
    for at in (0.0, 29.0):
        assert watch.look({"x": GONE}, at) == {}
    assert watch.look({"x": WELL}, 30.0) == {"x": HEALTHY}
    assert watch.look({"x": GONE}, 31.0) == {}
    assert watch.look({"x": GONE}, 200.0) == {}
    assert watch.look({"x": GONE}, 211.0) == {"x": Verdict(9)}


def test_a_number_that_is_watched_no_more_is_forgotten() -> None:
    watch = Watch()
    watch.look({"x": GONE, "y": GONE}, 0.0)
    watch.look({"x": GONE}, 1.0)
    assert set(watch.numbers) == {"x"}
