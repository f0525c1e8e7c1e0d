"""Time without a clock: two modems have to agree, and records before that are marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.model.records import CallRecord, Mode
from appliance.operations.caretaker import Caretaker
from appliance.operations.network_time import agreed, reading
from appliance.store import Store
from appliance.store.calls import UNDATED
from drivers.clock import SystemClock

X = "+8617000000001"
NOON = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


def call(name: str) -> CallRecord:
    return CallRecord(
        session_id=name, icid=name, app_id=None, mode=Mode.AXB, bind_number=X, dialled=X,
        subscription_id=None, caller=None, callee=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('+CCLK: "26/05/01,20:00:00+32"', NOON),
        ('+CCLK:"26/05/01,07:00:00-20"', NOON),
        ('+CCLK: "26/05/01,12:00:00"', NOON),
        ('+CCLK: "80/01/06,00:00:10+00"', None),
        ('+CCLK: "70/01/01,00:00:10+00"', None),
        ('+CCLK: "04/01/01,00:00:10+00"', None),
        ('+CCLK: "26/13/01,12:00:00+00"', None),
        ('+CCLK: "26/05/01,12:00:00+99"', None),
        ("+CCLK: 26/05/01", None),
    ],
)
def test_what_a_modem_says(answer: str, expected: datetime | None) -> None:
    assert reading(["AT+CCLK?", answer, "OK"]) == expected


def test_two_have_to_agree() -> None:
    def at(seconds: float, read: float = 0.0) -> tuple[datetime, float]:
        return NOON + timedelta(seconds=seconds), read

    assert agreed([], 0.0) is None
    assert agreed([at(0)], 0.0) is None
    assert agreed([at(0), at(6)], 0.0) is None
    assert agreed([at(0), at(5)], 0.0) == NOON + timedelta(seconds=5)
    # What passed between the readings is no difference, and one that is wrong outvotes nobody.
    assert agreed([at(0, 0.0), at(10, 10.0), at(9000)], 10.0) == NOON + timedelta(seconds=10)


def test_a_record_before_the_time_is_known_is_marked(tmp_path: Path) -> None:
    clock = SystemClock()
    store = Store(tmp_path / "simveil.db", clock=clock)
    store.start()
    flag = tmp_path / "time-unknown"
    flag.touch()
    caretaker = Caretaker(store, clock, flag)
    try:
        caretaker.start()
        store.write(lambda db: store.calls.open(db, call("early")))
        flag.unlink()
        caretaker.stop()
        caretaker.start()
        store.write(lambda db: store.calls.open(db, call("late")))
    finally:
        caretaker.stop()
        early, late = store.calls.get("early"), store.calls.get("late")
        store.stop(5.0)

    assert early is not None
    assert late is not None
    assert early.notes == (UNDATED,)
    assert late.notes == ()
