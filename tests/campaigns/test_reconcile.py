"""The short run of the books: they agree; and each one that is cooked is found out."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns.reconcile import Campaign, conclude, judge
from tests.campaigns.reconcile_evidence import Evidence
from tests.campaigns.reconcile_ledger import Ledger
from tests.campaigns.reconcile_table import table

COUNT = 300
REAL = "+8613812345678"
TWICE = "is of a second caller who was told already"


def answered(evidence: Evidence) -> Any:
    """Return a conversation over AXB or AX, with all its traces and none that may be missing."""
    ledger = Ledger(evidence)
    return next(
        call
        for call in ledger.calls
        if call.session and call.session["answered_at"] and call.placed["mode"] in ("AX", "AXB")
        if call.line is not None and not ledger.swallowed(call.line)
    )


def session(evidence: Evidence, **fields: Any) -> None:
    name = answered(evidence).session["session_id"]
    next(each for each in evidence.calls if each["session_id"] == name).update(fields)


def told(evidence: Evidence, kind: str) -> dict[str, Any]:
    """Return the request that told of one event of that conversation."""
    name = answered(evidence).session["session_id"]
    return next(
        each
        for each in evidence.told
        if each["kind"] == "status"
        and (each["body"]["statusInfo"]["sessionId"], each["body"]["eventType"]) == (name, kind)
    )


def fee(evidence: Evidence) -> tuple[list[Any], dict[str, Any]]:
    """Return the record of that conversation, and the list that it was told in."""
    name = answered(evidence).session["session_id"]
    return next(
        (each["body"]["feeLst"], entry)
        for each in evidence.told
        if each["kind"] == "cdr"
        for entry in each["body"]["feeLst"]
        if entry["sessionId"] == name
    )


def later(evidence: Evidence, kind: str) -> None:
    """Let an event have been told after everything else."""
    event = told(evidence, kind)
    evidence.told.remove(event)
    evidence.told.append(event)


def real_number(evidence: Evidence) -> None:
    """Let the callee's phone have shown who really called."""
    leg = answered(evidence).rang[0]
    for event in evidence.events:
        if event["kind"] == "call" and event.get("phone") == leg.who and event["direction"] == "in":
            event["number"] = REAL


def unanswered(evidence: Evidence) -> None:
    """Let the callee's phone never have been answered."""
    leg = answered(evidence).rang[0]
    evidence.events[:] = [
        event
        for event in evidence.events
        if not (
            event["kind"] == "call"
            and event.get("phone") == leg.who
            and event["direction"] == "in"
            and event["state"] == "active"
        )
    ]


def text(evidence: Evidence) -> dict[str, Any]:
    return next(each for each in evidence.written if each["recipient"])


def inbox(evidence: Evidence) -> list[dict[str, Any]]:
    wanted = text(evidence)
    items: list[dict[str, Any]] = evidence.phones[wanted["recipient"]]["inbox"]
    items.sort(key=lambda item: item["text"] != wanted["arrives"])
    return items


def notice(evidence: Evidence) -> dict[str, Any]:
    wanted = text(evidence)
    return next(
        each
        for each in evidence.told
        if each["kind"] == "sms"
        and each["body"]["smsEvent"]["smsContent"] in (wanted["text"], wanted["arrives"])
    )


def recording(evidence: Evidence, **fields: Any) -> None:
    evidence.recordings[min(evidence.recordings)].update(fields)


def used(evidence: Evidence, what: str) -> None:
    next(use for use in evidence.usage if use[what])[what] += 1


def second_caller(evidence: Evidence) -> None:
    """Let a second caller have been told twice."""
    call = next(
        call
        for call in Ledger(evidence).calls
        if call.session and call.line and call.line.first == "waiting"
    )
    assert call.session is not None
    again = {"session_id": "s2", "call_in_at": call.session["ended_at"]}
    evidence.calls.append(call.session | again)


COOKED: dict[str, Callable[[Evidence], object]] = {
    "is of no call that anybody made": lambda e: e.calls.append(
        e.calls[0] | {"session_id": "s1", "caller": REAL}
    ),
    TWICE: second_caller,
    "the box has no record of it": lambda e: e.calls.remove(answered(e).session),
    "which the box does not know": lambda e: e.calls.remove(answered(e).session),
    "is not known to the network": lambda e: e.placed.append(
        answered(e).placed | {"caller": REAL, "did": []}
    ),
    "and nobody meant it": lambda e: e.placed.remove(answered(e).placed),
    "showed the real number": real_number,
    "and no call explains it": real_number,
    "the phones do not": unanswered,
    "the application was told ['callout'": lambda e: e.told.remove(told(e, "callin")),
    "'disconnect', 'fee', 'fee']": lambda e: fee(e)[0].append(fee(e)[1]),
    "'fee', 'answer']": lambda e: later(e, "answer"),
    "disconnect was told with 8102": lambda e: told(e, "disconnect")["body"]["statusInfo"].update(
        stateCode=8102
    ),
    "answer was told with 2020": lambda e: told(e, "answer")["body"]["statusInfo"].update(
        timestamp="2020-01-01 00:00:00"
    ),
    "fee has fwdDstNum": lambda e: fee(e)[1].update(fwdDstNum=REAL),
    "fee has fwdAnswerTime": lambda e: fee(e)[1].pop("fwdAnswerTime"),
    "it was put through to": lambda e: session(e, callee=REAL),
    "the callee was shown": lambda e: session(e, shown=REAL),
    "its relation is": lambda e: session(e, subscription_id="another"),
    "it was answered and ended with 8102": lambda e: session(e, state_code=8102),
    "s of talk, the phones": lambda e: session(e, ended_at="2036-01-01T00:00:00Z"),
    "is not on the disk": lambda e: e.recordings.pop(min(e.recordings)),
    "and no call names it": lambda e: e.recordings.update({"1.wav": {"seconds": 4, "sha256": ""}}),
    "its recording has 2.90 s": lambda e: recording(e, seconds=2.9),
    "is not what was written": lambda e: recording(e, sha256="0"),
    "and is not the file": lambda e: e.downloads[min(e.downloads)].update(sha256="0"),
    "it arrived at []": lambda e: inbox(e).pop(0),
    "it was meant for": lambda e: inbox(e).append(dict(inbox(e)[0])),
    f"'{REAL}')], it was meant for": lambda e: inbox(e)[0].update({"from": REAL}),
    "arrived and nobody wrote it": lambda e: inbox(e).append({"text": "hello", "from": REAL}),
    "it was told of 0 times": lambda e: e.told.remove(notice(e)),
    "it was told of 2 times": lambda e: e.told.append(notice(e)),
    "with sendResult 10": lambda e: notice(e)["body"]["smsEvent"].update(sendResult=10),
    "minutes, its calls have others": lambda e: used(e, "minutes"),
    "were told": lambda e: used(e, "parts"),
    "was acknowledged and is not there": lambda e: e.bindings.pop(),
    "is there and nobody wants it": lambda e: e.relations.pop(),
    "the history has": lambda e: e.history.pop(),
    "is parked": lambda e: e.outbox.append({"push_id": 1, "kind": "fee", "state": "parked"}),
    "is signed wrongly": lambda e: e.told[0].update(valid=False),
    "metric simveil_calls_up is 1": lambda e: e.metrics.update(simveil_calls_up=1.0),
    "metrics count answers": lambda e: e.answers["AXB"].update({"0": 0}),
    "was told 2 times": lambda e: fee(e)[0].append(fee(e)[1] | {"sessionId": "s1"}),
}
"""What a sentence says, and how the books are cooked for it."""


@pytest.mark.campaign
@pytest.mark.timeout(600)
def test_the_books_agree_and_cooked_ones_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="simveil-books-"))  # stays as evidence of a failure
    campaign = Campaign(folder, seed=1, count=COUNT)
    try:
        campaign.start()
        evidence = campaign.run()
    finally:
        campaign.close()
    evidence.keep(folder)
    wrong = [*campaign.faults, *judge(evidence)]
    assert not wrong, "\n".join([*wrong, table(evidence, len(wrong)), str(folder)])
    assert len(evidence.placed) + len(evidence.written) >= COUNT
    assert {call["mode"] for call in evidence.calls if call["answered_at"]} == {
        "AX",
        "AXB",
        "AXE",
        "AXYB",
        "X",
    }
    assert evidence.recordings
    for sentence, cook in COOKED.items():
        cooked = copy.deepcopy(evidence)
        cook(cooked)
        found = judge(cooked)
        assert any(sentence in each for each in found), (sentence, found)
    cooked.metrics["simveil_calls_up"] = 1.0
    assert conclude(evidence, []) == 0
    assert conclude(cooked, []) == 1
    assert "metric simveil_calls_up is 1" in capsys.readouterr().err
    shutil.rmtree(folder)
