"""Idle lines looked after on the virtual bank, allowances that are kept, a stick pulled out."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

from appliance.exchange.allowances import USED_UP
from appliance.exchange.registry import LineStatus
from appliance.exchange.upkeep_settings import UpkeepSettings
from appliance.model.allowances import ALLOWANCE_MINUTES, ALLOWANCE_MONEY, PRICE_MINUTE
from appliance.model.records import Role
from appliance.model.saved_codes import LOW_CREDIT
from appliance.store.upkeep import SavedCode, Upkeep
from tests.exchange.bank_box import BankBox

X, TRUNK = "+8617000000001", "+8617000000002"
A, B, ELSEWHERE = "+8613800000001", "+8613800000002", "+8613800000003"
OFTEN = UpkeepSettings(first=0.1, every=0.2, radio=0.3, day=1.0)


def test_idle_lines_are_looked_after_and_allowances_kept(tmp_path: Path) -> None:
    lines = [{"msisdn": X, "personality": "ec25"}, {"msisdn": TRUNK, "personality": "sim7600"}]
    box = BankBox(tmp_path, lines, upkeep=OFTEN)
    try:
        box.enrol(X)
        box.enrol(TRUNK, Role.TRUNK)
        box.bind(X, A, B)
        upkeep = Upkeep(box.store.reader)
        asked = SavedCode("*", "balance", "*101#", "余额 {amount} 元")
        box.store.write(lambda db: upkeep.put_code(db, asked))
        settle(box, X, **{LOW_CREDIT: 5_000})
        box.start()
        check_diversions_and_credit_become_findings(box)
        check_where_it_is_attached(box)
        check_calls_go_by_who_can_pay(box)
        check_what_was_found_survives_a_restart(box)
        check_a_stick_is_pulled(box)
    finally:
        box.stop()


def settle(box: BankBox, msisdn: str, **settings: Any) -> None:
    number = box.store.numbers.by_msisdn(msisdn)
    assert number is not None
    box.store.write(lambda db: box.store.numbers.update(db, number.number_id, settings=settings))


def codes(box: BankBox, msisdn: str) -> set[str]:
    assert box.exchange is not None
    [line] = [line for line in box.exchange.lines() if line.msisdn == msisdn]
    return {found.code for found in line.findings}


def check_diversions_and_credit_become_findings(box: BankBox) -> None:
    assert box.exchange is not None
    box.until(lambda: codes(box, X) == {"FND-103"}, 30, "low credit")
    assert codes(box, TRUNK) == set()
    box.exchange.raw_at(X, f'AT+CCFC=1,3,"{ELSEWHERE}",145', 10)
    box.until(lambda: "HOT-005" in codes(box, X), 30, "a diversion that is seen")
    mended = box.exchange.desk.checks.run(X, mend=True)
    assert [check.name for check in mended if check.mended] == ["forwarding"]
    assert all(check.works for check in mended if check.name != "voice")
    settle(box, X, **{LOW_CREDIT: 4_000})
    box.until(lambda: codes(box, X) == set(), 30, "nothing that is wrong")


def check_where_it_is_attached(box: BankBox) -> None:
    assert box.exchange is not None
    desk = box.exchange.desk
    [iccid] = [line.iccid for line in box.exchange.lines() if line.msisdn == X]
    radio = box.until(lambda: desk.radio().get(str(iccid)), 30, "facts of its radio")
    assert radio.status == 1
    assert radio.act is not None
    assert radio.cell
    exchange = box.exchange
    box.until(
        lambda: [line.celsius for line in exchange.lines() if line.msisdn == X] != [None],
        30,
        "how warm its module is",
    )


def check_calls_go_by_who_can_pay(box: BankBox) -> None:
    """X's own SIM has nothing left, the trunk has two minutes; then nobody has."""
    assert box.exchange is not None
    settle(box, X, **{ALLOWANCE_MINUTES: 0})
    settle(box, TRUNK, **{ALLOWANCE_MONEY: 50, PRICE_MINUTE: 25})
    box.phone(B, answers=0.1)
    caller = box.phone(A)
    caller.do("dial", to=X)
    box.until(lambda: any(r.answered_at for r in box.store.calls.unfinished()), 30, "a talk")
    assert box.exchange._registry.allowances is not None
    assert box.exchange._registry.allowances.minutes_left(TRUNK) == 1
    caller.do("hangup")
    record = box.over()
    assert (record.strategy, record.shown) == ("bridge", TRUNK)
    box.until(box.idle, 15, "free lines")

    settle(box, TRUNK, **{ALLOWANCE_MONEY: 25})
    caller.do("dial", to=X)
    record = box.over(2)
    assert (record.state_code, record.release_point, record.answered_at) == (USED_UP, USED_UP, None)
    box.until(lambda: "FND-102" in codes(box, TRUNK), 30, "an allowance that is used up")
    box.until(box.idle, 15, "free lines")


def check_what_was_found_survives_a_restart(box: BankBox) -> None:
    assert box.exchange is not None
    box.exchange.stop(10.0)
    box.start()
    assert "FND-102" in codes(box, TRUNK)
    assert box.exchange._registry.allowances is not None
    assert box.exchange._registry.allowances.minutes_left(TRUNK) == 0


def check_a_stick_is_pulled(box: BankBox) -> None:
    assert box.exchange is not None
    desk = box.exchange.desk
    looks = threading.Semaphore(0)
    lines = desk._lines

    def looked() -> Any:
        found = lines()
        looks.release()
        return found

    desk._lines = looked
    found: queue.SimpleQueue[LineStatus | None] = queue.SimpleQueue()
    waiting = threading.Thread(target=lambda: found.put(desk.pulled(60)))
    waiting.start()
    for _ in range(4):  # the desk's own look may be among them
        assert looks.acquire(timeout=30)
    box.control.fault(TRUNK, "unplug")
    gone = found.get(timeout=60)
    waiting.join(5)
    box.control.fault(TRUNK, "plug")
    assert gone is not None
    assert gone.msisdn == TRUNK
    assert desk.pulled(0.01) is None
