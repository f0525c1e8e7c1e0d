"""A caller steers a menu at the far end of a bridge, on the virtual bank's ports and phones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.demo.people import Phone
from appliance.media import wav
from appliance.media.dtmf import Detector, Press
from appliance.media.g711 import Samples
from appliance.media.tones import RATE
from appliance.model.records import Role
from tests.exchange.bank_box import BankBox

X, TRUNK = "+8617000000001", "+8617000000002"
A, B = "+8613800000001", "+8613800000002"
KEY_MILLISECONDS = 100  # as the bank's network makes them
GREETING = 350.0
PROMPTS = {"1": 500.0, "12": 600.0, "12#": 800.0}
"""What the menu says after the keys so far, in Hz."""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[BankBox]:
    lines = [{"msisdn": X, "personality": "ec25"}, {"msisdn": TRUNK, "personality": "sim7600"}]
    made = BankBox(tmp_path, lines, connect=("bridge",))
    made.enrol(X)
    made.enrol(TRUNK, Role.TRUNK)
    made.bind(X, A, B)
    made.start()
    yield made
    made.stop()


def heard(phone: Phone) -> Samples:
    return wav.parse(phone.heard())


def seconds_of(hertz: float, samples: Samples) -> float:
    """Return for how long a tone stands out, in windows of 50 ms."""
    windows = samples[: len(samples) // 400 * 400].reshape(-1, 400).astype(np.float64)
    at = np.exp(-2j * np.pi * hertz / RATE * np.arange(400))
    power = np.abs(windows @ at) ** 2 * 2 / 400
    return float(np.count_nonzero(power > 0.8 * np.square(windows).sum(axis=1) + 1e6) * 0.05)


def presses_in(samples: Samples) -> list[Press]:
    detector = Detector()
    octets = samples[: len(samples) // 160 * 160].astype("<i2").tobytes()
    return [
        press for at in range(0, len(octets), 320) for press in detector.feed(octets[at : at + 320])
    ]


def heard_once(phone: Phone, keys: str) -> None:
    """Check that a phone heard these keys and for no longer than the network makes them last.

    What the other side's own phone sent, had it been passed on, would be as long again. A busy
    machine may break a tone in two, so presses are not counted.
    """
    presses = presses_in(heard(phone))
    assert {press.digit for press in presses} == set(keys)
    assert sum(press.milliseconds for press in presses) <= len(keys) * KEY_MILLISECONDS * 1.3


def says(box: BankBox, menu: Phone, phone: Phone, hertz: float) -> None:
    """Let the menu say its prompt, again if need be, until a phone has heard it."""

    def told() -> bool:
        if seconds_of(hertz, heard(phone)) >= 0.3:
            return True
        if not menu.look()["speaking"]:
            menu.do("say", tone=hertz, seconds=0.5)
        return False

    box.until(told, 30, f"{hertz} Hz")


def reach(box: BankBox, phone: Phone, keys: str) -> None:
    """Wait until as many keys have reached a phone."""
    box.until(lambda: len(phone.look()["digits"]) >= len(keys), 20, f"the keys {keys}")


def test_each_key_reaches_the_menu_once_and_by_the_modem(box: BankBox) -> None:
    a, menu = box.phone(A), box.phone(B, answers=0.2)
    a.do("dial", to=X)
    menu.until("active")
    box.until(lambda: any(r.answered_at for r in box.store.calls.unfinished()), 30, "an answer")
    says(box, menu, a, GREETING)
    for keys, hertz in PROMPTS.items():
        a.do("digits", digits=keys[-1])
        reach(box, menu, keys)
        says(box, menu, a, hertz)
    # Keys in a row, one of them twice, and the way back.
    a.do("digits", digits="907733")
    reach(box, menu, "12#907733")
    menu.do("digits", digits="58")
    reach(box, a, "58")
    box.until(lambda: {"5", "8"} <= {p.digit for p in presses_in(heard(a))}, 20, "their tones")

    assert menu.look()["digits"] == "12#907733"
    assert a.look()["digits"] == "58"
    # What the far end's modem pressed is heard; of the near end's tones nothing was passed on.
    heard_once(menu, "12#907733")
    heard_once(a, "58")
    sent = "".join(box.commands(TRUNK)).count("+VTS")
    assert sent == len("12#907733")
    a.do("hangup")
    record = box.over()
    assert record.strategy == "bridge"
