"""What has to hold between the books of calls: one sentence per mismatch.

It is written from the interface's description and from what phones and lines went through on the
bank; nothing of the box's own code is used.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from tests.campaigns.reconcile_desk import Json
from tests.campaigns.reconcile_evidence import Leg, moment, wire_moment
from tests.campaigns.reconcile_ledger import CLOCK, LATE, NO_LINE, Call, Ledger
from tests.campaigns.reconcile_town import DIGITS, NUMBERS, TRUNKS

SHORTEST = 3.0
"""Seconds of talk from which a call that is to be recorded has a recording."""
STARVED = 1.0
"""Seconds that a recording may lack on a machine that is busy with other things."""
BUSY, TIMEOUT, NO_ANSWER, OFF, REJECTED = 8102, 8035, 8101, 8104, 7503
GLARE, DECLINED = 7506, 7504
NO_BINDING = 8014
LEFT_EARLY, LEFT_DIALLING, LEFT_RINGING = 7516, 7501, 7502
LEFT = (LEFT_EARLY, LEFT_DIALLING, LEFT_RINGING)
SERVICE_TYPES = {"AX": "003", "AXB": "004", "X": "004", "AXE": "005", "AXYB": "007"}
_TIMES = {
    "callInTime": "call_in_at",
    "fwdStartTime": "forward_at",
    "fwdAlertingTime": "alerting_at",
    "fwdAnswerTime": "answered_at",
    "callEndTime": "ended_at",
}
_ENTRY = {
    "bindNum": "bind_number",
    "callerNum": "caller",
    "fwdDstNum": "callee",
    "fwdDisplayNum": "shown",
    "fwdUnaswRsn": "q850",
    "ulFailReason": "release_point",
    "sipStatusCode": "sip_status",
    "userData": "user_data",
}
WITHHELD = "anonymous"
"""What an application is told of who hides the number."""
_ONLY_FORWARDED = ("fwdDstNum", "fwdDisplayNum")


def calls(ledger: Ledger) -> Iterator[str]:
    """Compare the books of every call."""
    yield from ledger.wrong
    fees = [body for pushes in ledger.told.values() for kind, body in pushes if kind == "fee"]
    for icid, count in Counter(entry["icid"] for entry in fees).items():
        if count > 1:
            yield f"fee record {icid} was told {count} times"
    for call in ledger.calls:
        sentences = (
            [*_reached(ledger, call)]
            if call.session is None
            else [
                *_told(call),
                *_entry(call),
                *_meant(ledger, call),
                *_lived(ledger, call),
            ]
        )
        for sentence in sentences:
            yield f"{call.name}: {sentence}"


def _reached(ledger: Ledger, call: Call) -> Iterator[str]:
    """Say what a call without a session lacks: it never came as far as a free line."""
    leg = call.leg
    if leg is None:
        return
    if call.line is not None:
        if not ledger.swallowed(call.line):
            yield "it rang on the line and the box has no record of it"
    elif call.caller_left is None and not ledger.busy(leg.number or "", leg.began, leg.over, None):
        yield f"it never reached the line, which was free (cause {leg.cause})"


def _told(call: Call) -> Iterator[str]:
    """Compare what the application was told with the record, in order and one for one."""
    session = call.session
    assert session is not None
    if session["app"] is None:
        if call.pushes:
            yield "it belongs to no application and one was told"
        return
    kinds = [kind for kind, _ in call.pushes]
    refused = session["state_code"] == BUSY and session["forward_at"] is None
    first = "asked" if session["mode"] == "X" and "asked" in kinds else "callin"
    expected = [
        first,
        *["collectInfo"] * len(_digits(call)),
        *(["callout"] if session["forward_at"] else []),
        *(["alerting"] if session["alerting_at"] else []),
        *(["answer"] if session["answered_at"] else []),
        "disconnect",
        "fee",
    ]
    if kinds != expected:
        yield f"the application was told {kinds}, its record says {expected}"
        return
    if session["mode"] == "X" and first != "asked" and not refused:
        yield "the application was not asked"
    times = {
        "callin": "call_in_at",
        "asked": "call_in_at",
        "callout": "forward_at",
        "alerting": "alerting_at",
        "answer": "answered_at",
        "disconnect": "ended_at",
    }
    for kind, info in call.pushes[:-1]:
        if kind in times and wire_moment(info["timestamp"]) != _whole(session[times[kind]]):
            known = session[times[kind]]
            yield f"{kind} was told with {info['timestamp']}, its record says {known}"
        yield from _parties(call, kind, info)
    info = call.pushes[-2][1]
    told, known = info["stateCode"], session["state_code"]
    if told != known:
        yield f"disconnect was told with {told}, its record has {known}"


def _digits(call: Call) -> list[str]:
    return [info["digitInfo"] for kind, info in call.pushes if kind == "collectInfo"]


def _parties(call: Call, kind: str, info: Json) -> Iterator[str]:
    session = call.session
    assert session is not None
    if kind == "collectInfo":
        return
    caller, called = session["caller"] or WITHHELD, _dialled(session)
    if kind not in ("callin", "asked") and session["forward_at"]:
        caller, called = _shown(session), session["callee"]
    told = (info["caller"], info["called"])
    if told != (caller, called):
        yield f"{kind} was told with {told}, not {(caller, called)}"
    relation = known_relation(session["mode"], session["subscription_id"])
    if session["mode"] == "AXE":
        relation = relation if kind != "callin" and relation else None
    if info.get("subscriptionId") != relation:
        yield f"{kind} was told of relation {info.get('subscriptionId')!r}, not {relation!r}"


def known_relation(mode: str, subscription: str | None) -> str | None:
    """Return what records and texts name: a relation, "" for none; nothing in X mode."""
    return None if mode == "X" else subscription or ""


def _dialled(session: Json) -> str:
    """Return the private number that the caller dialled, as applications know it."""
    return str(session["dialled"] if session["mode"] == "AXYB" else session["bind_number"])


def _shown(session: Json) -> str:
    return str(session["shown"] if session["mode"] == "AXYB" else session["bind_number"])


def _entry(call: Call) -> Iterator[str]:
    """Compare the fee record with the box's own."""
    session = call.session
    assert session is not None
    if not call.pushes or call.pushes[-1][0] != "fee":
        return
    entry = call.pushes[-1][1]
    expected: Json = {key: session[name] for key, name in _ENTRY.items()}
    expected |= {key: None for key in _ONLY_FORWARDED if session["forward_at"] is None}
    expected["callerNum"] = session["caller"] or WITHHELD
    expected["subscriptionId"] = known_relation(session["mode"], session["subscription_id"])
    expected["calleeNum"] = _dialled(session)
    expected["recordFlag"] = int(session["recorded"])
    expected["serviceType"] = SERVICE_TYPES[session["mode"]]
    file = session["record_file"] if session["recorded"] else None
    expected["recordObjectName"] = file.rpartition("/")[2] if file else None
    extension = session["extension"] if session["mode"] == "AXE" else None
    expected |= {"extendNumber": extension, "extendNum": extension}
    for key, value in expected.items():
        if entry.get(key) != value:
            yield f"fee has {key} {entry.get(key)!r}, the record says {value!r}"
    for key, name in _TIMES.items():
        told = wire_moment(entry[key]) if entry.get(key) else None
        if told != (_whole(session[name]) if session[name] else None):
            yield f"fee has {key} {entry.get(key)}, the record says {session[name]}"


def _whole(text: str) -> float:
    return float(math.floor(moment(text)))


def _meant(ledger: Ledger, call: Call) -> Iterator[str]:
    """Compare the record with what the people and the application had arranged."""
    placed, session = call.placed, call.session
    assert session is not None
    code = session["state_code"]
    if _too_late(call):
        placed = placed | {"callees": [], "codes": [NO_BINDING], "subscription": None}
    if session["mode"] != placed["mode"]:
        yield f"its mode is {session['mode']}"
    if placed["x"] and session["bind_number"] != placed["x"]:
        yield f"its record names {session['bind_number']}, not {placed['x']}"
    yield from _typed(call)
    busy = session["forward_at"] is None and code == BUSY
    line = call.line
    free = line is not None and not (
        ledger.busy(line.who, line.began, line.over, line) or ledger.lent(line.began)
    )
    if busy and free:
        yield "it was refused as busy on a line that was free"
    if session["forward_at"] is None:
        early = {BUSY, NO_LINE} if placed["callees"] else {BUSY}
        if call.caller_left is not None:
            early |= {*LEFT, GLARE}  # a hold that fails for it may be known before its end is
        if line is not None and ledger.hit(line):
            early.add(LEFT_EARLY)
        if code not in early | set(placed["codes"]):
            yield f"it ended with {code} before a second leg, which nothing explains"
        return
    if session["callee"] not in placed["callees"]:
        yield f"it was put through to {session['callee']}, not to {placed['callees']}"
    wanted = placed["subscription"] if placed["mode"] != "X" else None
    if session["subscription_id"] != wanted:
        yield f"its relation is {session['subscription_id']}, not {wanted}"
    if placed["user_data"] != session["user_data"]:
        yield f"its userData is {session['user_data']}, not {placed['user_data']}"
    strategy, shown = session["strategy"], session["shown"]
    if placed["mode"] == "AXYB":
        if strategy != "bridge" or shown not in NUMBERS["AXYB"] or shown == placed["dialled"]:
            yield f"the callee was shown {shown} by {strategy}"
    elif strategy == "conference" and shown != placed["dialled"]:
        yield f"the callee was shown {shown} although the line itself called"
    elif strategy == "bridge" and shown not in {*TRUNKS, *NUMBERS["AXB"], session["bind_number"]}:
        yield f"the callee was shown {shown}, which is no second line"
    if placed["record"] and strategy != "bridge":
        yield f"it is to be recorded and was made by {strategy}"


def _too_late(call: Call) -> bool:
    """Whether the relation had ended by its time when the call came; at its end it may have."""
    placed, session = call.placed, call.session
    assert session is not None
    if placed["ends"] is None:
        return False
    earliest, latest = placed["ends"]
    came = moment(session["call_in_at"])
    if earliest - CLOCK <= came <= latest + CLOCK:
        return bool(session["state_code"] == NO_BINDING)
    return bool(came > latest)


def _typed(call: Call) -> Iterator[str]:
    """Compare what was typed with what was told; the last of it may have come too late."""
    typed, told = list(call.placed["typed"]), _digits(call)
    if len(typed) > len(told) and (call.caller_left is not None or len(typed[-1]) < DIGITS):
        typed.pop()
    if told != typed:
        yield f"{call.placed['typed']} was typed, {told} was told"


def _lived(ledger: Ledger, call: Call) -> Iterator[str]:
    """Compare the record with what the two phones went through."""
    session, leg, placed = call.session, call.leg, call.placed
    assert session is not None
    assert leg is not None
    code, ended = session["state_code"], moment(session["ended_at"])
    if session["forward_at"] is None:
        if any(ring for ring in call.rang):
            yield "a phone rang although no second leg was begun"
        return
    if len(call.rang) > 1 and not call.again:
        yield f"the callee's phone rang {len(call.rang)} times"
    rang = call.rang[-1] if call.rang else None
    if rang is not None and rang.number != session["shown"]:
        yield f"the callee's phone showed {rang.number}, the record says {session['shown']}"
    if session["alerting_at"] and rang is None:
        yield "the record says that the callee's phone rang; it did not"
    if session["answered_at"]:
        yield from _conversation(call, rang, leg, ended)
        return
    if code == 0:
        yield "it was not answered and ended with 0"
    if rang is not None and rang.active is not None and call.talked > 1.0 and code != GLARE:
        yield f"the two talked for {call.talked:.1f} s and the record says unanswered ({code})"
    if rang is not None and rang.ended is not None and ended > rang.ended + LATE:
        yield f"it ended {ended - rang.ended:.1f} s after the callee's phone"
    reasons = {
        REJECTED: bool(call.did("reject")),
        BUSY: bool(call.did("busy", "engaged")),
        OFF: bool(call.did("off")),
        TIMEOUT: not call.did("reject", "busy", "off", "engaged"),
        NO_ANSWER: not call.did("reject", "busy", "off", "engaged"),
        **dict.fromkeys(LEFT, call.caller_left is not None),
        # Somebody called the second line at the moment when the box dialled on it.
        GLARE: ledger.blocked(call)
        or (
            rang is None
            and session["shown"] != placed["dialled"]
            and ledger.called(session["shown"], moment(session["forward_at"]))
        ),
        DECLINED: call.caller_left is not None and ledger.one_end(call),
    }
    if not reasons.get(code, False):
        yield f"it ended with {code} ({session['ended_by']}); people did {placed['did']}"


def _conversation(call: Call, rang: Leg | None, leg: Leg, ended: float) -> Iterator[str]:
    session = call.session
    assert session is not None
    answered = moment(session["answered_at"])
    if rang is None or rang.active is None or leg.active is None:
        yield "the record says answered; the phones do not"
        return
    if session["state_code"] != 0:
        yield f"it was answered and ended with {session['state_code']}"
    if answered < rang.active - CLOCK:
        yield f"it was answered {rang.active - answered:.2f} s before the callee did"
    first = min(rang.over, leg.over)
    if session["ended_by"] in ("caller", "callee") and ended < first - CLOCK:
        yield f"it ended {first - ended:.2f} s before anybody hung up"
    if abs((ended - answered) - call.talked) > LATE:
        yield f"its record has {ended - answered:.1f} s of talk, the phones {call.talked:.1f} s"
    hung = call.did("hangup")
    if not hung:
        yield "nobody hung up and it ended"
    elif session["ended_by"] not in ("caller", "callee"):
        yield f"it was ended by {session['ended_by']}, people did {call.placed['did']}"


def recordings(ledger: Ledger) -> Iterator[str]:
    """Compare recordings on disk with the calls that name them."""
    files = ledger.evidence.recordings
    named: dict[str, Call] = {}
    for call in ledger.calls:
        session = call.session
        if session is None:
            continue
        file = (session["record_file"] or "").rpartition("/")[2] if session["recorded"] else ""
        talk = float(session["seconds"])
        wanted = call.placed["record"] and session["answered_at"] is not None
        if not wanted:
            if file:
                yield f"{call.name}: it is recorded and nobody asked for it"
            continue
        if not file:
            if talk > SHORTEST + STARVED:
                yield f"{call.name}: it has no recording of {talk:.1f} s of talk"
            continue
        if file in named:
            yield f"recording {file} belongs to two calls"
        named[file] = call
        kept = files.get(file)
        if kept is None:
            yield f"{call.name}: its recording {file} is not on the disk"
            continue
        if kept["seconds"] < SHORTEST:
            yield f"{call.name}: its recording has {kept['seconds']:.2f} s"
        if kept["seconds"] > talk + 1.0 or kept["seconds"] < talk - LATE:
            yield f"{call.name}: its recording has {kept['seconds']:.2f} s of {talk:.2f} s of talk"
        if session["record_sha256"] != kept["sha256"]:
            yield f"{call.name}: its recording is not what was written"
    for file in sorted(files.keys() - named.keys()):
        yield f"recording {file} is on the disk and no call names it"
    for file, got in ledger.evidence.downloads.items():
        if got["http"] != 301 or got["sha256"] != files.get(file, {}).get("sha256"):
            yield f"recording {file} was downloaded with HTTP {got['http']} and is not the file"
