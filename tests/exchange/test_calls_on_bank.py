"""A box that goes away and comes back on real parts; the other calls are judged in tests/whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.model.records import CallRecord, Role
from tests.exchange.bank_box import BankBox
from tests.exchange.box import ALL

X = "+8617000000001"
TRUNK = "+8617000000002"
A = "+8613800000001"
B = "+8613800000002"


@pytest.fixture
def box(tmp_path: Path, personality: str) -> Iterator[BankBox]:
    """A box with X bound to A and B, and a trunk; at its stop conferences live on."""
    lines = [{"msisdn": number, "personality": personality} for number in (X, TRUNK)]
    box = BankBox(tmp_path, lines, on_stop="leave")
    box.enrol(X)
    box.enrol(TRUNK, Role.TRUNK)
    box.bind(X, A, B)
    box.start()
    yield box
    box.stop()


def talk(box: BankBox) -> CallRecord:
    def up() -> CallRecord | None:
        return next((r for r in box.store.calls.unfinished() if r.answered_at), None)

    record: CallRecord = box.until(up, 30, "a conversation")
    return record


@pytest.mark.parametrize("personality", ["ec25", "sim7600"])
def test_a_conference_lives_on_without_the_box_and_is_taken_up(box: BankBox) -> None:
    a, b = box.phone(A), box.phone(B, answers=0.3)
    a.do("dial", to=X)
    before = talk(box)
    assert box.exchange is not None
    box.exchange.stop(10.0)
    assert (a.look()["state"], b.look()["state"]) == ("active", "active")
    box.start()
    box.until(
        lambda: any(line.call == before.session_id for line in box.exchange.lines()), 20, "taken up"
    )
    b.do("hangup")
    record = box.over()
    assert box.told(record) == ALL
    assert (record.session_id, record.ended_by) == (before.session_id, "callee")
    assert record.answered_at == before.answered_at
    for phone in box.people:
        phone.until("idle", 15)
    box.until(box.idle, 15, "free lines")
    assert "AT+CHLD=0" not in box.commands(X)
