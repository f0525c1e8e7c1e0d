"""python-gsmmodem on every make."""

from __future__ import annotations

import contextlib

import pytest
from gsmmodem.modem import GsmModem

from tests.peers.makes.street import PEOPLE, Row, Street

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


# Its threads for announcements outlive its close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_gsmmodem(quiet_town: Street) -> None:
    """As a one-thread smoke client on quiet lines; what it receives, it is asked to list."""
    town, row = quiet_town, Row("gsmmodem")

    def job(name: str) -> None:
        about, came = town.modem(name), list[str]()

        def stored() -> dict[str, int]:
            counts: dict[str, int] = town.modem(name)["messages"]
            return counts

        town.write(name, "before it ran")
        town.until_seen(lambda: sum(stored().values()) == 1, "a text in the modem")
        modem = GsmModem(
            about["port"], 115200, smsReceivedCallbackFunc=lambda text: came.append(text.text)
        )
        modem.smsTextMode = False
        modem.connect(waitingForModemToStartInSeconds=5)
        try:
            row.did(name, "identify", modem.imei == about["imei"])
            row.did(name, "register", modem.waitForNetworkCoverage(20) > 0)
            memory = max(stored(), key=lambda one: stored()[one])
            old = modem.listStoredSms(memory=memory, delete=True)
            row.did(name, "list", [text.text for text in old] == ["before it ran"])
            town.write(name, "while it ran")
            # It gives up on announcements where +CNMI=2 is refused, and cannot read SIMCom's.
            town.until_seen(lambda: bool(came) or sum(stored().values()) == 1, "the new text")
            left = [
                text.text
                for memory, count in stored().items()
                if count
                for text in modem.listStoredSms(memory=memory)
            ]
            row.did(name, "receive", "while it ran" in [*came, *left])
            modem.sendSms(PEOPLE[name], "from Python")
            town.until_seen(lambda: "from Python" in town.texts(name), "its text")
            row.did(name, "send", True)
            with contextlib.suppress(Exception):
                modem.dial(PEOPLE[name], timeout=3)  # where it misreads +CLCC it gives up
            town.until_seen(lambda: town.rung(name), "its call")
            row.did(name, "dial", True)
        finally:
            modem.close()

    row.each(job)
    row.check()
