"""The bank's control: HTTP with JSON, for tests, for demos and for integrators in any language.

Every answer is JSON but for recordings; every refusal is ``{"error": "one sentence"}`` with 400
(the request is wrong), 404 (no such phone, line or path) or 409 (not in this state). A ``+`` in a
path may be written ``%2B``; numbers are taken in every form that a person would dial.

    GET    /                             what bank this is
    GET    /events?since=N&timeout=s     what happened after event N, waited for up to 60 s
    GET    /air                          every SMS TPDU on the air, hex, with its direction
    GET    /phones                       all people
    POST   /phones/{msisdn}              a person appears (or is there already)
    GET    /phones/{msisdn}              what the phone shows
    DELETE /phones/{msisdn}              the person leaves: the number is unknown
    GET    /phones/{msisdn}/heard.wav    what was heard in the current or last call
    POST   /phones/{msisdn}/…            dial answer reject hangup digits say sms power auto
    GET    /lines, /lines/{msisdn}       the bank's modems
    POST   /lines/{msisdn}/fault         {"kind"}
    POST   /lines/{msisdn}/services      what the subscription allows from now on
    POST   /exchange                     {"what": "sims" or "ports", "lines": [one, other]}
    POST   /network/sms                  the SMS centre's faults
    POST   /network/text                 a text from anybody
    POST   /network/calls                calls to a number fail with a cause
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import bottle

from drivers.virtual import bodies
from drivers.virtual.control_lines import LineControl
from drivers.virtual.control_phones import PhoneControl
from drivers.virtual.errors import BadRequest, BankError, NotThere
from drivers.virtual.house import House
from drivers.virtual.numbering import resolve
from drivers.virtual.reactor import ReactorStopped

_log = logging.getLogger(__name__)

_LONGEST_POLL = 60.0  # seconds

Answer = dict[str, Any] | list[Any] | bytes


class Control:
    """The WSGI application; its requests run on many threads and reach the house by its reactor.

    Args:
        house: The bank's insides.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        phones, lines = PhoneControl(house), LineControl(house)
        self.app = bottle.Bottle()
        self.app.config["json.enable"] = False
        self.app.default_error_handler = _error_page
        self._route("GET", "/", self._index)
        self._route("GET", "/events", self._events)
        self._route("GET", "/air", self._air)
        self._route("GET", "/phones", phones.all)
        self._route("POST", "/phones/<number>", phones.appear)
        self._route("GET", "/phones/<number>", phones.show)
        self._route("DELETE", "/phones/<number>", phones.leave)
        self._route("GET", "/phones/<number>/heard.wav", phones.heard)
        for name, action in phones.actions.items():
            self._route("POST", f"/phones/<number>/{name}", action)
        self._route("GET", "/lines", lines.all)
        self._route("GET", "/lines/<number>", lines.show)
        self._route("POST", "/lines/<number>/fault", lines.fault)
        self._route("POST", "/lines/<number>/services", lines.services)
        self._route("POST", "/exchange", lines.exchange)
        self._route("POST", "/network/sms", self._sms_faults)
        self._route("POST", "/network/text", self._inject)
        self._route("POST", "/network/calls", self._call_failures)

    def _route(self, method: str, path: str, action: Callable[..., Answer]) -> None:
        def run(**parts: str) -> bytes:
            try:
                body = _read_body() if method == "POST" else {}
                return _answer(200, action(body, **parts))
            except BankError as error:
                return _answer(error.status, {"error": str(error)})
            except TimeoutError as error:
                return _answer(504, {"error": str(error)})
            except ReactorStopped as error:
                return _answer(503, {"error": str(error)})

        self.app.route(path, method, run)

    def _index(self, _body: bodies.Json) -> Answer:
        return self._house.ask(self._house.describe)

    def _events(self, _body: bodies.Json) -> Answer:
        since = int(_query("since", 0, 0, 1e15))
        timeout = min(_query("timeout", 0, 0, 1e9), _LONGEST_POLL)
        events, after = self._house.network.journal.since(since, timeout)
        return {"events": events, "next": after}

    def _air(self, _body: bodies.Json) -> Answer:
        return {"pdus": self._house.network.journal.of_kind("pdu")}

    def _sms_faults(self, body: bodies.Json) -> Answer:
        """``{"refuse": RP cause, "times": n}``, ``{"mute": n}``: see :class:`smsc.Faults`."""
        changes: dict[str, int] = {}
        if "refuse" in body:
            changes["refuse"] = bodies.whole(body, "refuse", 1, 127)
            changes["refusals"] = bodies.whole({"times": 1, **body}, "times", 0, 1000)
        if "mute" in body:
            changes["mute"] = bodies.whole(body, "mute", 0, 1000)
        if not changes:
            raise BadRequest('the body needs "refuse" (with "times") or "mute"')
        return self._house.ask(lambda: self._house.break_sms(changes))

    def _call_failures(self, body: bodies.Json) -> Answer:
        """``{"to", "cause", "times"?}``: the next calls to a number fail with a Q.850 cause."""
        to = resolve(bodies.dialled(body, "to"))
        cause = bodies.whole(body, "cause", 1, 127)
        times = bodies.whole({"times": 1, **body}, "times", 0, 1000)
        self._house.ask(lambda: self._house.network.switch.fail_calls(to, cause, times))
        return {"to": to, "cause": cause, "times": times}

    def _inject(self, body: bodies.Json) -> Answer:
        """``{"from", "to", "text"}``: a text from anybody, a name such as ``Bank`` too."""
        sender, to = bodies.text(body, "from", 20), bodies.dialled(body, "to")
        words = bodies.text(body, "text")
        return self._house.ask(lambda: self._house.inject(sender, to, words))


def _read_body() -> bodies.Json:
    octets = bottle.request.environ["wsgi.input"].read(bodies.LARGEST_BODY + 1)
    if len(octets) > bodies.LARGEST_BODY:
        raise BadRequest(f"the body is larger than {bodies.LARGEST_BODY} octets")
    return bodies.parse(octets)


def _query(name: str, default: float, least: float, most: float) -> float:
    text = bottle.request.query.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        raise BadRequest(f'"{name}" must be a number, not {text[:40]!r}') from None
    return bodies.number({name: value}, name, least, most)


def _answer(status: int, value: Answer) -> bytes:
    bottle.response.status = status
    bottle.response.set_header("Cache-Control", "no-store")
    if isinstance(value, bytes):
        bottle.response.content_type = "audio/wav"
        return value
    bottle.response.content_type = "application/json"
    return json.dumps(value).encode()


def _error_page(error: Any) -> bytes:
    status = int(error.status_code)
    if status == 404:
        sentence = str(NotThere(f"there is no {bottle.request.path[:80]}"))
    elif status == 405:
        sentence = f"{bottle.request.path[:80]} does not take {bottle.request.method}"
    elif status == 500:
        _log.error("a request of the bank's control failed", exc_info=error.exception)
        sentence = "the bank failed; its log says how"
    else:
        sentence = str(error.body)
    error.content_type = "application/json"
    return json.dumps({"error": sentence}).encode()
