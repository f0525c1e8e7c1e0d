"""The state of private numbers: every push from something that happened to a live line."""

from __future__ import annotations

import pytest

from appliance.errors import Refused
from appliance.exchange.number_watch import tell_deleted
from appliance.model.bindings import NUMBER_ABNORMAL
from appliance.model.records import Mode, UrlKind
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.rows import covers
from tests.exchange.live.town import AX, AXB, PATIENCE

TARGET = "+8613900009999"


def statuses(house: ModeHouse) -> list[dict[str, str]]:
    """Return what was told of numbers so far, oldest first."""
    pushes = [push for push in house.store.outbox.recent(200) if push.kind == "numStatus"]
    return [item for push in reversed(pushes) for item in push.body["numInfo"]]


def after(house: ModeHouse, count: int, more: int) -> list[dict[str, str]]:
    """Wait until that many more states are told; return them."""
    house.until(lambda: len(statuses(house)) >= count + more, PATIENCE, f"{more} states")
    return statuses(house)[count:]


def line(status: int, cause: str | None = None, number: str = AXB) -> dict[str, str]:
    return {"number": number, "status": str(status)} | ({"cause": cause} if cause else {})


@pytest.mark.parametrize(
    ("breaks", "mends", "told"),
    [
        ("no-network", "network", line(9)),
        ("sim-out", "sim-in", line(10, "3")),
        ("deny", "allow", line(10, "5")),
    ],
)
def test_a_line_that_is_ill_for_long_is_told_and_takes_no_bindings(
    alone_house: ModeHouse, breaks: str, mends: str, told: dict[str, str]
) -> None:
    house = alone_house
    before = len(statuses(house))
    house.control.fault(AXB, breaks)
    assert after(house, before, 1) == [told]
    with pytest.raises(Refused) as refused:
        house.bind()
    assert refused.value.reason == NUMBER_ABNORMAL
    house.control.fault(AXB, mends)
    assert after(house, before, 2) == [told, line(5)]
    a, _, _ = house.bind()
    house.until(lambda: house.ready(AXB), PATIENCE, "the line")
    assert house.talks(a, AXB).code == 0


def test_a_sim_that_wants_its_puk_is_a_sim_that_is_stopped(alone_house: ModeHouse) -> None:
    house = alone_house
    before = len(statuses(house))

    def last(state: dict[str, str]) -> None:
        told = f"{state} at the end of {statuses(house)[before:]}"
        house.until(lambda: statuses(house)[before:][-1:] == [state], PATIENCE, told)

    house.control.fault(AXB, "puk")  # the modem starts anew with it, which may be a 9 in between
    last(line(10, "3"))
    with pytest.raises(Refused) as refused:
        house.bind()
    assert refused.value.reason == NUMBER_ABNORMAL
    house.control.fault(AXB, "unblock")
    last(line(5))
    house.until(lambda: house.ready(AXB), PATIENCE, "the line")
    a, _, _ = house.bind()
    assert house.talks(a, AXB).code == 0


def test_forwarding_at_the_sim_is_told_with_its_kind(alone_house: ModeHouse) -> None:
    house = alone_house
    before = len(statuses(house))
    for reason, cause in ((0, "7"), (2, "8"), (1, "9")):
        house.exchange.raw_at(AX, f'AT+CCFC={reason},3,"{TARGET}",145', 10)
        assert after(house, before, 1) == [line(10, cause, AX)]
        house.exchange.raw_at(AX, f"AT+CCFC={reason},4", 10)
        assert after(house, before, 2)[1:] == [line(5, number=AX)]
        before += 2


@covers("5.1/7505")
def test_a_replug_is_no_news_and_fails_no_bind(house: ModeHouse) -> None:
    before = len(statuses(house))
    caller, callee, _ = house.bind()
    callee.do("auto", answer_after=None)
    house.dials(caller, AXB)
    callee.until("ringing")
    house.control.fault(AXB, "unplug")
    assert house.told(caller).code == 7505
    house.until(lambda: not house.ready(AXB), PATIENCE, "a line without its modem")
    a, _, _ = house.bind()
    house.control.fault(AXB, "plug")
    house.until(lambda: house.ready(AXB), PATIENCE, "the line")
    assert house.talks(a, AXB).code == 0
    assert statuses(house)[before:] == []


def test_what_an_operator_set_stays_and_a_switch_sends_it_elsewhere(
    alone_house: ModeHouse,
) -> None:
    house = alone_house
    numbers = house.store.numbers
    number = numbers.by_msisdn(AXB)
    assert number is not None
    before = len(statuses(house))
    house.store.write(lambda db: numbers.update(db, number.number_id, status=11))
    house.control.fault(AXB, "deny")
    house.passes(0.6)
    house.control.fault(AXB, "allow")
    house.until(lambda: house.ready(AXB), PATIENCE, "the line")
    house.passes(0.3)
    found = numbers.by_msisdn(AXB)
    assert found is not None
    assert (found.status, statuses(house)[before:]) == (11, [])

    app = house.apps[Mode.AXB]

    def deleted(**fields: object) -> UrlKind | None:
        house.app(Mode.AXB, **fields)
        rows = len(house.store.outbox.recent(500))
        house.store.write(lambda db: tell_deleted(house.store, db, found, house.clock.now()))
        fresh = house.store.outbox.recent(500)
        if len(fresh) == rows:
            return None
        assert fresh[0].body["numInfo"] == [line(10, "1")]
        return fresh[0].url

    assert deleted() is UrlKind.NUMBER
    assert deleted(urls={UrlKind.NUMBER: None}) is None
    assert deleted(settings={"push_number_status": True}) is UrlKind.STATUS
    house.app(Mode.AXB, urls={UrlKind.NUMBER: app.urls[UrlKind.NUMBER]})
