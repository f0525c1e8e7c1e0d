from __future__ import annotations

import random
import threading

import numpy as np
import pytest

from appliance.media.jitter import (
    BURST,
    CAP,
    LATE,
    PRIME,
    UNMATCHED,
    WATCH,
    Backlog,
    JitterQueue,
    Pace,
    quiet,
)
from appliance.media.tones import sine
from drivers.audio.port import FRAME_OCTETS, FRAME_SECONDS, SILENCE

LOUD = sine(1000.0, 0.02).astype("<i2").tobytes()


def numbered(index: int) -> bytes:
    """A loud frame that can be told from all others."""
    return index.to_bytes(4, "little") + LOUD[4:]


def number(frame: bytes) -> int:
    return int.from_bytes(frame[:4], "little")


def test_nothing_is_given_out_before_the_queue_is_primed() -> None:
    queue = JitterQueue()
    given = []
    for index in range(PRIME + 2):
        queue.put(numbered(index))
        given.append(queue.take())

    assert given[: PRIME - 1] == [None] * (PRIME - 1)
    assert [number(frame) for frame in given[PRIME - 1 :] if frame] == [0, 1, 2]


def test_it_never_holds_more_than_a_tenth_of_a_second_and_drops_the_oldest() -> None:
    queue = JitterQueue()
    for index in range(12):
        queue.put(numbered(index))

    assert len(queue) == CAP
    assert CAP * FRAME_SECONDS <= 0.1
    assert queue.lost == 12 - CAP


def test_it_begins_with_the_newest_frames() -> None:
    queue = JitterQueue()
    for index in range(CAP):
        queue.put(numbered(index))
    first = queue.take()

    assert first is not None
    assert number(first) == CAP - PRIME


def test_a_dry_queue_counts_its_silences_and_gathers_again_after_a_real_stall() -> None:
    queue = JitterQueue()
    for index in range(PRIME):
        queue.put(numbered(index))
    for _ in range(PRIME):
        assert queue.take() is not None
    for _ in range(CAP + 2):
        assert queue.take() is None
    queue.put(numbered(9))

    assert queue.empty == CAP + 1
    assert queue.take() is None


def test_the_beginning_of_a_key_can_still_be_silenced() -> None:
    queue = JitterQueue()
    queue.put(numbered(1))
    queue.put(numbered(2))
    queue.silence_last(1)
    queue.silence_last(9)

    assert queue.take() == SILENCE


def test_quiet_is_what_nobody_would_miss() -> None:
    faint = (np.ones(160) * 200).astype("<i2").tobytes()
    assert quiet(SILENCE)
    assert quiet(faint)
    assert not quiet(LOUD)
    assert not quiet(b"\0\0" * 159 + b"\x00\x80")


def speech(index: int) -> bytes:
    """Two seconds of talk, half a second of pause."""
    return SILENCE if index % 125 >= 100 else numbered(index)


@pytest.mark.parametrize("ppm", [-200, 200, -5000, 5000])
def test_clocks_that_differ_cost_slips_in_pauses_and_no_delay(ppm: int) -> None:
    """Two modems whose clocks differ, half an hour; frames also come up to 15 ms late."""
    chance = random.Random(ppm)
    seconds = 1800.0
    queue = JitterQueue()
    period = FRAME_SECONDS / (1.0 + ppm / 1e6)
    takes = 0
    deepest, talk_lost, last = 0, 0, None
    for index in range(int(seconds / period)):
        arrival = index * period + chance.uniform(0.0, 0.015)
        while (takes + 0.4) * FRAME_SECONDS < arrival:
            takes += 1
            frame = queue.take()
            if frame is not None and not quiet(frame):
                if last is not None and number(frame) % 125:
                    talk_lost += number(frame) - last - 1
                last = number(frame)
        queue.put(speech(index))
        deepest = max(deepest, len(queue))
    expected = seconds * abs(ppm) / 1e6 / FRAME_SECONDS

    assert deepest <= CAP
    assert queue.lost == 0
    assert talk_lost == 0
    assert abs(queue.slips + queue.empty - expected) <= 0.1 * expected + 6
    assert queue.empty <= 3


def test_one_frame_in_one_frame_out() -> None:
    pace = Pace(0.0)
    assert [pace.received(0.02 * n) for n in range(500)] == [1] * 500


def test_a_modem_one_percent_fast_is_followed() -> None:
    pace = Pace(0.0)
    assert sum(pace.received(0.0198 * n) for n in range(500)) >= 495


def test_before_the_first_frame_nothing_is_written() -> None:
    pace = Pace(0.0)
    assert [pace.idle(0.02 * n) for n in range(100)] == [(0, 0)] * 100


def test_a_silent_modem_gets_a_tenth_of_a_second_and_time_goes_on() -> None:
    pace = Pace(0.0)
    pace.received(0.0)
    written = passed = 0
    for tick in range(1, 101):
        write, skip = pace.idle(0.02 * tick)
        written += write
        passed += skip

    assert written == UNMATCHED
    assert 95 <= written + passed <= 100


def test_what_was_written_ahead_is_matched_with_the_frames_that_come_late() -> None:
    """A second's stall, then the modem hands over all that it had: nothing piles up in it."""
    pace = Pace(0.0)
    pace.received(0.0)
    ahead = sum(pace.idle(0.02 * tick)[0] for tick in range(1, 51))
    late = sum(pace.received(1.0) for _ in range(50))
    then = sum(pace.received(1.0 + 0.02 * n) for n in range(1, 101))

    assert ahead == UNMATCHED
    assert late <= BURST
    assert 97 <= then <= 100


def test_our_own_stall_is_not_made_up_for() -> None:
    """The leg's thread did not run for a second: it must not write a second's frames at once."""
    pace = Pace(0.0)
    for n in range(10):
        pace.received(0.02 * n)
    assert sum(pace.received(1.2) for _ in range(50)) <= 1 + BURST


def test_lateness_of_less_than_three_frames_is_made_up_for() -> None:
    pace = Pace(0.0)
    for n in range(10):
        pace.received(0.02 * n)
    late = 0.18 + LATE * 0.9
    assert sum(pace.received(late) for _ in range(2)) == 2


def lean() -> JitterQueue:
    """A queue for a card's ear that has begun."""
    queue = JitterQueue(lean=True)
    queue.put(numbered(0), 0.0)
    assert queue.take(0.0) is not None
    return queue


def test_a_cards_ear_waits_a_moment_for_a_frame_that_is_due() -> None:
    queue = lean()
    speaker = threading.Timer(0.01, queue.put, (numbered(1), 0.02))
    speaker.start()
    queue.wait(5.0)

    assert len(queue) == 1
    frame = queue.take(0.019)
    assert frame is not None
    assert number(frame) == 1
    assert queue.empty == 0
    speaker.join()


def test_cards_in_step_do_not_cost_a_frame_time_for_want_of_a_frame_to_drop_for() -> None:
    """A frame has always just not come: a quiet one is dropped once the next is there."""
    queue = lean()
    for index in range(1, 2 * WATCH):
        queue.put(LOUD, 0.02 * index)
        assert queue.take(0.02 * index + 0.0197) == LOUD
    assert queue.slips == 0
    queue.put(SILENCE, 2.56)
    assert queue.take(2.5797) == SILENCE
    assert queue.slips == 0  # nothing to drop it for yet
    queue.put(SILENCE, 2.58)
    speaker = threading.Timer(0.01, queue.put, (LOUD, 2.6))
    speaker.start()
    queue.wait(5.0)
    assert queue.take(2.5997) == LOUD
    assert (queue.slips, len(queue), queue.empty) == (1, 0, 0)
    speaker.join()
    queue.put(SILENCE, 2.62)
    queue.wait(0.0)
    assert queue.take(2.6197) == SILENCE
    assert queue.slips == 1


def test_nobody_waits_for_a_voice_that_has_ceased_or_not_begun() -> None:
    class Never(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise AssertionError(timeout)

    queue = JitterQueue(lean=True)
    queue.came = Never()
    queue.wait(1.0)
    queue = lean()
    assert queue.take(0.02) is None
    queue.came = Never()
    queue.wait(1.0)
    serial = JitterQueue()
    serial.came = Never()
    for index in range(PRIME):
        serial.put(numbered(index))
    serial.take()
    serial.take()
    serial.wait(1.0)


@pytest.mark.parametrize(("is_lean", "least"), [(True, 2), (False, 4)])
def test_what_never_ceases_to_wait_in_a_port_is_left_out_at_the_next_pause(
    is_lean: bool, least: int
) -> None:
    """A card that has still two frames to play when it gets one, or nearly, has one too many."""
    usual = 2 * len(SILENCE)
    spared = {}
    for waiting in (least - 1, least):
        backlog = Backlog()
        told = [
            backlog.spare(waiting * len(SILENCE) - 2 * is_lean, frame, usual, lean=is_lean)
            for frame in [LOUD] * WATCH + [SILENCE] * 2
        ]
        spared[waiting] = [index for index, spare in enumerate(told) if spare]

    assert spared == {least - 1: [], least: [WATCH]}


@pytest.mark.parametrize(("lean", "left"), [(False, PRIME - 1), (True, 0)])
def test_what_a_stall_left_behind_is_not_heard_late(lean: bool, left: int) -> None:
    frames = JitterQueue(lean=lean)
    for number in range(30):
        frames.put(bytes([number]) * FRAME_OCTETS)
    while frames.take() is not None and len(frames) > left:
        pass
    for number in range(30, 60):
        frames.put(bytes([number]) * FRAME_OCTETS)
    heard = frames.take()
    assert heard == bytes([60 - left - 1]) * FRAME_OCTETS
    assert len(frames) == left
