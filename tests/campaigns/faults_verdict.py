"""What must hold whatever became of a modem in the middle of a call or a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tests.campaigns import verdict
from tests.campaigns.evidence import Evidence, Row, seconds
from tests.campaigns.faults_play import Outcome
from tests.campaigns.faults_town import Illness
from tests.campaigns.traffic import Dialled, Sent
from tests.campaigns.watch import moment

RESULTS = verdict.RESULTS | {"failed": 10}
_NETWORK = {522, 7102, 7505, 7506, 7508, 8035, 8101, 8102, 8103, 8104}
_LEFT = {7501, 7502, 7516}
_STRANGER = {8014}
"""Who was not named is nobody's A."""
_NUMBER_UNKNOWN = {"+CLIP is lost", "after +CLIP", "ATA is not heard", "the result of ATA is lost"}
_CLOSE_SECONDS = 3.0
"""An answer so close to a fault may be told to nobody."""
_SEND_SECONDS = 75.0
"""From a fault until a send that it may have hit is given up as unknown."""


Stalls = Sequence[tuple[float, float]]
"""When the machine had no time for box and bank: an answer then may be told to nobody, too."""


def judge(evidence: Evidence, outcomes: Iterable[Outcome], stalls: Stalls = ()) -> list[str]:
    """Return a sentence for everything that does not hold. Calls' and texts' codes are noted."""
    every = list(outcomes)
    wrong = [f"{each.name}: {what}" for each in every for what in each.wrong]
    for each in every:
        wrong += [f"{each.name}: {what}" for what in _case(evidence, each, stalls)]

    return wrong + books(evidence, [each.illness for each in every if each.illness is not None])


def books(evidence: Evidence, illnesses: Sequence[Illness]) -> list[str]:
    """Return a sentence for every text, send, session or push that is not as it must be."""
    return [
        *verdict.texts(evidence, RESULTS),
        *verdict.sends(evidence, explained_by(evidence, illnesses)),
        *verdict.sessions(evidence),
        *_one_of_each(evidence),
        *verdict.pushes(evidence),
    ]


def _case(evidence: Evidence, outcome: Outcome, stalls: Stalls) -> list[str]:
    rows = {row["body"]: row for row in evidence.rows("texts")}
    wrong = []
    for call in outcome.calls:
        wrong += _call(evidence, outcome, call, stalls)
    if not outcome.calls:
        outcome.code = str(rows.get(outcome.texts[0].text, {}).get("state", "none"))
    for text in outcome.texts[-1:] if outcome.ended else []:
        wrong += _carried(rows.get(text.text), text)
    return wrong


def _carried(row: Row | None, text: Sent) -> list[str]:
    """The text that was written once all was over has to arrive."""
    if row is None or row["state"] != "sent":
        return [f"the next text, {text.text[:8]!r}, was {row['state'] if row else 'lost'}"]
    return []


def _call(evidence: Evidence, outcome: Outcome, call: Dialled, stalls: Stalls) -> list[str]:
    mine = [
        row
        for row in evidence.rows("calls")
        if (row["caller"], row["dialled"]) == (call.caller, call.x)
        and call.began - 0.1 <= (seconds(row["call_in_at"]) or 0.0) <= (call.ended or 1e12) + 0.1
    ]
    nameless = [
        row
        for row in evidence.rows("calls")
        if row["caller"] != call.caller
        and row["dialled"] == call.x
        and call.began <= (seconds(row["call_in_at"]) or 0.0) <= (call.ended or 1e12)
    ]
    mine += nameless
    outcome.code = "/".join(str(row["state_code"]) for row in mine) or "none"
    struck = outcome.struck
    early = outcome.case.step.name in _NUMBER_UNKNOWN and struck is not None
    if len(mine) > 1 or (not mine and not early):
        return [f"the call has {len(mine)} sessions"]
    wrong = []
    for row in mine:
        allowed = _codes(outcome, answered=row["answered_at"] is not None)
        if row["state_code"] not in allowed:
            wrong.append(f"the call ended with {row['state_code']}, not one of {sorted(allowed)}")
        met = call.met or 0.0
        close = struck is not None and abs(met - struck) < _CLOSE_SECONDS
        close = close or any(a - _CLOSE_SECONDS <= met <= b + _CLOSE_SECONDS for a, b in stalls)
        if call.met and not close and not nameless and row["answered_at"] is None:
            wrong.append("people talked and the record knows no answer")
        if call.rang and row["callee"] != call.other:
            wrong.append(f"it rang at {call.other} and is recorded to {row['callee']}")
    return wrong


def _codes(outcome: Outcome, *, answered: bool) -> set[int]:
    """Return the codes that a call may end with."""
    if outcome.struck is None:
        # The machine may be busy: an answer is not heard in time (8035), and a second line
        # that does not promise itself at once is none.
        busy = {8035, 8101} | ({522} if outcome.stand.second else set())
        return {0} if answered else _LEFT | busy
    codes = {0, 7505, 7506} if answered else _NETWORK | _LEFT
    if outcome.case.step.name in _NUMBER_UNKNOWN:
        codes = codes | _STRANGER
    return codes


def _one_of_each(evidence: Evidence) -> list[str]:
    """Fee and disconnect of a session are told once; and in the book there is one of each."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for row in evidence.rows("call_events"):
        kinds[row["session_id"]].append(row["kind"])
    return [
        f"session {session} has {told.count(kind)} × {kind}"
        for session, told in kinds.items()
        for kind in (*verdict.STATUS_EVENTS, "fee")
        if told.count(kind) > 1 or (kind in ("callin", "disconnect", "fee") and kind not in told)
    ]


def explained_by(evidence: Evidence, illnesses: Sequence[Illness]) -> verdict.Explains:
    """Return what tells which fault came between a send's prompt and its result."""
    prompts: dict[str, list[float]] = defaultdict(list)
    for event in verdict.sms(evidence, "prompt"):
        prompts[event["line"]].append(moment(event))

    def explains(_: Evidence, row: Row) -> str | None:
        began = seconds(row["began_at"]) or 0.0
        asked = next((at for at in prompts[row["line"]] if began - 0.002 <= at), None)
        for illness in illnesses:
            until = illness.ended or float("inf")
            mine = row["line"] in illness.lines and began <= until
            if mine and asked is not None and illness.struck - _SEND_SECONDS <= asked <= until:
                return illness.name
        return None

    return explains
