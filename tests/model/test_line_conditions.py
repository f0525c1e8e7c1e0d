"""Which conditions a line shows, which of them speaks, and what a run of causes smells of."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.model import suspicion
from appliance.model.line_conditions import BY_NAME, CONDITIONS, LineFacts, LineState, judge
from appliance.model.suspicion import RUN, Record, Suspicion
from appliance.words import LANGUAGES, say

UP: dict[str, Any] = {"present": True, "ready": True, "registration": 1, "signal_dbm": -71}
SIM: dict[str, Any] = {"present": True}

CASES: list[tuple[dict[str, Any], LineState, list[str]]] = [
    ({}, LineState.STARTING, ["starting"]),
    ({"present": True}, LineState.STARTING, ["starting"]),
    ({"lost": "hung up"}, LineState.LOST, ["lost"]),
    ({"lost": "deaf: no answer", "deaf": True}, LineState.LOST, ["hung"]),
    ({"lost": "hung up", "reenumerations": 4}, LineState.LOST, ["brown-out"]),
    ({"lost": "deaf", "deaf": True, "hospital": True}, LineState.HOSPITAL, ["hospital"]),
    ({**SIM, "sim": "REMOVED"}, LineState.SIM, ["sim-missing"]),
    ({**SIM, "sim": "SIM PIN"}, LineState.SIM, ["sim-pin"]),
    ({**SIM, "sim": "SIM PIN", "pin_withheld": True}, LineState.SIM, ["pin-withheld"]),
    ({**SIM, "sim": "SIM PUK"}, LineState.SIM, ["puk"]),
    ({**SIM, "sim": "SIM WRONG"}, LineState.SIM, ["sim-wrong"]),
    ({**SIM, "sim": "PH-NET PIN"}, LineState.SIM, ["sim-wrong"]),
    ({**UP, "replaced": True}, LineState.SIM, ["sim-wrong"]),
    ({**SIM, "sim": "SIM FAILURE"}, LineState.SIM, ["sim-failure"]),
    ({**UP, "registration": 3}, LineState.NO_NETWORK, ["denied"]),
    ({**UP, "registration": 6}, LineState.NO_NETWORK, ["texts-only"]),
    ({**UP, "registration": 2}, LineState.NO_NETWORK, ["no-service"]),
    ({**UP, "suspicion": Suspicion.BLOCKED}, LineState.RESTING, ["resting"]),
    ({**UP, "suspicion": Suspicion.NO_VOICE}, LineState.READY, ["no-voice"]),
    ({**UP, "forwarding": frozenset({2, 0})}, LineState.READY, ["forwarding"]),
    ({**UP, "celsius": 85}, LineState.READY, ["hot"]),
    ({**UP, "celsius": 84}, LineState.READY, ["ready"]),
    ({**UP, "reenumerations": 3}, LineState.READY, ["unsteady"]),
    ({**UP, "storage_full": True}, LineState.READY, ["storage-full"]),
    ({**UP, "signal_dbm": -105}, LineState.READY, ["weak"]),
    ({**UP, "signal_dbm": -103}, LineState.READY, ["ready"]),
    ({**UP, "signal_dbm": None}, LineState.READY, ["ready"]),
    ({**UP, "registration": 5}, LineState.READY, ["roaming"]),
    ({**UP, "voice_port": False}, LineState.READY, ["no-voice-port"]),
    ({**UP, "registration": 5, "signal_dbm": -109}, LineState.READY, ["weak", "roaming"]),
    ({**UP, "registration": 3, "celsius": 90}, LineState.NO_NETWORK, ["denied", "hot"]),
]


@pytest.mark.parametrize(("facts", "state", "names"), CASES)
def test_facts_show_conditions(facts: dict[str, Any], state: LineState, names: list[str]) -> None:
    judged = judge(LineFacts(**facts))

    assert judged.state is state
    assert [finding.name for finding in judged.findings] == names


def test_every_row_is_shown_by_some_facts_and_has_its_words() -> None:
    told = {name for _, _, names in CASES for name in names}
    assert told == set(BY_NAME)
    assert len(BY_NAME) == len(CONDITIONS)
    for facts, _, names in CASES:
        for name in names:
            filled = BY_NAME[name].facts(LineFacts(**facts))
            for language in LANGUAGES:
                for head in ("LIN", "ADV"):
                    words = say(f"{head}-{name}", language, **filled)
                    assert words[-1] in ".。)"
                    assert "{" not in words


def test_a_run_of_barred_calls_to_several_people_is_a_blocked_sim() -> None:
    record = Record()
    for place in range(RUN):
        assert record.suspected is Suspicion.NONE
        record = suspicion.call_failed(record, 57, f"+861380000000{place}")
    assert record.suspected is Suspicion.BLOCKED
    assert suspicion.call_rang(record).suspected is Suspicion.NONE


def test_one_person_only_is_about_that_person() -> None:
    record = Record()
    for _ in range(RUN * 2):
        record = suspicion.call_failed(record, 21 if _ % 2 else 57, "+8613800000001")
    assert record.suspected is Suspicion.NONE
    for _ in range(RUN * 2):
        record = suspicion.text_failed(record, 50, "+8613800000001")
    assert record.suspected is Suspicion.NONE


@pytest.mark.parametrize("cause", [1, 16, 17, 18, 19, 20, 21, 27, 34, 41, None])
def test_what_says_something_of_the_callee_breaks_the_run(cause: int | None) -> None:
    record = Record()
    for place in range(RUN - 1):
        record = suspicion.call_failed(record, 8, str(place))
    record = suspicion.call_failed(record, cause, "x")
    record = suspicion.call_failed(record, 8, "y")
    assert record.suspected is Suspicion.NONE


def test_texts_and_calls_make_one_run_and_a_taken_text_ends_it() -> None:
    record = Record()
    for place in range(RUN - 2):
        record = suspicion.text_failed(record, 8, str(place))
    record = suspicion.text_failed(record, 38, "congested")
    record = suspicion.call_failed(record, 8, "a")
    taken = suspicion.text_taken(record)
    assert suspicion.call_failed(taken, 8, "b").suspected is Suspicion.NONE
    assert suspicion.call_failed(record, 8, "b").suspected is Suspicion.BLOCKED


def test_calls_without_a_bearer_are_a_line_without_voice_whatever_texts_do() -> None:
    record = Record()
    for place in range(RUN):
        record = suspicion.call_failed(record, 58, str(place))
    assert record.suspected is Suspicion.NO_VOICE
    assert suspicion.text_taken(record).suspected is Suspicion.NO_VOICE
    assert suspicion.call_rang(record).suspected is Suspicion.NONE
