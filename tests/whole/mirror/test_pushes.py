"""What the platform pushes of calls: behaviour.md §0 to §2, with live calls."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.whole.mirror.stage import (
    CALL,
    FEE,
    RECORDING,
    SESSION,
    Stage,
    check_fee,
    check_refused,
    check_signature,
    wire_time,
)
from tests.whole.mirror.town import SECOND, X, person
from tests.whole.mirror.wire import Json, check_accepted


@pytest.mark.parametrize("way", ["A calls", "B calls"])
def test_an_answered_call(stage: Stage, way: str) -> None:
    start = stage.fresh("status", "cdr")
    a, b, one = stage.bind(userData="order-17")
    caller, callee = (a, b) if way == "A calls" else (b, a)
    before = datetime.now(UTC).replace(microsecond=0)
    events = stage.talk(caller, callee, start)
    fee = stage.fee(start)

    assert [push.kind for push in events] == CALL
    session = events[0].json["statusInfo"]["sessionId"]
    shape = SESSION.fullmatch(session)
    assert shape
    at = datetime.strptime(shape[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    assert before <= at <= datetime.now(UTC)
    second = {"caller": X, "called": callee, "subscriptionId": one}
    wanted: dict[str, Json] = {
        "callin": {"caller": caller, "called": X, "subscriptionId": one, "userData": "order-17"},
        "callout": second,
        "alerting": second,
        "answer": second,
        "disconnect": {
            **second,
            "stateCode": 0,
            "stateDesc": "The user releases the call.",
        },
    }
    times = []
    for push in events:
        assert list(push.json) == ["eventType", "statusInfo"]
        info = push.json["statusInfo"]
        times.append(wire_time(info.pop("timestamp")))
        assert info.pop("sessionId") == session
        assert info == wanted[push.kind]
    assert type(events[-1].json["statusInfo"]["stateCode"]) is int
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= datetime.now(UTC)
    nonces = [check_signature(push, stage.shop) for push in events]
    (record,) = stage.receiver.of(start + "cdr")
    nonces.append(check_signature(record, stage.shop))
    assert len(set(nonces)) == 6
    assert record.at >= events[-1].at

    check_fee(fee)
    assert list(fee) == [key for key in FEE if key not in RECORDING] + ["userData"]
    assert fee["sessionId"] == session
    assert fee["subscriptionId"] == one
    assert (fee["callerNum"], fee["bindNum"], fee["fwdDisplayNum"]) == (caller, X, X)
    assert fee["fwdDstNum"] == callee
    assert fee["appKey"] == stage.shop.key
    assert (fee["fwdUnaswRsn"], fee["ulFailReason"], fee["sipStatusCode"]) == (0, 0, 0)
    assert fee["recordFlag"] == 0
    assert fee["userData"] == "order-17"
    told = ["callInTime", "fwdStartTime", "fwdAlertingTime", "fwdAnswerTime", "callEndTime"]
    assert [wire_time(fee[key]) for key in told] == times


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        ("reject", {7503, 7504, 8102}),
        ("give up", {7502}),
        ("off", {8104, 8103}),
    ],
)
def test_a_call_that_is_not_answered(stage: Stage, action: str, codes: set[int]) -> None:
    start = stage.fresh("status", "cdr")
    a, b, one = stage.bind()
    caller, callee = stage.phone(a), stage.phone(b)
    callee.do("power", on=action != "off")
    caller.do("dial", to=X)
    if action != "off":
        callee.until("ringing")
        stage.receiver.wait(start + "status", 3)
        (callee if action == "reject" else caller).do("reject" if action == "reject" else "hangup")
    fee = stage.fee(start)
    caller.until("idle")
    events = stage.receiver.of(start + "status")
    kinds = [push.kind for push in events]
    assert kinds == [kind for kind in CALL if kind in kinds]
    assert {"callin", "callout", "disconnect"} <= set(kinds)
    assert "answer" not in kinds
    last = events[-1].json["statusInfo"]
    assert last["stateCode"] in codes
    assert 1 <= len(last["stateDesc"]) <= 128
    assert last["stateDesc"].isascii()
    assert last["subscriptionId"] == one
    check_fee(fee)
    assert "fwdAnswerTime" not in fee
    assert wire_time(fee["failTime"]) <= wire_time(fee["callEndTime"])
    assert fee["fwdDstNum"] == b
    assert ("fwdAlertingTime" in fee) == ("alerting" in kinds)
    assert fee["ulFailReason"] != 0
    if action != "give up":
        assert fee["fwdUnaswRsn"] != 0
        assert fee["sipStatusCode"] >= 400
    stage.phone(b).do("power", on=True)


def test_a_stranger(stage: Stage) -> None:
    check_refused(stage, stage.fresh("status", "cdr"), person(), 8014, "")


@pytest.mark.parametrize("direction", [1, 2])
def test_the_wrong_way(stage: Stage, direction: int) -> None:
    start = stage.fresh("status", "cdr")
    a, b, one = stage.bind(callDirection=direction)
    check_refused(stage, start, b if direction == 1 else a, 8016, one)


def test_unbinding_takes_effect_at_once(stage: Stage) -> None:
    a, b, one = stage.bind()
    start = stage.fresh("status", "cdr")
    stage.talk(a, b, start)
    check_accepted(stage.shop.unbind(subscriptionId=one))
    check_refused(stage, stage.fresh("status", "cdr"), a, 8014, "")


def test_a_call_goes_on_when_its_relation_ends(stage: Stage) -> None:
    start = stage.fresh("status", "cdr")
    a, b, one = stage.bind()
    caller, callee = stage.phone(a), stage.phone(b)
    callee.do("auto", answer_after=0.1)
    caller.do("dial", to=X)
    stage.receiver.wait(start + "status", 4)
    check_accepted(stage.shop.unbind(subscriptionId=one))
    assert caller.until("active")
    assert callee.until("active")
    callee.do("hangup")
    fee = stage.fee(start)
    assert fee["subscriptionId"] == one
    assert fee["ulFailReason"] == 0


def test_wsse_signatures(stage: Stage) -> None:
    stage.town.house.command("app", "set", stage.shop.name, "--sign", "wsse")
    try:
        start = stage.fresh("status", "cdr", "sms")
        caller = person()
        stage.attempt(caller, start)
        stage.fee(start)
        stage.phone(caller).do("sms", to=X, text="hello")
        stage.receiver.wait(start + "sms", 1)
        pushes = stage.receiver.of(start)
        assert len(pushes) == 4
        for push in pushes:
            check_signature(push, stage.shop, "WSSE")
    finally:
        stage.town.house.command("app", "set", stage.shop.name, "--sign", "aksk")


def test_no_address_no_push(stage: Stage) -> None:
    start = stage.fresh("cdr")
    stranger = person()
    stage.phone(stranger).do("dial", to=X)
    stage.fee(start)
    stage.phone(stranger).until("idle")
    # Nothing was kept for an address that is set later.
    later = stage.fresh("status", "cdr", "sms")
    stage.attempt(person(), later)
    stage.fee(later)
    assert [push.kind for push in stage.receiver.of(later + "status")] == ["callin", "disconnect"]
    rows = stage.town.house.command("outbox", "list", "--app", stage.shop.name, "--state", "due")
    assert rows == []


def test_a_number_that_is_given_back_is_told_as_deleted(stage: Stage) -> None:
    start = stage.fresh("status", "cdr")
    command, target = stage.town.house.command, stage.receiver.url(start + "number")
    command("app", "set", stage.shop.name, "--number-url", target)
    a, _, one = stage.bind(SECOND)
    try:
        command("number", "release", SECOND)
        (push,) = stage.receiver.wait(start + "number", 1)
        told = {"number": SECOND, "status": "10", "cause": "1"}
        assert push.json == {"eventType": "numStatus", "numInfo": [told]}
        assert list(push.json) == ["eventType", "numInfo"]
        check_signature(push, stage.shop)
        gone = stage.shop.send(
            "GET", f"/rest/caas/relationnumber/partners/v1.0?subscriptionId={one}"
        )
        assert (gone.status, gone.json["resultcode"]) == (403, "1012007")
        stage.refuse(a, SECOND)
        assert not stage.receiver.of(start + "status")  # nobody's number: nobody is told
    finally:
        command("number", "enrol", SECOND, "--app", stage.shop.name, "--sms")
        command("app", "set", stage.shop.name, "--number-url", "")
