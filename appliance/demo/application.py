"""A customer's application: it signs its requests, and receives and checks signed pushes.

Written from the documents of the interface alone, as an integrator would; it is no part of the box.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import urllib3

Json = dict[str, Any]
AXB_PATH = "/rest/caas/relationnumber/partners/v1.0"
_REALM = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"'
_TOKEN = re.compile(r'(\w+)="([^"]*)"')


def digest(secret: str, nonce: str, created: str) -> str:
    """Return the AKSK PasswordDigest: Base64(HMAC-SHA256(secret, nonce + created))."""
    mac = hmac.new(secret.encode(), (nonce + created).encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def signed_headers(key: str, secret: str) -> dict[str, str]:
    """Return the headers that sign one request now."""
    nonce = secrets.token_hex(16)
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "Content-Type": "application/json;charset=UTF-8",
        "Authorization": _REALM,
        "X-AKSK": f'UsernameToken Username="{key}",'
        f'PasswordDigest="{digest(secret, nonce, created)}",Nonce="{nonce}",Created="{created}"',
    }


class Pushes:
    """What the box pushed, in order of arrival: an HTTP server that answers 200 with no body."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._received: list[Json] = []
        self._secrets: dict[str, str] = {}
        pushes = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                pushes._take(self.path, self.headers.get("X-AKSK", ""), body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing on standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="pushes",
            daemon=True,
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
        """Tell which key pair signs the pushes, so that each signature is checked."""
        self._secrets[key] = secret

    def all(self) -> list[Json]:
        """Return every push so far: ``{"path", "valid", "body", "at"}``."""
        with self._changed:
            return list(self._received)

    def wait(self, wanted: Callable[[list[Json]], Json | None], seconds: float, what: str) -> Json:
        """Return what ``wanted`` finds among the pushes once it does. Raises TimeoutError."""
        end = monotonic() + seconds
        with self._changed:
            while (found := wanted(self._received)) is None:
                left = end - monotonic()
                if left <= 0:
                    raise TimeoutError(f"within {seconds:g} s there was no {what}")
                self._changed.wait(left)
            return found

    def _take(self, path: str, token: str, body: bytes) -> None:
        parts = dict(_TOKEN.findall(token))
        secret = self._secrets.get(parts.get("Username", ""))
        valid = secret is not None and hmac.compare_digest(
            digest(secret, parts.get("Nonce", ""), parts.get("Created", "")),
            parts.get("PasswordDigest", ""),
        )
        with self._changed:
            self._received.append(
                {"path": path, "valid": valid, "body": json.loads(body), "at": monotonic()}
            )
            self._changed.notify_all()


class CustomerApplication:
    """The application's side of the AXB interface.

    Args:
        base: ``http(s)://host:port`` of the box (or of the cloud).
        key: APP_Key.
        secret: APP_Secret.
    """

    def __init__(self, base: str, key: str, secret: str) -> None:
        self._base = base
        self._key = key
        self._secret = secret
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=20), retries=False)

    def close(self) -> None:
        """Close every kept connection."""
        self._http.clear()

    def bind(self, **terms: object) -> Json:
        """Bind A-X-B (CreateAXBBinding)."""
        return self._call("POST", AXB_PATH, terms)

    def modify(self, **terms: object) -> Json:
        """Modify a binding (ModifyAXBBinding)."""
        return self._call("PUT", AXB_PATH, terms)

    def unbind(self, **query: str) -> Json:
        """Unbind (DeleteAXBBinding)."""
        return self._call("DELETE", f"{AXB_PATH}?{urlencode(query)}", None)

    def query(self, **query: str) -> Json:
        """Query bindings (QueryAXBBinding)."""
        return self._call("GET", f"{AXB_PATH}?{urlencode(query)}", None)

    def stop_call(self, session_id: str) -> Json:
        """End a call (TerminateCall)."""
        return self._call(
            "POST",
            "/rest/httpsessions/callStop/v2.0",
            {"sessionid": session_id, "signal": "call_stop"},
        )

    def _call(self, method: str, path: str, body: Json | None) -> Json:
        reply = self._http.request(
            method,
            self._base + path,
            body=None if body is None else json.dumps(body).encode(),
            headers=signed_headers(self._key, self._secret),
        )
        answer: Json = json.loads(reply.data)
        return {"http": reply.status, **answer}
