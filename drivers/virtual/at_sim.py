"""The SIM card in the modem: its PIN, its identity, its phone book (3GPP TS 27.007 §8.3, §7.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import (
    BAD_PARAMETER,
    NOT_ALLOWED,
    NOT_SUPPORTED,
    SIM_BUSY,
    SIM_MISSING,
    SIM_PIN,
    SIM_PUK,
    WRONG_PASSWORD,
    AtError,
)
from drivers.virtual.at_table import Command, says, setting
from drivers.virtual.terminal import Sim

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

PIN_TRIES, PUK_TRIES = 3, 10
_PUK = "12345678"  # every card of the bank has the same


@dataclass
class Card:
    """A SIM card; what it counts outlives the modem's resets.

    Args:
        sim: The subscriber identity.
        pin: The PIN, or None for a card that has never had one.
        enabled: The PIN is asked for at power-up.
        pin_tries: Wrong PINs that it still bears.
        puk_tries: Wrong PUKs that it still bears.
        present: It is in its slot.
        unlocked: The PIN was right since power-up.
        busy: It is being read after power-up.
        foreign: The modem is locked to another operator (27.007 §8.3: ``PH-NET PIN``).
    """

    sim: Sim
    pin: str
    enabled: bool
    pin_tries: int = PIN_TRIES
    puk_tries: int = PUK_TRIES
    present: bool = True
    unlocked: bool = False
    busy: bool = False
    foreign: bool = False

    @classmethod
    def of(cls, sim: Sim) -> Card:
        """Return the card that carries ``sim``."""
        return cls(sim, sim.pin or "1234", enabled=sim.pin is not None)

    @property
    def state(self) -> str:
        """What ``+CPIN?`` answers."""
        if self.pin_tries == 0:
            return "SIM PUK"
        if self.foreign:
            return "PH-NET PIN"
        return "SIM PIN" if self.enabled and not self.unlocked else "READY"

    @property
    def ready(self) -> bool:
        """True when it serves the modem."""
        return self.present and not self.busy and self.state == "READY"

    def block(self) -> None:
        """Every try for the PIN was used up."""
        self.enabled, self.pin_tries, self.unlocked = True, 0, False

    def free(self) -> None:
        """The PUK was right, and the PIN is not asked for any more."""
        self.enabled, self.pin_tries, self.puk_tries = False, PIN_TRIES, PUK_TRIES

    def check(self) -> None:
        """Refuse unless the card serves the modem.

        Raises:
            AtError: It is missing, busy, or wants PIN or PUK.
        """
        self._check_there()
        if self.state != "READY":
            raise AtError(cme=SIM_PUK if self.state == "SIM PUK" else SIM_PIN)

    def _check_there(self) -> None:
        if not self.present:
            raise AtError(cme=SIM_MISSING)
        if self.busy:
            raise AtError(cme=SIM_BUSY)

    def shown_state(self) -> str:
        """Return the state, or refuse if there is no card to have one.

        Raises:
            AtError: It is missing or busy.
        """
        self._check_there()
        return self.state

    def enter(self, pin: str) -> None:
        """Take a PIN.

        Raises:
            AtError: It is wrong, or no PIN is asked for.
        """
        self._check_there()
        if self.state != "SIM PIN":
            raise AtError(cme=SIM_PUK if self.state == "SIM PUK" else NOT_ALLOWED)
        self.verify(pin)
        self.unlocked = True

    def verify(self, pin: str) -> None:
        """Compare a PIN and count.

        Raises:
            AtError: It is wrong.
        """
        if self.pin_tries == 0:
            raise AtError(cme=SIM_PUK)
        if pin != self.pin:
            self.pin_tries -= 1
            raise AtError(cme=SIM_PUK if self.pin_tries == 0 else WRONG_PASSWORD)
        self.pin_tries = PIN_TRIES

    def unblock(self, puk: str, pin: str) -> None:
        """Take a PUK and a new PIN.

        Raises:
            AtError: The PUK is wrong, or not asked for.
        """
        self._check_there()
        if self.state != "SIM PUK":
            raise AtError(cme=NOT_ALLOWED)
        if puk != _PUK or self.puk_tries == 0:
            self.puk_tries = max(0, self.puk_tries - 1)
            raise AtError(cme=WRONG_PASSWORD)
        self.pin, self.pin_tries, self.puk_tries, self.unlocked = pin, PIN_TRIES, PUK_TRIES, True


def _pin_state(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CPIN: {modem.card.shown_state()}"]


def _enter_pin(modem: VirtualModem, args: Arguments) -> list[str]:
    if args.given(1):
        modem.card.unblock(args.text(0), args.text(1))
    else:
        modem.card.enter(args.text(0))
    modem.sim_unlocked()
    return []


def _imsi(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [modem.card.sim.imsi]


def _number(modem: VirtualModem, _args: Arguments) -> list[str]:
    sim = modem.card.sim
    return [f'+CNUM: "","{sim.msisdn}",145'] if sim.knows_number else []


def _lock(modem: VirtualModem, args: Arguments) -> list[str]:
    facility, mode = args.text(0).upper(), args.number(1, high=2)
    card = modem.card
    if facility != "SC":
        if mode == 2:
            barred = facility == "AO" and card.sim.services.barred
            return [f"+CLCK: {int(barred)},1"]
        raise AtError(cme=NOT_SUPPORTED)
    if mode == 2:
        return [f"+CLCK: {int(card.enabled)}"]
    card.verify(args.text(2))
    card.enabled, card.unlocked = bool(mode), True
    return []


def _password(modem: VirtualModem, args: Arguments) -> list[str]:
    if args.text(0).upper() != "SC":
        raise AtError(cme=NOT_SUPPORTED)
    new = args.text(2)
    if not (new.isdigit() and 4 <= len(new) <= 8):
        raise AtError(cme=BAD_PARAMETER)
    modem.card.verify(args.text(1))
    modem.card.pin = new
    return []


PLACES, LONGEST_NUMBER, LONGEST_NAME = 250, 40, 14  # of a card's phone book
_DIALLABLE = re.compile(r"\+?[0-9*#]*")


def _phone_book(modem: VirtualModem, args: Arguments) -> list[str]:
    first = args.number(0, low=1, high=PLACES)
    last = args.number(1, first, low=first, high=PLACES)
    book = modem.card.sim.phone_book
    return [
        '+CPBR: {},"{}",{},"{}"'.format(place, *book[place])
        for place in range(first, last + 1)
        if place in book
    ]


def _write_phone_book(modem: VirtualModem, args: Arguments) -> list[str]:
    """Write an entry, or empty its place (27.007 §8.14)."""
    book = modem.card.sim.phone_book
    place = args.number(0, low=1, high=PLACES)
    if len(args) == 1:
        book.pop(place, None)
        return []
    number, name = args.text(1, ""), args.text(3, "")
    if len(number) > LONGEST_NUMBER or not _DIALLABLE.fullmatch(number):
        raise AtError(cme=BAD_PARAMETER)
    if len(name) > LONGEST_NAME:
        raise AtError(cme=BAD_PARAMETER)
    book[place] = (number, args.number(2, 145 if number[:1] == "+" else 129), name)
    return []


def _used(modem: VirtualModem) -> str:
    storage = modem.settings["+CPBS"][0]
    used = len(modem.card.sim.phone_book) if storage == "SM" else 0
    return f'"{storage}",{used},{PLACES}'


COMMANDS = [
    Command("+CPIN", None, _pin_state, _enter_pin),
    Command("+CIMI", _imsi, sim=True),
    Command("+CNUM", _number, sim=True),
    Command(
        "+CLCK",
        write=_lock,
        test=says('+CLCK: ("SC","AO","OI","OX","AI","IR","AB","AG","AC")'),
        sim=True,
    ),
    Command("+CPWD", write=_password, test=says('+CPWD: ("SC",8)'), sim=True),
    setting(
        "+CPBS",
        ("SM",),
        '("SM","ME","ON")',
        shows=_used,
        sim=True,
    ),
    Command("+CPBR", write=_phone_book, test=says("+CPBR: (1-250),40,14"), sim=True),
    Command(
        "+CPBW",
        write=_write_phone_book,
        test=says("+CPBW: (1-250),40,(129,145),14"),
        sim=True,
    ),
]
