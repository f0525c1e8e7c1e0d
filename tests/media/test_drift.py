"""Hours of a call between two clocks: the delay stays, and slips hide in pauses."""

from __future__ import annotations

import pytest

from appliance.media.events import LevelNote
from drivers.audio.port import FRAME_SECONDS
from tests.media.drift import Bridge


@pytest.mark.parametrize("card", [False, True], ids=["serial", "card"])
def test_four_hours_between_clocks_that_are_200_ppm_slow_and_fast(card: bool) -> None:
    """One way frames are left over, the other way they are missing; frames come 6 ms late."""
    bridge = Bridge(200.0, slow=200.0, jitter=0.006, card=card)
    seconds = 4 * 3600.0
    bridge.run(seconds)
    expected = seconds * 400e-6 / FRAME_SECONDS  # 72 slips an hour

    for side in bridge.sides:
        delays = [delay for _, delay in side.points]
        half = len(delays) // 2
        assert side.worst <= 0.1
        assert max(delays[half:]) <= max(delays[:half]) + FRAME_SECONDS  # it does not grow
        assert side.leg.inbox.lost == 0
        assert side.talk_lost == 0
        assert side.deepest <= 3
        assert 0.9 * expected <= side.leg.inbox.slips <= 1.25 * expected
        assert side.leg.inbox.empty <= 6
        assert side.leg.counts.refused == side.leg.counts.unwritten == 0
    notes = {event.note for event in bridge.events if isinstance(event, LevelNote)}
    assert notes <= {"announcement"}  # b's endless talk; nothing stalled, nothing was silent


@pytest.mark.parametrize("card", [False, True], ids=["serial", "card"])
def test_stalls_cost_what_they_last_and_leave_no_delay(card: bool) -> None:
    """Half an hour with a modem standing still for a second every minute."""
    bridge = Bridge(-100.0, stalls=60.0, jitter=0.015, every=0.5, seed=2, card=card)
    bridge.run(1800.0)

    for side in bridge.sides:
        settled = [delay for at, delay in side.points if at > 60.0 and 15.0 < at % 60.0 < 59.0]
        assert settled
        assert max(settled) <= 0.12
        assert side.deepest <= 7


@pytest.mark.parametrize("card", [False, True], ids=["serial", "card"])
def test_a_modem_pulled_out_leaves_the_other_its_clock_and_no_stale_word(card: bool) -> None:
    bridge = Bridge(200.0, slow=200.0, every=0.1, card=card, dies=60.0)
    bridge.run(120.0)
    gone, left = bridge.sides

    assert left.points[-1][0] < 60.2  # what the dead one had said is out, and nothing again
    assert left.leg.counts.written == pytest.approx(120.0 / FRAME_SECONDS, abs=12)
    assert left.leg.counts.longest_gap < 0.04
    assert left.starved <= 1
    assert len(left.leg.inbox) == 0
    assert gone.leg.counts.received == pytest.approx(60.0 / FRAME_SECONDS, abs=5)
