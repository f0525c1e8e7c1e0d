"""python-gsmmodem-new on every make of modem, as a one-thread smoke client on quiet lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gsmmodem.modem import GsmModem

from tests.peers.conftest import LINES, PHONE, Town, opened

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def quiet_town() -> Iterator[Town]:
    tables = [
        {"msisdn": number, "personality": family, "quiet": True, "reports": False}
        for family, number in LINES.items()  # without reports: its thread for +CDS raises
    ]
    with opened(tables) as town:
        yield town


def test_it_connects_sends_receives_and_rings(quiet_town: Town, family: str) -> None:
    town, texts, callers = quiet_town, list[Any](), list[Any]()
    modem = GsmModem(
        town.port(family),
        115200,
        incomingCallCallbackFunc=callers.append,
        smsReceivedCallbackFunc=texts.append,
    )
    modem.smsTextMode = False
    modem.connect(waitingForModemToStartInSeconds=5)
    try:
        assert modem.imei == town.line(family)["imei"]
        assert modem.networkName in {"Virtual Mobile", "VMobile"}
        modem.sendSms(PHONE, "Hello from Python")
        mine = LINES[family]
        town.until(
            lambda: (
                "Hello from Python"
                in [text["text"] for text in town.phone()["inbox"] if text["from"] == mine]
            )
        )
        town.press("sms", to=mine, text="to Python")
        if family != "ec25":
            # it gives up on +CMTI where 2,1 is refused, and cannot read it in SIMCom's framing
            town.until(lambda: sum(town.line(family)["messages"].values()) == 1)
            modem.processStoredSms()
        town.until(lambda: bool(texts))
        assert (texts[0].number, texts[0].text) == (PHONE, "to Python")
        if family == "sim7600":
            return  # RING framed as SIMCom frames it never reaches its callback
        town.press("dial", to=mine)
        town.until(lambda: any(call.number for call in callers))
        assert next(call.number for call in callers if call.number) == PHONE
        callers[0].answer()
        town.until(lambda: town.phone()["state"] == "active")
        callers[0].hangup()
        town.until(lambda: town.phone()["state"] == "idle")
    finally:
        modem.close()
