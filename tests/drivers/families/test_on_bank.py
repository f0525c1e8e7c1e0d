"""The engine on makes of the bank that have no whole-box story of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.at.pdu_split import submits
from drivers.modem import (
    CallChanged,
    CallEnded,
    CallState,
    Digit,
    Identity,
    MessageStored,
    Offered,
    Ready,
    Registration,
)
from tests.drivers.families.test_library import Device
from tests.peers.conftest import PHONE, Town, opened

MAKES = {"eg25": "quectel", "a7670": "simcom-a76", "sim800": "simcom-800", "generic": "generic"}
LINES = {make: f"+861700000011{place}" for place, make in enumerate(MAKES)}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    tables = [
        {"msisdn": number, "personality": make, "card": "null", "knows_number": make != "generic"}
        for make, number in LINES.items()
    ]
    with opened(tables) as town:
        yield town


@pytest.mark.parametrize("make", MAKES)
def test_calls_texts_and_what_it_is(town: Town, make: str) -> None:
    with Device(town, LINES[make], family="auto", card=True) as device:
        identity: Identity = (ready := device.until(Ready)).identity
        about = device.line()
        assert (identity.family, identity.iccid) == (MAKES[make], about["iccid"])
        assert identity.own_number == (None if make == "generic" else device.number)
        assert ready.facts.answered_is_true is (make in {"eg25", "sim800"})
        assert device.until(Registration).in_service
        town.press("dial", to=device.number)
        offer = device.until(lambda e: isinstance(e, Offered) and e.number == PHONE and e.index > 0)
        assert offer.index == (2 if make == "eg25" else 1)
        device.modem.answer()
        device.state(CallState.ACTIVE)
        assert device.line()["audio"]["on"] is True
        if make != "generic":
            town.press("digits", digits="5")
            assert device.until(Digit).digit == "5"
        town.press("hangup")
        assert device.until(CallEnded).cause == 16
        device.modem.dial(PHONE)
        early = CallState.ACTIVE if make == "a7670" else CallState.ALERTING
        device.until(lambda e: isinstance(e, CallChanged) and e.call.state is early)
        town.until(lambda: town.phone()["state"] == "ringing")
        hang_up = device.modem.hang_up()
        device.until(CallEnded)
        assert device.outcome(hang_up) is None
        town.until(lambda: town.phone()["state"] == "idle")
        ((pdu, octets),) = submits(PHONE, f"from {make}", reference=0, report=False)
        assert isinstance(device.outcome(device.modem.send_message(pdu, octets)), int)
        town.until(lambda: f"from {make}" in str(town.phone()["inbox"]))
        town.press("sms", to=device.number, text="in")
        ref = device.until(MessageStored).ref
        assert device.outcome(device.modem.read_message(ref)) is not None
        assert device.outcome(device.modem.delete_message(ref)) is None
