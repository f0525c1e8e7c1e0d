from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from drivers import discovery
from drivers.discovery import StaticSource, VirtualSource, line_socket
from drivers.modem import AudioSpec, Socket
from tests.drivers.wire import Events
from tests.threads import Since


def line(number: int, port: str | None = "/dev/pts/1", *, plugged: bool = True) -> dict[str, Any]:
    return {
        "msisdn": f"+861700000000{number}",
        "family": "ec25",
        "port": port,
        "audio": {"kind": "serial", "address": f"{port}a", "rate": 8000} if port else None,
        "plugged": plugged,
    }


class Control:
    """A bank's control as far as discovery uses it, real HTTP on loopback."""

    def __init__(self, port: int = 0) -> None:
        self.lines: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.broken = False
        self.changed = threading.Condition()
        control = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, answer = control.answer(self.path)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str) -> tuple[int, Any]:
        parts = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        if self.broken:
            return 500, {"error": "broken"}
        if parts.path == "/lines":
            return 200, self.lines
        since = int(query["since"])
        with self.changed:
            self.changed.wait_for(lambda: len(self.events) > since, float(query["timeout"]))
            return 200, {"events": self.events[since:], "next": len(self.events)}

    def happen(self, lines: list[dict[str, Any]], *kinds: str) -> None:
        with self.changed:
            self.lines = lines
            self.events += [{"kind": kind, "line": "+8617000000001"} for kind in kinds or ("plug",)]
            self.changed.notify_all()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def control() -> Iterator[Control]:
    control = Control()
    yield control
    control.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "AWAY_PAUSES", (0.01, 0.02, 0.05))


def start(address: str) -> tuple[VirtualSource, Events]:
    events = Events()
    source = VirtualSource(address)
    source.start(events.post, events.post)
    return source, events


def test_a_line_of_the_bank_is_a_socket() -> None:
    assert line_socket(line(1)) == Socket(
        name="virtual:+8617000000001",
        port="/dev/pts/1",
        audio=AudioSpec("serial", "/dev/pts/1a", 8000),
        msisdn="+8617000000001",
    )
    assert line_socket(line(1, None)).audio is None
    assert line_socket({**line(1), "driver": "gsmmodem"}).family == "gsmmodem"


def test_lines_that_are_there_are_told_at_once(control: Control) -> None:
    control.lines = [line(1), line(2, "/dev/pts/2"), line(3, None, plugged=False)]
    source, events = start(control.address)

    assert [events.next().name[-1], events.next().name[-1]] == ["1", "2"]
    source.stop(3)
    assert events.empty()


def test_pulling_and_plugging(control: Control) -> None:
    control.lines = [line(1)]
    source, events = start(control.address)
    first = events.next()
    control.happen([line(1, None, plugged=False)], "unplug")
    assert events.next() == first.name
    control.happen([line(1, "/dev/pts/7")])

    assert events.next().port == "/dev/pts/7"
    source.stop(3)


def test_who_is_back_before_the_lines_are_read_has_been_away(control: Control) -> None:
    control.lines = [line(1)]
    source, events = start(control.address)
    first = events.next()
    control.happen([line(1)], "unplug", "plug")
    assert events.next() == first.name
    assert events.next() == first
    source.stop(3)
    assert events.empty()


def test_calls_and_texts_of_a_line_are_no_reason_to_look_at_all_lines(control: Control) -> None:
    control.lines = [line(1)]
    source, events = start(control.address)
    first = events.next()
    control.happen([line(1, "/dev/pts/8")], "call")
    control.happen([line(1, "/dev/pts/8")], "sms")
    control.happen([line(1, None, plugged=False)], "unplug")

    assert events.next() == first.name  # and never the port that it had meanwhile
    source.stop(3)
    assert events.empty()


def test_a_line_whose_port_has_moved_is_another_socket(control: Control) -> None:
    control.lines = [line(1)]
    source, events = start(control.address)
    first = events.next()
    control.happen([line(1, "/dev/pts/9")])

    assert events.next() == first.name
    assert events.next().port == "/dev/pts/9"
    source.stop(3)


def test_a_bank_that_comes_later_is_found(control: Control) -> None:
    address = control.address
    port = control.server.server_address[1]
    control.close()
    source, events = start(address)
    later = Control(int(port))
    later.lines = [line(1)]

    assert events.next().name == "virtual:+8617000000001"
    source.stop(3)
    later.close()


def test_lines_of_a_bank_that_is_away_are_gone_until_it_is_back(control: Control) -> None:
    control.lines = [line(1)]
    source, events = start(control.address)
    first = events.next()
    control.broken = True
    control.happen([], "x")
    assert events.next() == first.name
    control.broken = False
    control.happen([line(1, "/dev/pts/3")])

    assert events.next().port == "/dev/pts/3"
    source.stop(3)


@pytest.mark.parametrize("nonsense", [None, 3, "x", [1], [{"msisdn": "+1"}], {"lines": None}])
def test_nonsense_from_the_control_harms_nobody(control: Control, nonsense: Any) -> None:
    control.lines = nonsense
    source, events = start(control.address)
    control.lines = [line(1)]

    assert events.next().name == "virtual:+8617000000001"
    source.stop(3)


def test_stopping_is_quick(control: Control) -> None:
    since = Since()
    source, _ = start(control.address)
    began = time.monotonic()
    source.stop(5)

    assert time.monotonic() - began < 2.5
    assert not since.names("discovery")


def test_configured_sockets_are_told_at_once() -> None:
    sockets = [Socket("static:/dev/ttyUSB2", "/dev/ttyUSB2"), Socket("b", "/dev/ttyUSB3")]
    events = Events()
    source = StaticSource(sockets)
    source.start(events.post, events.post)
    source.stop(1)

    assert [events.next(), events.next()] == sockets
