"""What the tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drivers.at.bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    bench.open()
    yield bench
    bench.close()
