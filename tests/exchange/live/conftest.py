"""One house for every live test of a run; each test finds it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.exchange.number_watch import WatchSettings
from appliance.model.availability import Patience
from tests.exchange.live.house import ModeHouse
from tests.exchange.live.town import AX, AXB, KEYS, TRUNK


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModeHouse]:
    house = ModeHouse(tmp_path_factory.mktemp("house"))
    yield house
    house.stop()


@pytest.fixture
def house(opened: ModeHouse) -> ModeHouse:
    """The house, with nothing bound and nobody there."""
    opened.plain()
    return opened


@pytest.fixture(scope="session")
def opened_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModeHouse]:
    """A small house with little patience; its lines may go away."""
    watch = WatchSettings(every=0.1, patience=Patience(lost=0.9, sudden=0.3))
    folder = tmp_path_factory.mktemp("alone")
    house = ModeHouse(folder, lines=(AXB, AX, KEYS, TRUNK), watch=watch)
    yield house
    house.stop()


@pytest.fixture
def alone_house(opened_alone: ModeHouse) -> ModeHouse:
    """The small house, with nothing bound and nobody there."""
    opened_alone.plain()
    return opened_alone
