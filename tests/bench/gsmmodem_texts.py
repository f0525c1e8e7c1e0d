"""The peer of sms_turnround: python-gsmmodem-new sends every text on from its callback.

    python -m tests.bench.gsmmodem_texts PORT TO

Says ``ready`` once it is connected.
"""

from __future__ import annotations

import logging
import signal
import sys
from typing import Any

from gsmmodem.modem import GsmModem


def main() -> None:
    """Connect, relay."""
    logging.getLogger("gsmmodem").setLevel(logging.CRITICAL)
    port, to = sys.argv[1:]

    def relay(text: Any) -> None:
        modem.sendSms(to, text.text)

    modem = GsmModem(port, 115200, smsReceivedCallbackFunc=relay)
    modem.smsTextMode = False
    modem.connect(waitingForModemToStartInSeconds=5)
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
