"""The modem's radio: registration, operator, signal (3GPP TS 27.007 §7.2, §7.3, §8.5)."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import BAD_PARAMETER, NO_SERVICE, AtError, Later, Outcome
from drivers.virtual.at_table import Command, accepts, says, setting
from drivers.virtual.reactor import Handle
from drivers.virtual.terminal import Subscriber

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

LONG_NAME, SHORT_NAME, NUMERIC = "Virtual Mobile", "VMobile", "46000"
LOCATION, CELL = "2A1F", "08C3D1E2"
HOME, ROAMING = 1, 5
REGISTRATIONS = ("+CREG", "+CGREG", "+CEREG")

SIGNAL_PERIOD = 10.0  # seconds between looks at the signal
_STRONGEST, _WEAKEST = 28, 18  # <rssi> of +CSQ
_FAINT = 2  # … in a cellar
SEARCH_SECONDS = 3.0  # of +COPS=?, at speed 1


class Radio:
    """What the modem knows of the network.

    Args:
        modem: Whose radio it is.
        subscriber: Its end of the network.
        seed: Of the signal's wandering.
    """

    def __init__(self, modem: VirtualModem, subscriber: Subscriber, seed: str) -> None:
        self._modem = modem
        self.subscriber = subscriber
        self._dice = random.Random(seed)  # noqa: S311 - a signal, not a secret
        self._strength = self._dice.randint(_WEAKEST + 2, _STRONGEST)
        self._timer: Handle | None = None
        self.function = 1
        self.status = 0
        self.selected = True  # +COPS=2 deselects
        self.faint = False

    @property
    def registered(self) -> bool:
        """True in the home network, or roaming in another."""
        return self.status in {HOME, ROAMING}

    @property
    def rssi(self) -> int:
        """``<rssi>`` of ``+CSQ``: 0-31, 99 for none."""
        return self._heard if self.registered else 99

    @property
    def dbm(self) -> int | None:
        """Signal in dBm, None without one."""
        return -113 + 2 * self._heard if self.registered else None

    @property
    def _heard(self) -> int:
        return _FAINT if self.faint else self._strength

    def weaken(self, faint: bool) -> None:
        """Carry the modem into a cellar, or out of it; makes that tell their signal tell it."""
        self.faint = faint
        if self.registered and self._modem.running:
            self._modem.personality.signal_changed(self._modem)

    def start(self) -> None:
        """Begin to watch the signal."""
        self._timer = self._modem.reactor.after(SIGNAL_PERIOD, self._wander)

    def stop(self) -> None:
        """Watch it no longer."""
        if self._timer is not None:
            self._timer.cancel()

    def boot(self) -> None:
        """Return to the state of power-up."""
        self.function, self.selected = 1, True

    def follow(self) -> None:
        """Switch the radio on if everything it needs is there, else off."""
        wanted = self.function == 1 and self.selected and self._modem.card.ready
        self.subscriber.radio(wanted)

    def set_function(self, level: int) -> None:
        """Do ``AT+CFUN=<level>`` without a reset: 1 full, 0 and 4 radio off."""
        self.function = level
        self.follow()

    def changed(self, status: int) -> None:
        """Take the network's word on registration and tell the host that asked for it."""
        self.status = status
        if self._modem.running:
            for name in REGISTRATIONS:
                level = self._modem.settings.number(name)
                if name in self._modem.table and level:
                    self._modem.urc(f"{name}: {self.describe(name, level)}")
            self._modem.personality.registered(self._modem)

    def describe(self, name: str, level: int) -> str:
        """Return ``<stat>``, at level 2 with the place and the access technology."""
        if level < 2 or not self.registered:
            return str(self.status)
        technology = self._modem.personality.technology
        if name == "+CGREG" and technology == 7:
            return str(self.status)
        place = f'"{LOCATION}","{CELL}"'
        if not self._modem.personality.quoted_places:
            place = place.replace('"', "")
        return f"{self.status},{place},{technology}"

    def _wander(self) -> None:
        step = self._dice.choice((-1, 0, 0, 1))
        self._strength = min(_STRONGEST, max(_WEAKEST, self._strength + step))
        if self.registered and self._modem.running and not self._modem.quiet:
            self._modem.personality.signal_changed(self._modem)
        self._timer = self._modem.reactor.after(SIGNAL_PERIOD, self._wander)


def _registration(name: str) -> Command:
    def shows(modem: VirtualModem) -> str:
        level = modem.settings.number(name)
        return f"{level},{modem.radio.describe(name, level)}"

    return setting(name, (0,), "(0-2)", shows=shows)


def _signal(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CSQ: {modem.radio.rssi},{0 if modem.radio.registered else 99}"]


def _signal_long(modem: VirtualModem, _args: Arguments) -> list[str]:
    if not modem.radio.registered:
        return ["+CESQ: 99,99,255,255,255,255"]
    return [f"+CESQ: 99,99,255,255,20,{modem.radio.rssi + 20}"]


def _operator(modem: VirtualModem, _args: Arguments) -> list[str]:
    mode, style = modem.settings["+COPS"]
    if not modem.radio.registered:
        return [f"+COPS: {mode}"]
    name = (LONG_NAME, SHORT_NAME, NUMERIC)[int(style)]
    text = name if style == "2" else modem.encode(name)
    return [f'+COPS: {mode},{style},"{text}",{modem.personality.technology}']


def _operators(modem: VirtualModem, _args: Arguments) -> Outcome:
    state, technology = (2 if modem.radio.registered else 1), modem.personality.technology
    names = f'({state},"{LONG_NAME}","{SHORT_NAME}","{NUMERIC}",{technology})'
    later = Later(abort=lambda: later.done())
    done = partial(later.done, f"+COPS: {names},,(0,1,2,3,4),(0,1,2)")
    modem.reactor.after(modem.scaled(SEARCH_SECONDS), done)
    return later


def _select(modem: VirtualModem, args: Arguments) -> list[str]:
    mode = args.number(0, 0, high=4)
    kept, style = modem.settings["+COPS"]
    if args.given(1):
        style = str(args.number(1, high=2))
    if mode == 3:
        modem.settings["+COPS"] = (kept, style)
        return []
    if mode in {1, 4}:
        wanted = args.text(2)
        if wanted not in {LONG_NAME, SHORT_NAME, NUMERIC} and mode == 1:
            raise AtError(cme=NO_SERVICE)
    modem.settings["+COPS"] = (str(mode), style)
    modem.radio.selected = mode != 2
    modem.radio.follow()
    return []


def _preferred(_modem: VirtualModem, args: Arguments) -> list[str]:
    if len(args) > 5:
        raise AtError(cme=BAD_PARAMETER)
    return []


COMMANDS = [
    *(_registration(name) for name in REGISTRATIONS),
    Command("+CSQ", _signal, test=says("+CSQ: (0-31,99),(0-7,99)")),
    Command(
        "+CESQ", _signal_long, test=says("+CESQ: (0-63,99),(0-7,99),(255),(255),(0-34),(0-97)")
    ),
    Command("+COPS", None, _operator, _select, _operators, sim=True, defaults=("0", "0")),
    Command("+CPOL", None, says(), _preferred, says("+CPOL: (1-10),(0-2)"), sim=True),
    setting("+CGEREP", (0, 0), "(0-2),(0,1)"),
    setting("+CGATT", (1,), "(0,1)"),
    accepts("+CGDCONT", '(1-16),"IP",,,(0),(0)'),
    accepts("+CPLS"),
]
