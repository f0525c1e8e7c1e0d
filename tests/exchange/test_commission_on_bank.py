"""A line commissioned on the virtual bank: real modems' dialogue, real voice, real texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import NotFound, Refused
from appliance.model.commission import Report
from appliance.model.records import Role
from tests.exchange.bank_box import BankBox

X, ONE, TWO = "+8617000000001", "+8617000000002", "+8617000000003"
A, B = "+8613800000001", "+8613800000002"


def test_what_a_line_can_is_found_kept_and_gone_by(tmp_path: Path) -> None:
    """Its SIM holds but joins nothing: the next call is a bridge at once."""
    lines = [
        {"msisdn": X, "personality": "ec25", "multiparty": False},
        {"msisdn": ONE, "personality": "sim7600"},
        {"msisdn": TWO, "personality": "ec25"},
    ]
    box = BankBox(tmp_path, lines)
    try:
        box.enrol(X)
        box.enrol(ONE, Role.TRUNK)
        box.bind(X, A, B)
        box.start()
        assert box.exchange is not None
        commissionings = box.exchange.commissionings
        with pytest.raises(NotFound, match="not enrolled"):
            commissionings.run(TWO, [], tmp_path / "recordings", box.clock.now())
        box.enrol(TWO, Role.TRUNK)
        box.exchange.enrolment_changed()
        assert commissionings.report(X) is None
        made = commissionings.run(X, [ONE, TWO], tmp_path / "recordings", box.clock.now())
        judged(made)
        assert commissionings.report(X) == (made, False)
        assert not list((tmp_path / "recordings").iterdir())
        box.until(box.idle, 15, "free lines")
        assert not box.store.calls.recent(10)

        box.phone(A).do("dial", to=X)
        box.phone(B, answers=0.2)
        box.until(lambda: any(r.answered_at for r in box.store.calls.unfinished()), 30, "a talk")
        with pytest.raises(Refused, match="in use"):
            commissionings.run(X, [ONE, TWO], tmp_path / "recordings", box.clock.now())
        box.phone(A).do("hangup")
        record = box.over()
        assert record.strategy == "bridge"
        assert box.commands(X).count("AT+CHLD=3") <= 1  # the trial's own
    finally:
        box.stop()


def judged(made: Report) -> None:
    works = {finding.check: finding.works for finding in made.findings}
    assert works == {
        "answer": True, "call": True, "uplink": True, "downlink": True, "delay": True,
        "digits-reported": True, "digits-heard": True, "hold": True, "multiparty": False,
        "transfer": False, "text-out": True, "text-report": True, "text-in": True,
    }  # fmt: skip
    assert made.strategies() == ("bridge",)
    assert made.firmware
    assert made.partners == (ONE, TWO)
