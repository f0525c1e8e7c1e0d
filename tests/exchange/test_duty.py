"""While the box is down a number's calls go to the duty number, and come back at the start."""

from __future__ import annotations

from pathlib import Path

from appliance.exchange.duty import MARK
from appliance.model.records import Role
from tests.exchange.bank_box import BankBox

X, TRUNK = "+8617000000001", "+8617000000002"
DUTY, A = "+8613900000009", "+8613800000001"


def diverted(box: BankBox, line: str) -> list[str]:
    return [each for each in box.commands(line) if each.startswith("AT+CCFC=0,3")]


def test_calls_are_diverted_at_the_stop_and_not_any_more_after_the_start(tmp_path: Path) -> None:
    lines = [{"msisdn": X, "personality": "ec25"}, {"msisdn": TRUNK, "personality": "sim7600"}]
    box = BankBox(tmp_path, lines, duty_number=DUTY)
    try:
        box.enrol(X)
        box.enrol(TRUNK, Role.TRUNK)
        box.start()
        assert box.exchange is not None
        box.until(lambda: "AT+CCFC=2,2" in box.commands(X), 30, "diversions are asked for")
        box.exchange.stop(10.0)
        box.exchange = None
        assert diverted(box, X) == [f'AT+CCFC=0,3,"{DUTY}",145,1']
        assert diverted(box, TRUNK) == []
        number = box.store.numbers.by_msisdn(X)
        assert number is not None
        assert number.settings.get(MARK) is True
        duty, caller = box.phone(DUTY), box.phone(A)
        caller.do("dial", to=X)
        box.until(lambda: duty.look()["state"] == "ringing", 30, "the duty phone rings")
        caller.do("hangup")

        box.start()
        box.until(lambda: "AT+CCFC=0,4" in box.commands(X), 30, "the diversion is undone")

        def unmarked() -> bool:
            known = box.store.numbers.by_msisdn(X)
            return known is not None and not known.settings.get(MARK)

        box.until(unmarked, 30, "the mark is gone")
        assert "AT+CCFC=0,4" not in box.commands(TRUNK)
    finally:
        box.stop()
