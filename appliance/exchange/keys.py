"""Keys that a person presses: told by the modem, heard in the voice, or both; each press once."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from appliance.exchange.ports import LineCore
from drivers.modem import Done, Failed

_log = logging.getLogger(__name__)

TOGETHER: Final = timedelta(seconds=1.5)
"""How far apart a modem's report of a press and the hearing of it may come, either one first.

Reports come when the tone begins or ends, by family, and some firmware is a second late; the media
room tells a press after its end, with its length, so it is its beginning that counts."""


@dataclass(frozen=True, slots=True)
class _Press:
    digit: str
    began: datetime
    ended: datetime


class Keys:
    """Merges two witnesses of one person's keys. Lives on the owner's thread.

    Both may miss a press and neither invents one, so what one witness tells is new unless it can be
    paired with a press that only the other has told yet. Pairs are made in order: what lies before
    a pair was missed by the second witness.
    """

    def __init__(self) -> None:
        self._reported: deque[_Press] = deque()
        self._heard: deque[_Press] = deque()

    def reported(self, at: datetime, digit: str) -> bool:
        """Take the modem's report of a key; return whether the press is new."""
        return _is_new(_Press(digit, at, at), self._reported, self._heard)

    def heard(self, at: datetime, digit: str, seconds: float) -> bool:
        """Take a key heard in the voice, held for so many seconds; return whether it is new."""
        press = _Press(digit, at - timedelta(seconds=seconds), at)
        return _is_new(press, self._heard, self._reported)


def _is_new(press: _Press, own: deque[_Press], others: deque[_Press]) -> bool:
    for waiting in (own, others):
        while waiting and press.began - waiting[0].ended > TOGETHER:
            waiting.popleft()
    for place, other in enumerate(others):
        if other.digit == press.digit:
            for _ in range(place + 1):
                others.popleft()
            return False
    own.append(press)
    return True


def send_digit(line: LineCore, session_id: str, digit: str) -> None:
    """Have a line's modem press a key (``AT+VTS``, 3GPP TS 27.007 §C.2.11)."""

    def outcome(result: Done | Failed) -> None:
        if isinstance(result, Failed):
            _log.warning("call %s: a key could not be passed on: %s", session_id, result.error)

    line.command(lambda modem: modem.send_digits(digit), outcome)
