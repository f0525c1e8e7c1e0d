"""The bank as a process of its own, with real modems on ptys."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.drivers.virtual.town import A, B, X

_PROGRAM = """
import sys
from drivers.virtual.bank import run
def ready(bank):
    sys.stdout.write(bank.control + chr(10))
    sys.stdout.flush()
sys.exit(run(sys.argv[1], ready))
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "simveil.toml"
    file.write_text(
        f'[virtual]\nlines = ["{X}"]\ncontrol = "127.0.0.1:0"\nspeed = 25.0\n', encoding="utf-8"
    )
    return file


@pytest.fixture
def process(config: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(config)], stdout=subprocess.PIPE, text=True
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=10)


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ask(control: str, method: str, path: str, body: object = None) -> Any:
    link = http.client.HTTPConnection(control, timeout=20)
    link.request(method, path, json.dumps(body) if body is not None else None)
    reply = link.getresponse()
    answer = json.loads(reply.read())
    link.close()
    assert reply.status == 200, answer
    return answer


class Host:
    """A program that has a modem's port open."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)

    def until(self, word: str, seconds: float = 10.0) -> str:
        """Return what the modem says up to and with ``word``."""
        said, end = "", time.monotonic() + seconds
        while word not in said:
            left = end - time.monotonic()
            assert left > 0, f"no {word} in {said!r}"
            if select.select([self.fd], [], [], left)[0]:
                said += os.read(self.fd, 4096).decode()
        return said

    def say(self, command: str, word: str = "OK") -> str:
        os.write(self.fd, command.encode() + b"\r")
        return self.until(word)

    def close(self) -> None:
        os.close(self.fd)


def test_a_phone_calls_a_modem_and_back(process: subprocess.Popen[str]) -> None:
    control = address(process)
    (line,) = ask(control, "GET", "/lines")
    assert line["registered"]
    host = Host(line["port"])
    try:
        host.say("ATE0")
        host.say("AT+CLIP=1")
        ask(control, "POST", f"/phones/{quote(A)}")
        ask(control, "POST", f"/phones/{quote(A)}/dial", {"to": X})
        assert A in host.until("+CLIP").replace("+CLIP", "") + host.until("\r\n")
        host.say("ATA")
        wait_for(control, A, "active")
        ask(control, "POST", f"/phones/{quote(A)}/hangup")
        host.until("NO CARRIER")
        ask(control, "POST", f"/phones/{quote(B)}")
        host.say(f"ATD{B};")
        assert wait_for(control, B, "ringing")["shown"] == X
        host.say("ATH")
        wait_for(control, B, "idle")
    finally:
        host.close()


def wait_for(control: str, number: str, state: str) -> Any:
    after = 0
    end = time.monotonic() + 10
    while time.monotonic() < end:
        seen = ask(control, "GET", f"/phones/{quote(number)}")
        if seen["state"] == state:
            return seen
        after = ask(control, "GET", f"/events?since={after}&timeout=1")["next"]
    raise AssertionError(f"{number} never was {state}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_orderly(process: subprocess.Popen[str], number: signal.Signals) -> None:
    control = address(process)
    link = http.client.HTTPConnection(control, timeout=20)
    link.request("GET", "/events?since=999999&timeout=50")  # somebody still waits
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 8
    link.close()
