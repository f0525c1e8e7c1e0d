"""Sixteen lines in call beside an API at full load: nobody hears it."""

from __future__ import annotations

import pytest

from tests.bench.media_under_load import measure
from tests.media.tries import within_tries

LONGEST = 40.0  # milliseconds from one frame to the next

pytestmark = pytest.mark.alone


def test_no_gap_is_longer_than_two_frames_beside_requests_an_export_and_a_bind_storm() -> None:
    """Eight lines on sound cards and eight on ptys; as many ptys are joined by a bare copy."""

    def under_load() -> None:
        found = measure("process", "mixed", lines=16, seconds=4.0, rate=200.0, storm=8)
        steady, storm = found["api"]
        assert steady["failures"] == storm["failures"] == 0
        assert steady["per_second"] > 150.0
        assert storm["per_second"] > 20.0
        assert found["exported_rows_per_second"] > 1000.0
        cards, ptys, bare = found["alsa"], found["serial"], found["peer"]
        assert min(cards["frames"], ptys["frames"]) > 8 * 4 * 50 * 0.9
        figures = {name: side["longest_gap_ms"] for name, side in
                   (("cards", cards), ("ptys", ptys), ("bare copy", bare))}  # fmt: skip
        assert cards["longest_gap_ms"] <= LONGEST, figures
        assert cards["missing"] == cards["silent"] == 0
        assert found["own_gap_ms"] <= LONGEST, figures
        assert ptys["missing"] == 0 or bare["longest_gap_ms"] > LONGEST, figures

    within_tries(under_load, "real_time_ms")  # the rest is late by this very load
