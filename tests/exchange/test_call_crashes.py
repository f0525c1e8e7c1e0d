"""Calls when the box dies: taken up again, told to their end once, no line left busy."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.model.records import CallRecord, Mode
from drivers.errors import CommandFailed
from drivers.modem import CallInfo, CallState, Offered
from tests.exchange.box import ALL, STRANGER, A, B, C, TestBox, X
from tests.exchange.fake_network import NetCall


@pytest.fixture
def second_box(tmp_path: Path) -> Iterator[TestBox]:
    """A box that is killed and comes back over the same database and the same network."""
    made = TestBox(tmp_path)
    yield made
    made.stop()
    made.close()


def crash(box: TestBox) -> None:
    """The box dies: its modems hear nothing more from it, nothing more is written."""
    for modem in box.network.lines.values():
        modem.deaf = True
    for worker in box.exchange._workers.values():
        worker.journal = _Dead()  # type: ignore[assignment]
    for modem in box.network.lines.values():
        modem.stop(0)
    calls = {msisdn: deepcopy(modem.calls) for msisdn, modem in box.network.lines.items()}
    box.exchange.stop(5.0)
    for msisdn, modem in box.network.lines.items():
        modem.calls = calls[msisdn]
        modem.deaf = False
        modem.asked.clear()


class _Dead:
    def add(self, *_: object) -> None:
        pass

    def pending(self) -> frozenset[str]:
        return frozenset()


def test_a_conference_is_taken_up_again_after_a_crash(second_box: TestBox) -> None:
    before = second_box.conversation()
    crash(second_box)
    second_box.start()
    second_box.until(
        lambda: any(line.call == before.session_id for line in second_box.exchange.lines()),
        "the call is supervised again",
    )
    assert second_box.asked(X) == ["list_calls"]
    second_box.fires(60)
    second_box.network.hang_up(B)
    [record] = second_box.over()
    assert second_box.told(record) == ALL
    assert record.answered_at == before.answered_at
    assert record.ended_by == "callee"
    assert [kind for kind, _ in second_box.pushes()] == ALL
    assert second_box.network.quiet()


def test_the_limit_counts_on_through_a_crash(second_box: TestBox) -> None:
    second_box.line(X)
    second_box.bind(max_minutes=1)
    second_box.start()
    second_box.network.call(A, X)
    second_box.talking()
    crash(second_box)
    second_box.clock.advance(40)
    second_box.start()
    second_box.until(lambda: second_box.exchange.lines()[0].call, "supervised again")
    second_box.fires(21)
    [record] = second_box.over()
    assert record.state_code == 8010
    assert record.ended_at is not None
    assert record.answered_at is not None
    assert (record.ended_at - record.answered_at).total_seconds() == 61


def test_a_bridge_is_ended_in_order_after_a_crash(second_box: TestBox) -> None:
    before = second_box.conversation("bridge")
    crash(second_box)
    second_box.start()
    [record] = second_box.over()
    second_box.until(second_box.network.quiet, "both legs are released, on both lines")
    assert record.session_id == before.session_id
    assert second_box.told(record) == ALL
    assert record.ended_by == "box"


def test_a_call_that_ended_while_the_box_was_away_ends_when_it_was_last_seen(
    second_box: TestBox,
) -> None:
    second_box.conversation()
    second_box.fires(31)  # the journal's pulse
    seen = second_box.clock.now()
    second_box.until(
        lambda: second_box.store.calls.unfinished()[0].legs["seen"] == seen.isoformat(),
        "the pulse is on disk",
    )
    crash(second_box)
    second_box.clock.advance(3600)
    for modem in second_box.network.lines.values():
        modem.calls.clear()
    second_box.start()
    [record] = second_box.over()
    assert second_box.told(record) == ALL
    assert record.ended_at == seen
    assert any("not seen" in note for note in record.notes)


def test_every_stage_of_a_call_survives_a_crash_with_one_end(second_box: TestBox) -> None:
    second_box.line(X)
    second_box.bind()
    second_box.start()
    second_box.network.people[B] = "rings"
    second_box.network.call(A, X)
    second_box.until(lambda: "alerting" in [k for k, _ in second_box.pushes()], "B rings")
    crash(second_box)
    second_box.start()
    [record] = second_box.over()
    second_box.until(second_box.network.quiet, "both legs are released")
    assert record.answered_at is None
    assert [kind for kind, _ in second_box.pushes()] == [
        "callin",
        "callout",
        "alerting",
        "disconnect",
        "fee",
    ]
    # Another start finds nothing to do.
    crash(second_box)
    second_box.start()
    assert len(second_box.over()) == 1
    assert len(second_box.pushes()) == 5


def test_a_stray_call_is_released_and_a_ringing_one_is_a_new_call(second_box: TestBox) -> None:
    modem = second_box.line(X)
    second_box.bind()
    with second_box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, True, CallState.ACTIVE, False, STRANGER), STRANGER)
    second_box.start()
    second_box.until(second_box.network.quiet, "the stray is gone")
    assert second_box.records() == []


def left(box: TestBox, caller: str, leg: dict[str, object], *, over: bool = False) -> None:
    """Enter a call as a box leaves it that dies during it, or when it had told that it is over."""
    now = box.clock.now()
    record = CallRecord(
        session_id="ended" if over else "before",
        icid="ended" if over else "before",
        app_id=box.app.app_id,
        mode=Mode.AXB,
        bind_number=X,
        dialled=X,
        caller=caller,
        call_in_at=now,
        ended_at=now if over else None,
        legs={"a": leg, "joined": False, "limit": 0},
    )

    def work(db: Database) -> None:
        box.store.calls.open(db, record)
        if over:
            box.store.calls.close(db, record.session_id)

    box.store.write(work)


def ended_before(box: TestBox, caller: str, state: str) -> None:
    """Enter a call that is told as over, with A's leg ``releasing`` or ``gone``."""
    left(box, caller, {"line": X, "index": 1, "state": state}, over=True)


@pytest.mark.parametrize("told_first", [False, True])
def test_a_call_that_rings_through_a_crash_is_one_call(
    second_box: TestBox, told_first: bool
) -> None:
    """The box died before the modem had told the index; the next start may hear +CLIP first."""
    modem = second_box.line(X)
    second_box.bind()
    left(second_box, A, {"line": X, "index": 0, "state": "ringing"})
    with second_box.network.lock:
        modem.calls[2] = NetCall(CallInfo(2, False, CallState.INCOMING, False, A), A)
    if told_first:
        modem.first_words = [Offered(0, A, False), Offered(2, A, False)]
    second_box.start()
    [record] = second_box.over()
    second_box.until(second_box.network.quiet, "the call is released")
    assert record.session_id == "before"
    assert second_box.told(record) == ["callin", "disconnect", "fee"]


def test_who_waited_behind_a_call_of_before_rings_when_that_is_released_and_is_no_new_call(
    second_box: TestBox,
) -> None:
    modem = second_box.line(X)
    second_box.bind()
    left(second_box, A, {"line": X, "index": 0, "state": "ringing"})
    ended_before(second_box, C, "releasing")
    with second_box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.ACTIVE, False, C), C)
        modem.calls[2] = NetCall(CallInfo(2, False, CallState.WAITING, False, A), A)
    second_box.start()
    record, _ = second_box.over(2)
    second_box.until(second_box.network.quiet, "both calls are released")
    assert record.session_id == "before"
    # The index is anybody's again.
    second_box.network.call(A, X)
    second_box.talking()
    second_box.network.hang_up(B)
    second_box.over(3)


def up(box: TestBox) -> None:
    """A and B are on X's modem, and no record says so."""
    modem = box.line(X)
    box.bind()
    with box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.HELD, False, A), A)
        modem.calls[2] = NetCall(CallInfo(2, True, CallState.ALERTING, False, B), B)


@pytest.mark.parametrize("before", ["nothing", "gone"])
def test_a_call_that_the_box_failed_before_it_was_on_the_disk_is_told_by_the_next_start(
    second_box: TestBox, before: str
) -> None:
    up(second_box)
    if before == "gone":
        ended_before(second_box, A, "gone")
    second_box.start()
    record = second_box.over(1 if before == "nothing" else 2)[-1]
    second_box.until(second_box.network.quiet, "both legs are released")
    assert second_box.told(record) == ["callin", "disconnect", "fee"]
    assert (record.caller, record.callee, record.state_code) == (A, B, 7102)
    assert record.subscription_id is not None
    assert record.ended_by == "box"
    crash(second_box)
    second_box.start()
    assert len(second_box.over(1 if before == "nothing" else 2)) == (
        1 if before == "nothing" else 2
    )


def test_what_is_left_of_a_call_that_was_told_as_over_is_no_call(second_box: TestBox) -> None:
    up(second_box)
    ended_before(second_box, A, "releasing")
    second_box.start()
    second_box.until(second_box.network.quiet, "both legs are released")
    [record] = second_box.over()
    assert record.session_id == "ended"


def test_a_call_of_before_that_does_not_go_is_released_again(second_box: TestBox) -> None:
    """``AT+CHLD=0`` for a held call that crossed with a new caller has refused that one instead."""
    modem = second_box.line(X)
    second_box.bind()
    left(second_box, A, {"line": X, "index": 1, "state": "held"})
    with second_box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.HELD, False, A), A)
        modem.fails["hang_up"] = CommandFailed("it crossed")
    second_box.start()
    second_box.over()
    second_box.until(lambda: "hang_up 1" in modem.asked, "its release")
    modem.fails.clear()
    assert not second_box.network.quiet()
    second_box.fires(2.5)
    second_box.until(second_box.network.quiet, "the call is gone")


@pytest.mark.parametrize(("caller", "state"), [(C, "ringing"), (A, "held")])
def test_an_index_that_was_given_again_while_the_box_was_away_is_another_call(
    second_box: TestBox, caller: str, state: str
) -> None:
    modem = second_box.line(X)
    second_box.bind()
    left(second_box, caller, {"line": X, "index": 2, "state": state})
    with second_box.network.lock:
        modem.calls[2] = NetCall(CallInfo(2, False, CallState.INCOMING, False, A), A)
    modem.first_words = [Offered(2, A, False)]
    second_box.start()
    talking = second_box.talking()
    second_box.network.hang_up(B)
    before, after = second_box.over(2)
    assert talking.session_id == after.session_id
    assert second_box.told(after) == ALL
    assert before.session_id == "before"
    assert second_box.told(before) == ["callin", "disconnect", "fee"]
    assert before.ended_at == before.call_in_at
