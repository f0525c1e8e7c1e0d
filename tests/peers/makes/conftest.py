"""A line of every make for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.makes.street import Street, street


@pytest.fixture
def town() -> Iterator[Street]:
    yield from street(quiet=False)


@pytest.fixture
def quiet_town() -> Iterator[Street]:
    yield from street(quiet=True)
