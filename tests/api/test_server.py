"""The server: slow clients hold up nobody, connections close as set, it stops in time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from appliance.api.certificate import ensure
from appliance.api.server import Server, TlsFiles, parse_address
from appliance.errors import BadInput


def hello(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.url_scheme"].encode() + b" " + environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return ensure(tmp_path_factory.mktemp("tls"), "box 1")


@pytest.fixture
def client_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture
def served() -> Iterator[Callable[..., tuple[Server, int]]]:
    with ExitStack() as stack:

        def serve(app: Any = hello, **words: Any) -> tuple[Server, int]:
            server = Server(app, "127.0.0.1:0", **{"threads": 4, **words})
            server.start()
            stack.callback(server.stop, 2.0)
            address = server.addresses[0]
            assert isinstance(address, tuple)
            return server, address[1]

        yield serve


def get(port: int, tls: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=tls)
        if tls
        else http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    )
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first = ensure(tmp_path / "tls", "box-1")
    octets = first.certificate.read_bytes()

    assert ensure(tmp_path / "tls", "box-1") == first
    assert first.certificate.read_bytes() == octets
    assert first.key.stat().st_mode & 0o777 == 0o600


def test_fifty_silent_and_fifty_one_octet_tls_clients_delay_nobody(
    served: Callable[..., tuple[Server, int]],
    certificate: TlsFiles,
    client_tls: ssl.SSLContext,
) -> None:
    _, port = served(tls=certificate)
    assert get(port, client_tls) == (200, b"https ")
    with ExitStack() as stack:
        for number in range(100):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            if number % 2:
                sock.sendall(b"\x16")

        times = []
        for _ in range(20):
            started = time.monotonic()
            assert get(port, client_tls) == (200, b"https ")
            times.append(time.monotonic() - started)
    assert max(times) <= 0.2, times


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_clients_that_never_finish_a_head_hold_no_worker(
    served: Callable[..., tuple[Server, int]], said: bytes
) -> None:
    _, port = served()
    with ExitStack() as stack:
        for _ in range(40):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            sock.sendall(said)
        started = time.monotonic()
        assert get(port) == (200, b"http ")
        assert time.monotonic() - started <= 0.2


def test_silence_ends_a_connection(served: Callable[..., tuple[Server, int]]) -> None:
    _, port = served()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        started = time.monotonic()
        assert sock.recv(1) == b""
        assert 4 <= time.monotonic() - started <= 8


def test_what_is_not_tls_is_dropped(
    served: Callable[..., tuple[Server, int]], certificate: TlsFiles, client_tls: ssl.SSLContext
) -> None:
    _, port = served(tls=certificate)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b"".join(iter(lambda: sock.recv(4096), b""))
    assert not received.startswith(b"HTTP")
    assert get(port, client_tls) == (200, b"https ")


def test_the_end_of_an_encrypted_answer_is_no_cut(
    served: Callable[..., tuple[Server, int]], certificate: TlsFiles, client_tls: ssl.SSLContext
) -> None:
    """Clients are told to wait for the server's end; TLS tells it from an attacker's."""
    _, port = served(tls=certificate, keep_alive=False)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        strict = client_tls.wrap_socket(plain, suppress_ragged_eofs=False)
        with strict as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b"".join(iter(lambda: sock.recv(4096), b""))
    assert received.endswith(b"https ")


def test_connections_are_kept_or_closed_as_set(served: Callable[..., tuple[Server, int]]) -> None:
    for keep_alive in (True, False):
        _, port = served(keep_alive=keep_alive)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.will_close is not keep_alive
        if keep_alive:
            for word in ("close", "Close", "close, TE"):  # in whatever letters
                with closing(http.client.HTTPConnection("127.0.0.1", port)) as once:
                    once.request("GET", "/", headers={"Connection": word})
                    assert once.getresponse().will_close
            sock = connection.sock
            connection.request("POST", "/", b"again")
            assert connection.getresponse().read() == b"http again"
            assert connection.sock is sock
        connection.close()


def test_pipelined_requests_are_all_answered(served: Callable[..., tuple[Server, int]]) -> None:
    _, port = served()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        sock.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: sock.recv(4096), b""))
    assert received.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("length", ["-5", "five", "1 2", "+7"])
def test_a_content_length_that_is_none_is_refused(
    served: Callable[..., tuple[Server, int]], length: str
) -> None:
    _, port = served()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert sock.recv(4096).startswith(b"HTTP/1.1 400")


def test_headers_with_underscores_do_not_pass_for_ours(
    served: Callable[..., tuple[Server, int]],
) -> None:
    seen: list[str] = []

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        seen.extend(name for name in environ if name.startswith("HTTP_X"))
        return hello(environ, start)

    _, port = served(app)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/", headers={"X_AKSK": "forged", "X-Other": "fine"})
    connection.getresponse().read()
    connection.close()
    assert seen == ["HTTP_X_OTHER"]


def test_an_application_that_raises_costs_its_request_only(
    served: Callable[..., tuple[Server, int]], caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("broken")

    _, port = served(app, threads=2)
    for _ in range(5):
        assert get(port)[0] == 500
    assert "broken" in caplog.text


def test_workers_are_named_and_all_threads_end(served: Callable[..., tuple[Server, int]]) -> None:
    before = set(threading.enumerate())
    server, _ = served(threads=3)
    ours = set(threading.enumerate()) - before
    assert sum(thread.name.startswith("http-") for thread in ours) == len(ours) == 4

    started = time.monotonic()
    server.stop(2.0)

    assert time.monotonic() - started < 2.5
    assert not ours & set(threading.enumerate())


def test_a_request_that_is_slow_does_not_hold_up_the_stop(
    served: Callable[..., tuple[Server, int]],
) -> None:
    release = threading.Event()
    entered = threading.Event()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        entered.set()
        release.wait(20)
        return hello(environ, start)

    server, port = served(app)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert entered.wait(5)
        started = time.monotonic()
        server.stop(1.0)
        assert time.monotonic() - started < 3
    release.set()


def test_addresses_in_use_and_malformed_are_told(
    served: Callable[..., tuple[Server, int]],
) -> None:
    _, port = served()
    with pytest.raises(BadInput, match="cannot listen"):
        Server(hello, ["127.0.0.1:0", f"127.0.0.1:{port}"], threads=2).start()
    assert parse_address("[::1]:8443") == ("::1", 8443)
    assert parse_address("unix:/run/x.sock") == "/run/x.sock"
    for text in ("localhost", "127.0.0.1:", ":80", "127.0.0.1:99999", ""):
        with pytest.raises(BadInput):
            parse_address(text)


def test_several_addresses_and_a_stale_socket(tmp_path: Path) -> None:
    path = tmp_path / "new" / "box.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    server = Server(hello, ["127.0.0.1:0", f"unix:{path}"], threads=2)
    server.start()
    try:
        address = server.addresses[0]
        assert isinstance(address, tuple)
        assert get(address[1]) == (200, b"http ")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(path))
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        server.stop(2.0)
    assert not path.exists()


@pytest.mark.parametrize("secured", [False, True])
def test_it_says_whether_it_answers(
    served: Callable[..., tuple[Server, int]], certificate: TlsFiles, *, secured: bool
) -> None:
    stuck = threading.Event()

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        stuck.wait(10)
        return hello(environ, start)

    server, _ = served(tls=certificate if secured else None)
    assert server.answers(5.0)
    hung, _ = served(slow, tls=certificate if secured else None, threads=1)
    assert not hung.answers(0.2)
    stuck.set()
    assert hung.answers(5.0)


def test_a_unix_socket_says_whether_it_answers(tmp_path: Path) -> None:
    server = Server(hello, f"unix:{tmp_path}/run/s", threads=1)
    server.start()
    try:
        assert server.answers(5.0)
    finally:
        server.stop(2.0)
    assert not server.answers(0.2)
