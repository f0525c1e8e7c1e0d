"""Keys as the network sends them on: two tones in the voice path (ITU-T Q.23)."""

from __future__ import annotations

from functools import cache

from drivers.virtual.audio import FRAME_SAMPLES, SILENCE, frames, tone

KEYS = "123A456B789C*0#D"
ON_FRAMES = 5  # 100 ms
OFF_FRAMES = 4  # 80 ms

_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
_LOW_LEVEL, _HIGH_LEVEL = -9.0, -7.0  # dBm0; the high group is 2 dB stronger (ITU-T Q.23)


def is_digits(text: str) -> bool:
    """True if ``text`` is at least one key: ``0-9 * # A-D``."""
    return bool(text) and all(key in KEYS for key in text)


@cache
def key_frames(key: str) -> tuple[bytes, ...]:
    """Return 100 ms of a key's two tones and the 80 ms of silence after it, in frames.

    Raises:
        ValueError: There is no such key.
    """
    if len(key) != 1 or key not in KEYS:
        raise ValueError(f"there is no key {key!r}")
    row, column = divmod(KEYS.index(key), 4)
    pair = [(float(_LOW[row]), _LOW_LEVEL), (float(_HIGH[column]), _HIGH_LEVEL)]
    return (*frames(tone(pair, ON_FRAMES * FRAME_SAMPLES)), *([SILENCE] * OFF_FRAMES))
