"""``/lines``: the bank's modems, their subscriptions and their misfortunes, over HTTP."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from drivers.virtual import bodies
from drivers.virtual.errors import BadRequest
from drivers.virtual.house import House
from drivers.virtual.terminal import Services
from drivers.virtual.traps import LONGEST, MOMENTS

_LONGEST_DELAY = 86_400.0  # seconds
EXCHANGED = ("sims", "ports")

Json = dict[str, Any]


class LineControl:
    """Requests about lines; each runs on its own HTTP thread."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(self, _body: Json) -> list[Json]:
        """``GET /lines``."""
        return self._house.ask(lambda: [self._house.line(number) for number in self._house.modems])

    def show(self, _body: Json, number: str) -> Json:
        """``GET /lines/{msisdn}``."""
        return self._house.ask(lambda: self._house.line(number))

    def fault(self, body: Json, number: str) -> Json:
        """``POST /lines/{msisdn}/fault``: ``{"kind"}``, at once.

        With ``"heard"`` or ``"said"``: once the host, or the modem, says this word; ``"moment"``
        is ``before`` (the default), ``during`` or ``after``.
        """
        kind = bodies.text(body, "kind", 40)
        speakers = [name for name in ("heard", "said") if name in body]
        if len(speakers) > 1:
            raise BadRequest('a fault waits for what is "heard" or for what is "said"')
        word = bodies.text(body, speakers[0], LONGEST) if speakers else None
        moment = bodies.text(body, "moment", 40) if "moment" in body else MOMENTS[0]
        if word == "" or moment not in MOMENTS:
            raise BadRequest(f"a fault needs a word and one of these moments: {', '.join(MOMENTS)}")

        def run() -> Json:
            if word is None:
                self._house.fault(number, kind)
            else:
                heard = speakers[0] == "heard"
                self._house.ambush(number, kind, word, heard=heard, moment=moment)
            return self._house.line(number)

        return self._house.ask(run)

    def exchange(self, body: Json) -> list[Json]:
        """``POST /exchange``: ``{"what": "sims" or "ports", "lines": [one, other]}``.

        Both modems are pulled, and plugged in again afterwards.
        """
        what, both = bodies.text(body, "what", 40), body.get("lines")
        if what not in EXCHANGED:
            raise BadRequest(f'"what" must be one of {", ".join(EXCHANGED)}')
        if not isinstance(both, list) or [type(number) for number in both] != [str, str]:
            raise BadRequest('"lines" must be two numbers')
        one, other = both

        def run() -> list[Json]:
            self._house.exchange(what, one, other)
            return [self._house.line(one), self._house.line(other)]

        return self._house.ask(run)

    def services(self, body: Json, number: str) -> Json:
        """``POST /lines/{msisdn}/services``: any of the fields of :class:`Services`."""
        changes = _service_changes(body)

        def run() -> Json:
            services = self._house.services(number)
            for name, value in changes.items():
                setattr(services, name, value)
            return self._house.line(number)

        return self._house.ask(run)


def _service_changes(body: Json) -> dict[str, bool | float]:
    known = [each.name for each in fields(Services)]
    changes: dict[str, bool | float] = {}
    for name in body:
        if name not in known:
            raise BadRequest(f'"{name[:40]}" is no service: {", ".join(known)} are')
        if name == "report_delay":
            changes[name] = bodies.number(body, name, 0, _LONGEST_DELAY)
        else:
            changes[name] = bodies.flag(body, name)
    return changes
