"""What must hold of texts, calls and pushes whatever the box went through: one sentence per breach.

It is written from the interface's description and from what people saw; of the box it reads the
tables alone.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.campaigns.evidence import Evidence, Row, seconds
from tests.campaigns.receiver import Arrival, Piece
from tests.campaigns.traffic import Dialled, Sent
from tests.campaigns.watch import Event, moment

STATUS_EVENTS = ("callin", "callout", "alerting", "answer", "disconnect")
WRITTEN_SECONDS = 5.0
"""How long after an answer a box may be killed and the answer be lost: the disk may be slow."""
_READ_SECONDS = 1.0
"""… and how long before a request is read its box may have died: another takes longer to start."""
_JOINED_SECONDS = 1.0
"""… and how long after people began to talk their call's answer."""
RESULTS = {"sent": 0, "unknown": 5}
"""States in which a text may end, and their ``sendResult``."""
Explains = Callable[[Evidence, Row], str | None]
"""Tells what explains that the outcome of a send is unknown; None for nothing."""


def judge(evidence: Evidence) -> list[str]:
    """Return a sentence for everything that is not as it must be once the traffic rests."""
    return [
        *texts(evidence),
        *sends(evidence),
        *sessions(evidence),
        *conversations(evidence),
        *pushes(evidence),
    ]


# --- texts ----------------------------------------------------------------------------------------


def texts(evidence: Evidence, results: Mapping[str, int] = RESULTS) -> list[str]:
    """Every text that the network took arrives once, or is told as unknown, and is told once."""
    wrong = []
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.rows("texts"):
        rows[row["body"]].append(row)
    seen: dict[str, list[Event]] = defaultdict(list)
    for event in evidence.events:
        if event["kind"] == "text":
            seen[event["text"]].append(event)
    for sent in evidence.sent:
        if sent.taken:
            mine = rows.get(sent.text, []), seen.get(sent.text, [])
            wrong += _text(evidence, sent, *mine, results)
    known = {sent.text for sent in evidence.sent}
    wrong += [
        f"a text that nobody wrote was delivered: {text!r}" for text in seen if text not in known
    ]
    wrong += [
        f"the box sent on a text that nobody wrote: {text!r}" for text in rows if text not in known
    ]
    return wrong


def _text(
    evidence: Evidence,
    sent: Sent,
    rows: list[Row],
    seen: list[Event],
    results: Mapping[str, int],
) -> list[str]:
    name = f"text {sent.text[:12]!r} from {sent.sender} to {sent.x}"
    if len(seen) > 1:
        return [f"{name} was delivered {len(seen)} times"]
    if not rows:
        return [f"{name} was handed over by the network and is lost"]
    if len(rows) > 1:
        return [f"{name} was entered {len(rows)} times"]
    row = rows[0]
    state = row["state"]
    if state not in results:
        return [f"{name} ended as {state!r}"]
    if state == "sent" and not seen:
        return [f"{name} is told as sent and was delivered to nobody"]
    if state not in RESULTS and seen:
        return [f"{name} is told as {state} and was delivered"]
    wrong = []
    if seen and (seen[0]["phone"], seen[0]["from"]) != (sent.recipient, sent.x):
        wrong.append(f"{name} reached {seen[0]['phone']} from {seen[0]['from']}")
    piece = evidence.pieces.get((row["identifier"], "sms"))
    if piece is None:
        return [*wrong, f"{name} was never told to the application"]
    told = piece.bodies[0]
    expected = {
        "calling": sent.sender,
        "called": sent.recipient if state == "sent" else None,
        "virtualNumber": sent.x,
        "smsContent": sent.text,
        "sendResult": results[state],
    }
    wrong += [
        f"{name} was told with {key} {told.get(key)!r}, it is {value!r}"
        for key, value in expected.items()
        if told.get(key) != value
    ]
    return wrong


WINDOWS = ("at the prompt", "before +CMGS")


def sends(evidence: Evidence, explains: Explains | None = None) -> list[str]:
    """No part is given to the network twice; none is unknown but by what came between in time.

    Args:
        evidence: What is known.
        explains: Tells whether something did; by default a kill in one of the :data:`WINDOWS`.
    """
    explains = explains or window
    wrong = []
    taken = Counter((e["line"], e["to"]) for e in sms(evidence, "taken"))
    noted: Counter[tuple[str, str]] = Counter()
    sure: Counter[tuple[str, str]] = Counter()
    for row in evidence.rows("sends"):
        where = (row["line"], row["recipient"])
        noted[where] += row["state"] in ("accepted", "unknown", "writing")
        sure[where] += row["state"] == "accepted"
        if row["state"] == "writing":
            wrong.append(f"part {row['part']} of text {row['text_id']} was never settled")
        elif row["state"] == "unknown" and explains(evidence, row) is None:
            wrong.append(
                f"part {row['part']} of text {row['text_id']} is unknown and nothing explains it"
            )
    for where in taken | noted:
        if not sure[where] <= taken[where] <= noted[where]:
            wrong.append(
                f"from {where[0]} to {where[1]} {taken[where]} parts were sent;"
                f" the journal has {sure[where]} of {noted[where]} as accepted"
            )
    return wrong


def window(evidence: Evidence, row: Row) -> str | None:
    """Return in which of the :data:`WINDOWS` a send was struck; None if no kill explains it."""
    began = seconds(row["began_at"]) or 0.0
    life = evidence.life_of(began)
    if life >= len(evidence.kills) or row["id"] not in evidence.writing[life]:
        return None
    kill = evidence.kills[life]
    mine = [e for e in sms(evidence) if e.get("line") == row["line"] and began - 0.002 <= moment(e)]
    taken = [e for e in mine if e["state"] == "taken" and e["to"] == row["recipient"]]
    if taken and moment(taken[0]) < kill - WRITTEN_SECONDS:
        return None
    # A line sends one part at a time: what it did from then on until the kill was for this one.
    until = [e["state"] for e in mine if moment(e) <= kill + 0.1]
    if "given" in until:
        return WINDOWS[1]
    return WINDOWS[0] if "prompt" in until else None


def sms(evidence: Evidence, state: str | None = None) -> list[Event]:
    """Return what lines did with their texts; in one state, or in all."""
    return [
        e
        for e in evidence.events
        if e["kind"] == "sms" and "line" in e and (state is None or e["state"] == state)
    ]


# --- calls ----------------------------------------------------------------------------------------


def sessions(evidence: Evidence) -> list[str]:
    """Every session has its end and its record, exactly as the application received them."""
    wrong = []
    events: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in evidence.rows("call_events"):
        events[row["session_id"]][row["kind"]] = row
    for row in evidence.rows("calls"):
        wrong += _session(evidence, row, events[row["session_id"]])
    known = {row["session_id"] for row in evidence.rows("calls")}
    known |= {row["identifier"] for row in evidence.rows("texts")}
    wrong += [
        f"{kind} of {key} was told and the box does not know it"
        for key, kind in evidence.pieces
        if key not in known
    ]
    return wrong


def _session(evidence: Evidence, row: Row, events: dict[str, Row]) -> list[str]:
    name = f"session {row['session_id']}"
    wrong = [] if row["closed"] else [f"{name} is still open"]
    wrong += [f"{name} has no {kind}" for kind in ("disconnect", "fee") if kind not in events]
    for kind, event in events.items():
        piece = evidence.pieces.get((row["session_id"], kind))
        if piece is None:
            wrong.append(f"{kind} of {name} never arrived")
            continue
        expected = _fee(row) if kind == "fee" else _status(row, kind, event)
        for key, value in expected.items():
            told = piece.bodies[0].get(key)
            if told != value:
                wrong.append(f"{kind} of {name} told {key} {told!r}; the box has {value!r}")
    recorded = row["record_file"]
    if recorded and recorded not in evidence.recordings:
        wrong.append(f"{name} has a recording {recorded} and there is no such file")
    return wrong


def _status(row: Row, kind: str, event: Row) -> Row:
    expected = {"timestamp": _wire(event["at"]), "subscriptionId": row["subscription_id"] or ""}
    if kind == "disconnect":
        expected |= {"timestamp": _wire(row["ended_at"]), "stateCode": row["state_code"]}
    return expected


def _fee(row: Row) -> Row:
    forwarded = row["forward_at"] is not None
    return {
        "icid": row["icid"],
        "bindNum": row["bind_number"],
        "subscriptionId": row["subscription_id"] or "",
        "callerNum": row["caller"] or "anonymous",
        "fwdDstNum": row["callee"] if forwarded else None,
        "callInTime": _wire(row["call_in_at"]),
        "fwdStartTime": _wire(row["forward_at"]),
        "fwdAlertingTime": _wire(row["alerting_at"]),
        "fwdAnswerTime": _wire(row["answered_at"]),
        "callEndTime": _wire(row["ended_at"]),
        "fwdUnaswRsn": row["q850"],
        "ulFailReason": row["release_point"],
        "sipStatusCode": row["sip_status"],
        "recordFlag": row["recorded"],
        "recordObjectName": row["record_file"] if row["recorded"] else None,
    }


def _wire(at: str | None) -> str | None:
    if at is None:
        return None
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def conversations(evidence: Evidence) -> list[str]:
    """What people lived through stands in the records: each call once, answered if they talked."""
    wrong = []
    rows = _by_people(evidence)
    for call in evidence.dialled:
        wrong += _conversation(evidence, call, _of(call, rows[call.caller, call.x]))
    return wrong


def _by_people(evidence: Evidence) -> dict[tuple[str | None, str], list[Row]]:
    rows: dict[tuple[str | None, str], list[Row]] = defaultdict(list)
    for row in evidence.rows("calls"):
        rows[row["caller"], row["dialled"]].append(row)
    return rows


def _of(call: Dialled, rows: list[Row]) -> list[Row]:
    """Return the sessions that came in during a call, out of its caller's with the same number."""
    end = call.ended or float("inf")
    return [row for row in rows if call.began <= (seconds(row["call_in_at"]) or 0.0) <= end + 0.1]


def _conversation(evidence: Evidence, call: Dialled, mine: list[Row]) -> list[str]:
    name = f"the call of {call.caller} to {call.x} at {datetime.fromtimestamp(call.began, UTC)}"
    if len(mine) > 1:
        return [f"{name} has {len(mine)} sessions"]
    if not mine:
        return [f"{name} rang at {call.other} and has no session"] if call.rang else []
    row = mine[0]
    wrong = []
    if call.rang and row["callee"] != call.other:
        wrong.append(f"{name} rang at {call.other} and is recorded to {row['callee']}")
    cut = call.met and evidence.killed_within(
        call.met - _JOINED_SECONDS, call.met + _JOINED_SECONDS
    )
    if call.met and not cut and row["answered_at"] is None:
        wrong.append(f"{name} was answered and is recorded as unanswered")
    return wrong


# --- pushes ---------------------------------------------------------------------------------------


def pushes(evidence: Evidence) -> list[str]:
    """Every row of the outbox arrives, once but where a kill took the answer, and in order."""
    wrong = [
        f"the push of {row['kind']} for {row['order_key']} is {row['state']}: {row['error']}"
        for row in evidence.rows("outbox")
        if row["state"] != "delivered"
    ]
    wrong += [
        f"a push to {arrival.path} was signed wrongly"
        for arrival in evidence.arrivals
        if not arrival.valid
    ]
    for row in evidence.rows("outbox"):
        if (row["order_key"], row["kind"]) not in evidence.pieces:
            wrong.append(f"{row['kind']} of {row['order_key']} never arrived")
    for piece in evidence.pieces.values():
        wrong += _piece(evidence, piece)
    return wrong + _order(evidence)


def _piece(evidence: Evidence, piece: Piece) -> list[str]:
    name = f"{piece.key[1]} of {piece.key[0]}"
    wrong = []
    if any(body != piece.bodies[0] for body in piece.bodies):
        wrong.append(f"{name} was told in {len(piece.bodies)} versions")
    if not any(arrival.accepted for arrival in piece.arrivals):
        wrong.append(f"{name} was never accepted")
    for former, later in zip(piece.arrivals, piece.arrivals[1:], strict=False):
        if former.accepted and not repeat_excused(evidence, former, later):
            wrong.append(f"{name} was told again although no kill had taken its answer")
    return wrong


def repeat_excused(evidence: Evidence, former: Arrival, later: Arrival) -> bool:
    """Return whether a kill took the answer, or the note of it, before a push was repeated."""
    answered = former.answered or former.came
    last = min(later.came, answered + WRITTEN_SECONDS)
    return evidence.killed_within(former.came - _READ_SECONDS, last)


def _order(evidence: Evidence) -> list[str]:
    first: dict[str, dict[str, float]] = defaultdict(dict)
    for (key, kind), piece in evidence.pieces.items():
        first[key][kind] = piece.arrivals[0].came
    wrong = []
    for key, kinds in first.items():
        came = [(kind, kinds[kind]) for kind in STATUS_EVENTS if kind in kinds]
        for (early, one), (late, two) in itertools.pairwise(came):
            if two < one:
                wrong.append(f"{late} of {key} was told before {early}")
        if "fee" in kinds and kinds["fee"] < kinds.get("disconnect", 0.0):
            wrong.append(f"fee of {key} was told before disconnect")
    return wrong


def tally(evidence: Evidence) -> dict[str, Any]:
    """Return the counts of a run."""
    unknown = [row for row in evidence.rows("sends") if row["state"] == "unknown"]
    found = Counter(window(evidence, row) or "unexplained" for row in unknown)
    struck = sum(len(rows) for rows in evidence.writing)
    accepted = [
        [arrival for arrival in piece.arrivals if arrival.accepted]
        for piece in evidence.pieces.values()
    ]
    return {
        "sessions": len(evidence.rows("calls")),
        "answered": sum(row["answered_at"] is not None for row in evidence.rows("calls")),
        "texts": len(evidence.rows("texts")),
        "delivered": sum(event["kind"] == "text" for event in evidence.events),
        "unknown": sum(row["state"] == "unknown" for row in evidence.rows("texts")),
        "sends": len(evidence.rows("sends")),
        "struck": struck,
        "windows": {name: found[name] for name in (*WINDOWS, "unexplained") if found[name]},
        "pushes": len(evidence.pieces),
        "requests": len(evidence.arrivals),
        "repeated": sum(len(each) > 1 for each in accepted),
    }
