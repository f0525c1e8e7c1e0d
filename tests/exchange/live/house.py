"""A whole exchange on a virtual bank with a line for every mode: real calls, real texts.

One house serves all live tests of a run: each test brings people of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from appliance.demo.people import Phone
from appliance.model.records import CallRecord
from drivers.virtual.smsc import Faults
from drivers.virtual.times import Span
from tests.exchange.live.box import LiveBox
from tests.exchange.live.hearing import TONES, hears, pitches
from tests.exchange.live.town import PATIENCE


@dataclass
class Told:
    """A call that is over: its record, and what its application was told of it."""

    record: CallRecord
    pushes: list[tuple[str, dict[str, Any]]]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.pushes]

    def info(self, kind: str) -> dict[str, Any]:
        body = next(body for each, body in self.pushes if each == kind)
        info = body["statusInfo"] if kind != "fee" else body
        assert isinstance(info, dict)
        return info

    @property
    def code(self) -> int:
        return int(self.info("disconnect")["stateCode"])


class ModeHouse(LiveBox):
    """The box, and what the people around it do and live through."""

    def passes(self, seconds: float) -> None:
        """Let time pass, in which people talk."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, seconds + 10, "the end of a pause")

    def seconds_of(self, phone: Phone, file: str) -> float:
        """Return how long a phone has heard a voice file in its current or last call."""
        return sum(hit for hit in pitches(phone, TONES[file])) * 0.1

    def hears_pitch(self, phone: Phone, hertz: float) -> bool:
        """Return whether a phone has heard a tone in its current or last call."""
        return sum(pitches(phone, hertz)) >= 2

    def calls(self, phone: Phone) -> list[CallRecord]:
        """Return the calls that somebody made, oldest first."""
        records = self.store.calls.recent(50, party=phone.msisdn)
        return [each for each in reversed(records) if each.caller == phone.msisdn]

    def dials(self, phone: Phone, to: str) -> None:
        """Have somebody call."""
        self._made[phone.msisdn] += 1
        phone.do("dial", to=to)

    def record(self, phone: Phone, seen: Callable[[CallRecord], Any], what: str) -> CallRecord:
        """Wait until the latest call of somebody is such; return its record."""

        def such() -> CallRecord | None:
            calls = self.calls(phone)
            enough = len(calls) >= self._made[phone.msisdn]
            return calls[-1] if enough and seen(calls[-1]) else None

        found: CallRecord = self.until(such, PATIENCE, what)
        return found

    def talking(self, phone: Phone) -> CallRecord:
        return self.record(phone, lambda call: call.answered_at, "a conversation")

    def told(self, phone: Phone) -> Told:
        """Wait until the latest call of somebody is over and told."""

        def over(call: CallRecord) -> bool:
            up = {record.session_id for record in self.store.calls.unfinished()}
            return call.session_id not in up

        record = self.record(phone, over, "a call that is over")
        phone.until("idle", PATIENCE)
        pushes = [
            (push.kind, push.body)
            for push in reversed(self.store.outbox.recent(200))
            if push.order_key == record.session_id
        ]
        return Told(record, pushes)

    def talks(self, caller: Phone, x: str, keys: str = "") -> Told:
        """Have somebody call, talk and hang up."""
        self.dials(caller, x)
        if keys:
            self.types(caller, keys)
        self.talking(caller)
        caller.do("hangup")
        return self.told(caller)

    def refused(self, caller: Phone, x: str) -> Told:
        """Have somebody call who does not get through."""
        self.dials(caller, x)
        return self.told(caller)

    def types(self, caller: Phone, keys: str) -> None:
        """Have somebody press keys once the question is heard."""
        caller.until("active")
        self.until(lambda: hears(caller, "enter.wav"), PATIENCE, "a question")
        caller.do("digits", digits=keys)

    def texts(self, sender: Phone, to: str, text: str, *, centre: bool = True) -> dict[str, Any]:
        """Have somebody write; return what the application is told.

        Args:
            centre: Whether the person's own text goes through the SMS centre and its faults.
        """
        before = len(self.store.messages.recent(1000))
        if centre:
            sender.do("sms", to=to, text=text)
        else:
            body = {"from": sender.msisdn, "to": to, "text": text}
            self.control.post("/network/text", body)
        self.until(
            lambda: len(self.store.messages.recent(1000)) > before, PATIENCE, "a text that has come"
        )
        return self.event()

    def event(self) -> dict[str, Any]:
        """Return what the application is told of the latest text, once it is."""
        identifier = self.store.messages.recent(1)[0].identifier

        def told() -> dict[str, Any] | None:
            for push in self.store.outbox.recent(20):
                if push.kind == "sms" and push.body["smsEvent"]["smsIdentifier"] == identifier:
                    event = push.body["smsEvent"]
                    assert isinstance(event, dict)
                    return event
            return None

        found: dict[str, Any] = self.until(told, PATIENCE, "a text that is told of")
        return found

    def attempts(self) -> list[str]:
        """Return the states of the attempts to send the latest text."""
        text = self.store.messages.recent(1)[0]
        sends = self.store.messages.sends.of_text(self.store.reader(), text.text_id)
        return [send.state for send in sends]


@contextmanager
def slow(house: ModeHouse, **times: Span) -> Iterator[None]:
    """Let the network take other times than usual, seconds at speed 1."""
    pace = house.bank.house.network.pace
    before = pace.times
    pace.times = replace(before, **times)
    try:
        yield
    finally:
        pace.times = before


class SecondPartFails(Faults):
    """The SMS centre takes one part and refuses the next one for good."""

    seen = 0

    @property
    def refusals(self) -> int:
        self.seen += 1
        return int(self.seen == 2)

    @refusals.setter
    def refusals(self, value: int) -> None:
        pass
