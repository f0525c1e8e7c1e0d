"""Calls when something goes away: ports, second lines, the box itself, a worker, the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from appliance.errors import NotFound, Refused
from appliance.exchange.messages import Ask
from appliance.exchange.registry import LineState
from appliance.model.call_plan import Limits
from appliance.model.records import CallRecord, Mode, Role
from drivers.errors import CommandFailed
from drivers.modem import CallInfo, CallState, Facts, Offered, Ready, Registration
from tests.exchange.box import ALL, STRANGER, TRUNK, A, B, C, TestBox, X
from tests.exchange.fake_network import LOST, NO_ANSWER, FakeModem, NetCall

NO_CONFERENCE = Facts(multiparty=False)


def conversation(box: TestBox, way: str = "conference") -> CallRecord:
    box.line(X, facts=NO_CONFERENCE if way == "bridge" else None)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start()
    box.network.call(A, X)
    return box.talking()


def returns(box: TestBox, modem: FakeModem) -> None:
    """The recovery ladder brings a modem back."""
    modem.asked.clear()
    box.rack.add(modem)
    box.until(lambda: "list_calls" in modem.asked, "calls are listed anew")


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
    before = conversation(second_box)
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
    before = conversation(second_box, "bridge")
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
    conversation(second_box)
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


def left_open(box: TestBox, caller: str, leg: dict[str, object], **fields: Any) -> None:
    """Enter a call as a box leaves it that dies during it."""
    record = CallRecord(
        session_id="before",
        icid="before",
        app_id=box.app.app_id,
        mode=Mode.AXB,
        bind_number=X,
        dialled=X,
        caller=caller,
        call_in_at=box.clock.now(),
        legs={"a": leg, "joined": False, "limit": 0},
        **fields,
    )
    box.store.write(lambda db: box.store.calls.open(db, record))


@pytest.mark.parametrize("told_first", [False, True])
def test_a_call_that_rings_through_a_crash_is_one_call(
    second_box: TestBox, told_first: bool
) -> None:
    """The box died before the modem had told the index; the next start may hear +CLIP first."""
    modem = second_box.line(X)
    second_box.bind()
    left_open(second_box, A, {"line": X, "index": 0, "state": "ringing"})
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
    left_open(second_box, A, {"line": X, "index": 0, "state": "ringing"})
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


def ended_before(box: TestBox, caller: str, state: str) -> None:
    """Enter a call that is told as over, with A's leg ``releasing`` or ``gone``."""
    now = box.clock.now()
    record = CallRecord(
        session_id="ended",
        icid="ended",
        app_id=box.app.app_id,
        mode=Mode.AXB,
        bind_number=X,
        dialled=X,
        caller=caller,
        call_in_at=now,
        ended_at=now,
        legs={"a": {"line": X, "index": 1, "state": state}, "joined": False, "limit": 0},
    )

    def work(db: Database) -> None:
        box.store.calls.open(db, record)
        box.store.calls.close(db, record.session_id)

    box.store.write(work)


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
    left_open(second_box, A, {"line": X, "index": 1, "state": "held"})
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
    left_open(second_box, caller, {"line": X, "index": 2, "state": state})
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


def test_a_lost_port_leaves_a_conference_to_the_network_and_finds_it_again(box: TestBox) -> None:
    before = conversation(box)
    modem = box.network.lines[X]
    modem.tell(LOST)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "the line is lost")
    box.until(lambda: box.rack.recovers == [f"virtual:{X}"], "the ladder")
    assert box.exchange.lines()[0].call is None
    returns(box, modem)
    box.until(lambda: box.exchange.lines()[0].call == before.session_id, "found again")
    box.network.hang_up(A)
    [record] = box.over()
    assert record.ended_by == "caller"
    assert box.told(record) == ALL


def test_a_lost_port_ends_a_bridge_on_the_other_line_too(box: TestBox) -> None:
    conversation(box, "bridge")
    modem = box.network.lines[X]
    modem.tell(LOST)
    [record] = box.over()
    assert (record.state_code, record.ended_by) == (7505, "box")
    box.until(lambda: box.network.states(TRUNK) == [], "B is released")
    returns(box, modem)
    box.until(box.network.quiet, "what was left of A is released")


def test_a_lost_second_line_ends_the_bridge(box: TestBox) -> None:
    conversation(box, "bridge")
    box.network.lines[TRUNK].tell(LOST)
    [record] = box.over()
    assert (record.state_code, record.ended_by) == (7506, "box")
    box.until(lambda: box.network.states(X) == [], "A is released")


def test_a_line_that_never_comes_back_does_not_keep_its_call_open(box: TestBox) -> None:
    before = conversation(box)
    box.network.lines[X].tell(LOST)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "the line is lost")
    box.fires(121)
    [record] = box.over()
    assert box.told(record) == ALL
    assert record.ended_at is not None
    assert before.answered_at is not None
    assert record.ended_at - before.answered_at < timedelta(seconds=121)
    closed = "simveil_calls_closed_unseen_total"
    box.until(lambda: counted(box, closed) == 1, "the close is counted once it is on disk")


def counted(box: TestBox, name: str) -> float:
    """Return a counter of the exchange."""
    return next(
        sample.value
        for metric in box.exchange.metrics()
        for sample in metric.samples
        if sample.name == name
    )


def test_a_worker_that_stumbles_is_logged_and_its_line_started_anew(
    box: TestBox, caplog: pytest.LogCaptureFixture
) -> None:
    box.line(X)
    box.bind()
    box.start()
    modem = box.network.lines[X]

    def stumble() -> None:
        raise ZeroDivisionError("a bug")

    worker = box.exchange._workers[modem.socket.name]
    worker.post(Ask(stumble))
    box.until(lambda: box.rack.recovers, "the ladder is asked for help")
    assert box.exchange.lines()[0].state is LineState.HOSPITAL
    assert "a bug" in caplog.text
    returns(box, modem)
    box.network.call(A, X)
    box.talking()


def test_a_pulled_modem_is_a_lost_line_and_works_again_when_plugged(box: TestBox) -> None:
    box.line(X)
    box.bind()
    box.start()
    modem = box.network.lines[X]
    box.rack.remove(modem.socket.name)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "gone")
    returns(box, modem)
    box.until(lambda: box.exchange.lines()[0].state is LineState.READY, "back")
    box.network.call(A, X)
    assert box.talking().bind_number == X


def test_a_sim_keeps_its_number_in_another_modem(box: TestBox) -> None:
    modem = box.line(X)
    box.bind()
    box.start()
    box.rack.remove(modem.socket.name)
    box.until(lambda: box.exchange.lines()[0].state is LineState.LOST, "gone")
    modem.socket = replace(modem.socket, name="1-1.4", msisdn=None)
    returns(box, modem)
    box.network.call(A, X)
    assert box.talking().bind_number == X


def test_without_a_network_the_line_says_so(box: TestBox) -> None:
    modem = box.line(X)
    box.start()
    modem.tell(Registration(2))
    box.until(lambda: box.exchange.lines()[0].state is LineState.NO_NETWORK, "searching")
    assert "not registered" in box.exchange.lines()[0].explanation
    modem.tell(Registration(1, "Test"))
    box.until(lambda: box.exchange.lines()[0].state is LineState.READY, "found")


def test_a_number_that_comes_late_is_waited_for_three_seconds(box: TestBox) -> None:
    modem = box.line(X)
    box.bind()
    box.start()
    with box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.INCOMING, False, A), A)
        modem.tell(Offered(0))
    box.fires(2.5)
    modem.tell(Offered(1, A))
    record = box.talking()
    assert (record.caller, record.bind_number) == (A, X)


def test_a_number_that_does_not_come_makes_a_stranger(box: TestBox) -> None:
    modem = box.line(X)
    box.bind()
    box.start()
    with box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.INCOMING, False, None), A)
        modem.tell(Offered(1))
    box.until(lambda: box.exchange.lines()[0].call, "the call is there")
    box.fires(3.1)
    [record] = box.over()
    assert (record.state_code, record.caller) == (8014, None)


def test_a_call_whose_line_is_lost_before_its_number_came_is_told(box: TestBox) -> None:
    modem = box.line(X)
    box.bind()
    box.start()
    with box.network.lock:
        modem.calls[1] = NetCall(CallInfo(1, False, CallState.INCOMING, False, None), A)
        modem.tell(Offered(0))
    box.until(lambda: box.exchange.lines()[0].call, "the call is there")
    modem.tell(LOST)
    [record] = box.over()
    assert (record.caller, record.state_code, record.app_id) == (None, 7505, box.app.app_id)
    assert [kind for kind, _ in box.pushes()] == ["callin", "disconnect", "fee"]


def test_events_wait_for_a_store_that_fails_and_keep_their_order(
    box: TestBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.line(X)
    box.bind()
    box.start()
    real = box.store.calls.save
    broken = {"yes": True}

    def save(db: Any, record: CallRecord) -> bool:
        if broken["yes"]:
            raise sqlite3.OperationalError("disk I/O error")
        return real(db, record)

    monkeypatch.setattr(box.store.calls, "save", save)
    box.network.call(A, X)
    box.until(lambda: (B, "ACTIVE", True) in box.network.states(X), "they talk all the same")
    box.network.hang_up(A)
    box.until(box.network.quiet, "the call is over")
    broken["yes"] = False

    def retried() -> bool:
        box.fires(5.1)
        return bool(box.records()) and not box.store.calls.unfinished()

    box.until(retried, "everything is written")
    [record] = box.over()
    assert [kind for kind, _ in box.pushes()] == ALL
    assert box.told(record) == ALL


def test_a_technician_may_ask_a_line(box: TestBox) -> None:
    box.line(X)
    box.start()
    assert box.exchange.raw_at(X, "ATI", 5.0) == ["ATI", "OK"]
    assert box.exchange.ussd(X, "*100#", 5.0) == "balance of *100#"
    with pytest.raises(NotFound, match="no line"):
        box.exchange.raw_at(B, "ATI", 5.0)
    box.network.lines[X].fails["raw"] = CommandFailed("AT+NO: ERROR")
    with pytest.raises(Refused, match="ERROR"):
        box.exchange.raw_at(X, "AT+NO", 5.0)
    box.exchange.reset(X)
    box.until(lambda: box.rack.recovers == [f"virtual:{X}"], "the ladder")


def test_a_sim_enrolled_while_it_runs_takes_traffic_at_once(box: TestBox) -> None:
    modem = box.line(X, role=None)
    box.start()
    iccid = modem.identity().iccid
    box.store.write(
        lambda db: box.store.numbers.enrol(
            db, X, iccid=iccid, role=Role.NUMBER, app_id=box.app.app_id
        )
    )
    box.bind()
    box.exchange.enrolment_changed()
    box.until(lambda: box.exchange.lines()[0].role == "number", "the line knows its role")
    box.network.call(A, X)
    assert box.talking().bind_number == X


def test_a_modem_that_does_not_answer_its_hold_in_time_is_asked_what_it_carries(
    box: TestBox,
) -> None:
    modem = box.line(X)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start()
    modem.fails["hold"] = NO_ANSWER
    box.network.call(A, X)
    assert box.talking().strategy == "bridge"


def test_a_leg_that_the_modem_never_reports_as_gone_does_not_keep_the_line(box: TestBox) -> None:
    box.line(X)
    box.bind()
    box.start(limits=Limits(release=10.0))
    box.network.call(A, X)
    box.talking()
    box.network.lines[X].silent.add("hang_up")
    box.network.hang_up(A)
    [record] = box.over()  # told at once

    def let_go() -> bool:
        box.fires(11)
        return not box.exchange.lines()[0].call

    box.until(let_go, "the line is free")
    box.network.lines[X].silent.clear()
    with box.network.lock:
        box.network.lines[X].calls.clear()
    assert record.ended_by == "caller"


def test_ready_again_without_a_loss_changes_nothing_for_a_call(box: TestBox) -> None:
    conversation(box)
    modem = box.network.lines[X]
    modem.asked.clear()
    modem.tell(Ready(modem.identity(), modem.facts))
    box.until(lambda: "list_calls" in modem.asked, "calls are listed")
    box.network.hang_up(A)
    [record] = box.over()
    assert record.ended_by == "caller"
    assert box.told(record) == ALL


def test_mode_and_application_stand_in_the_record(box: TestBox) -> None:
    record = conversation(box)
    assert (record.mode, record.app_id) == (Mode.AXB, box.app.app_id)
    assert C not in (record.caller, record.callee)
