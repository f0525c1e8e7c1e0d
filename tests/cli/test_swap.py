"""``doctor LINE --swap``: asked for, watched, concluded; against an interface that changes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from appliance.cli import swap
from appliance.cli.common import Choices
from appliance.errors import BadInput, NotFound

ILL, WELL = "+8617000000001", "+8617000000002"


def line(name: str, iccid: str | None, imei: str | None, place: str, condition: str) -> Any:
    found = {"name": condition, "facts": {}, "explanation": "", "advice": ""}
    return {
        "msisdn": name,
        "iccid": iccid,
        "imei": imei,
        "socket": place,
        "role": "number",
        "call": None,
        "state": "ready",
        "explanation": "It is ill.",
        "conditions": [found],
    }


SIM_BEFORE = [line(ILL, "s1", "m1", "p1", "denied"), line(WELL, "s2", "m2", "p2", "ready")]
SIM_AFTER = [line(ILL, "s1", "m2", "p2", "denied"), line(WELL, "s2", "m1", "p1", "ready")]
PORT_BEFORE = [line(ILL, "s1", "m1", "p1", "lost"), line(WELL, "s2", "m2", "p2", "ready")]
PORT_AFTER = [line(WELL, "s2", "m2", "p1", "lost"), line(ILL, "s1", "m1", "p2", "ready")]
NOTHING = [line(ILL, "s1", "m1", "p1", "ready"), line(WELL, "s2", "m2", "p2", "ready")]


def lead(
    monkeypatch: pytest.MonkeyPatch, before: list[Any], after: list[Any], *, as_json: bool = True
) -> int:
    answers = iter([before])
    monkeypatch.setattr(swap, "ask", lambda *_: next(answers, after))
    monkeypatch.setattr(swap, "SETTLE_SECONDS", 0.02)
    monkeypatch.setattr(swap, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(swap, "APPEAR_SECONDS", 0.3)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    return swap.swap(Choices(json=as_json), ILL)


@pytest.mark.parametrize(
    ("before", "after", "exchange", "verdict"),
    [
        (SIM_BEFORE, SIM_AFTER, "sim", "operator"),
        (PORT_BEFORE, PORT_AFTER, "socket", "port"),
        (NOTHING, NOTHING, None, "application"),
    ],
)
def test_it_ends_with_a_verdict(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    before: list[Any],
    after: list[Any],
    exchange: str | None,
    verdict: str,
) -> None:
    assert lead(monkeypatch, before, after) == 0
    assert json.loads(capsys.readouterr().out) == {"exchange": exchange, "verdict": verdict}


def test_it_says_what_to_do_and_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lead(monkeypatch, SIM_BEFORE, SIM_AFTER, as_json=False) == 0
    said = capsys.readouterr().out
    assert "exchange their SIMs" in said
    assert "It is the operator" in said
    assert ILL not in said


def test_an_exchange_that_is_not_seen_concludes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lead(monkeypatch, SIM_BEFORE, SIM_BEFORE) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nothing can be concluded" in captured.err


def test_what_cannot_begin_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="No other line"):
        lead(monkeypatch, SIM_BEFORE[:1], [])
    with pytest.raises(NotFound):
        lead(monkeypatch, [], [])
    with pytest.raises(BadInput):
        swap.swap(Choices(), None)
