"""Applications' servers, a real store, and the delivery between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.store import Store
from drivers.clock import ManualClock
from tests.exchange.box import TestBox
from tests.exchange.delivery_rig import Rig
from tests.exchange.receiver import Behaviour, Receiver, ok


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def text_store(tmp_path: Path, manual_clock: ManualClock) -> Iterator[Store]:
    store = Store(tmp_path / "simveil.db", clock=manual_clock)
    store.start()
    yield store
    store.stop()


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """Open servers that answer as told."""
    opened: list[Receiver] = []

    def open_one(behave: Behaviour = ok, *, tls: bool = False) -> Receiver:
        receiver = Receiver(behave, tls=tls)
        opened.append(receiver)
        return receiver

    yield open_one
    for receiver in opened:
        receiver.close()


@pytest.fixture
def rig(text_store: Store, manual_clock: ManualClock) -> Iterator[Rig]:
    """A delivery that a test starts, and that has to stop in order."""
    made = Rig(text_store, manual_clock)
    yield made
    if made.delivery is not None:
        assert made.delivery.stop(5.0)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[TestBox]:
    """A box that is stopped, and looked through for what must never be asked of a modem."""
    made = TestBox(tmp_path)
    yield made
    made.stop()
    made.close()
    assert made.network.violations == []
