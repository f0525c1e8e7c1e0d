"""The main job as a newcomer runs it: real time, real processes, no modem."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from tests.whole.programs import simveil

BUDGET = 90.0
"""Seconds from the command to its summary."""

EVENTS = ["callin", "callout", "alerting", "answer", "disconnect"]


@pytest.mark.alone
def test_the_demo_observes_what_it_promises() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [simveil(), "demo", "--json"],
        capture_output=True,
        text=True,
        timeout=2 * BUDGET,
        check=False,
    )
    took = time.monotonic() - begun
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4000:]}"
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert steps[-1]["step"] == "summary"
    assert all(step["ok"] is True for step in steps)
    assert took < BUDGET

    (bind,) = [step for step in steps if step["step"] == "bind"]
    assert bind["resultcode"] == "0"
    lines = steps[0]["lines"]
    calls = [step for step in steps if step["step"] in ("call", "call-back")]
    assert [call.get("strategy", call["step"]) for call in calls] == [
        "conference",
        "bridge",
        "call-back",
    ]
    assert calls[0]["shown"] == lines[0]
    assert calls[0]["held_peak"] == 0
    assert calls[1]["shown"] == calls[2]["dialled"] == lines[2]
    for call in calls:
        assert call["events"] == EVENTS
        for ear in (call["at_a"], call["at_b"]):
            assert ear["score"] > 0.8
            assert abs(ear["level_db"]) <= 1.0
            assert ear["gap_ms"] <= 40.0
    (texts,) = [step for step in steps if step["step"] == "texts"]
    assert (texts["characters"], texts["shown"]) == (140, lines[0])
    (unbind,) = [step for step in steps if step["step"] == "unbind"]
    assert unbind["stateCode"] == 8014
