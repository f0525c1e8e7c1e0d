"""A number is judged by its line, and only when it ever had one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.exchange.number_watch import NumberWatch, WatchSettings, condition_of
from appliance.exchange.registry import LineState, LineStatus
from appliance.model.availability import HEALTHY, judge
from appliance.model.line_conditions import CONDITIONS
from appliance.model.records import Mode, Role
from appliance.store import Store
from drivers.clock import ManualClock

X = "+8617000000001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = ManualClock()
    opened = Store(tmp_path / "simveil.db", clock=clock)
    opened.start()
    app = opened.write(lambda db: opened.applications.add(db, "shop", Mode.AXB))
    opened.write(
        lambda db: opened.numbers.enrol(
            db, X, iccid="89860012345678901234", role=Role.NUMBER, app_id=app.app_id
        )
    )
    yield opened
    opened.stop()


def status_after(store: Store, seconds: float, lines: list[LineStatus]) -> int:
    """Let a watch of a new life look at these lines for so long; return the number's state."""
    clock = ManualClock()
    watch = NumberWatch(store, clock, WatchSettings(), lambda: lines)
    watch.start()
    clock.advance(seconds)
    watch.stop()
    store.write(lambda _db: None)  # what was posted before is on disk by now
    found = store.numbers.by_msisdn(X)
    assert found is not None
    return found.status


def test_a_number_whose_sim_never_came_was_not_lost(store: Store) -> None:
    assert status_after(store, 3600, []) == 5


def test_a_number_that_was_seen_once_is_lost_when_it_stays_away(store: Store) -> None:
    ready = LineStatus("usb1", msisdn=X, state=LineState.READY)
    assert status_after(store, 30, [ready]) == 5
    assert status_after(store, 170, []) == 5
    assert status_after(store, 200, []) == 9
    assert status_after(store, 30, [ready]) == 5


def test_every_condition_that_suspends_a_number_is_told_to_its_application() -> None:
    for each in CONDITIONS:
        line = LineStatus("usb1", msisdn=X, state=each.state or LineState.READY)
        assert (judge(condition_of(line)) != HEALTHY) is each.suspends, each.name
