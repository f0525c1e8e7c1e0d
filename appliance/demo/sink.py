"""A receiver for pushes to look at: prints each with the check of its signature, and answers it.

Written from the documents alone, like the application beside it; it is no part of the box.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
_TOKEN = re.compile(r'(\w+)="([^"]*)"')
_LONGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Replies:
    """How pushes are answered.

    Args:
        status: HTTP status of every answer; anything but 200 makes the box try again.
        connect: Where a call is put through when the box asks (X mode); None closes it.
        route: To whom a text goes when the box asks; None drops it.
    """

    status: int = 200
    connect: str | None = None
    route: str | None = None


class Sink:
    """An HTTP server that takes any POST.

    Args:
        host, port: Where it listens; port 0 takes a free one.
        secrets: APP_Secret by APP_Key; pushes of other keys cannot be checked.
        seen: Called with each push, one at a time.
    """

    def __init__(
        self,
        host: str,
        port: int,
        secrets: Mapping[str, str],
        replies: Replies,
        seen: Callable[[Json], None],
    ) -> None:
        self._secrets = dict(secrets)
        self._replies = replies
        self._seen = seen
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length") or 0), _LONGEST)
                answer = sink._take(self.path, self.headers, self.rfile.read(length))
                self.send_response(sink._replies.status)
                self.send_header("Content-Type", "application/json;charset=UTF-8")
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
                """Say nothing on standard error."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.address = "{}:{}".format(*self._server.server_address[:2])

    def run(self) -> None:
        """Serve until :meth:`end`."""
        try:
            self._server.serve_forever(poll_interval=0.1)
        finally:
            self._server.server_close()

    def end(self) -> None:
        """Let :meth:`run` return; from another thread."""
        self._server.shutdown()

    def _take(self, path: str, headers: Any, octets: bytes) -> bytes:
        try:
            body = json.loads(octets)
        except ValueError:
            body = None
        token = headers.get("X-AKSK") or headers.get("X-WSSE") or ""
        parts = dict(_TOKEN.findall(token))
        told = {
            "path": path,
            "valid": self._valid("X-AKSK" in headers, parts),
            "key": parts.get("Username"),
            "signed": parts.get("Nonce", "") + parts.get("Created", ""),
            "digest": parts.get("PasswordDigest"),
            "body": body if body is not None else octets.decode(errors="replace"),
        }
        with self._lock:
            self._seen(told)
        return self._answer(body) if isinstance(body, dict) else b""

    def _valid(self, aksk: bool, parts: Mapping[str, str]) -> bool | None:
        """Return whether the signature is right; None when the key's secret is not known."""
        secret = self._secrets.get(parts.get("Username", ""))
        if secret is None:
            return None
        words = (parts.get("Nonce", "") + parts.get("Created", "")).encode()
        if aksk:
            raw = hmac.new(secret.encode(), words, hashlib.sha256).digest()
        else:
            raw = hashlib.sha256(words + secret.encode()).digest()
        wanted = base64.b64encode(raw).decode()
        return hmac.compare_digest(wanted.encode(), parts.get("PasswordDigest", "").encode())

    def _answer(self, body: Json) -> bytes:
        info, text = body.get("statusInfo"), body.get("smsEvent")
        if isinstance(info, dict) and info.get("notifyMode") == "Block":
            return self._about_a_call(info)
        if isinstance(text, dict) and text.get("notificationMode") == "Block":
            return self._about_a_text(text)
        return b""

    def _about_a_call(self, info: Json) -> bytes:
        if self._replies.connect is None:
            return json.dumps({"operation": "close"}).encode()
        connect = {"calleeNum": self._replies.connect, "displayCalleeNum": info.get("called")}
        return json.dumps({"operation": "connect", "connectInfo": connect}).encode()

    def _about_a_text(self, text: Json) -> bytes:
        if self._replies.route is None:
            return json.dumps({"actions": [{"operation": "DiscardMessage"}]}).encode()
        message = {"called": self._replies.route, "calling": text.get("calling")}
        action = {"operation": "vNumberRoute", "message": message}
        return json.dumps({"actions": [action]}).encode()
