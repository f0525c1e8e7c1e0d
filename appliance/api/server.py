"""HTTP servers: cheroot with what it lacks for a box on an open network.

A connection reaches a worker only when the whole head of a request is in memory: TLS handshakes and
heads are read without waiting, a step each time that octets have come, so that silent and slow
clients cost a file descriptor and nothing else. The body is read by the worker within
:data:`REQUEST_SECONDS`; what exceeds the limit is thrown away unread by the application, which
finds ``simveil.oversize`` in the environment.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cheroot import errors, server, wsgi

from appliance.api.stream import RequestStream, ResponseStream, read_body
from appliance.api.watch import Watch
from appliance.errors import BadInput

_log = logging.getLogger(__name__)

# Seconds: silence that ends a connection, the longest a request may take to arrive, one write.
IDLE_SECONDS = 5
REQUEST_SECONDS = 15
HEAD_LIMIT = 65536  # octets of request line and headers
BODY_LIMIT = 1 << 20  # octets
BACKLOG = 128
KEPT_ALIVE = 512  # idle connections

_thread_numbers = itertools.count(1)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """A certificate chain and its private key, both PEM."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return a server context for TLS 1.2 and later.

        Raises:
            BadInput: The files cannot be read, or do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise BadInput(f"cannot use {self.certificate} with {self.key}: {error}") from error
        return context


class _HeaderReader(server.HeaderReader):
    """Drops names with an underscore, which WSGI could not tell from those with a hyphen."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name


class _Request(server.HTTPRequest):
    """One request whose body is in memory, bounded, before the application runs."""

    header_reader = _HeaderReader()

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        if not self.server.keep_alive:
            self.close_connection = True
        length = self.inheaders.get(b"Content-Length", b"0")
        if not length.strip().isdigit():
            self.simple_response("400 Bad Request", "Malformed Content-Length Header.")
            return False
        return True

    def respond(self) -> None:
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
        except ValueError as error:  # chunks that are none
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


class _Gateway(wsgi.Gateway_10):
    """WSGI with one word more: whether the body was too long to be kept."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override] # its stub says None
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["simveil.oversize"] = getattr(self.req, "oversize", False)
        return environ


class _Connection(server.HTTPConnection):
    """A connection that asks for a worker only when it has something for it."""

    RequestHandlerClass = _Request

    def __init__(self, owner: _HttpServer, sock: socket.socket, _makefile: object = None) -> None:
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
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class _Pool:
    """Workers named ``http-<n>``: what cheroot asks of a pool, with a stop that is bounded."""

    def __init__(self, owner: _HttpServer, size: int) -> None:
        self._owner = owner
        self._size = size
        self._waiting: queue.SimpleQueue[_Connection | None] = queue.SimpleQueue()
        self._busy: dict[threading.Thread, _Connection] = {}
        self._threads: list[threading.Thread] = []

    @property
    def idle(self) -> int:
        """How many workers wait."""
        return len(self._threads) - len(self._busy)

    @property
    def qsize(self) -> int:
        """How many connections wait for a worker."""
        return self._waiting.qsize()

    def start(self) -> None:
        """Start the workers."""
        for _ in range(self._size):
            name = f"http-{next(_thread_numbers)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def put(self, connection: _Connection) -> None:
        """Queue a connection that has something to be done."""
        self._waiting.put(connection)

    def _work(self) -> None:
        this = threading.current_thread()
        while (connection := self._waiting.get()) is not None:
            self._busy[this] = connection
            stays_open = False
            try:
                stays_open = connection.communicate()
            except Exception:  # noqa: BLE001 - a worker outlives every request
                _log.exception("a request failed")
            finally:
                self._busy.pop(this, None)
            try:
                if stays_open:
                    self._owner.put_conn(connection)
                else:
                    connection.close()
            except (OSError, ValueError, KeyError):  # the peer or the selector has gone meanwhile
                connection.close()

    def stop(self, timeout: float = 5.0) -> None:
        """End the workers within ``timeout`` seconds, cutting the connections of the slow."""
        deadline = time.monotonic() + timeout
        workers, self._threads = self._threads, []
        for _ in workers:
            self._waiting.put(None)
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic() - 0.5))
        for worker in workers:
            if (connection := self._busy.get(worker)) is not None:
                connection.close()
            worker.join(max(0.05, deadline - time.monotonic()))
            if worker.is_alive():
                _log.error("%s did not end within %.1f s", worker.name, timeout)


class _HttpServer(wsgi.Server):
    """One listening socket with its workers."""

    ConnectionClass = _Connection
    expiration_interval = 0.25
    max_request_header_size = HEAD_LIMIT
    max_request_body_size = 0  # the request's own reading bounds it
    _connections: Any

    def __init__(
        self,
        address: tuple[str, int] | str,
        app: WsgiApp,
        *,
        tls: ssl.SSLContext | None,
        threads: int,
        keep_alive: bool,
        body_limit: int,
    ) -> None:
        super().__init__(address, app, request_queue_size=BACKLOG, timeout=IDLE_SECONDS)
        self.gateway = _Gateway
        self.requests = _Pool(self, threads)
        self.tls = tls
        self.keep_alive = keep_alive
        self.body_limit = body_limit
        self.server_name = "simveil"
        self.software = "simveil"

    def prepare(self) -> None:
        """Listen, start the workers, and watch with our own means."""
        super().prepare()
        self._connections.close()
        self.socket.settimeout(0)
        self._connections = Watch(self, KEPT_ALIVE)

    def connect(self, sock: socket.socket, address: Any) -> _Connection:
        """Return the connection of a socket that was accepted. Raises OSError."""
        connection = _Connection(self, sock)
        if not isinstance(self.bind_addr, str):
            connection.remote_addr, connection.remote_port = address[:2]
        return connection

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:  # noqa: A002
        """Listen on an address; nothing is left open when it cannot be had."""
        sock: socket.socket = self.prepare_socket(
            self.bind_addr, family, type, proto, nodelay=True, ssl_adapter=None
        )
        try:
            sock.bind(self.bind_addr)
        except OSError:
            sock.close()
            raise
        self.socket = sock
        self.bind_addr = sock.getsockname()[:2]
        return sock

    def bind_unix_socket(self, bind_addr: str) -> socket.socket:
        """Listen on a path that only owner and group may open, in a folder of theirs."""
        path = Path(bind_addr)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        _remove_stale(path)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            os.fchmod(sock.fileno(), 0o660)  # before it has a name, so that it never is wider
            sock.bind(bind_addr)
            path.chmod(0o660)
        except OSError:
            sock.close()
            raise
        self.socket = sock
        return sock

    def serve(self) -> None:
        """Accept until stopped."""
        while self.ready and not self.interrupt:
            try:
                self._connections.run(self.expiration_interval)
            except Exception:  # noqa: BLE001 - one bad connection must not close the door
                _log.exception("accepting on %s failed; going on", self.bind_addr)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Send the server's words to the log."""
        _log.log(level, "%s", msg, exc_info=traceback)


def _remove_stale(path: Path) -> None:
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise BadInput(f"another box is listening on {path}")


def parse_address(text: str) -> tuple[str, int] | str:
    """Return (host, port) of ``host:port`` or ``[v6]:port``, or the path of ``unix:/path``.

    Raises:
        BadInput: It is none of these.
    """
    if text.startswith("unix:"):
        return text[5:]
    if text.startswith("/"):
        return text
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise BadInput(f"{text!r} is not an address such as 127.0.0.1:8443")
    return host, int(port)


class Server:
    """An application on one or several addresses, each with its own pool of workers.

    Args:
        app: The WSGI application.
        listen: ``host:port``, ``unix:/path`` or a list of them; port 0 takes a free one.
        tls: Certificate and key, or None for plain HTTP.
        threads: Workers per address.
        keep_alive: Keep connections open as HTTP/1.1 does; False closes after each answer.
        body_limit: Octets of a request's body that are kept.
    """

    def __init__(
        self,
        app: WsgiApp,
        listen: str | Sequence[str],
        tls: TlsFiles | None = None,
        *,
        threads: int = 32,
        keep_alive: bool = True,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        addresses = [listen] if isinstance(listen, str) else list(listen)
        context = tls.context() if tls else None
        self._servers = [
            _HttpServer(
                parse_address(address),
                app,
                tls=context,
                threads=threads,
                keep_alive=keep_alive,
                body_limit=body_limit,
            )
            for address in addresses
        ]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Bind and begin to serve.

        Raises:
            BadInput: An address cannot be listened on.
        """
        for number, one in enumerate(self._servers):
            try:
                one.prepare()
            except OSError as error:
                self._stop(self._servers[:number], 1.0)
                raise BadInput(f"cannot listen on {one.bind_addr}: {error}") from error
            except BadInput:
                self._stop(self._servers[:number], 1.0)
                raise
        for one in self._servers:
            name = f"http-accept-{next(_thread_numbers)}"
            thread = threading.Thread(target=self._run, args=(one,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, one: _HttpServer) -> None:
        try:
            one.serve()
        except Exception:
            _log.critical("serving %s has ended", one.bind_addr, exc_info=True)
            raise

    @property
    def addresses(self) -> list[tuple[str, int] | str]:
        """Where it really listens, ports filled in."""
        return [one.bind_addr for one in self._servers]

    def stop(self, timeout: float = 5.0) -> None:
        """Accept no more, let running requests end, and return within about ``timeout`` seconds."""
        self._stop(self._servers, timeout)
        for thread in self._threads:
            thread.join(1.0)
        self._threads.clear()

    def _stop(self, servers: list[_HttpServer], timeout: float) -> None:
        for one in servers:
            one.shutdown_timeout = timeout
            try:
                one.stop()
            except (OSError, errors.MaxSizeExceeded):
                _log.exception("stopping %s", one.bind_addr)
            if isinstance(one.bind_addr, str):
                Path(one.bind_addr).unlink(missing_ok=True)
