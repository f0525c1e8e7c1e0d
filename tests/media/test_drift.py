"""Hours of a call between two clocks: the delay stays, and slips hide in pauses."""

from __future__ import annotations

import pytest

from drivers.audio.port import FRAME_SECONDS
from tests.media.drift import Bridge


@pytest.mark.parametrize(("hours", "card"), [(4.0, False), (1.0, True)])
def test_hours_at_200_ppm_either_way(hours: float, card: bool) -> None:
    """One modem 200 ppm fast: one way frames are left over, the other way they are missing."""
    bridge = Bridge(200.0, card=card)
    seconds = hours * 3600.0
    bridge.run(seconds)
    expected = seconds * 200e-6 / FRAME_SECONDS  # 36 slips an hour

    for side in bridge.sides:
        delays = [delay for _, delay in side.points]
        half = len(delays) // 2
        assert side.worst <= 0.12
        assert max(delays[half:]) <= max(delays[:half]) + FRAME_SECONDS  # it does not grow
        assert side.queue.lost == 0
        assert side.talk_lost == 0
        assert side.deepest <= 3
        assert abs(side.queue.slips + side.queue.empty - expected) <= 0.1 * expected + 6
        assert side.queue.empty <= 3


def test_stalls_cost_what_they_last_and_leave_no_delay() -> None:
    """Half an hour with a modem standing still for a second every minute."""
    bridge = Bridge(-100.0, stalls=60.0, jitter=0.015, every=0.5, seed=2)
    bridge.run(1800.0)

    for side in bridge.sides:
        settled = [delay for at, delay in side.points if at > 60.0 and 15.0 < at % 60.0 < 59.0]
        assert settled
        assert max(settled) <= 0.12
        assert side.deepest <= 7
