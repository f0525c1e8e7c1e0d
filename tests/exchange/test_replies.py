"""Answers of applications: read in every shape that is sent, and never trusted."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.exchange.replies import TextAnswer, call_answer, text_answer
from appliance.model.routing_x import Close, Connect

B = "+8613800000002"
A = "+8613800000001"


def connect(**info: Any) -> dict[str, Any]:
    return {"operation": "connect", "connectInfo": {"calleeNum": B, **info}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (connect(), Connect(B)),
        ({"operation": "connect", "connectInfo": [{"calleeNum": "13800000002"}]}, Connect(B)),
        (connect(maxDuration="5", recordFlag=True), Connect(B, max_minutes=5, record=True)),
        (connect(recordFlag="false", displayCalleeNum=""), Connect(B)),
        (connect(waitVoice="../etc/passwd", userData="{}", lastMinVoice=7), Connect(B)),
        (
            connect(waitVoice="w.wav", recordHintTone="n.wav", lastMinVoice="m.wav", userData="u"),
            Connect(
                B, waiting="w.wav", record_hint="n.wav", last_minute_voice="m.wav", user_data="u"
            ),
        ),
        (connect(displayCalleeNum="+8617000000001"), Connect(B, shown="+8617000000001")),
        ({"operation": "close"}, Close()),
        ({"operation": "close", "closeInfo": [{"closeHintTone": "b.wav"}]}, Close("b.wav")),
        ({"operation": "close", "closeInfo": "b.wav"}, Close()),
        (None, None),
        ({}, None),
        ({"operation": "connect"}, None),
        ({"operation": "connect", "connectInfo": [{}, {}]}, None),
        (connect(calleeNum=8613800000002), None),
        (connect(calleeNum="0" * 70), None),
        (connect(maxDuration=-1), None),
        (connect(maxDuration=True), None),
        (connect(maxDuration=1441), None),
        (connect(displayCalleeNum="nobody"), None),
    ],
)
def test_an_answer_about_a_call(body: dict[str, Any] | None, said: Connect | Close | None) -> None:
    assert call_answer(body, "CN") == said


def action(**more: Any) -> dict[str, Any]:
    message = {"called": B, "calling": A}
    return {"operation": "vNumberRoute", "message": message, **more}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"actions": [action()]}, TextAnswer(B)),
        ({"actions": action(userData="u")}, TextAnswer(B, "u")),
        ({"actions": [action(userData="a{b}")]}, TextAnswer(B)),
        ({"actions": [{"operation": "DiscardMessage"}]}, TextAnswer(None)),
        ({"actions": [action(message={"called": B, "calling": B})]}, None),
        ({"actions": [action(message={"called": "x", "calling": A})]}, None),
        ({"actions": [action(message=None)]}, None),
        ({"actions": [{"operation": "Forward"}]}, None),
        ({"actions": [action(), action()]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_an_answer_about_a_text(body: dict[str, Any] | None, said: TextAnswer | None) -> None:
    assert text_answer(body, A, "CN") == said
