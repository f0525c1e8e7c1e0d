"""TerminateCall: requests.md §8.2."""

from __future__ import annotations

from tests.whole.mirror.stage import Stage
from tests.whole.mirror.town import X
from tests.whole.mirror.wire import Shop, check_accepted, check_refused

PATH = "/rest/httpsessions/callStop/v2.0"


def test_both_legs_of_a_conversation_are_hung_up(stage: Stage, shop: Shop) -> None:
    start = stage.fresh("status", "cdr")
    a, b, _ = stage.bind()
    caller, callee = stage.phone(a), stage.phone(b)
    callee.do("auto", answer_after=0.1)
    caller.do("dial", to=X)
    events = stage.receiver.wait(start + "status", 4)
    callee.until("active")
    session = events[0].json["statusInfo"]["sessionId"]
    body = {"sessionid": session, "signal": "call_stop"}
    foreign = shop.send("POST", PATH, body)  # another application's call
    assert (foreign.status, foreign.code) == (500, "1020152")
    wrong = stage.shop.send("POST", PATH, {**body, "signal": "hang_up"})
    assert (wrong.status, wrong.code) == (500, "1020001")
    assert list(check_accepted(stage.shop.send("POST", PATH, body))) == [
        "resultcode",
        "resultdesc",
    ]
    caller.until("idle")
    callee.until("idle")
    assert stage.fee(start)["sessionId"] == session
    over = stage.shop.send("POST", PATH, body)
    assert (over.status, over.code) == (500, "1020152")
    assert over.json["resultdesc"] == "Invalid sessionId."


def test_a_ringing_phone_stops_ringing(stage: Stage) -> None:
    start = stage.fresh("status", "cdr")
    a, b, _ = stage.bind()
    caller, callee = stage.phone(a), stage.phone(b)
    caller.do("dial", to=X)
    events = stage.receiver.wait(start + "status", 3)
    callee.until("ringing")
    session = events[0].json["statusInfo"]["sessionId"]
    check_accepted(stage.shop.send("POST", PATH, {"sessionid": session, "signal": "call_stop"}))
    caller.until("idle")
    callee.until("idle")
    fee = stage.fee(start)
    assert fee["sessionId"] == session
    assert "fwdAnswerTime" not in fee


def test_what_cannot_be(shop: Shop, bare: Shop, cab: Shop, mall: Shop, agency: Shop) -> None:
    body = {"sessionid": "1201_612_4294967295_20260301080000@callenabler.home1.com"}
    for missing in ({**body}, {"signal": "call_stop"}, {**body, "sessionid": ""}):
        check_refused(shop.send("POST", PATH, missing), "1010002")
    for one in (shop, bare, cab, mall, agency):  # of whatever mode
        over = one.send("POST", PATH, {**body, "signal": "call_stop"})
        assert (over.status, over.code) == (500, "1020152")
        assert list(over.json) == ["resultcode", "resultdesc"]
