"""A run in numbers."""

from __future__ import annotations

from collections import Counter

from tests.campaigns.reconcile_evidence import Evidence, moment
from tests.campaigns.reconcile_ledger import Call, Ledger
from tests.campaigns.reconcile_town import NUMBERS

_CALLS = (
    "dialled",
    "sessions",
    "forwarded",
    "rang",
    "answered",
    "recorded",
    "busy",
    "no line",
    "again",
)
_TEXTS = ("written", "told", "sent on", "arrived", "parts")


def table(evidence: Evidence, mismatches: int) -> str:
    """Return calls and texts by mode, and how far clocks and lengths were apart."""
    ledger = Ledger(evidence)
    calls, texts = _calls(ledger), _texts(evidence)
    lines = [f"{'calls':<12}" + "".join(f"{name:>11}" for name in _CALLS)]
    lines += [_row(mode, calls[mode], _CALLS) for mode in [*NUMBERS, "all"]]
    lines += ["", f"{'texts':<12}" + "".join(f"{name:>11}" for name in _TEXTS)]
    lines += [_row(mode, texts[mode], _TEXTS) for mode in [*NUMBERS, "all"]]
    talked = [call for call in ledger.calls if call.session and call.session["answered_at"]]
    apart = [abs(float(call.session["seconds"]) - call.talked) for call in talked if call.session]
    short = [_unrecorded(call, evidence) for call in talked]
    rows = [
        ("events of the bank", len(evidence.events)),
        ("requests to the applications", len(evidence.told)),
        ("answers of the interface", sum(sum(each.values()) for each in evidence.answers.values())),
        (
            "relations bound, ended, over",
            f"{evidence.bound}, {evidence.ended}, {evidence.lapsed}",
        ),
        ("callers who hid the number", sum(call.placed["withheld"] for call in ledger.calls)),
        ("talk that outlived its relation", sum(_outlived(call) for call in talked)),
        ("state codes", _codes(ledger)),
        ("taken for the call before", sum(_swallowed(call) for call in ledger.calls)),
        ("talk, box against phones", f"at most {max(apart, default=0.0):.2f} s apart"),
        ("recording, file against talk", f"at most {max(short, default=0.0):.2f} s apart"),
        ("recordings downloaded", len(evidence.downloads)),
        ("mismatches", mismatches),
    ]
    return "\n".join([*lines, "", *(f"{name:<30}{value}" for name, value in rows)])


def _row(name: str, counts: Counter[str], columns: tuple[str, ...]) -> str:
    return f"{name:<12}" + "".join(f"{counts[column]:>11}" for column in columns)


def _calls(ledger: Ledger) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {mode: Counter() for mode in [*NUMBERS, "all"]}
    for call in ledger.calls:
        session = call.session or {}
        forwarded = session.get("forward_at") is not None
        seen = {
            "dialled": True,
            "sessions": bool(session),
            "forwarded": forwarded,
            "rang": bool(call.rang),
            "answered": session.get("answered_at") is not None,
            "recorded": bool(session.get("recorded")),
            "busy": session.get("state_code") == 8102 and not forwarded,
            "no line": session.get("state_code") == 522,
            "again": call.again,
        }
        for mode in (call.placed["mode"], "all"):
            found[mode].update(name for name, yes in seen.items() if yes)
    return found


def _texts(evidence: Evidence) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {mode: Counter() for mode in [*NUMBERS, "all"]}
    arrived = {item["text"] for phone in evidence.phones.values() for item in phone["inbox"]}
    records = {record["body"]: record for record in evidence.texts}
    for text in evidence.written:
        body = text["arrives"] or text["text"]
        record = records.get(body)
        for mode in (text["mode"], "all"):
            found[mode]["written"] += 1
            found[mode]["told"] += record is not None
            found[mode]["arrived"] += body in arrived
            if record is not None:
                found[mode]["sent on"] += record["state"] == "sent"
                found[mode]["parts"] += record["parts"]
    return found


def _codes(ledger: Ledger) -> str:
    codes = Counter(call.session["state_code"] for call in ledger.calls if call.session)
    return ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))


def _outlived(call: Call) -> bool:
    ends, session = call.placed["ends"], call.session
    return bool(ends and session and moment(session["ended_at"]) > ends[1])


def _swallowed(call: Call) -> bool:
    return call.line is not None and call.session is None


def _unrecorded(call: Call, evidence: Evidence) -> float:
    session = call.session
    if session is None or not session["recorded"] or not session["record_file"]:
        return 0.0
    file = evidence.recordings.get(session["record_file"].rpartition("/")[2])
    talk = moment(session["ended_at"]) - moment(session["answered_at"])
    return abs(talk - file["seconds"]) if file else 0.0
