"""An application's server on the loopback interface: it answers as a test wants it to."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).with_name("loopback.pem")


@dataclass
class Request:
    """One request that came, and the connection to answer on."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    handler: http.server.BaseHTTPRequestHandler = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def raw(self, octets: bytes) -> None:
        self.handler.wfile.write(octets)
        self.handler.wfile.flush()

    def reset(self) -> None:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.connection.close()


Behaviour = Callable[[Request], None]


def ok(request: Request) -> None:
    request.answer(200)


class Receiver:
    """Listens until closed; ``behave`` may be changed at any time."""

    def __init__(self, behave: Behaviour = ok, *, tls: bool = False) -> None:
        self.behave = behave
        self.requests: list[Request] = []
        self.changed = threading.Condition()
        self.closing = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.path, dict(self.headers), body, time.monotonic(), self)
                with receiver.changed:
                    receiver.requests.append(request)
                    receiver.changed.notify_all()
                try:
                    receiver.behave(request)
                except (OSError, ValueError):
                    self.close_connection = True

            def log_message(self, *_args: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = False

            def handle_error(self, *_args: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}/push"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="receiver"
        )
        self._thread.start()

    def wait(self, count: int, timeout: float = 10.0) -> list[Request]:
        """Return the requests once there are ``count`` of them."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, timeout), (
                f"{len(self.requests)} requests came, expected {count}"
            )
            return list(self.requests)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
