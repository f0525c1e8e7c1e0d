"""A virtual bank whose command ports are listened to: what was said on them, and when.

    python -m tests.bench.tap CONFIG

Runs the bank of a configuration, in a process of its own, until standard input ends; says ``ready``
once the modems are plugged in. For each line that comes in it writes, as one line of JSON, what was
said since the last one. Times are those of the monotonic clock at which the bank handed octets over
or took them in, so that a client is charged with the bank's own turn, whichever client it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from drivers.virtual.bank import Bank
from drivers.virtual.config import LineConfig, parse_bank_config
from drivers.virtual.modem import VirtualModem
from drivers.virtual.network import Network
from drivers.virtual.reactor import Reactor

LIMIT = 30.0  # seconds
ARRIVED = "(a text has come)"
"""Noted in the place of octets when the network hands a text to a modem, which may not say so."""


@dataclass(frozen=True)
class Said:
    """Octets on a command port.

    Args:
        at: Monotonic seconds.
        line: The line's number.
        by_host: The host said it, not the modem.
        text: What, as Latin-1.
    """

    at: float
    line: str
    by_host: bool
    text: str


class TappedBank:
    """The bank's process.

    Args:
        config: A file with a ``[virtual]`` table.
    """

    def __init__(self, config: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.tap", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self.close()
            raise RuntimeError("the bank did not start")

    def take(self) -> list[Said]:
        """Return what was said since the last time, in order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("take\n")
        self._process.stdin.flush()
        return [Said(*fields) for fields in json.loads(self._process.stdout.readline())]

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=LIMIT)


def main() -> None:
    """Run the bank and tell what was said."""
    heard: deque[tuple[float, str, bool, str]] = deque()

    def tapped(reactor: Reactor, network: Network, line: LineConfig) -> VirtualModem:
        modem = VirtualModem(reactor, network, line)
        write, received = modem.port.write, modem.port._received
        take = modem.deliver

        def by_modem(octets: bytes) -> None:
            heard.append((time.monotonic(), line.msisdn, False, octets.decode("latin-1")))
            write(octets)

        def by_host(octets: bytes) -> None:
            heard.append((time.monotonic(), line.msisdn, True, octets.decode("latin-1")))
            received(octets)

        def deliver(tpdu: bytes, smsc: str) -> int | None:
            heard.append((time.monotonic(), line.msisdn, False, ARRIVED))
            return take(tpdu, smsc)

        modem.deliver = deliver  # type: ignore[method-assign]
        modem.port.write = by_modem  # type: ignore[method-assign]
        modem.port._received = by_host
        return modem

    bank = Bank(parse_bank_config(sys.argv[1]), tapped)
    bank.start()
    try:
        print("ready", flush=True)
        while sys.stdin.readline():
            print(json.dumps([heard.popleft() for _ in range(len(heard))]), flush=True)
    finally:
        bank.stop()


if __name__ == "__main__":
    main()
