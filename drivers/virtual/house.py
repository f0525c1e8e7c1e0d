"""The bank's insides as the control sees them: network, phones, lines; one reactor owns them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar

from drivers.virtual.config import BankConfig, LineConfig
from drivers.virtual.errors import BadRequest, NotNow, NotThere
from drivers.virtual.network import Network
from drivers.virtual.numbering import resolve, subscriber_number
from drivers.virtual.pdu import BadPdu, Deliver, split
from drivers.virtual.phone import Phone
from drivers.virtual.reactor import Reactor, Reply
from drivers.virtual.smsc import ZONE
from drivers.virtual.terminal import BARRED, NO_BEARER, Services
from drivers.virtual.traps import BreakableModem, Trap

T = TypeVar("T")

MakeModem = Callable[[Reactor, Network, LineConfig], BreakableModem]

_ASK_TIMEOUT = 10.0  # seconds of real time for what the reactor does at once


class House:
    """Everything in one bank. Made on any thread; afterwards its methods belong to the reactor's,
    but for :meth:`ask` and :meth:`wait_for`.

    Args:
        reactor: The bank's thread.
        config: Which lines, how fast.
        make_modem: Builds a line's modem.
    """

    def __init__(self, reactor: Reactor, config: BankConfig, make_modem: MakeModem) -> None:
        self.reactor, self.config = reactor, config
        self.network = Network(
            reactor, speed=config.speed, seed=config.seed, hold_tone=config.hold_tone
        )
        self.phones: dict[str, Phone] = {}
        self.modems: dict[str, BreakableModem] = {
            line.msisdn: make_modem(reactor, self.network, line) for line in config.lines
        }
        self._lines = {line.msisdn: line for line in config.lines}
        self._text_reference = 0

    def start(self) -> None:
        """Plug all modems in and carry voice."""
        for modem in self.modems.values():
            modem.start()
        self.network.start()

    def stop(self) -> None:
        """Unplug everything and let every waiting client go."""
        for modem in self.modems.values():
            modem.stop()
        self.network.stop()
        self.network.journal.close()

    # --- for other threads ------------------------------------------------------------------------

    def ask(self, fn: Callable[[], T]) -> T:
        """Run ``fn`` on the reactor's thread and return what it does."""
        return self.reactor.call(fn, _ASK_TIMEOUT)

    def wait_for(self, begin: Callable[[Reply[T]], None], seconds: float) -> T:
        """Run ``begin`` on the reactor's thread and wait until it is answered."""
        return self.reactor.ask(begin, seconds)

    # --- phones -----------------------------------------------------------------------------------

    def appear(self, number: str) -> Phone:
        """Return the person with a number, who appears if there is none."""
        msisdn = subscriber_number(number)
        if msisdn in self._lines:
            raise NotNow(f"{msisdn} is a line of the bank, not a phone")
        if msisdn not in self.phones:
            self.phones[msisdn] = Phone(self.network, msisdn)
        return self.phones[msisdn]

    def phone(self, number: str) -> Phone:
        """Return the person with a number."""
        msisdn = subscriber_number(number)
        if msisdn not in self.phones:
            raise NotThere(f"there is no phone {msisdn}")
        return self.phones[msisdn]

    def leave(self, number: str) -> None:
        """Let the person with a number go."""
        phone = self.phone(number)
        phone.leave()
        del self.phones[phone.msisdn]

    # --- lines ------------------------------------------------------------------------------------

    def modem(self, number: str) -> BreakableModem:
        """Return the modem of a line."""
        msisdn = subscriber_number(number)
        if msisdn not in self.modems:
            raise NotThere(f"there is no line {msisdn}")
        return self.modems[msisdn]

    def line(self, number: str) -> dict[str, Any]:
        """Return what ``GET /lines/{msisdn}`` shows: the modem's side and the network's."""
        modem = self.modem(number)
        station = self.network.stations.get(modem.msisdn)
        services = self.services(number)
        calls = [
            {
                "index": call.index,
                "direction": "out" if call.outgoing else "in",
                "number": call.number or None,
                "state": call.status.name.lower(),
                "multiparty": call.multiparty,
                "held_by_peer": call.held_by_peer,
            }
            for call in (station.calls if station else [])
        ]
        return {
            **modem.describe(),
            "registered": station is not None and station.registered,
            "calls": calls,
            "services": {each.name: getattr(services, each.name) for each in fields(Services)},
            "waiting_texts": self.network.smsc.waiting(modem.msisdn),
        }

    def services(self, number: str) -> Services:
        """Return what a line's subscription allows; changes count at once."""
        return self._lines[self.modem(number).msisdn].sim.services

    def fault(self, number: str, kind: str) -> None:
        """Break or mend a line."""
        modem = self.modem(number)
        self._fault_of(modem, kind)()
        self.network.journal.add("fault", line=modem.msisdn, fault=kind)

    def exchange(self, what: str, one: str, other: str) -> None:
        """Pull two modems, exchange their SIMs or their ports, and plug both in again.

        Args:
            what: ``sims`` or ``ports``.
            one: A line.
            other: Another.
        """
        both = self.modem(one), self.modem(other)
        if both[0] is both[1]:
            raise BadRequest("an exchange needs two lines")
        for modem in both:
            modem.faults()["unplug"]()
        both[0].trade(what, both[1])
        for modem in both:
            self.modems[modem.msisdn] = modem
            modem.faults()["plug"]()
        self.network.journal.add("exchange", what=what, lines=[modem.msisdn for modem in both])

    def ambush(self, number: str, kind: str, word: str, *, heard: bool, moment: str) -> None:
        """Break or mend a line once the host (``heard``) or its modem says a word.

        Args:
            number: Of the line.
            kind: Of the fault.
            word: What is waited for.
            heard: The host says it.
            moment: One of :data:`~drivers.virtual.traps.MOMENTS`.
        """
        self._fault_of(self.modem(number), kind)

        def spring() -> None:
            self.fault(number, kind)

        self.modem(number).ambush(Trap(word.encode("latin-1"), heard, moment, spring))

    def _fault_of(self, modem: BreakableModem, kind: str) -> Callable[[], None]:
        station = self.network.stations.get(modem.msisdn)
        every = modem.faults()
        if station is not None:
            every |= {
                "no-network": lambda: station.cover(False),
                "network": lambda: station.cover(True),
                "deny": lambda: station.allow(False),
                "allow": lambda: station.allow(True),
                "roam": lambda: station.abroad(True),
                "home": lambda: station.abroad(False),
                "bar": lambda: setattr(station, "refusal", BARRED),
                "no-voice": lambda: setattr(station, "refusal", NO_BEARER),
                "unbar": lambda: setattr(station, "refusal", None),
            }
        if kind not in every:
            raise BadRequest(f"a line has no fault {kind!r}; it has {', '.join(every)}")
        return every[kind]

    # --- the network ------------------------------------------------------------------------------

    def break_sms(self, changes: dict[str, int]) -> dict[str, Any]:
        """Change what the SMS centre does wrong; returns all of it."""
        self.network.smsc.faults = replace(self.network.smsc.faults, **changes)
        faults = self.network.smsc.faults
        return {"refuse": faults.refuse, "times": faults.refusals, "mute": faults.mute}

    def inject(self, sender: str, to: str, text: str) -> dict[str, Any]:
        """Send a text that no terminal of the bank sent."""
        now: datetime = self.network.wall().astimezone(ZONE).replace(microsecond=0)
        self._text_reference = (self._text_reference + 1) % 256
        try:
            parts = [Deliver(sender, body, now) for body in split(text, self._text_reference)]
            for part in parts:
                part.encode()
        except BadPdu as error:
            raise BadRequest(f"the text can't be sent: {error}") from None
        self.network.smsc.inject(sender, resolve(to), parts)
        return {"parts": len(parts)}

    def describe(self) -> dict[str, Any]:
        """Return what ``GET /`` shows."""
        return {
            "service": "simveil virtual bank",
            "speed": self.config.speed,
            "lines": list(self.modems),
            "phones": list(self.phones),
            "dropped_frames": self.network.dropped_frames,
        }
