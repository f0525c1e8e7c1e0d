from __future__ import annotations

from tests.bench.media_talkoff import false_digits, speech


def test_speech_is_not_taken_for_digits() -> None:
    """Ten minutes of synthesised speech; the hour is ``python -m tests.bench.media_talkoff``."""
    assert list(false_digits(10.0, seed=11)) == []


def test_the_speech_is_speech() -> None:
    voice, spoken = next(speech(0.1, seed=11))

    assert voice
    assert len(spoken) > 8000 * 5
    assert abs(spoken).max() > 2000
