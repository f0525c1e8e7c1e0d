"""A verdict that holds of a good run, and names each single thing that is made wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.campaigns.evidence import Evidence
from tests.campaigns.receiver import Arrival, Piece
from tests.campaigns.strikes import KINDS, plan
from tests.campaigns.town import X1
from tests.campaigns.traffic import Dialled, Sent
from tests.campaigns.verdict import judge, tally

A, B = "+8613900000011", "+8613900000012"
START = 1_800_000_000.0
KILL = START + 10.0
SESSION = "s1"


def iso(offset: float) -> str:
    return datetime.fromtimestamp(START + offset, UTC).isoformat()


def wire(offset: float) -> str:
    return datetime.fromtimestamp(START + offset, UTC).strftime("%Y-%m-%d %H:%M:%S")


def piece(evidence: Evidence, kind: str, key: str, body: dict[str, Any], offset: float) -> None:
    at = START + offset
    arrival = Arrival("/push", body, True, at, "ok", at + 0.01)
    found = evidence.pieces.setdefault((key, kind), Piece((key, kind)))
    found.arrivals.append(arrival)
    found.bodies.append(body)
    evidence.arrivals.append(arrival)


def text(evidence: Evidence, number: int, offset: float, state: str) -> None:
    """Enter a text that was sent on, or struck while the modem had it."""
    words, identifier = f"#{number} hello", f"t{number}"
    evidence.sent.append(Sent(A, X1, B, words, START + offset - 1, taken=True))
    evidence.tables["texts"].append({"identifier": identifier, "body": words, "state": state})
    evidence.tables["sends"].append(
        {
            "id": number,
            "text_id": number,
            "part": 1,
            "line": X1,
            "recipient": B,
            "state": "accepted" if state == "sent" else state,
            "began_at": iso(offset),
        }
    )
    for place, step in enumerate(("prompt", "given", "taken")):
        at = {"at": iso(offset + 0.05 * (place + 1)), "kind": "sms", "line": X1}
        evidence.events.append({**at, "state": step, "to": B})
    evidence.events.append(
        {"at": iso(offset + 0.3), "kind": "text", "phone": B, "from": X1, "text": words}
    )
    body = {
        "calling": A,
        "virtualNumber": X1,
        "smsContent": words,
        "sendResult": 0 if state == "sent" else 5,
    }
    if state == "sent":
        body["called"] = B
    evidence.tables["outbox"].append(
        {"kind": "sms", "order_key": identifier, "state": "delivered", "error": None}
    )
    piece(evidence, "sms", identifier, body, offset + (0.4 if state == "sent" else 9))


def good() -> Evidence:
    """Return a run with one call, one text that arrived and one that a kill left unknown."""
    evidence = Evidence(kills=[KILL], writing=[{2}])
    evidence.tables = {"calls": [], "call_events": [], "outbox": [], "texts": [], "sends": []}
    row: dict[str, Any] = {
        "session_id": SESSION,
        "icid": "i1",
        "caller": A,
        "callee": B,
        "dialled": X1,
        "bind_number": X1,
        "subscription_id": "sub",
        "call_in_at": iso(1),
        "forward_at": iso(1.2),
        "alerting_at": iso(1.5),
        "answered_at": iso(2),
        "ended_at": iso(4),
        "state_code": 0,
        "q850": 0,
        "release_point": 0,
        "sip_status": 0,
        "recorded": 0,
        "record_file": None,
        "closed": 1,
    }
    evidence.tables["calls"].append(row)
    times = {"callin": 1.0, "callout": 1.2, "alerting": 1.5, "answer": 2.0, "disconnect": 4.0}
    for kind, at in (times | {"fee": 4.1}).items():
        evidence.tables["call_events"].append({"session_id": SESSION, "kind": kind, "at": iso(at)})
        body: dict[str, Any] = {"timestamp": wire(at), "subscriptionId": "sub"}
        if kind == "disconnect":
            body["stateCode"] = 0
        if kind == "fee":
            body = {
                "icid": "i1",
                "bindNum": X1,
                "subscriptionId": "sub",
                "callerNum": A,
                "fwdDstNum": B,
                "callInTime": wire(1),
                "fwdStartTime": wire(1.2),
                "fwdAlertingTime": wire(1.5),
                "fwdAnswerTime": wire(2),
                "callEndTime": wire(4),
                "fwdUnaswRsn": 0,
                "ulFailReason": 0,
                "sipStatusCode": 0,
                "recordFlag": 0,
            }
        evidence.tables["outbox"].append(
            {"kind": kind, "order_key": SESSION, "state": "delivered", "error": None}
        )
        piece(evidence, kind, SESSION, body, at + 0.1)
    evidence.dialled.append(
        Dialled(A, X1, B, START + 0.8, rang=START + 1.5, met=START + 2.1, ended=START + 4.1)
    )
    text(evidence, 1, 5.0, "sent")
    text(evidence, 2, 9.9, "unknown")
    return evidence


def test_a_good_run_is_good() -> None:
    evidence = good()
    assert judge(evidence) == []
    counts = tally(evidence)
    assert counts["windows"] == {"before +CMGS": 1}
    assert (counts["sessions"], counts["texts"], counts["delivered"], counts["unknown"]) == (
        1,
        2,
        2,
        1,
    )


def again(evidence: Evidence, kind: str, key: str, offset: float) -> None:
    piece(evidence, kind, key, evidence.pieces[key, kind].bodies[0], offset)


def test_a_push_may_come_again_when_a_kill_took_its_answer() -> None:
    evidence = good()
    evidence.pieces["t1", "sms"].arrivals[0].came = KILL - 0.1
    evidence.pieces["t1", "sms"].arrivals[0].answered = KILL - 0.05
    again(evidence, "sms", "t1", 12)
    assert judge(evidence) == []


def without(table: str, **fields: Any) -> Callable[[Evidence], None]:
    def change(evidence: Evidence) -> None:
        rows = evidence.tables[table]
        rows[:] = [row for row in rows if any(row[name] != v for name, v in fields.items())]

    return change


def having(table: str, place: int, **fields: Any) -> Callable[[Evidence], None]:
    return lambda evidence: evidence.tables[table][place].update(fields)


def told(kind: str, key: str, **fields: Any) -> Callable[[Evidence], None]:
    return lambda evidence: evidence.pieces[key, kind].bodies[0].update(fields)


def unpushed(kind: str, key: str) -> Callable[[Evidence], None]:
    def change(evidence: Evidence) -> None:
        del evidence.pieces[key, kind]

    return change


def arrival(kind: str, key: str, **fields: Any) -> Callable[[Evidence], None]:
    def change(evidence: Evidence) -> None:
        for name, value in fields.items():
            setattr(evidence.pieces[key, kind].arrivals[0], name, value)

    return change


def events(evidence: Evidence, kind: str) -> list[dict[str, Any]]:
    return [event for event in evidence.events if event["kind"] == kind]


def taken(evidence: Evidence) -> list[dict[str, Any]]:
    return [event for event in events(evidence, "sms") if event["state"] == "taken"]


def unsent(evidence: Evidence) -> None:
    evidence.tables["sends"][1]["state"] = "accepted"
    evidence.events.remove(taken(evidence)[0])


def unasked(evidence: Evidence) -> None:
    """The unknown one: its modem had not even asked for it when the box was killed."""
    for event in events(evidence, "sms")[3:]:
        evidence.events.remove(event)


WRONG: dict[str, Callable[[Evidence], object]] = {
    "is lost": without("texts", identifier="t1"),
    "was entered 2 times": lambda e: e.tables["texts"].append(dict(e.tables["texts"][0])),
    "was delivered 2 times": lambda e: e.events.append(dict(events(e, "text")[0])),
    "was delivered to nobody": lambda e: e.events.remove(events(e, "text")[0]),
    "ended as 'relaying'": having("texts", 0, state="relaying"),
    "was told with sendResult 0": told("sms", "t2", sendResult=0, called=B),
    "was told with called None": lambda e: e.pieces["t1", "sms"].bodies[0].pop("called"),
    "was never told to the application": unpushed("sms", "t1"),
    "that nobody wrote": lambda e: e.sent.pop(0),
    "was never settled": having("sends", 1, state="writing"),
    "nothing explains it": lambda e: e.writing.__setitem__(0, set()),
    "part 1 of text 2 is unknown and nothing explains it": unasked,
    "1 parts were sent; the journal has 2 of 2": unsent,
    "3 parts were sent": lambda e: e.events.append(dict(taken(e)[0])),
    "is still open": having("calls", 0, closed=0),
    "has no disconnect": without("call_events", kind="disconnect"),
    "has no fee": without("call_events", kind="fee"),
    "fee of session s1 never arrived": unpushed("fee", SESSION),
    "told callEndTime": told("fee", SESSION, callEndTime=wire(9)),
    "told stateCode 7102": told("disconnect", SESSION, stateCode=7102),
    "the box does not know it": without("calls", session_id=SESSION),
    "there is no such file": having("calls", 0, record_file="1.wav"),
    "has 2 sessions": lambda e: e.tables["calls"].append(
        e.tables["calls"][0] | {"session_id": "s2"}
    ),
    f"rang at {B} and has no session": having("calls", 0, caller=B),
    "recorded as unanswered": having("calls", 0, answered_at=None),
    "is due": having("outbox", 0, state="due"),
    "signed wrongly": arrival("fee", SESSION, valid=False),
    "was never accepted": arrival("answer", SESSION, mood="error"),
    "in 2 versions": lambda e: piece(e, "fee", SESSION, {"icid": "i1"}, 4.3),
    "no kill had taken its answer": lambda e: again(e, "fee", SESSION, 60),
    "disconnect of s1 was told before answer": arrival("disconnect", SESSION, came=START + 1.9),
    "fee of s1 was told before disconnect": arrival("fee", SESSION, came=START + 4.05),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_every_breach_is_named(sentence: str) -> None:
    evidence = good()
    WRONG[sentence](evidence)
    assert any(sentence in each for each in judge(evidence)), judge(evidence)


def test_an_answer_that_came_long_before_the_kill_explains_nothing() -> None:
    evidence = good()
    evidence.kills[0] = KILL + 30.0
    assert any("nothing explains it" in each for each in judge(evidence))


def test_a_plan_has_every_kind_in_its_share_and_is_the_seeds() -> None:
    kinds = plan(1, 200)
    assert Counter(kinds) == {kind: share for kind, (share, _) in KINDS.items()}
    assert plan(1, 200) == kinds
    assert plan(2, 200) != kinds
    assert set(plan(3, 12)) == set(KINDS)
    assert len(plan(3, 12)) == 12
