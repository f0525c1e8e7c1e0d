"""HTTP servers: cheroot with what it lacks for a box on an open network.

A connection reaches a worker only when the whole head of a request is in memory: TLS handshakes and
heads are read without waiting, a step each time that octets have come, so that silent and slow
clients cost a file descriptor and nothing else. The body is read by the worker, under a deadline;
one that exceeds the limit is thrown away before the application sees it, which finds
``simveil.oversize`` in the environment.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cheroot import errors, wsgi

from appliance.api.connection import HEAD_LIMIT, IDLE_SECONDS, Connection, Gateway
from appliance.api.pool import Pool, thread_numbers
from appliance.api.watch import Watch
from appliance.errors import BadInput

_log = logging.getLogger(__name__)

BODY_LIMIT = 1 << 20  # octets
BACKLOG = 128
KEPT_ALIVE = 512  # idle connections
_QUESTION = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

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


class _HttpServer(wsgi.Server):
    """One listening socket with its workers."""

    ConnectionClass = Connection
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
        self.gateway = Gateway
        self.requests = Pool(self, threads)
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

    def connect(self, sock: socket.socket, address: Any) -> Connection:
        """Return the connection of a socket that was accepted. Raises OSError."""
        connection = Connection(self, sock)
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

    def answers(self, timeout: float) -> bool:
        """Ask for a page as a client would; return whether an answer began within ``timeout`` s."""
        unix = isinstance(self.bind_addr, str)
        address = self.bind_addr if unix else _near(*self.bind_addr)
        family = socket.AF_UNIX if unix else socket.AF_INET
        if not unix and ":" in address[0]:
            family = socket.AF_INET6
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.settimeout(timeout)
                sock.connect(address)
                with _encrypted(sock) if self.tls else sock as speaking:
                    speaking.sendall(
                        b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    )
                    return speaking.recv(5) == b"HTTP/"
        except OSError as error:
            _log.warning("%s does not answer: %s", self.bind_addr, error)
            return False

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Send the server's words to the log."""
        _log.log(level, "%s", msg, exc_info=traceback)


def _near(host: str, port: int) -> tuple[str, int]:
    """Return where this machine reaches a socket that listens on any address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


def _encrypted(sock: socket.socket) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is this process that is asked, whoever signed it
    return context.wrap_socket(sock)


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
            name = f"http-accept-{next(thread_numbers)}"
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

    def answers(self, timeout: float) -> bool:
        """Ask every address for a page that is not there; return whether each answered in time.

        Args:
            timeout: Seconds for each address.
        """
        return all(one.answers(timeout) for one in self._servers)

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
