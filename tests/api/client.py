"""A customer's application as the documents describe one, over real sockets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

AXB = "/rest/caas/relationnumber/partners/v1.0"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    octets: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.octets.decode("utf-8"))

    @property
    def outcome(self) -> tuple[int, str]:
        return self.status, self.json["resultcode"]


def created(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def aksk(
    key: str, secret: str, *, nonce: str | None = None, at: str | None = None
) -> dict[str, str]:
    nonce, at = nonce or uuid.uuid4().hex, at or created()
    mac = hmac.new(secret.encode(), (nonce + at).encode(), hashlib.sha256).digest()
    digest = base64.b64encode(mac).decode()
    return {
        "Authorization": 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
        "X-AKSK": f'UsernameToken Username="{key}",PasswordDigest="{digest}",'
        f'Nonce="{nonce}",Created="{at}"',
    }


def wsse(
    key: str, secret: str, *, hexadecimal: bool = False, at: str | None = None
) -> dict[str, str]:
    nonce, at = uuid.uuid4().hex[:13], at or created()
    hashed = hashlib.sha256((nonce + at + secret).encode())
    raw = hashed.hexdigest().encode() if hexadecimal else hashed.digest()
    digest = base64.b64encode(raw).decode()
    return {
        "Authorization": 'WSSE realm="SDP", profile="UsernameToken", type="Appkey"',
        "X-WSSE": f'UsernameToken Username="{key}", PasswordDigest="{digest}", '
        f'Nonce="{nonce}", Created="{at}"',
    }


class Customer:
    """Speaks to one box with one key."""

    def __init__(
        self,
        port: int,
        key: str,
        secret: str,
        *,
        tls: ssl.SSLContext | None = None,
        now: Any = None,
    ) -> None:
        self.port, self.key, self.secret, self.tls = port, key, secret, tls
        self.now = now or (lambda: datetime.now(UTC))

    def headers(self) -> dict[str, str]:
        return aksk(self.key, self.secret, at=created(self.now()))

    def raw(
        self, method: str, target: str, body: bytes | None = None, headers: Any = None
    ) -> Reply:
        connection: http.client.HTTPConnection
        if self.tls:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=10, context=self.tls
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            given = self.headers() if headers is None else headers
            fixed = {"Content-Type": "application/json;charset=UTF-8"}
            connection.request(method, target, body, {**fixed, **given})
            answer = connection.getresponse()
            return Reply(
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                answer.read(),
            )
        finally:
            connection.close()

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        target = f"{path}?{urlencode(query)}" if query else path
        octets = None if body is None else json.dumps(body).encode()
        return self.raw(method, target, octets)

    def bind(self, **body: Any) -> Reply:
        return self.send("POST", AXB, body)
