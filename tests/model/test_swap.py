"""Where a fault lies, by what one exchange left ill."""

from __future__ import annotations

import pytest

from appliance.model.line_conditions import BY_NAME
from appliance.model.swap import Exchange, Seen, Verdict, proposed, verdict
from appliance.words import LANGUAGES, say

SIM, SOCKET = Exchange.SIM, Exchange.SOCKET

# What was exchanged, the ill line before, then what was moved, what stayed; where the fault lies.
CASES = [
    (SIM, "puk", "puk", "ready", Verdict.SIM),
    (SIM, "sim-missing", "sim-missing", "ready", Verdict.SIM),
    (SIM, "sim-missing", "ready", "sim-missing", Verdict.MODEM),
    (SIM, "sim-wrong", "sim-wrong", "ready", Verdict.SIM),
    (SIM, "sim-wrong", "ready", "sim-wrong", Verdict.MODEM),
    (SIM, "sim-failure", "ready", "ready", Verdict.CONTACT),
    (SIM, "denied", "denied", "ready", Verdict.OPERATOR),
    (SIM, "denied", "ready", "denied", Verdict.MODEM),
    (SIM, "no-service", "no-service", "no-service", Verdict.OPERATOR),
    (SIM, "resting", "resting", "ready", Verdict.OPERATOR),
    (SIM, "no-voice", "no-voice", "ready", Verdict.OPERATOR),
    (SIM, "weak", "ready", "weak", Verdict.MODEM),
    (SIM, "forwarding", "forwarding", "ready", Verdict.OPERATOR),
    (SIM, "denied", "lost", "brown-out", Verdict.POWER),
    (SOCKET, "hung", "hung", "ready", Verdict.MODEM),
    (SOCKET, "lost", "lost", "ready", Verdict.MODEM),
    (SOCKET, "lost", "ready", "lost", Verdict.PORT),
    (SOCKET, "hospital", "ready", "hung", Verdict.PORT),
    (SOCKET, "lost", "ready", "ready", Verdict.CONTACT),
    (SOCKET, "lost", "lost", "lost", Verdict.POWER),
    (SOCKET, "brown-out", "ready", "brown-out", Verdict.POWER),
    (SOCKET, "unsteady", "unsteady", "ready", Verdict.POWER),
    (SOCKET, "hung", "hung", "no-service", Verdict.MODEM),
    (SIM, "ready", "ready", "ready", Verdict.APPLICATION),
]


@pytest.mark.parametrize(("exchange", "before", "moved", "stayed", "expected"), CASES)
def test_the_fault_lies_where_it_is_left(
    exchange: Exchange, before: str, moved: str, stayed: str, expected: Verdict
) -> None:
    assert verdict(exchange, Seen(before), moved=Seen(moved), stayed=Seen(stayed)) is expected


def test_every_verdict_is_reached_and_has_its_words() -> None:
    assert {case[-1] for case in CASES} == set(Verdict)
    for language in LANGUAGES:
        assert all(say(f"VER-{each.value}", language) for each in Verdict)


def test_every_condition_proposes_an_exchange_but_a_well_line_none() -> None:
    assert {name for name in BY_NAME if proposed(name) is None} == {"ready"}
    assert proposed("hung") is SOCKET
    assert proposed("puk") is SIM
