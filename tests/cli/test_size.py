"""``simveil size`` on exports of the box and of the cloud; it needs no box."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.cli.root import run
from tests.model.test_traffic import poisson

START = datetime(2026, 3, 1, tzinfo=UTC)


def write(path: Path, names: list[str], shape: str) -> None:
    def text(at: float | None) -> str:
        return "" if at is None else (START + timedelta(seconds=at)).strftime(shape)

    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        for call in poisson(3, pairs=500, hours=10, per_hour=100, talk=100):
            times = [text(at) for at in (call.arrived, call.forwarded, call.answered, call.ended)]
            rows.writerow([call.pair, *times])
        rows.writerow(["x", "", "", "", ""])


def test_the_box_s_and_the_cloud_s_records_give_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    ours, theirs = tmp_path / "box.csv", tmp_path / "cloud.csv"
    write(
        ours, ["subscription_id", "call_in_at", "forward_at", "answered_at", "ended_at"],
        "%Y-%m-%dT%H:%M:%SZ",
    )  # fmt: skip
    write(
        theirs,
        ["subscriptionId", "callInTime", "fwdStartTime", "fwdAnswerTime", "callEndTime"],
        "%Y-%m-%d %H:%M:%S",
    )
    answers = []
    for file in (ours, theirs):
        assert run(["size", str(file), "--blocking", "1", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))

    assert answers[0] == answers[1]
    conference, bridge, transfer = answers[0]
    assert [row["strategy"] for row in answers[0]] == ["conference", "bridge", "transfer"]
    assert conference["sims"] == conference["numbers"] > transfer["numbers"]
    assert bridge["trunks"] > 0
    assert all(row["expected_percent"] <= 1 for row in answers[0])
    assert run(["size", str(ours)]) == 0
    assert "1 rows had no times of a call." in capsys.readouterr().out
    assert run(["size", str(tmp_path / "none.csv")]) == 2
    ours.write_text("a,b\n1,2\n")
    assert run(["size", str(ours)]) == 2
    assert "no row has callInTime" in capsys.readouterr().err
