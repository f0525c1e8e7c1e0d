"""The modem's plug and power: booting, restarting, hanging, a bad line."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from drivers.virtual.journal import Journal
from drivers.virtual.places import SAG_SECONDS
from drivers.virtual.reactor import Handle

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem
    from drivers.virtual.personalities.personality import BootStep

RESTART_SECONDS = 2.0  # the ports of a modem that restarts are away for so long
RESULT_LEAVES = 0.3  # seconds from the result of a reset until the port goes away
GARBLE_SECONDS = 3.0
_RESETS = (b"+CFUN=1,1", b"+CRESET", b"^RESET")
_GARBLED = 0.2  # share of octets that a bad line changes


class Cure(Enum):
    """What brings a hung modem back; harder things do, too."""

    REOPEN, RESET, REBIND, POWER = range(4)


class Power:
    """Whether a modem is there, has power, and answers.

    Args:
        modem: Whose plug it is.
        journal: Told of ``plug`` and ``unplug``, restarts included, because the ports change.
    """

    def __init__(self, modem: VirtualModem, journal: Journal) -> None:
        self._modem = modem
        self._journal = journal
        self._dice = random.Random(modem.imei)  # noqa: S311 - noise, not a secret
        self._steps: list[Handle] = []
        self._restart: Handle | None = None
        self._garbling: Handle | None = None
        self.plugged = False
        self.running = False
        self.hung = False
        self.cure = Cure.POWER
        self._stays_hung = False
        self.texts_ready = False

    def plug(self, *, cold: bool = False) -> None:
        """Plug the modem in, unless it is.

        Args:
            cold: The world begins: it has been plugged in for long and says nothing.
        """
        self._cancel_restart()
        modem = self._modem
        if self.plugged or modem.place.dead:
            return
        modem.port.open()
        if modem.personality.voice_port:
            modem.voice.open()
        self.plugged = True
        place = modem.place.name
        self._journal.add("plug", line=modem.msisdn, place=place, port=modem.port.path)
        self._power_on(cold=cold)

    def unplug(self, *, abrupt: bool) -> None:
        """Pull the modem out; it stays out.

        Args:
            abrupt: The network is not told.
        """
        self._cancel_restart()
        if not self.plugged:
            return
        modem = self._modem
        self._power_off(abrupt=abrupt)
        modem.port.close()
        modem.voice.close()
        self.plugged = False
        self._journal.add("unplug", line=modem.msisdn, place=modem.place.name)

    def reset(self, *, abrupt: bool) -> None:
        """Restart: the ports go away and others come after :data:`RESTART_SECONDS`."""
        if self.plugged:
            self.unplug(abrupt=abrupt)
            self._restart = self._modem.reactor.after(RESTART_SECONDS, self.plug)

    def contact(self, good: bool) -> None:
        """Break the contact of the port that it is plugged into, or mend it."""
        self._modem.place.dead = not good
        if good:
            self.plug()
        else:
            self.unplug(abrupt=True)

    def supply(self, *, weak: bool) -> None:
        """Have the supply of its port break down again and again, or be steady; it restarts."""
        self._modem.place.weak = weak
        self.reset(abrupt=True)

    def hang(self, cure: Cure) -> None:
        """Read on, but never answer again until ``cure``, or something harder, is done."""
        self.hung, self.cure = True, cure

    def rebind(self) -> None:
        """Leave the bus and come back with the power left on, as unbind and bind make it do."""
        stays = self.hung and self.cure is Cure.POWER
        self.reset(abrupt=True)
        self._stays_hung = stays

    def reset_heard(self, octets: bytes) -> None:
        """A hung modem was sent something: one whose parser lives still takes a reset."""
        if self.cure is Cure.RESET and any(word in octets.upper() for word in _RESETS):
            self.reset(abrupt=True)

    def host_left(self) -> None:
        """The host has closed the port."""
        if self.cure is Cure.REOPEN:
            self.hung = False

    def reset_soon(self) -> None:
        """Restart by the host's wish, once the result has gone out."""
        self._later(RESULT_LEAVES, lambda: self.reset(abrupt=False))

    def off_soon(self, last_words: str) -> None:
        """Switch off by the host's wish, once the result has gone out."""

        if last_words:
            self._later(RESULT_LEAVES / 2, lambda: self._modem.urc(last_words))
        self._later(RESULT_LEAVES, lambda: self.unplug(abrupt=False))

    def garble(self) -> None:
        """Change octets at random in both directions for :data:`GARBLE_SECONDS`."""
        if not self.running:
            return
        if self._garbling is not None:
            self._garbling.cancel()
        self._garbling = self._modem.reactor.after(GARBLE_SECONDS, self._clear)
        self._modem.port.write(self._dice.randbytes(64))

    def noisy(self, octets: bytes) -> bytes:
        """Return what arrives of ``octets``."""
        if self._garbling is None:
            return octets
        return bytes(
            self._dice.randrange(256) if self._dice.random() < _GARBLED else octet
            for octet in octets
        )

    def _clear(self) -> None:
        self._garbling = None

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._steps.append(self._modem.reactor.after(seconds, action))

    def _cancel_restart(self) -> None:
        if self._restart is not None:
            self._restart.cancel()
            self._restart = None

    def _power_on(self, *, cold: bool) -> None:
        modem = self._modem
        modem.settings.reset(keep=modem.personality.stored)
        modem.interpreter = modem.new_interpreter()
        modem.personality.booted()
        modem.messages.boot()
        modem.radio.boot()
        modem.card.unlocked, modem.card.busy = False, not cold
        self.hung, self._stays_hung = self._stays_hung, False
        self.running, self.texts_ready = True, cold
        modem.radio.start()
        if modem.place.weak:
            self._later(SAG_SECONDS, lambda: self.reset(abrupt=True))
        if not cold:
            for step in modem.personality.boot:
                self._later(step.at, partial(self._boot, step))
        elif modem.card.ready:
            modem.subscriber.register_at_once()

    def _boot(self, step: BootStep) -> None:
        card = self._modem.card
        if step.makes == "card":
            card.busy = False
            self._modem.radio.follow()
        elif step.makes == "sms":
            self.texts_ready = card.ready
        if step.line and (card.ready or step.makes != "sms"):
            state = card.state if card.present else "NOT INSERTED"
            self._modem.urc(step.line.format(pin=state))

    def _power_off(self, *, abrupt: bool) -> None:
        modem = self._modem
        self.running = False
        modem.interpreter.close()
        modem.lateness.end()
        modem.radio.stop()
        modem.messages.stop()
        for step in self._steps:
            step.cancel()
        self._steps.clear()
        if self._garbling is not None:
            self._garbling.cancel()
            self._garbling = None
        modem.subscriber.radio(False, abrupt=abrupt)
        modem.calls.forget()
