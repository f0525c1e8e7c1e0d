"""Calls through the whole exchange: fake modems, real store, real worker threads."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.model.records import Role
from drivers.modem import CallEnded, CallInfo, CallState, Facts, Offered
from tests.exchange.box import ALL, STRANGER, TRUNK, X2, A, B, C, TestBox, X
from tests.exchange.fake_network import REFUSED_HOLD, REFUSED_JOIN, NetCall

NO_CONFERENCE = Facts(multiparty=False)


def conference(box: TestBox, **bound: Any) -> TestBox:
    box.line(X)
    box.bind(**bound)
    return box.start()


def bridge(box: TestBox, **bound: Any) -> TestBox:
    box.line(X, facts=NO_CONFERENCE)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind(**bound)
    return box.start()


def test_a_conference_from_ring_to_fee(box: TestBox) -> None:
    conference(box)
    box.network.call(A, X)
    box.talking()

    assert box.network.shown(B) == X
    assert [state[1:] for state in box.network.states(X)] == [("ACTIVE", True)] * 2
    assert box.exchange.lines()[0].call == box.talking().session_id
    box.network.hang_up(A)
    [record] = box.over()

    assert box.told(record) == ALL
    assert (record.state_code, record.ended_by, record.strategy) == (0, "caller", "conference")
    assert (record.caller, record.callee, record.shown) == (A, B, X)
    assert box.asked(X)[1:6] == ["answer", "hold", f"dial {B}", "join", "hang_up 2"]
    assert box.network.quiet()


def test_pushes_leave_in_order_and_the_fee_behind_the_disconnect(box: TestBox) -> None:
    conference(box)
    box.network.call(A, X)
    box.talking()
    box.network.hang_up(B)
    [record] = box.over()

    pushes = box.pushes()
    assert [kind for kind, _ in pushes] == ALL
    callin = pushes[0][1]["statusInfo"]
    assert (callin["caller"], callin["called"]) == (A, X)
    assert callin["subscriptionId"] == record.subscription_id
    disconnect = pushes[4][1]["statusInfo"]
    assert (disconnect["stateCode"], disconnect["caller"], disconnect["called"]) == (0, X, B)
    fee = pushes[5][1]
    assert (fee["bindNum"], fee["callerNum"], fee["fwdDstNum"]) == (X, A, B)
    assert fee["sessionId"] == callin["sessionId"]


def test_a_bridge_over_a_trunk_and_the_way_back(box: TestBox) -> None:
    bridge(box)
    box.network.call(A, X)
    box.talking()
    assert box.network.shown(B) == TRUNK
    assert set(box.media.attached.values()) == {f"/audio/{X}", f"/audio/{TRUNK}"}
    assert box.media.bridged
    box.network.hang_up(B)
    [first] = box.over()
    assert (first.strategy, first.shown, first.ended_by) == ("bridge", TRUNK, "callee")
    box.until(box.network.quiet, "both legs gone")
    box.until(lambda: not any(line.call for line in box.exchange.lines()), "lines free")

    # B calls the number that its phone showed: it reaches A, in the binding's name.
    box.network.call(B, TRUNK)
    box.talking()
    assert box.network.shown(A) in (X, TRUNK)
    box.network.hang_up(B)
    _, second = box.over(2)
    assert (second.bind_number, second.dialled) == (X, TRUNK)
    assert (second.caller, second.callee) == (B, A)
    assert second.subscription_id == first.subscription_id
    assert box.told(second) == ALL


def test_a_stranger_is_rejected_unanswered(box: TestBox) -> None:
    conference(box)
    box.network.call(STRANGER, X)
    [record] = box.over()
    assert record.state_code == 8014
    assert box.told(record) == ["callin", "disconnect", "fee"]
    assert "answer" not in box.asked(X)
    assert box.network.ended == [(STRANGER, 21)]


@pytest.mark.parametrize("told", [(0, 1), (1, 1), (0, 0)])
def test_a_refused_call_that_is_told_of_again_is_no_second_caller(
    box: TestBox, told: tuple[int, int]
) -> None:
    """RING, +CLIP and the list of calls tell of one call; the later ones may come after the no."""
    conference(box)
    modem = box.network.lines[X]
    modem.silent.add("hang_up")
    modem.calls[1] = NetCall(CallInfo(1, False, CallState.INCOMING, False, STRANGER), STRANGER)
    first, again = told
    modem.tell(Offered(first, STRANGER))
    box.until(lambda: f"hang_up {first}" in box.asked(X), "the call is refused")
    modem.tell(Offered(again, STRANGER))
    modem.calls.clear()
    modem.tell(CallEnded(again, 21))
    box.over()
    box.until(lambda: not box.exchange.lines()[0].call, "a free line")
    # A call that comes now is one of its own.
    modem.silent.clear()
    box.network.call(A, X)
    box.talking()
    assert [record.state_code for record in box.records()] == [8014, None]


def test_a_stranger_hears_the_applications_prompt(box: TestBox) -> None:
    conference(box)
    box.set_app(prompts={"binding-missing": "missing.wav"})
    box.network.call(STRANGER, X)
    [record] = box.over()
    assert ("a", (f"{box.app.app_id}/missing.wav",)) in box.media.played
    assert record.state_code == 8014
    assert record.answered_at is None


def test_a_withheld_number_is_a_strangers(box: TestBox) -> None:
    conference(box)
    box.network.call(A, X, withheld=True)
    [record] = box.over()
    assert (record.state_code, record.caller) == (8014, None)


@pytest.mark.parametrize(("direction", "caller"), [(1, B), (2, A)])
def test_the_wrong_direction_is_refused(box: TestBox, direction: int, caller: str) -> None:
    conference(box, direction=direction)
    box.network.call(caller, X)
    [record] = box.over()
    assert record.state_code == 8016


@pytest.mark.parametrize(
    ("does", "state", "q850", "rang"),
    [(17, 8102, 17, False), (21, 7503, 21, True), (19, 8101, 19, True), (20, 8104, 20, False)],
    ids=["busy", "rejects", "rings out", "is off"],
)
@pytest.mark.parametrize("way", ["conference", "bridge"])
def test_b_that_cannot_be_had(
    box: TestBox, way: str, does: int, state: int, q850: int, rang: bool
) -> None:
    (conference if way == "conference" else bridge)(box)
    box.network.people[B] = does
    box.network.call(A, X)
    [record] = box.over()
    assert (record.state_code, record.q850, record.release_point) == (state, q850, state)
    assert ("alerting" in box.told(record)) == rang
    assert "answer" not in box.told(record)
    assert ("a", ("tone:busy",)) in box.media.played
    box.until(box.network.quiet, "no leg is left")


def test_hold_refused_becomes_a_bridge_and_is_remembered(box: TestBox) -> None:
    box.line(TRUNK, role=Role.TRUNK)
    box.line(X).fails["hold"] = REFUSED_HOLD
    box.bind()
    box.start()
    for turn in (1, 2):
        box.network.call(A, X)
        box.talking()
        assert box.network.shown(B) == TRUNK
        box.network.hang_up(A)
        assert box.over(turn)[-1].strategy == "bridge"
        box.until(lambda: not any(line.call for line in box.exchange.lines()), "lines free")
    assert box.asked(X).count("hold") == 1


def test_join_refused_after_b_answered_calls_b_again(box: TestBox) -> None:
    box.line(X).fails["join"] = REFUSED_JOIN
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start()
    box.network.call(A, X)
    box.talking()
    box.network.hang_up(A)
    [record] = box.over()
    assert record.strategy == "bridge"
    assert box.told(record) == ALL
    assert [kind for kind, _ in box.pushes()] == ALL
    assert ("a", ("default:call-again",)) in box.media.played
    assert f"dial {B}" in box.asked(X)
    assert f"dial {B}" in box.asked(TRUNK)


def test_no_free_second_line(box: TestBox) -> None:
    box.line(X, facts=NO_CONFERENCE)
    box.line(X2, facts=NO_CONFERENCE)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.bind(x=X2, a=C, b=STRANGER)
    box.start()
    box.network.call(A, X)
    box.talking()
    box.network.call(C, X2)
    box.until(lambda: (C, 21) in box.network.ended, "the second call is rejected")
    box.network.hang_up(A)
    record = next(record for record in box.over(2) if record.caller == C)
    assert (record.state_code, record.release_point) == (522, 522)
    assert "answer" not in box.asked(X2)


def test_second_lines_are_trunks_first_then_numbers_on_which_b_is_nobody(box: TestBox) -> None:
    box.line(X, facts=NO_CONFERENCE)
    box.line(X2)
    box.bind()
    box.bind(x=X2, a=C, b=B)
    box.start()
    box.network.call(A, X)
    [record] = box.over()
    assert record.state_code == 7508  # B is known on X2: it would not know whom it calls back


def test_a_line_that_b_does_not_know_is_lent(box: TestBox) -> None:
    box.line(X, facts=NO_CONFERENCE)
    box.line(X2)
    box.bind()
    box.start()
    box.network.call(A, X)
    box.talking()
    assert box.network.shown(B) == X2
    busy = next(line for line in box.exchange.lines() if line.msisdn == X2)
    assert busy.call is not None
    # Whoever calls the lent line meets a busy one.
    box.bind(x=X2, a=C, b=STRANGER)
    box.network.call(C, X2)
    box.until(lambda: (C, 17) in box.network.ended, "the caller of the lent line is refused")
    box.network.hang_up(A)
    records = box.over(2)
    refused = next(record for record in records if record.caller == C)
    assert (refused.state_code, refused.bind_number) == (8102, X2)
    assert box.told(refused) == ["callin", "disconnect", "fee"]


class TestSecondCaller:
    def test_in_a_conversation_is_refused_as_busy(self, box: TestBox) -> None:
        conference(box)
        box.bind(a=C, b=STRANGER)
        box.network.call(A, X)
        box.talking()
        box.network.call(C, X)
        box.until(lambda: (C, 17) in box.network.ended, "refused")
        box.network.hang_up(A)
        records = box.over(2)
        busy = next(record for record in records if record.caller == C)
        assert (busy.state_code, busy.ended_by) == (8102, "box")
        assert busy.subscription_id is not None

    def test_while_a_is_held_rings_out(self, box: TestBox) -> None:
        conference(box)
        box.network.people[B] = "rings"
        box.network.call(A, X)
        box.until(lambda: (B, "ALERTING", False) in box.network.states(X), "B rings")
        box.network.call(C, X)
        box.until(lambda: len(box.records()) == 2, "the second caller is told of")
        box.network.hang_up(C, 19)
        box.network.picks_up(B)
        box.talking()
        box.network.hang_up(A)
        busy = next(record for record in box.over(2) if record.caller == C)
        assert (busy.state_code, busy.ended_by) == (8102, "caller")
        assert "refuse_waiting" not in box.asked(X)

    def test_before_the_hold_is_gone_before_it(self, box: TestBox) -> None:
        conference(box, pre_voice_caller="wait.wav")
        box.media.instantly = False
        box.network.call(A, X)
        box.until(lambda: box.media.played, "A hears its waiting tone")
        box.network.call(C, X)
        box.until(lambda: (C, 17) in box.network.ended, "refused")
        box.media.instantly = True
        box.media.finish_play()
        box.talking()
        box.network.hang_up(A)
        assert len(box.over(2)) == 2

    def test_who_is_still_there_when_the_call_ends_is_released(self, box: TestBox) -> None:
        conference(box)
        box.network.lines[X].refuses_waiting = False
        box.network.call(A, X)
        box.talking()
        box.network.call(C, X)
        box.until(lambda: "refuse_waiting" in box.asked(X), "a refusal is tried")
        box.network.hang_up(A)
        assert len(box.over(2)) == 2
        box.until(box.network.quiet, "nobody is left on the line")


def test_a_leaves_while_held(box: TestBox) -> None:
    conference(box)
    box.network.people[B] = "rings"
    box.network.call(A, X)
    box.until(lambda: (B, "ALERTING", False) in box.network.states(X), "B rings")
    box.network.hang_up(A)
    [record] = box.over()
    assert (record.state_code, record.ended_by) == (7502, "caller")
    box.until(box.network.quiet, "B's phone stops ringing")


def test_b_that_rings_for_too_long_is_given_up(box: TestBox) -> None:
    conference(box)
    box.network.people[B] = "rings"
    box.network.call(A, X)
    box.until(lambda: (B, "ALERTING", False) in box.network.states(X), "B rings")
    box.until(lambda: "alerting" in [k for k, _ in box.pushes()], "the event is written")
    box.fires(91)
    [record] = box.over()
    assert (record.state_code, record.ended_by) == (8035, "box")


def test_the_binding_limits_the_conversation(box: TestBox) -> None:
    bridge(box, max_minutes=2, last_minute_voice="minute.wav")
    box.network.call(A, X)
    box.talking()
    box.fires(61)
    minute = (f"{box.app.app_id}/minute.wav",)
    box.until(
        lambda: [p for p in box.media.played if p[1] == minute] == [("a", minute), ("b", minute)],
        "both hear that a minute is left",
    )
    box.fires(60)
    [record] = box.over()
    assert (record.state_code, record.release_point, record.ended_by) == (8010, 8010, "box")
    assert record.ended_at is not None
    assert record.answered_at is not None
    assert (record.ended_at - record.answered_at).total_seconds() == 121


def test_a_recording_forces_the_bridge_and_stands_before_its_fee(box: TestBox) -> None:
    box.line(X)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind(record=True, record_hint="notice.wav")
    box.start()
    box.network.call(A, X)
    box.talking()
    notice = (f"{box.app.app_id}/notice.wav",)
    assert ("a", notice) in box.media.played
    assert ("b", notice) in box.media.played
    box.network.hang_up(A)
    [record] = box.over()
    assert (record.strategy, record.recorded, record.record_sha256) == ("bridge", True, "5ha")
    fee = box.pushes()[-1][1]
    assert fee["recordFlag"] == 1
    assert fee["recordObjectName"] == record.record_file


def test_x_only_refuses_what_would_show_another_number(box: TestBox) -> None:
    bridge(box)
    box.set_app(x_only=True)
    box.network.call(A, X)
    [record] = box.over()
    assert record.state_code == 8024
    assert record.forward_at is None


def test_early_dial_answers_a_only_when_b_has(box: TestBox) -> None:
    box.line(X, facts=NO_CONFERENCE)
    box.line(TRUNK, role=Role.TRUNK)
    box.bind()
    box.start(early_dial=True)
    box.network.people[B] = "rings"
    box.network.call(A, X)
    box.until(lambda: (B, "ALERTING", False) in box.network.states(TRUNK), "B rings")
    assert box.network.states(X) == [(A, "INCOMING", False)]
    box.network.picks_up(B)
    box.talking()
    assert box.network.states(X) == [(A, "ACTIVE", False)]


def test_the_application_stops_a_call_once(box: TestBox) -> None:
    conference(box)
    box.network.call(A, X)
    session = box.talking().session_id
    assert box.exchange.stop_call(session)
    [record] = box.over()
    assert record.ended_by == "application"
    box.until(box.network.quiet, "both legs released")
    assert not box.exchange.stop_call(session)
    assert not box.exchange.stop_call("unknown")


def test_a_number_that_is_not_enrolled_takes_no_traffic(box: TestBox) -> None:
    box.line(X, role=None)
    box.start()
    [line] = box.exchange.lines()
    assert (line.state.value, line.role, line.msisdn) == ("ready", None, X)
    box.network.call(A, X)
    [record] = box.over()
    assert (record.app_id, record.state_code) == (None, 8014)
    assert box.pushes() == []


def test_a_quick_second_call_of_the_same_person_is_a_call_of_its_own(box: TestBox) -> None:
    conference(box)
    for number in (1, 2, 3):
        box.network.call(A, X)
        box.talking()
        box.network.hang_up(A)
        assert len(box.over(number)) == number


def test_an_orderly_stop_ends_the_calls_with_their_records(box: TestBox) -> None:
    conference(box)
    box.network.call(A, X)
    box.talking()
    box.stop()
    [record] = box.records()
    assert box.told(record) == ALL
    assert record.ended_by == "box"
    assert box.network.quiet()
