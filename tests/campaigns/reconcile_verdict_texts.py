"""What has to hold between the books of texts, of use, of relations and of what is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.campaigns.reconcile_desk import Json
from tests.campaigns.reconcile_evidence import Evidence, wire_moment
from tests.campaigns.reconcile_ledger import Ledger
from tests.campaigns.reconcile_verdict import known_relation


def texts(evidence: Evidence) -> Iterator[str]:
    """Every text arrives once with the right words from X, and is told of once; or neither."""
    inboxes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for number, phone in evidence.phones.items():
        for item in phone["inbox"]:
            inboxes[item["text"]].append((number, item["from"]))
    notices: dict[str, list[Json]] = defaultdict(list)
    questions: dict[str, list[Json]] = defaultdict(list)
    for arrival in evidence.told:
        if arrival["kind"] in ("sms", "sms-control"):
            event = arrival["body"]["smsEvent"]
            into = notices if arrival["kind"] == "sms" else questions
            into[event["smsContent"]].append(event)
    records: dict[str, list[Json]] = defaultdict(list)
    for record in evidence.texts:
        records[record["body"]].append(record)
    kept = Counter(item["body"] for item in evidence.inbox)
    for text in evidence.written:
        name = f"{text['mode']} text {text['text'][:14]!r} of {text['sender']} to {text['x']}"
        body = text["arrives"] or text["text"]
        got = inboxes.pop(body, [])
        wanted = [(text["recipient"], text["x"])] if text["recipient"] else []
        if got != wanted:
            yield f"{name}: it arrived at {got}, it was meant for {wanted}"
        asked = questions.pop(text["text"], [])
        if len(asked) != int(text["asked"]):
            yield f"{name}: the application was asked about it {len(asked)} times"
        told, noted = notices.pop(body, []), records.pop(body, [])
        if text["result"] is None:
            if told or noted:
                yield f"{name}: the application was told of a text that its mode does not have"
            if kept[text["text"]] != 1:
                yield f"{name}: the operator's inbox has it {kept[text['text']]} times"
        elif len(told) != 1 or len(noted) != 1:
            yield f"{name}: it was told of {len(told)} times and recorded {len(noted)} times"
        else:
            for sentence in _notice(text, told[0], noted[0], asked):
                yield f"{name}: {sentence}"
    for what, left in (("arrived", inboxes), ("was told of", notices), ("was recorded", records)):
        yield from (f"text {body[:14]!r} {what} and nobody wrote it" for body in left)


def _notice(text: Json, told: Json, noted: Json, asked: list[Json]) -> Iterator[str]:
    expected = {
        "calling": text["sender"],
        "called": text["recipient"],
        "virtualNumber": text["x"],
        "sendResult": text["result"],
        "subscriptionId": known_relation(text["mode"], text["subscription"]),
        "smsIdentifier": noted["identifier"],
    }
    for key, value in expected.items():
        if told.get(key) != value:
            yield f"it was told with {key} {told.get(key)!r}, it is {value!r}"
    record = (noted["sender"], noted["recipient"], noted["x"], noted["send_result"])
    if record != (text["sender"], text["recipient"], text["x"], text["result"]):
        yield f"its record says {record}"
    if noted["state"] != ("sent" if text["result"] == 0 else "refused"):
        yield f"its record says {noted['state']}"
    if _parameter(told, "splitNum") != str(noted["parts"]):
        yield f"it was told with {_parameter(told, 'splitNum')} parts, {noted['parts']} were sent"
    if asked and asked[0]["smsIdentifier"] != told["smsIdentifier"]:
        yield "it was asked about and told of by two names"
    if wire_moment(told["timeStamp"]) != wire_moment(noted["received_at"]):
        yield f"it was told with {told['timeStamp']}, its record says {noted['received_at']}"


def _parameter(event: Json, key: str) -> Any:
    return next(each["value"] for each in event["extInfo"]["extParas"] if each["key"] == key)


def house(ledger: Ledger) -> Iterator[str]:
    """Compare use, relations, pushes and counters with everything else."""
    evidence = ledger.evidence
    yield from _usage(ledger)
    yield from _relations(evidence)
    for push in evidence.outbox:
        yield f"push {push['push_id']} ({push['kind']}) is {push['state']}"
    for arrival in evidence.told:
        if not arrival["valid"]:
            yield f"a push of {arrival['mode']} ({arrival['kind']}) is signed wrongly"
    yield from _metrics(evidence)


def _usage(ledger: Ledger) -> Iterator[str]:
    parts: Counter[str] = Counter()
    for event in ledger.evidence.events:
        if event["kind"] == "sms" and event["state"] == "taken" and "line" in event:
            parts[event["line"]] += 1
    told: Counter[str] = Counter()
    for arrival in ledger.evidence.told:
        if arrival["kind"] == "sms":
            event = arrival["body"]["smsEvent"]
            told[event["virtualNumber"]] += int(_parameter(event, "splitNum"))
    minutes: Counter[str] = Counter()
    for call in ledger.calls:
        if call.pushes and call.pushes[-1][0] == "fee" and call.pushes[-1][1].get("fwdAnswerTime"):
            entry = call.pushes[-1][1]
            talk = wire_moment(entry["callEndTime"]) - wire_moment(entry["fwdAnswerTime"])
            minutes[entry["fwdDisplayNum"]] += max(1, -int(-talk // 60))
    for use in ledger.evidence.usage:
        x = use["msisdn"]
        if use["minutes"] != minutes.pop(x, 0):
            yield f"use of {x} is {use['minutes']} minutes, its calls have others"
        if not use["parts"] == parts[x] == told[x]:
            yield (
                f"use of {x} is {use['parts']} parts, the service centre took {parts[x]},"
                f" {told[x]} were told"
            )
    yield from (f"{x} has calls and no use" for x in minutes)


def _relations(evidence: Evidence) -> Iterator[str]:
    found = {
        (each["subscription_id"], each["x"], each["a"], each["b"]) for each in evidence.bindings
    }
    wanted = {
        (each["subscription"], each["x"], each["a"], each["b"]) for each in evidence.relations
    }
    yield from (f"relation {each} was acknowledged and is not there" for each in wanted - found)
    yield from (f"relation {each} is there and nobody wants it" for each in found - wanted)
    events = Counter(each["event"] for each in evidence.history)
    if (events["bound"], events["unbound"], events["expired"]) != (
        evidence.bound,
        evidence.ended,
        evidence.lapsed,
    ):
        yield (
            f"the history has {dict(events)}, acknowledged were {evidence.bound} and"
            f" {evidence.ended}, {evidence.lapsed} were to end by their time"
        )


def _metrics(evidence: Evidence) -> Iterator[str]:
    samples = evidence.metrics
    states = Counter(text["state"] for text in evidence.texts)
    expected: dict[str, float] = {
        'simveil_lines{state="ready"}': len(evidence.usage),
        "simveil_lines_in_call": 0,
        "simveil_calls_up": 0,
        "simveil_calls_closed_unseen_total": 0,
        'simveil_outbox_pushes{state="due"}': 0,
        'simveil_outbox_pushes{state="parked"}': 0,
        "simveil_bindings": len(evidence.bindings),
        **{f'simveil_texts{{state="{state}"}}': count for state, count in states.items()},
    }
    for name, value in expected.items():
        if samples.get(name) != value:
            yield f"metric {name} is {samples.get(name)}, it should be {value}"
    answers: Counter[str] = Counter()
    for codes in evidence.answers.values():
        answers.update(codes)
    counted: Counter[str] = Counter()
    for name, value in samples.items():
        if name.startswith("simveil_api_requests_total{"):
            counted[name.split('code="')[1].split('"')[0]] += int(value)
    if +answers != +counted:
        yield f"metrics count answers {dict(counted)}, the applications had {dict(answers)}"
