"""Clients that bind: one process of http_binds' customers.

    python -m tests.bench.http_load PORT KEY SECRET [--clients 16] [--seconds 5] [--rate N]
                                    [--tls] [--first N]

Without ``--rate`` every client asks again as soon as it was answered. With it, requests fall due at
a steady rate whether or not those before were answered, and count from when they fell due. Plain
connections are kept alive; with ``--tls`` every request has a connection of its own. Begins when a
line comes in, writes the delays (ms) and failures as JSON. Requests are signed before the start, so
that the clients cost the machine as little as they can.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator

from tests.api.client import AXB, aksk

MOST_PER_SECOND = 2000  # requests that are signed beforehand
_LIMIT = 30.0  # seconds for any one answer


def request(key: str, secret: str, number: int) -> bytes:
    """Return one signed bind of two people whom nobody else binds."""
    parties = {"callerNum": f"+8613{number:09d}", "calleeNum": f"+8614{number:09d}"}
    body = json.dumps({**parties, "duration": 3600, "recordFlag": "false"}).encode()
    head = {
        "Host": "127.0.0.1",
        "Accept": "application/json",
        "Content-Type": "application/json;charset=UTF-8",
        "Content-Length": str(len(body)),
        **aksk(key, secret),
    }
    lines = [f"POST {AXB} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Binds:
    """The requests of one process, signed.

    Args:
        first: The number of the first pair of people.
        prepared: How many are signed now.
    """

    def __init__(self, key: str, secret: str, first: int, prepared: int) -> None:
        self._key, self._secret, self._next = key, secret, first
        self._ready = deque(self._sign() for _ in range(prepared))
        self._lock = threading.Lock()

    def _sign(self) -> bytes:
        self._next += 1
        return request(self._key, self._secret, self._next)

    def take(self) -> bytes:
        """Return one that was not sent yet."""
        with self._lock:
            return self._ready.popleft() if self._ready else self._sign()


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=_LIMIT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waiting = b""
        self.began = 0.0

    def ask(self, octets: bytes, began: float) -> None:
        """Send a request whose time counts from ``began``."""
        self.began = began
        self.sock.sendall(octets)

    def take(self) -> bool | None:
        """Read what is there; None while the answer is not whole, else whether it is a success."""
        octets = self.sock.recv(65536)
        if not octets:
            raise ConnectionError("the server has closed a kept connection")
        self._waiting += octets
        outcome = judge(self._waiting)
        if outcome is not None:
            self._waiting = b""
        return outcome


def judge(answer: bytes) -> bool | None:
    """Return None while an answer is not whole, else whether it is a success."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return None
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    if not length or len(body) < int(length):
        return None
    return body.startswith(b'{"resultcode":"0"')


def keep_asking(clients: list[Client], binds: Binds, seconds: float) -> tuple[list[float], int]:
    """Let every client ask again at once for ``seconds``; returns delays (s) and failures."""
    delays, failures = list[float](), 0
    asking = set(clients)
    end = time.monotonic() + seconds
    for client in clients:
        client.ask(binds.take(), time.monotonic())
    for client in _answers(clients, asking):
        if (success := client.take()) is None:
            continue
        now = time.monotonic()
        delays.append(now - client.began)
        failures += not success
        if now < end:
            client.ask(binds.take(), now)
        else:
            asking.remove(client)
    return delays, failures


def _answers(clients: list[Client], asking: set[Client]) -> Iterator[Client]:
    """Yield clients that have something to read while any is asking."""
    with select.epoll() as poll:
        by_descriptor = {client.sock.fileno(): client for client in clients}
        for descriptor in by_descriptor:
            poll.register(descriptor, select.EPOLLIN)
        while asking:
            ready = poll.poll(_LIMIT)
            if not ready:
                raise TimeoutError("the server does not answer")
            for descriptor, _ in ready:
                yield by_descriptor[descriptor]


def ask_steadily(
    clients: list[Client], binds: Binds, seconds: float, rate: float
) -> tuple[list[float], int]:
    """Ask ``rate`` times a second for ``seconds``; returns delays (s) and failures."""
    delays, failures, sent = list[float](), 0, 0
    idle = deque(clients)
    count = int(rate * seconds)
    start = time.monotonic() + 0.1
    with select.epoll() as poll:
        by_descriptor = {client.sock.fileno(): client for client in clients}
        for descriptor in by_descriptor:
            poll.register(descriptor, select.EPOLLIN)
        while len(delays) < count:
            due = start + sent / rate
            now = time.monotonic()
            while sent < count and now >= due and idle:
                idle.popleft().ask(binds.take(), due)
                sent += 1
                due = start + sent / rate
            wait = max(0.0, due - now) if sent < count and idle else _LIMIT
            for descriptor, _ in poll.poll(wait):
                client = by_descriptor[descriptor]
                if (success := client.take()) is not None:
                    delays.append(time.monotonic() - client.began)
                    failures += not success
                    idle.append(client)
    return delays, failures


def ask_by_tls(port: int, count: int, binds: Binds, seconds: float) -> tuple[list[float], int]:
    """Let ``count`` threads ask, each time on a new TLS connection; delays (s) and failures."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    delays, failures = list[float](), list[int]()
    end = time.monotonic() + seconds

    def ask() -> None:
        while (began := time.monotonic()) < end:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=_LIMIT) as plain,
                context.wrap_socket(plain) as sock,
            ):
                sock.sendall(binds.take())
                answer = b""
                while octets := sock.recv(65536):
                    answer += octets
            delays.append(time.monotonic() - began)
            if not judge(answer):
                failures.append(1)

    threads = [threading.Thread(target=ask, name=f"client-{n}") for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return delays, len(failures)


def main() -> None:
    """Parse the arguments, ask, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("key")
    parser.add_argument("secret")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    per_second = options.rate or (500 if options.tls else MOST_PER_SECOND)
    binds = Binds(options.key, options.secret, options.first, int(per_second * options.seconds))
    print("ready", flush=True)
    sys.stdin.readline()
    clients = [] if options.tls else [Client(options.port) for _ in range(options.clients)]
    began = time.monotonic()
    if options.tls:
        delays, failures = ask_by_tls(options.port, options.clients, binds, options.seconds)
    elif options.rate:
        delays, failures = ask_steadily(clients, binds, options.seconds, options.rate)
    else:
        delays, failures = keep_asking(clients, binds, options.seconds)
    took = time.monotonic() - began
    for client in clients:
        client.sock.close()
    milliseconds = [round(delay * 1000, 3) for delay in delays]
    print(json.dumps({"delays_ms": milliseconds, "failures": failures, "seconds": took}))


if __name__ == "__main__":
    main()
