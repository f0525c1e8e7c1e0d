"""An integrator's own client and receiver, written from the interface's documents alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

AXB = "/rest/caas/relationnumber/partners/v1.0"
AUTHORIZATION = '{scheme} realm="SDP",profile="UsernameToken",type="Appkey"'
CHINA = timedelta(hours=8)

# requests.md §9: code -> (HTTP status, resultdesc). 1010010 stands for two rows; see DIGEST.
TABLE: dict[str, tuple[int, str]] = {
    "1023006": (400, "Authorization not contained in the HTTP header."),
    "1023007": (400, "realm not contained in Authorization."),
    "1023008": (400, "profile not contained in Authorization."),
    "1023009": (400, "The value of realm in Authorization must be SDP."),
    "1023010": (400, "The value of profile in Authorization must be UsernameToken."),
    "1023011": (400, "The value of type in Authorization must be app_key."),
    "1023012": (400, "type not contained in Authorization."),
    "1023013": (400, "WSSE not contained in Authorization."),
    "1023026": (400, "X-WSSE not contained in the HTTP header."),
    "1023027": (400, "Username not contained in X-WSSE."),
    "1023028": (400, "Nonce not contained in X-WSSE."),
    "1023029": (400, "Created not contained in X-WSSE."),
    "1023030": (400, "PasswordDigest not contained in X-WSSE."),
    "1023031": (400, "The format of Created"),  # the rest was not seen
    "1023033": (400, "HTTP header not found X-AKSK field."),
    "1023034": (400, "UserName not contained in X-AKSK."),
    "1023035": (400, "Nonce not contained in X-AKSK."),
    "1023036": (400, "Created not contained in X-AKSK."),
    "1023037": (400, "PasswordDigest not contained in X-AKSK."),
    "1010010": (401, "Invalid digest."),
    "1010013": (401, "Time out limit."),
    "1010002": (403, "Invalid request."),
    "1010003": (403, "Invalid app_key."),
    "1010006": (403, "Invalid Rest API."),
    "1010008": (403, "The status of the app_key is unavailable."),
    "1010029": (403, "The subscriber status is frozen."),
    "1010040": (403, "The app_key is not allowed to invoke the API."),
    "1012001": (403, "Resource of number is not to be applied."),
    "1012007": (403, "The record does not exist."),
    "1012008": (403, "Insufficient number of resources."),
    "1012010": (403, "The relation number has been bound."),
    "1012012": (403, "Application does not open recording function."),
    "1012102": (403, "The number status is abnormal."),
    "1020166": (403, "The app client ip is not in ip white list."),
    "1020176": (403, "Authentication failed, try again later"),
    "1020152": (500, "Invalid sessionId."),
}
_MORE_TEXT = frozenset({"1010002", "1023031"})  # a detail is glued to these


def now_text(ahead: timedelta = timedelta()) -> str:
    """Return ``Created``: UTC, whole seconds, moved by ``ahead``."""
    return (datetime.now(UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest_of(scheme: str, secret: str, nonce: str, created: str) -> str:
    """Return the PasswordDigest of either scheme; ``WSSE-hex`` is the lenient spelling."""
    words = (nonce + created).encode()
    if scheme == "AKSK":
        return base64.b64encode(hmac.new(secret.encode(), words, "sha256").digest()).decode()
    plain = hashlib.sha256(words + secret.encode())
    raw = plain.hexdigest().encode() if scheme == "WSSE-hex" else plain.digest()
    return base64.b64encode(raw).decode()


def signed(
    key: str,
    secret: str,
    scheme: str = "AKSK",
    *,
    created: str | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """Return the headers that sign one request."""
    created = now_text() if created is None else created
    nonce = secrets.token_hex(16) if nonce is None else nonce
    word = scheme.partition("-")[0]
    return {
        "Content-Type": "application/json;charset=UTF-8",
        "Authorization": AUTHORIZATION.format(scheme=word),
        f"X-{word}": (
            f'UsernameToken Username="{key}",PasswordDigest="'
            f'{digest_of(scheme, secret, nonce, created)}",Nonce="{nonce}",Created="{created}"'
        ),
    }


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """The body as a JSON object, whose keys keep their order."""
        value = json.loads(self.body)
        assert isinstance(value, dict), value
        return value

    @property
    def code(self) -> str:
        """``resultcode``."""
        return str(self.json["resultcode"])


class Wire:
    """One connection, octet by octet."""

    def __init__(self, address: tuple[str, int], seconds: float = 20.0) -> None:
        self.sock = socket.create_connection(address, seconds)
        self.file = self.sock.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self.file.close()
        self.sock.close()

    def send(self, octets: bytes) -> None:
        """Send; a server that has answered and closed already is no error."""
        try:
            self.sock.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self, method: str = "GET") -> Reply:
        """Return the next answer. Raises OSError when the connection ends instead."""
        status = self.file.readline()
        if not status:
            raise ConnectionResetError("closed without an answer")
        version, code, _ = status.decode("latin-1").split(" ", 2)
        assert version in {"HTTP/1.1", "HTTP/1.0"}, status
        headers = {}
        while line := self.file.readline().strip():
            name, colon, value = line.decode("latin-1").partition(":")
            assert colon, line
            headers[name.lower()] = value.strip()
        bare = method == "HEAD" or code in {"100", "204", "304"}
        length = 0 if bare else int(headers.get("content-length", -1))
        return Reply(int(code), headers, self.file.read(length))


def head(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return request line and headers as they stand, with the empty line."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass
class Shop:
    """A customer's application: its key pair at a box."""

    port: int
    name: str
    key: str
    secret: str
    scheme: str = "AKSK"
    mine: list[str] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        """Where the box listens."""
        return ("127.0.0.1", self.port)

    def headers(self, **words: Any) -> dict[str, str]:
        """Return the headers that sign one request now."""
        return signed(self.key, self.secret, words.pop("scheme", self.scheme), **words)

    def send(
        self,
        method: str,
        target: str,
        body: bytes | Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send one request on a connection of its own; signed unless ``headers`` are given."""
        octets = json.dumps(body).encode() if isinstance(body, dict) else body
        fields = [("Host", f"127.0.0.1:{self.port}"), ("Accept", "application/json")]
        fields += list((self.headers() if headers is None else headers).items())
        if octets is not None:
            fields.append(("Content-Length", str(len(octets))))
        with Wire(self.address) as wire:
            wire.send(head(method, target, fields) + (octets or b""))
            return wire.receive(method)

    def bind(self, **body: Any) -> Reply:
        """CreateAXBBinding."""
        return self.send("POST", AXB, body)

    def modify(self, **body: Any) -> Reply:
        """ModifyAXBBinding."""
        return self.send("PUT", AXB, body)

    def unbind(self, **query: str) -> Reply:
        """DeleteAXBBinding."""
        return self.send("DELETE", f"{AXB}?{query_of(query)}")

    def query(self, **query: str | int) -> Reply:
        """QueryAXBBinding."""
        return self.send("GET", f"{AXB}?{query_of(query)}")

    def relation(self, subscription_id: str) -> Json:
        """Return the one relation with that id, as the query tells it."""
        reply = self.query(subscriptionId=subscription_id)
        assert reply.status == 200, reply
        (found,) = reply.json["relationNumList"]
        assert isinstance(found, dict)
        return found

    def relations(self, x: str) -> list[Json]:
        """Return every relation on ``x``; none is an empty list."""
        reply = self.query(relationNum=x, pageSize=100)
        if reply.code == "1012007":
            return []
        assert reply.status == 200, reply
        return list(reply.json["relationNumList"])


def query_of(values: dict[str, Any]) -> str:
    """Return a query string whose plus signs are ``%2B``."""
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in values.items())


def check_accepted(reply: Reply) -> Json:
    """Check the shape of a success and return its body."""
    assert reply.status == 200, reply
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    body = reply.json
    assert list(body)[:2] == ["resultcode", "resultdesc"]
    assert body["resultcode"] == "0"
    assert body["resultdesc"] == "Success"
    return body


def check_refused(reply: Reply, code: str, detail: str | None = None) -> str:
    """Check that an answer is that row of the table, and return its text."""
    status, text = TABLE[code]
    assert reply.json.get("resultcode") == code, reply
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    assert list(reply.json) == ["resultcode", "resultdesc"]
    told = reply.json["resultdesc"]
    assert isinstance(told, str)
    assert 1 <= len(told) <= 256
    if code in _MORE_TEXT:
        assert told.startswith(text)
        assert not told[len(text) :].startswith(" ") or code == "1023031"
    else:
        assert told == text
    if detail is not None:
        assert detail in told
    return told


@dataclass(frozen=True)
class Push:
    """One request that the box made to the application."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    arrived: datetime
    answered: int

    @property
    def json(self) -> Json:
        """The body, whose keys keep their order."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    @property
    def kind(self) -> str:
        """``eventType``, or ``sms`` for a text's notice."""
        return str(self.json.get("eventType", "sms"))

    @property
    def infos(self) -> list[Json]:
        """What it tells: the status, the records, the text, the numbers."""
        body = self.json
        if "statusInfo" in body:
            return [body["statusInfo"]]
        if "numInfo" in body:
            return list(body["numInfo"])
        return list(body["feeLst"]) if "feeLst" in body else [body["smsEvent"]]


class Receiver:
    """The application's server: keeps every push and answers as it was told to."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._received: list[Push] = []
        self._answers: Callable[[str, Json], int] = lambda _path, _body: 200
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner._take(self)

            do_GET = do_PUT = do_HEAD = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def url(self, path: str) -> str:
        """Return an address below this server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{path}"

    def answer(self, how: Callable[[str, Json], int]) -> None:
        """Let ``how(path, body)`` choose the status of the answers from now on."""
        self._answers = how

    def of(self, path: str) -> list[Push]:
        """Return what came to a path (the part of the address after the port)."""
        with self._changed:
            return [push for push in self._received if push.path.startswith(f"/{path}")]

    def wait(self, path: str, count: int, seconds: float = 20.0) -> list[Push]:
        """Return what came to a path once it is ``count`` pushes. Raises TimeoutError."""
        return self.until(
            lambda: found if len(found := self.of(path)) >= count else None,
            seconds,
            f"{count} pushes to {path}; {[(p.path, p.kind) for p in self._received]}",
        )

    def until(self, seen: Callable[[], Any], seconds: float, what: str) -> Any:
        """Return what ``seen`` returns once it is not None."""
        end = monotonic() + seconds
        while (found := seen()) is None:
            with self._changed:
                left = end - monotonic()
                if left <= 0:
                    raise TimeoutError(f"not within {seconds:g} s: {what}")
                self._changed.wait(min(left, 0.25))
        return found

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        at, arrived = monotonic(), datetime.now(UTC)
        try:
            status = self._answers(handler.path, json.loads(body))
        except ValueError:
            status = 400
        with self._changed:
            self._received.append(
                Push(
                    handler.command,
                    handler.path,
                    {name.lower(): value for name, value in handler.headers.items()},
                    body,
                    at,
                    arrived,
                    status,
                )
            )
            self._changed.notify_all()
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
