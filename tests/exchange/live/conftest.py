"""One house for every live test of a run; each test finds it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.exchange.live.house import ModeHouse


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
