"""The customer's side of the books: five applications that ask, are told, and are asked."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import urllib3

from appliance.demo.application import digest, signed_headers

Json = dict[str, Any]
_TOKEN = re.compile(r'(\w+)="([^"]*)"')
PATHS = {
    "AXB": "/rest/caas/relationnumber/partners/v1.0",
    "AX": "/rest/provision/caas/privatenumber/v1.0",
    "AXE": "/rest/caas/extendnumber/v1.0",
    "AXYB": "/rest/omp/xyrelationnumber/v1.0",
}
CALLEE_PATH = "/rest/caas/privatenumber/calleenumber/v1.0"
RECORD_PATH = "/rest/provision/voice/record/v1.0"


class Client:
    """One application's requests to the box; every answer's result code is counted.

    Args:
        base: ``http://host:port`` of the box.
        mode: Of the application.
    """

    def __init__(self, base: str, mode: str, key: str, secret: str) -> None:
        self._base, self.mode, self.key, self._secret = base, mode, key, secret
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=60), retries=False, maxsize=16
        )
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()

    def close(self) -> None:
        """Close every kept connection."""
        self._http.clear()

    def bind(self, **terms: object) -> Json:
        """Bind."""
        return self.send("POST", PATHS[self.mode], terms, **self._named())

    def modify(self, **terms: object) -> Json:
        """Modify a relation."""
        return self.send("PUT", PATHS[self.mode], terms)

    def unbind(self, **query: str) -> Json:
        """Unbind."""
        return self.send("DELETE", PATHS[self.mode], None, **self._named(), **query)

    def send(self, method: str, path: str, body: Json | None, **query: str) -> Json:
        """Send one signed request; return its answer with ``http`` and ``location`` added."""
        target = f"{path}?{urlencode(query)}" if query else path
        reply = self._http.request(
            method,
            self._base + target,
            body=None if body is None else json.dumps(body).encode(),
            headers=signed_headers(self.key, self._secret),
            redirect=False,
        )
        answer: Json = json.loads(reply.data)
        with self._lock:
            self.answers[str(answer["resultcode"])] += 1
        return {"http": reply.status, "location": reply.headers.get("Location"), **answer}

    def fetch(self, address: str) -> bytes:
        """Return what lies at an address."""
        return self._http.request("GET", address).data

    def _named(self) -> dict[str, str]:
        return {"app_key": self.key} if self.mode == "AXYB" else {}


class Desk:
    """The server of all push URLs: it keeps every request, and answers questions as planned."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._arrivals: list[Json] = []
        self._secrets: dict[str, str] = {}
        self._replies: dict[str, Json] = {}
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                answer = desk._take(self.path, self.headers.get("X-AKSK", ""), body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
                """Say nothing on standard error."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="desk"
        )

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def url(self, mode: str, kind: str) -> str:
        """Return the address for one kind of push of one application."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{mode}/{kind}"

    def expect_from(self, key: str, secret: str) -> None:
        """Tell which key pair signs pushes."""
        self._secrets[key] = secret

    def plan(self, what: str, reply: Json) -> None:
        """Fix the answer to a question.

        Args:
            what: The caller's number, of who hides it the private number; or a text's words.
        """
        with self._changed:
            self._replies[what] = reply

    def arrivals(self) -> list[Json]:
        """Return every request: ``mode``, ``kind``, ``valid``, ``came``, ``body``, ``reply``."""
        with self._changed:
            return list(self._arrivals)

    def mark(self) -> int:
        """Return a place in time, for :meth:`until`."""
        with self._changed:
            return len(self._arrivals)

    def until(self, wanted: Callable[[list[Json]], bool], since: int, seconds: float) -> bool:
        """Wait until the requests after a mark are as wanted; False if they never are."""
        with self._changed:
            return self._changed.wait_for(lambda: wanted(self._arrivals[since:]), seconds)

    def _take(self, path: str, token: str, octets: bytes) -> bytes:
        parts = dict(_TOKEN.findall(token))
        secret = self._secrets.get(parts.get("Username", ""), "")
        valid = parts.get("PasswordDigest") == digest(
            secret, parts.get("Nonce", ""), parts.get("Created", "")
        )
        _, mode, kind = path.split("/")
        body: Json = json.loads(octets)
        with self._changed:
            reply = self._reply(kind, body)
            self._arrivals.append(
                {
                    "mode": mode,
                    "kind": kind,
                    "valid": valid,
                    "came": time.time(),
                    "body": body,
                    "reply": reply,
                }
            )
            self._changed.notify_all()
        return b"" if reply is None else json.dumps(reply).encode()

    def _reply(self, kind: str, body: Json) -> Json | None:
        if kind == "callin" and body["statusInfo"].get("notifyMode") == "Block":
            info = body["statusInfo"]
            return self._replies.get(info["caller"], self._replies.get(info["called"], {}))
        if kind == "sms-control":
            return self._replies.get(body["smsEvent"].get("smsContent", ""), {})
        return None
