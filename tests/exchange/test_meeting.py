"""Two who call each other over AXYB at the same moment: one conversation, whoever was first."""

from __future__ import annotations

import pytest

from appliance.model.bindings_axyb import AxybTerms, YbTerms
from appliance.model.records import Mode, UrlKind
from tests.exchange.box import X2, A, B, TestBox, X

CITY = "0755"


@pytest.fixture
def pair(box: TestBox) -> tuple[TestBox, str, str]:
    """A box with an AXYB relation of A and B; return it with A's X and B's Y."""
    urls = {UrlKind.STATUS: "http://127.0.0.1:9/s", UrlKind.CDR: "http://127.0.0.1:9/c"}
    box.app = box.store.write(
        lambda db: box.store.applications.add(db, "pairs", Mode.AXYB, urls=urls)
    )
    for msisdn in (X, X2):
        box.line(msisdn)
        number = box.store.numbers.by_msisdn(msisdn)
        assert number is not None
        box.store.write(
            lambda db, number=number: box.store.numbers.update(db, number.number_id, city=CITY)
        )
    axyb, app, now = box.store.axyb, box.app, box.clock.now()
    binding = box.store.write(lambda db: axyb.bind(db, app, AxybTerms(A, CITY), now))
    yb = box.store.write(lambda db: axyb.bind_yb(db, app, binding.subscription_id, YbTerms(B), now))
    box.start()
    return box, binding.x, yb.y


@pytest.mark.parametrize("turn", range(6))
def test_both_legs_become_one_conversation(pair: tuple[TestBox, str, str], turn: int) -> None:
    box, x, y = pair
    calls = [(A, y), (B, x)]
    for person, line in calls if turn % 2 else reversed(calls):
        box.network.call(person, line)
    talk = box.talking()
    assert {talk.caller, talk.callee} == {A, B}
    assert sorted(state for line in (x, y) for state in box.network.states(line)) == [
        (A, "ACTIVE", False),
        (B, "ACTIVE", False),
    ]
    # Whoever was called back would have been dialled.
    assert not any(word.startswith("dial") for line in (x, y) for word in box.asked(line))
    box.network.hang_up(A)
    box.until(lambda: not box.store.calls.unfinished(), "everything is told")
    records = box.records()
    assert [record.state_code for record in records if record.session_id == talk.session_id] == [0]
    others = [record for record in records if record.session_id != talk.session_id]
    for other in others:
        assert other.state_code == 8102
        assert talk.session_id in other.notes[0]
        assert box.told(other) == ["callin", "disconnect", "fee"]
    box.until(box.network.quiet, "no leg is left")


def test_a_callee_who_hangs_up_the_own_call_is_called(pair: tuple[TestBox, str, str]) -> None:
    box, x, y = pair
    box.network.lines[y].silent.add("answer")
    box.network.call(A, y)  # A's leg can't be answered yet: the other line is lent and waits
    box.until(lambda: any(line.call for line in box.exchange.lines() if line.msisdn == x), "lent")
    box.network.call(B, x)
    box.network.hang_up(B)
    box.until(lambda: not box.network.states(x), "B has gone")
    box.network.hang_up(A)
    [record] = box.over()
    assert record.ended_by == "caller"
    box.until(box.network.quiet, "no leg is left")
    box.until(lambda: not any(line.call for line in box.exchange.lines()), "lines are free")
