"""Clients in four languages, written from the interface's documents alone, live through the
published flow against a whole box: sign, bind, hear signed events, query, modify, stop, unbind."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.house import House, free_port

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

FOLDER = Path(__file__).parent / "clients"
LANGUAGES = {
    "python": ("client.py", sys.executable),
    "node": ("client.js", "node"),
    "php": ("client.php", "php"),
    "java": ("Client.java", "java"),
}
# The third and sixth lines of a bank are of the make that bridges: they serve as trunks.
LINES = [f"+861700000000{number}" for number in range(1, 7)]
NUMBERS = dict(zip(LANGUAGES, (LINES[0], LINES[1], LINES[3], LINES[4]), strict=True))
PATIENT = "[push]\ntimeout = 30\n"  # a virtual machine that has just started answers late
EVENTS = ["callin", "callout", "alerting", "answer", "disconnect", "fee"]


def person(language: str, role: int) -> str:
    return f"+86139000{list(LANGUAGES).index(language):02d}{role:03d}"


def live_through(house: House, language: str) -> list[dict[str, Any]]:
    """Run one client; when it has bound, A dials X and B answers. Returns what it said."""
    file, program = LANGUAGES[language]
    x, a, b, port = NUMBERS[language], person(language, 1), person(language, 2), free_port()
    sign = "wsse" if language == "php" else "aksk"
    app = house.command(
        "app", "add", language, "--mode", "AXB", "--sign", sign,
        "--status-url", f"http://127.0.0.1:{port}/status",
        "--cdr-url", f"http://127.0.0.1:{port}/cdr",
    )  # fmt: skip
    house.command("number", "enrol", x, "--app", language)
    caller = house.bank.phone(a)
    house.bank.phone(b).do("auto", answer_after=1)
    said: list[dict[str, Any]] = []
    pair = (app["appKey"], app["appSecret"])
    client = subprocess.Popen(
        [program, str(FOLDER / file), house.base, *pair, x, a, b, str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    late = threading.Timer(90, client.kill)
    late.start()
    try:
        assert client.stdout is not None
        for line in client.stdout:
            said.append(json.loads(line))
            if said[-1]["step"] == "bound":
                caller.do("dial", to=x)
        errors = client.stderr.read() if client.stderr else ""
        assert client.wait(10) == 0, (said, errors, house.log("serve")[-2000:])
    finally:
        late.cancel()
        client.kill()
        client.wait(10)
        for stream in (client.stdout, client.stderr):
            if stream is not None:
                stream.close()
    return said


def test_the_published_flow_in_every_language(subtests: pytest.Subtests) -> None:
    here = [name for name, (_, program) in LANGUAGES.items() if shutil.which(program)]
    with House(LINES, speed=10, extra=PATIENT) as house, ThreadPoolExecutor(len(LANGUAGES)) as pool:
        for trunk in (LINES[2], LINES[5]):
            house.command("number", "enrol", trunk, "--trunk")
        running = {name: pool.submit(live_through, house, name) for name in here}
        for language in LANGUAGES:
            with subtests.test(language=language):
                if language not in here:
                    pytest.skip(f"{language} is not installed")
                check_said(language, running[language].result(timeout=120))


def check_said(language: str, said: list[dict[str, Any]]) -> None:
    steps = {one["step"]: one for one in said}
    assert list(steps) == [
        "bound", "queried", "modified", "stopped", "recorded", "unbound", "done",
    ]  # fmt: skip
    assert {one["code"] for one in said if "code" in one} == {"0"}
    assert steps["bound"]["x"] == steps["recorded"]["x"] == NUMBERS[language]
    assert steps["queried"]["a"] == steps["recorded"]["caller"] == person(language, 1)
    assert steps["modified"]["limit"] == 30
    assert steps["recorded"]["same"] is True
    assert steps["unbound"]["then"] == "1012007"
    assert steps["done"]["events"] == EVENTS
