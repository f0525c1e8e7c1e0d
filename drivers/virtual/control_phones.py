"""``/phones``: people with handsets, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.virtual import bodies, wav
from drivers.virtual.errors import BadRequest, NotNow, NotThere
from drivers.virtual.house import House
from drivers.virtual.phone import SPOKEN_LEVEL, Phone
from drivers.virtual.reactor import Reply

_LONGEST_SOUND = 600.0  # seconds
_SAY_TIMEOUT = 60.0  # seconds that a sound may wait for those before it
_PART_TIMEOUT = 10.0  # seconds at speed 1 for one part of a text
_SMS_GRACE = 15.0  # seconds of real time on top

Json = dict[str, Any]


class PhoneControl:
    """Requests about phones; each runs on its own HTTP thread.

    A POST returns once the phone's own state has changed, with what ``GET`` would show.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self.actions: dict[str, Callable[[Json, str], Json]] = {
            "dial": self._dial,
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hang_up,
            "digits": self._digits,
            "say": self._say,
            "sms": self._sms,
            "power": self._power,
            "auto": self._auto,
        }

    def all(self, _body: Json) -> list[Json]:
        """``GET /phones``."""
        return self._house.ask(lambda: [p.describe() for p in self._house.phones.values()])

    def appear(self, _body: Json, number: str) -> Json:
        """``POST /phones/{msisdn}``."""
        return self._house.ask(lambda: self._house.appear(number).describe())

    def show(self, _body: Json, number: str) -> Json:
        """``GET /phones/{msisdn}``."""
        return self._house.ask(lambda: self._house.phone(number).describe())

    def leave(self, _body: Json, number: str) -> Json:
        """``DELETE /phones/{msisdn}``."""
        self._house.ask(lambda: self._house.leave(number))
        return {}

    def heard(self, _body: Json, number: str) -> bytes:
        """``GET /phones/{msisdn}/heard.wav``."""

        def frames() -> list[bytes] | None:
            phone = self._house.phone(number)
            return phone.heard_frames() if phone.history else None

        heard = self._house.ask(frames)
        if heard is None:
            raise NotThere(f"{number} has not had a call")
        return wav.write(heard)

    def _do(self, number: str, action: Callable[[Phone], None]) -> Json:
        def run() -> Json:
            phone = self._house.phone(number)
            action(phone)
            return phone.describe()

        return self._house.ask(run)

    def _dial(self, body: Json, number: str) -> Json:
        """``{"to", "withhold"?: bool}``."""
        to = bodies.dialled(body, "to")
        withhold = bodies.flag({"withhold": False, **body}, "withhold")
        return self._do(number, lambda phone: phone.dial(to, withhold=withhold))

    def _answer(self, _body: Json, number: str) -> Json:
        return self._do(number, Phone.answer)

    def _reject(self, body: Json, number: str) -> Json:
        """``{"cause"?: Q.850}``, 21 by default, 17 for busy."""
        cause = bodies.whole({"cause": 21, **body}, "cause", 1, 127)
        return self._do(number, lambda phone: phone.reject(cause))

    def _hang_up(self, _body: Json, number: str) -> Json:
        return self._do(number, Phone.hang_up)

    def _digits(self, body: Json, number: str) -> Json:
        """``{"digits"}``."""
        digits = bodies.text(body, "digits", 200)
        return self._do(number, lambda phone: phone.press(digits))

    def _power(self, body: Json, number: str) -> Json:
        """``{"on": bool}``."""
        on = bodies.flag(body, "on")
        return self._do(number, lambda phone: phone.power(on))

    def _auto(self, body: Json, number: str) -> Json:
        """``{"answer_after": seconds or null}``."""
        if body.get("answer_after", 0) is None:
            return self._do(number, lambda phone: phone.answer_after(None))
        seconds = bodies.number(body, "answer_after", 0, 3600)
        return self._do(number, lambda phone: phone.answer_after(seconds))

    def _say(self, body: Json, number: str) -> Json:
        """``{"tone": Hz, "seconds", "level"?: dBm0}`` or ``{"wav": base64}``."""
        if ("tone" in body) == ("wav" in body):
            raise BadRequest('the body needs either "tone" with "seconds", or "wav"')
        if "wav" in body:
            samples = wav.read(bodies.octets(body, "wav"))

            def begin(reply: Reply[bool]) -> None:
                self._house.phone(number).say(samples, reply)
        else:
            hertz = bodies.number(body, "tone", 20, 3990)
            seconds = bodies.number(body, "seconds", 0.02, _LONGEST_SOUND)
            level = bodies.number({"level": SPOKEN_LEVEL, **body}, "level", -60, 3)

            def begin(reply: Reply[bool]) -> None:
                self._house.phone(number).say_tone(hertz, seconds, reply, level)

        if not self._house.wait_for(begin, _SAY_TIMEOUT):
            raise NotNow(f"the call of {number} ended before its turn to speak came")
        return self.show({}, number)

    def _sms(self, body: Json, number: str) -> Json:
        """``{"to", "text", "report"?: bool}``; answers once the SMSC has taken every part."""
        to, text = bodies.dialled(body, "to"), bodies.text(body, "text")
        report = bodies.flag({"report": False, **body}, "report")

        def begin(reply: Reply[tuple[list[int], int | None]]) -> None:
            self._house.phone(number).send_text(
                to, text, report, lambda taken, cause: reply((taken, cause))
            )

        most = (len(text) // 60 + 1) * _PART_TIMEOUT / self._house.config.speed + _SMS_GRACE
        taken, cause = self._house.wait_for(begin, most)
        if cause is not None:
            raise NotNow(f"the network refused the text with RP cause {cause}")
        return {"parts": len(taken), "references": taken}
