"""One connection: it asks for a worker only when it has something for it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import Any, Protocol

from cheroot import server, wsgi

from appliance.api.stream import RequestStream, ResponseStream, read_body

# Seconds: silence that ends a connection, and the longest a request may take to arrive.
IDLE_SECONDS = 5
REQUEST_SECONDS = 15
HEAD_LIMIT = 65536  # octets of request line and headers


class Tls(Protocol):
    """The server, as a connection knows it."""

    tls: ssl.SSLContext | None
    keep_alive: bool
    body_limit: int


class _HeaderReader(server.HeaderReader):
    """Drops names with an underscore, which WSGI could not tell from those with a hyphen."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name


class _Headers(dict[bytes, bytes]):
    """Takes no second length: which one counts is what request smuggling lives on."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name == b"Content-Length" and self.get(name, value) != value:
            raise ValueError("Two Content-Length headers.")
        super().__setitem__(name, value)


class Request(server.HTTPRequest):
    """One request whose body is in memory, bounded, before the application runs."""

    header_reader = _HeaderReader()

    def __init__(self, owner: Any, conn: Any) -> None:
        # "Proxy" lets targets in absolute form pass, which every server takes (RFC 9112 §3.2.2).
        super().__init__(owner, conn, proxy_mode=True)
        self.inheaders = _Headers()

    def read_request_line(self) -> bool:
        """Parse the request line; return whether the request can go on."""
        ours = self.scheme
        try:
            if not super().read_request_line():  # type: ignore[no-untyped-call]
                return False
        except ValueError:  # a bracket that opens no IPv6 address
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False
        if self.scheme.lower() not in (b"http", b"https"):
            self.simple_response("400 Bad Request", "Unknown scheme in Request-URI")
            return False
        self.scheme = ours
        if self.uri.startswith(b"//"):  # an empty first segment, no host: such a path is nowhere
            self.path = self.uri.partition(b"?")[0]
        return True

    def read_request_headers(self) -> bool:
        """Parse the headers; return whether the request can go on."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        if self.chunked_read and b"Content-Length" in self.inheaders:
            self.simple_response("400 Bad Request", "Content-Length beside Transfer-Encoding.")
            return False
        if b"Expect" in self.inheaders:
            self.conn.wfile.flush()  # the client waits for its "100 Continue"
        words = self.inheaders.get(b"Connection", b"").lower().split(b",")  # RFC 9110 §7.6.1
        if not self.server.keep_alive or b"close" in (word.strip() for word in words):
            self.close_connection = True
        length = self.inheaders.get(b"Content-Length", b"0")
        if not length.strip().isdigit():
            self.simple_response("400 Bad Request", "Malformed Content-Length Header.")
            return False
        return True

    def respond(self) -> None:
        """Take the body in, run the application, send its answer."""
        limit = self.server.body_limit
        deadline = time.monotonic() + REQUEST_SECONDS
        source: Any
        if self.chunked_read:
            source = server.ChunkedRFile(self.conn.rfile, 2 * limit)
            expected = None
        else:
            expected = int(self.inheaders.get(b"Content-Length", 0))
            source = server.KnownLengthRFile(self.conn.rfile, expected)
        try:
            self.rfile, self.oversize = read_body(source, expected, limit, deadline)
        except ValueError as error:  # chunks that are none, a body cut short
            self.simple_response("400 Bad Request", str(error)[:100])
            self.close_connection = True
            return
        if self.oversize:
            self.close_connection = True
        self.server.gateway(self).respond()
        if self.ready:
            self.ensure_headers_sent()
        if self.chunked_write:
            self.conn.wfile.write(b"0\r\n\r\n")


class Gateway(wsgi.Gateway_10):
    """WSGI with one word more: whether the body was too long to be kept."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override] # its stub says None
        """Return the environment of the request."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["simveil.oversize"] = getattr(self.req, "oversize", False)
        return environ


class Connection(server.HTTPConnection):
    """A connection that asks for a worker only when it has something for it."""

    RequestHandlerClass = Request

    def __init__(self, owner: Tls, sock: socket.socket, _makefile: object = None) -> None:
        self._handshaking = owner.tls is not None
        if owner.tls is not None:
            try:
                sock = owner.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            except OSError:
                sock.close()
                raise
        sock.settimeout(0)
        self._stream = RequestStream(sock, HEAD_LIMIT, IDLE_SECONDS)
        self._began: float | None = time.monotonic()
        self.armed = False
        super().__init__(owner, sock, self._file)

    def _file(self, sock: socket.socket, mode: str, _size: int) -> RequestStream | ResponseStream:
        return self._stream if mode == "rb" else ResponseStream(sock, IDLE_SECONDS)

    def communicate(self) -> bool:
        """Do what the octets at hand allow; return whether the connection stays open."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
        try:
            if not self._advance():
                return now - self._began < REQUEST_SECONDS
        except OSError:  # closed, reset, not TLS: nobody is left to be answered
            return False
        self._began = None
        self._stream.deadline = now + REQUEST_SECONDS
        stays_open = bool(super().communicate())  # type: ignore[no-untyped-call]
        try:
            self.wfile.flush()
        except OSError:
            return False
        return stays_open

    def _advance(self) -> bool:
        """Read without waiting; return whether a whole head is there."""
        if self._handshaking:
            try:
                self.socket.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
            self._handshaking = False
            self.ssl_env = {"wsgi.url_scheme": "https", "HTTPS": "on"}
        return self._stream.fill()

    def close(self) -> None:
        """Close the connection, telling the peer."""
        if isinstance(self.socket, ssl.SSLSocket) and not self._handshaking:
            # Who waits for the end must know it from a cut; its own farewell is not waited for.
            with contextlib.suppress(OSError, ValueError):
                self.socket.unwrap()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
