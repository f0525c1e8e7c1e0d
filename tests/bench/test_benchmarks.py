"""Every benchmark runs, with next to nothing to do; what it measures then means nothing."""

from __future__ import annotations

import math

import pytest

from tests.bench.__main__ import NAMES, measure
from tests.bench.table import Row, render

pytestmark = pytest.mark.peers

LIKE_OTHERS = {
    "http_box",
    "cold_start",
    "call_latency",
    "media_under_load",
    "media_alsaloop",
    "recovery",
}
"""Each starts what another one starts as well, and is too dear to be tried again; alsaloop spins at
the highest priority, which other tests beside it would feel."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - LIKE_OTHERS))
def test_it_measures_beside_a_peer(name: str) -> None:
    found = measure(name, quick=True)
    assert any(row.peer and row.ratio for row in found)
    assert all(math.isfinite(row.figure) for row in found)
    assert len(render(found).splitlines()) == len(found) + 1


def test_a_ratio_says_how_many_times_better() -> None:
    assert Row("rate", 30.0, "/s", "peer", 10.0, more_is_better=True).ratio == 3.0
    assert Row("delay", 30.0, "ms", "peer", 60.0).ratio == 2.0
    assert Row("alone", 30.0, "ms").ratio is None
    assert Row("nothing", 0.0, "ms", "peer", 60.0).ratio is None
