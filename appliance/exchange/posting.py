"""One HTTP POST under one deadline that covers all of it: connecting, TLS, sending, the answer.

A socket timeout bounds a single read, so that a server which sends an octet now and then could hold
its caller for ever. Here a timer of our clock shuts the socket down instead. Redirects are answers
like any other, an answer's body is cut, and nothing is kept open for a next request: a push on a
connection that the server has just closed would leave open whether it arrived.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Url, parse_url

from drivers.clock import Clock

# It logs what it cannot parse, and a server would so write to our log what it likes.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

REPLY_OCTETS = 65_536
"""What is read of an answer's body at most."""
FAREWELL_SECONDS = 0.5
"""How long the rest of an unneeded answer is waited for, so that the server closes first."""


class PostFailed(Exception):
    """Raised when no usable answer came; the text names no number and no secret."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: its status and its body, of one not asked for only what came at once."""

    status: int
    body: bytes = b""


def tls_context(verify: bool, ca_file: Path | None = None) -> ssl.SSLContext:
    """Return the context for https URLs.

    Args:
        verify: Check the certificate and its name. False accepts any certificate.
        ca_file: PEM file of the authorities to trust instead of the system's.

    Raises:
        OSError: ``ca_file`` cannot be read.
    """
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Post:
    """One request, made once by :meth:`run`; any thread may :meth:`abort` it.

    Args:
        url: ``http`` or ``https``, absolute.
        timeout: Seconds for everything, by ``clock``.
        read_body: Read the answer's body (needed by a question, not by a notification).
    """

    def __init__(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        clock: Clock,
        timeout: float,
        tls: ssl.SSLContext,
        read_body: bool = False,
    ) -> None:
        self.url = url
        self.body = body
        self.headers = {**headers, "Connection": "close"}
        self._clock = clock
        self._timeout = timeout
        self._tls = tls
        self._read_body = read_body
        self._socket: socket.socket | None = None
        self._ended_by: str | None = None
        self._until = 0.0

    def run(self) -> Reply:
        """Send and return the answer, whatever its status.

        Raises:
            PostFailed: No answer: refused, reset, nonsense, or not complete in time.
        """
        self._until = self._clock.monotonic() + self._timeout
        timer = self._clock.after(
            self._timeout, lambda: self.abort(f"no answer within {self._timeout:g} s")
        )
        try:
            return self._exchange()
        except urllib3.exceptions.LocationValueError as error:
            raise PostFailed("the URL cannot be used") from error
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
            raise PostFailed(self._ended_by or _sentence(error, self._timeout)) from error
        except ValueError as error:
            raise PostFailed("the URL cannot be used") from error
        finally:
            timer.cancel()
            if self._socket is not None:
                self._socket.close()

    def abort(self, reason: str) -> None:
        """Make :meth:`run` fail soon with ``reason``; harmless before and after."""
        self._ended_by = self._ended_by or reason
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Of the plain class: SSLSocket.shutdown would take the TLS state from its reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _exchange(self) -> Reply:
        url = parse_url(self.url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(self.url)
        self._open(url)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind(url.host.strip("[]"), url.port, timeout=self._left())
        connection.sock = self._socket
        try:
            connection.request(
                "POST",
                url.request_uri,
                body=self.body,
                headers=self.headers,
                preload_content=False,
                decode_content=False,
            )
            answer = connection.getresponse()
            with contextlib.closing(answer):
                if self._ended_by is not None:
                    # Headers that our own deadline cut look like headers that have ended.
                    raise PostFailed(self._ended_by)
                if self._read_body:
                    return Reply(answer.status, self._whole(answer))
                return Reply(answer.status, self._see_off(answer))
        finally:
            connection.close()

    def _open(self, url: Url) -> None:
        """Connect to the first address that answers, all within the deadline."""
        host = (url.host or "").strip("[]")
        port = url.port or (443 if url.scheme == "https" else 80)
        error: OSError = OSError("the host has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        ):
            candidate = socket.socket(family, kind, protocol)
            self._adopt(candidate)
            try:
                candidate.settimeout(self._left())
                candidate.connect(address)
                break
            except OSError as refused:
                candidate.close()
                error = refused
        else:
            raise error
        candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.scheme == "https":
            wrapped = self._tls.wrap_socket(
                candidate, server_hostname=host, do_handshake_on_connect=False
            )
            self._adopt(wrapped)
            wrapped.settimeout(self._left())
            wrapped.do_handshake()

    def _adopt(self, opened: socket.socket) -> None:
        self._socket = opened
        if self._ended_by is not None:
            raise TimeoutError(self._ended_by)

    def _left(self) -> float:
        left = self._until - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _whole(self, answer: urllib3.response.BaseHTTPResponse) -> bytes:
        body = answer.read(REPLY_OCTETS + 1, decode_content=False)
        if len(body) > REPLY_OCTETS:
            raise PostFailed(f"the answer is longer than {REPLY_OCTETS} octets")
        if self._ended_by is not None:
            raise PostFailed(self._ended_by)
        return body

    def _see_off(self, answer: urllib3.response.BaseHTTPResponse) -> bytes:
        """Read a little of what follows the status, for the server's sake, and return it."""
        seen = b""
        with contextlib.suppress(OSError, http.client.HTTPException, urllib3.exceptions.HTTPError):
            if self._socket is not None:
                self._socket.settimeout(FAREWELL_SECONDS)
            for _ in range(4):
                some = answer.read1(REPLY_OCTETS // 4, decode_content=False)
                if not some:
                    break
                seen += some
        return seen


def _sentence(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate was refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'unknown reason'}"
    if isinstance(error, socket.gaierror):
        return "the host name is unknown"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)):
        return "the connection was reset"
    if isinstance(error, urllib3.exceptions.HTTPError):
        return "the answer broke off"
    if isinstance(error, OSError):
        return f"the network failed: {error.strerror or type(error).__name__}"
    return f"the answer is not HTTP ({type(error).__name__})"
