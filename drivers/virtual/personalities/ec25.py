"""Quectel EC25: calls told by ``ccinfo`` or ``^DSCI``, voice as PCM on the NMEA port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_call_commands import send_digits
from drivers.virtual.at_calls import Ended, type_of
from drivers.virtual.at_general import TEMPERATURES
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import BAD_PARAMETER, AtError
from drivers.virtual.at_table import Command, accepts, says, setting
from drivers.virtual.personalities.personality import BootStep, Lines, Personality, routing
from drivers.virtual.terminal import Call, CallStatus

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_DSCI = {
    CallStatus.DIALLING: 2,
    CallStatus.ALERTING: 7,
    CallStatus.ACTIVE: 3,
    CallStatus.HELD: 1,
    CallStatus.INCOMING: 4,
    CallStatus.WAITING: 5,
}
_DSCI_ENDED, _CCINFO_ENDED = 6, -1
_INDICATIONS = {
    "all": 1,
    "csq": 0,
    "smsfull": 0,
    "ring": 1,
    "smsincoming": 1,
    "act": 0,
    "ccinfo": 0,
}
_CONFIGURATION = {
    "ims": "1,1",
    "usbcfg": "0x2C7C,0x0125,1,1,1,1,1,0,0",
    "nwscanmode": "0",
    "usbnet": "0",
    "urc/delay": "0",
}
_NMEA = "$GPGGA,,,,,,0,,,,,,,,*66\r\n$GPRMC,,V,,,,,,,,,,N*53\r\n"
_NMEA_TICKS = 50  # once a second


class Ec25(Personality):
    """A Quectel EC25 whose voice goes over the NMEA port (no USB audio)."""

    family = "ec25"
    maker = "Quectel"
    model = "EC25"
    revision = "EC25EFAR06A06M4G"
    type_allocation = "86652602"
    memories = {"SM": 50, "ME": 25, "SR": 10}  # noqa: RUF012 - never changed
    preferred = ("ME", "ME", "ME")
    list_tail = ',""'
    boot = (
        BootStep(0.0, "RDY"),
        BootStep(0.2, "+CFUN: 1"),
        BootStep(0.5, "+CPIN: {pin}", "card"),
        BootStep(0.6, "+QUSIM: 1"),
        BootStep(1.2, "+QIND: SMS DONE", "sms"),
        BootStep(1.6, "+QIND: PB DONE"),
    )
    stored = frozenset({"+QGPSCFG", "+QSIMDET"})
    lacks = frozenset({"+CRESET", "+CMICGAIN", "+COUTGAIN"})

    def __init__(self) -> None:
        self.indications = dict(_INDICATIONS)
        self.configuration = dict(_CONFIGURATION)
        self._ticks = 0

    def commands(self) -> list[Command]:
        """Return Quectel's commands."""
        return [
            Command("+QCCID", _iccid, _iccid),
            Command("+QPINC", None, _pin_counters, _pin_counters),
            Command("+QINDCFG", None, None, _indication),
            Command("+QCFG", None, None, _configure),
            Command("+QHUP", None, None, _hang_up, says("+QHUP: (1-127),(0-7)")),
            Command("+QVTS", None, None, _keys),
            Command("+QNWINFO", _network_information),
            Command("+QPOWD", _power_off, None, _power_off),
            setting("^DSCI", (0,), "(0,1)"),
            setting("+QPCMV", (0, 0), "(0,1),(0)", _voice),
            setting("+QAUDMOD", (0,), "(0-3)"),
            Command("+QGPSCFG", None, None, _gps, nothing_to_say, defaults=("usbnmea",)),
            TEMPERATURES["+QTEMP"],
            setting("+QTONEDET", (0,), "(0,1)"),
            setting("+QSIMSTAT", (0,), "(0,1)", shows=_sim_status),
            setting("+QSIMDET", (0, 0), "(0,1),(0,1)"),
            accepts("+QURCCFG"),
            accepts("+QMBNCFG"),
            routing("(0-2),(0-3),(0,2),(0-2),(0,1)"),
        ]

    def information(self, _modem: VirtualModem) -> Lines:
        """Return what ``ATI`` answers."""
        return ["Quectel", "EC25", f"Revision: {self.revision}"]

    def booted(self) -> None:
        """Power is on: indications and voice are off again."""
        self.indications = dict(_INDICATIONS)

    def composed(self, values: str) -> None:
        """Take a USB composition: this firmware keeps the one it has."""

    # --- calls ------------------------------------------------------------------------------------

    def ring(self, modem: VirtualModem) -> Lines:
        """Return one ring, unless the host has switched that off."""
        return super().ring(modem) if self.indications["ring"] else []

    def call_changed(self, modem: VirtualModem, call: Call) -> Lines:
        """Return the state in the way or ways that the host asked for."""
        return self._told(modem, call, None)

    def connected(self, modem: VirtualModem, call: Call) -> tuple[Lines, Lines]:
        """Return the new state, after the result of ``ATA``."""
        return [], self._told(modem, call, None)

    def ended(self, modem: VirtualModem, call: Call, ended: Ended) -> tuple[Lines, Lines]:
        """Return the end, after a command's result."""
        return [], self._told(modem, call, ended)

    def _told(self, modem: VirtualModem, call: Call, ended: Ended | None) -> Lines:
        lines = []
        number = f'"{call.number}",{type_of(call.number)}'
        direction = int(not call.outgoing)
        if self.indications["all"] and self.indications["ccinfo"]:
            state = _CCINFO_ENDED if ended else int(modem.calls.shown(call))
            joined = int(ended.multiparty if ended else call.multiparty)
            lines.append(f'+QIND: "ccinfo",{call.index},{direction},{state},0,{joined},{number}')
        if modem.settings.number("^DSCI") == 1:
            state = _DSCI_ENDED if ended else _DSCI[modem.calls.shown(call)]
            plain = f"{call.number},{type_of(call.number)}"
            lines.append(f"^DSCI: {call.index},{direction},{state},0,{plain},0")
        return lines

    def release_report(self, cause: int | None) -> str:
        """Return ``5,<cause>,<text>``; 5 is the category of call control."""
        return f'5,{cause or 0},"{super().release_report(cause)}"'

    def key_heard(self, modem: VirtualModem, key: str) -> Lines:
        """Return the key's character code."""
        return [f"+QTONEDET: {ord(key)}"] if modem.settings.number("+QTONEDET") else []

    def voice_tick(self, modem: VirtualModem) -> None:
        """Positions share the voice port unless the host has sent them elsewhere."""
        self._ticks += 1
        if modem.settings["+QGPSCFG"][0] != "none" and self._ticks % _NMEA_TICKS == 0:
            modem.voice.inject(_NMEA)

    # --- everything else --------------------------------------------------------------------------

    def memory_full(self, memory: str) -> Lines:
        """Return the indication, if asked for."""
        return [f'+QIND: "smsfull","{memory}"'] if self.indications["smsfull"] else []

    def registered(self, modem: VirtualModem) -> None:
        """Say the access technology, if asked for."""
        if self.indications["act"] and modem.radio.registered:
            modem.urc('+QIND: "act","LTE"', noise=True)

    def signal_changed(self, modem: VirtualModem) -> None:
        """Say the signal, if asked for."""
        if self.indications["csq"]:
            modem.urc(f'+QIND: "csq",{modem.radio.rssi},99', noise=True)

    def unlocked(self) -> Lines:
        """Return what follows a right PIN."""
        return ["+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"]

    def sim_removed(self, modem: VirtualModem) -> Lines:
        """Return what follows a SIM that was taken out."""
        asked = modem.settings.number("+QSIMSTAT")
        return ["+CPIN: NOT READY", *(["+QSIMSTAT: 1,0"] if asked else [])]

    def sim_inserted(self, modem: VirtualModem) -> Lines:
        """Return what follows a SIM that was put in."""
        asked = modem.settings.number("+QSIMSTAT")
        return [*(["+QSIMSTAT: 1,1"] if asked else []), f"+CPIN: {modem.card.state}"]


def nothing_to_say(_modem: VirtualModem, _args: Arguments) -> Lines:
    """Answer only ``OK``."""
    return []


def _own(modem: VirtualModem) -> Ec25:
    assert isinstance(modem.personality, Ec25)
    return modem.personality


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    modem.card.shown_state()  # a card that waits for its PIN tells this much
    return [f"+QCCID: {modem.card.sim.iccid.ljust(20, 'F')}"]


def _pin_counters(modem: VirtualModem, args: Arguments) -> Lines:
    card = modem.card
    counters = {"SC": f"{card.pin_tries},{card.puk_tries}", "P2": "3,10"}
    if args.given(0):
        name = args.text(0).upper()
        if name not in counters:
            raise AtError(cme=BAD_PARAMETER)
        counters = {name: counters[name]}
    return [f'+QPINC: "{name}",{left}' for name, left in counters.items()]


def _indication(modem: VirtualModem, args: Arguments) -> Lines:
    own, name = _own(modem), args.text(0).lower()
    if name not in own.indications:
        raise AtError(cme=BAD_PARAMETER)
    if not args.given(1):
        return [f'+QINDCFG: "{name}",{own.indications[name]}']
    own.indications[name] = args.number(1, high=1)
    args.number(2, 0, high=1)
    return []


def _configure(modem: VirtualModem, args: Arguments) -> Lines:
    own, name = _own(modem), args.text(0).lower()
    if name not in own.configuration:
        raise AtError(cme=BAD_PARAMETER)
    if not args.given(1):
        return [f'+QCFG: "{name}",{own.configuration[name]}']
    values = ",".join(args.text(place) for place in range(1, len(args)))
    if name == "usbcfg":
        own.composed(values)
    else:
        own.configuration[name] = values
    return []


def _hang_up(modem: VirtualModem, args: Arguments) -> Lines:
    cause, index = args.number(0, low=1, high=127), args.number(1, 0, high=7)
    calls = [call for call in modem.calls.listed() if index in {0, call.index}]
    if not calls:
        raise AtError(cme=BAD_PARAMETER)
    return modem.calls.hang_up(calls, cause)


def _keys(modem: VirtualModem, args: Arguments) -> Lines:
    return send_digits(modem, args.text(0))


def _network_information(modem: VirtualModem, _args: Arguments) -> Lines:
    if not modem.radio.registered:
        return ["+QNWINFO: No Service"]
    return ['+QNWINFO: "FDD LTE","46000","LTE BAND 3",1650']


def _power_off(modem: VirtualModem, _args: Arguments) -> Lines:
    modem.power.off_soon("POWERED DOWN")
    return []


def _voice(modem: VirtualModem) -> None:
    modem.voice.switch(modem.settings.number("+QPCMV") == 1)


def _gps(modem: VirtualModem, args: Arguments) -> Lines:
    name = args.text(0).lower()
    if name != "outport":
        return []
    if not args.given(1):
        return [f'+QGPSCFG: "outport","{modem.settings["+QGPSCFG"][0]}"']
    if args.text(1) not in {"none", "usbnmea", "uartdebug"}:
        raise AtError(cme=BAD_PARAMETER)
    modem.settings["+QGPSCFG"] = (args.text(1),)
    return []


def _sim_status(modem: VirtualModem) -> str:
    return f"{modem.settings.number('+QSIMSTAT')},{int(modem.card.present)}"
