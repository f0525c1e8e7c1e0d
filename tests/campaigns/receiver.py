"""A customer's server on a bad day: it answers 200, 500, late, or not at all, and remembers."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from appliance.demo.application import digest

Json = dict[str, Any]
_TOKEN = re.compile(r'(\w+)="([^"]*)"')
_MOODS = {"ok": 84, "error": 7, "reset": 5, "late": 4}
_LATE_SECONDS = 0.25


@dataclass
class Arrival:
    """One request as it came.

    Args:
        came: Time of day, seconds; ``answered``: when the answer had been written, or None.
        mood: ``ok``, ``late`` (200 both), ``error`` (500), ``reset`` (no answer).
    """

    path: str
    body: Json
    valid: bool
    came: float
    mood: str
    answered: float | None = None

    @property
    def accepted(self) -> bool:
        """A 200 was written."""
        return self.answered is not None and self.mood in ("ok", "late")


@dataclass
class Piece:
    """One thing that was told, with every request that carried it, oldest first.

    Args:
        key: ``(session id, kind)``, or ``(smsIdentifier, "sms")``.
    """

    key: tuple[str, str]
    arrivals: list[Arrival] = field(default_factory=list)
    bodies: list[Json] = field(default_factory=list)


class Receiver:
    """The server of an application's push URLs.

    Args:
        seed: Of its moods.

    While it is ``calm`` it answers 200 always; while it ``refuses``, 500.
    """

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._arrivals: list[Arrival] = []
        self._ambush: tuple[str, Callable[[], object]] | None = None
        self._secrets: dict[str, str] = {}
        self.calm = False
        self.refuses = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                receiver._take(self, self.headers.get("X-AKSK", ""), body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
                """Say nothing on standard error."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that was killed is no error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="receiver"
        )

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def url(self, kind: str) -> str:
        """Return the address for one kind of push."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{kind}"

    def expect_from(self, key: str, secret: str) -> None:
        """Tell a key pair that signs pushes."""
        self._secrets[key] = secret

    def ambush(self, when: str, strike: Callable[[], object] | None) -> None:
        """Have ``strike`` called once, ``before`` or ``after`` an answer; None calls it off."""
        with self._lock:
            self._ambush = None if strike is None else (when, strike)

    def pieces(self) -> dict[tuple[str, str], Piece]:
        """Return what was told so far, by key."""
        with self._lock:
            arrivals = list(self._arrivals)
        found: dict[tuple[str, str], Piece] = {}
        for arrival in arrivals:
            for key, body in _parts(arrival.body):
                piece = found.setdefault(key, Piece(key))
                piece.arrivals.append(arrival)
                piece.bodies.append(body)
        return found

    def requests(self) -> list[Arrival]:
        """Return every request so far."""
        with self._lock:
            return list(self._arrivals)

    def _take(self, handler: BaseHTTPRequestHandler, token: str, body: bytes) -> None:
        came = time.time()
        parts = dict(_TOKEN.findall(token))
        secret = self._secrets.get(parts.get("Username", ""))
        valid = secret is not None and parts.get("PasswordDigest") == digest(
            secret, parts.get("Nonce", ""), parts.get("Created", "")
        )
        with self._lock:
            mood = "ok"
            ambush, self._ambush = self._ambush, None
            if not self.calm and ambush is None:
                mood = self._dice.choices(list(_MOODS), list(_MOODS.values()))[0]
            if self.refuses:
                mood = "error"
            arrival = Arrival(handler.path, json.loads(body), valid, came, mood)
            self._arrivals.append(arrival)
        when, strike = ambush or ("", lambda: None)
        if when == "before":
            strike()
        self._answer(handler, arrival)
        if when == "after":
            strike()

    def _answer(self, handler: BaseHTTPRequestHandler, arrival: Arrival) -> None:
        if arrival.mood == "reset":
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.close_connection = True
            handler.connection.close()
            return
        if arrival.mood == "late":
            threading.Event().wait(_LATE_SECONDS)
        with contextlib.suppress(OSError):
            handler.send_response(500 if arrival.mood == "error" else 200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            handler.wfile.flush()
            arrival.answered = time.time()


def _parts(body: Json) -> list[tuple[tuple[str, str], Json]]:
    """Return what one request carries, by key."""
    if "smsEvent" in body:
        return [((body["smsEvent"]["smsIdentifier"], "sms"), body["smsEvent"])]
    if body["eventType"] == "fee":
        return [((each["sessionId"], "fee"), each) for each in body["feeLst"]]
    info = body["statusInfo"]
    return [((info["sessionId"], body["eventType"]), info)]
