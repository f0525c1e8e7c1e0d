"""A line tried with a test number at the far end: a phone outside, or an operator's echo service.

The box sees one end only. What only the other end could tell, such as whether "answered" is true,
stays not tried; an echo shows both directions of the voice, a person who speaks shows one.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from appliance.exchange.commission import RING, TEXT, UP, Commission
from appliance.exchange.commission_line import Station
from appliance.exchange.ports import MediaPort
from appliance.exchange.registry import Registry
from appliance.media import DigitHeard
from appliance.media.listening import CHIRP_A
from appliance.model.commission import Check, Report
from appliance.model.numbers import mask
from drivers.modem import CallChanged, CallEnded, CallState, Digit

TALK: Final = 6.0
"""Seconds after the chirp in which an echo, a voice or a key counts."""
REPLY: Final = 30.0
"""Seconds in which somebody may answer the text."""
AUDIBLE: Final = -45.0
"""dBm0 of the loudest 20 ms: above it somebody or something was heard."""
NOT_SEEN: Final = "a test number does not show it"


class PhoneCommission(Commission):
    """One run.

    Args:
        line: The line that is tried.
        phone: E.164, already known to be safe to dial.
        media: The media room.
        registry: Where the owners of its events are looked up.
        recordings: The media room's folder.
        speed: Of the virtual radio: divides the times that the radio takes.
    """

    def __init__(
        self,
        line: Station,
        phone: str,
        *,
        media: MediaPort,
        registry: Registry,
        recordings: Path,
        speed: float = 1.0,
    ) -> None:
        super().__init__(
            line, [], media=media, registry=registry, recordings=recordings, speed=speed
        )
        self._phone = phone

    def run(self, now: datetime) -> Report:
        """Try what one end shows and return what was found. Raises Refused as Commission does."""
        return replace(super().run(now), partners=(mask(self._phone),))

    def _try_calls(self) -> None:
        line = self._line
        line.forget()
        dialled = line.done(lambda modem: modem.dial(self._phone), 60.0)
        if not self._found("call", dialled and self._answered(), "" if dialled else "refused"):
            line.done(lambda modem: modem.hang_up(None))
            return
        self._found("answer", None, NOT_SEEN)
        with self._voices(line):
            self._try_one_end()
        line.forget()
        held = line.done(lambda modem: modem.hold()) and line.state(CallState.HELD, UP)
        self._found("hold", held, "" if held else "refused")
        more: tuple[Check, ...] = ("multiparty", "transfer")
        for check in more:
            self._found(check, None, "two lines at the far ends are needed")
        line.done(lambda modem: modem.hang_up(None))

    def _answered(self) -> bool:
        end = time.monotonic() + RING / self._speed + UP
        while (left := end - time.monotonic()) > 0:
            told = self._line.wait(object, left, lambda e: isinstance(e, CallChanged | CallEnded))
            if isinstance(told, CallChanged) and told.call.state is CallState.ACTIVE:
                return True
            if told is None or isinstance(told, CallEnded):
                return False
        return False

    def _try_one_end(self) -> None:
        line, name = self._line, self._name(self._line)
        line.forget()
        self._media.listen(name, "a", on=True)
        came_back = self._say({line: CHIRP_A}, after=TALK)[line][CHIRP_A]
        self._media.listen(name, "a", on=False)
        if came_back is not None:
            self._found("uplink", True, "it came back")
            self._found("downlink", True, "it came back")
            self._found("delay", True, f"{round(1000 * max(0.0, came_back))} ms")
        else:
            self._found("uplink", None, "nothing came back: only who was called can tell")
            spoke = self.loudest[line] > AUDIBLE
            self._found("downlink", spoke or None, "" if spoke else "nobody spoke")
        heard, reported = self._keys()
        pressed = heard or reported
        told: tuple[tuple[Check, str], ...] = (
            ("digits-heard", heard),
            ("digits-reported", reported),
        )
        for check, keys in told:
            works = bool(keys) if pressed else None
            self._found(check, works, keys if pressed else "no key was pressed")

    def _keys(self) -> tuple[str, str]:
        heard = reported = ""
        for told in self._line.pressed():
            heard += told.digit if isinstance(told, DigitHeard) else ""
            reported += told.digit if isinstance(told, Digit) else ""
        return heard, reported

    def _try_texts(self) -> None:
        line = self._line
        line.forget()
        sent = self._send(line, self._phone)
        self._found("text-out", sent is not None)
        if sent is not None:
            self._found("text-report", line.report(sent, TEXT / self._speed + UP))
        replied = line.text_from(self._phone, REPLY / self._speed)
        self._found("text-in", replied or None, "" if replied else "nobody answered the text")
