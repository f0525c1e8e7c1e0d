"""Calls that cross on a line before the modem has given them an index."""

from __future__ import annotations

import pytest

from appliance.model.records import CallRecord, Role
from drivers.modem import CallChanged, CallEnded, CallInfo, CallState, Facts, Offered, WaitingCall
from tests.exchange.box import ALL, STRANGER, TRUNK, A, B, TestBox, X
from tests.exchange.fake_network import FakeModem, NetCall


def dialling(box: TestBox, way: str) -> FakeModem:
    """A's call has got as far as the dialling of B, of which no modem has told yet."""
    modem = box.line(X, facts=Facts(multiparty=way == "conference"))
    trunk = box.line(TRUNK, role=Role.TRUNK)
    dials = modem if way == "conference" else trunk
    dials.silent.add("dial")
    box.bind()
    box.start()
    box.network.call(A, X)
    box.until(lambda: f"dial {B}" in dials.asked, "B is dialled")
    return dials


def b_answers(box: TestBox, modem: FakeModem) -> CallRecord:
    """The modem tells of the call to B; they talk."""
    with box.network.lock:
        index = modem.free_index()
        info = CallInfo(index, True, CallState.DIALLING, False, B)
        modem.calls[index] = NetCall(info, B)
        modem.tell(CallChanged(info))
        box.network.reach(modem, index, B)
    return box.talking()


@pytest.mark.parametrize("way", ["conference", "bridge"])
def test_the_end_of_a_refused_call_is_not_taken_for_that_of_b(box: TestBox, way: str) -> None:
    modem = dialling(box, way)
    kind = WaitingCall if way == "conference" else Offered
    modem.tell(kind(0, STRANGER))
    box.until(lambda: len(box.records()) == 2, "the stranger's call is told of")
    modem.tell(CallEnded(0, 21))
    b_answers(box, modem)
    box.network.hang_up(B)
    calls = {record.caller: record for record in box.over(2)}
    assert box.told(calls[A]) == ALL
    assert (calls[A].state_code, calls[A].ended_by) == (0, "callee")
    assert calls[STRANGER].state_code == 8102
    assert box.told(calls[STRANGER]) == ["callin", "disconnect", "fee"]
    box.until(box.network.quiet, "nobody is left")


def test_the_end_of_a_call_without_an_index_leaves_a_known_leg_alone(box: TestBox) -> None:
    """On the second line: the stranger's end comes while B rings under an index of its own."""
    modem = dialling(box, "bridge")
    box.network.people[B] = "rings"
    with box.network.lock:
        info = CallInfo(1, True, CallState.DIALLING, False, B)
        modem.calls[1] = NetCall(info, B)
        modem.tell(CallChanged(info))
        box.network.reach(modem, 1, B)
    modem.tell(WaitingCall(0, STRANGER))
    box.until(lambda: len(box.records()) == 2, "the stranger's call is told of")
    modem.tell(CallEnded(0, 16))
    box.network.picks_up(B)
    box.talking()
    box.network.hang_up(A)
    calls = {record.caller: record for record in box.over(2)}
    assert (calls[A].state_code, calls[STRANGER].state_code) == (0, 8102)
