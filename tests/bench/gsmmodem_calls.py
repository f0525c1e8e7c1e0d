"""The peer of call_latency: python-gsmmodem-new answers, and dials on a second modem.

    python -m tests.bench.gsmmodem_calls PORT SECOND-PORT CALLEE [PORT SECOND-PORT CALLEE …]

Says ``ready`` once every modem is connected and in the network. The caller is answered from the
library's callback while another thread dials; when the caller has gone, that leg is ended.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
import time
from typing import Any

from gsmmodem.modem import GsmModem


class Relay:
    """Two modems and whom to call."""

    def __init__(self, port: str, second: str, callee: str) -> None:
        self._callee = callee
        self._answered: Any = None
        self._modem = GsmModem(port, 115200, incomingCallCallbackFunc=self._ringing)
        self._second = GsmModem(second, 115200)
        for modem in (self._modem, self._second):
            modem.smsTextMode = False

    def connect(self) -> None:
        """Open both and wait for the network."""
        for modem in (self._modem, self._second):
            modem.connect(waitingForModemToStartInSeconds=5)
            modem.waitForNetworkCoverage(30)

    def _ringing(self, call: Any) -> None:
        if not call.number or self._answered is call:
            return
        self._answered = call
        threading.Thread(target=self._dial, args=(call,), daemon=True).start()
        with contextlib.suppress(Exception):  # what fails is a call lost
            call.answer()

    def _dial(self, call: Any) -> None:
        with contextlib.suppress(Exception):
            second = self._second.dial(self._callee, timeout=20)
            while call.active:
                time.sleep(0.05)
            second.hangup()


def main() -> None:
    """Connect all, then let callbacks do everything."""
    logging.getLogger("gsmmodem").setLevel(logging.CRITICAL)
    words = sys.argv[1:]
    relays = [Relay(*words[n : n + 3]) for n in range(0, len(words), 3)]
    threads = [threading.Thread(target=relay.connect) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
