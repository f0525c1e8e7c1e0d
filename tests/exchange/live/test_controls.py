"""An application's limits and lists with live calls and texts."""

from __future__ import annotations

import pytest

from appliance.model.records import Mode
from tests.exchange.box import ALL
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.rows import covers
from tests.exchange.live.town import AX, AXB


@covers("5.1/7001", "5.1/7002", "5.1/7003", "5.1/8047", "5.1/8048", "5.1/8049")
@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ("account", 7001),
        ("application", 7002),
        ("displayed", 7003),
        ("caller", 8047),
        ("callee", 8048),
        ("business", 8049),
    ],
)
def test_a_call_beyond_the_allowance_is_refused(house: ModeHouse, scope: str, code: int) -> None:
    controls = {scope: {"per_minute": 0.001, "burst": 1}}
    house.app(Mode.AXB, settings={"prompts": None, "controls": controls})
    a, _, _ = house.bind()
    assert house.talks(a, AXB).code == 0
    assert house.refused(a, AXB).code == code


@covers("5.1/7004", "5.1/7005", "5.1/8050", "3/sendResult 8")
def test_listed_people_and_the_night(house: ModeHouse) -> None:
    a, b, _ = house.bind()
    for controls, code in (
        ({"callees": [b.msisdn]}, 7004),
        ({"callers": [a.msisdn]}, 7005),
        ({"hours": ["00:00", "00:00"]}, 8050),
    ):
        house.app(Mode.AXB, settings={"prompts": None, "controls": controls})
        told = house.refused(a, AXB)
        assert (told.code, told.info("fee")["ulFailReason"]) == (code, code)
        if code != 8050:
            assert house.texts(a, AXB, "hello")["sendResult"] == 8
    assert not b.look()["inbox"]


@covers("5.1/7109")
def test_no_more_calls_at_once_than_allowed(house: ModeHouse) -> None:
    house.app(Mode.AX, settings={"prompts": None, "controls": {"at_once": 1}})
    house.ax()
    for _ in range(2):  # one after the other is one at a time
        assert house.talks(house.person(), AX).kinds == ALL
    house.app(Mode.AXB, settings={"prompts": None, "controls": {"at_once": 1}})
    first, _, _ = house.bind()
    house.dials(first, AXB)
    record = house.talking(first)
    # A second number of the same application would take the call but for the limit.
    house.move(AX, Mode.AXB)
    try:
        second = house.person()
        third = house.person(answers=0.02)
        house.bind_on(AX, second, third)
        assert house.refused(second, AX).code == 7109
    finally:
        first.do("hangup")
        house.told(first)
        house.move(AX, Mode.AX)
    assert record.answered_at is not None
