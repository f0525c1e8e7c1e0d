"""Huawei E1550: calls told by ``^ORIG ^CONF ^CONN ^CEND``, voice switched on per call, two bugs.

The bugs are real ones: ``+CHLD=1x`` while a call is being dialled hangs the stick for good; once
one of two calls has ended there is no voice any more, in any call, until power is cycled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_call_commands import send_digits
from drivers.virtual.at_calls import Ended
from drivers.virtual.at_general import TEMPERATURES
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import (
    BAD_PARAMETER,
    NO_SERVICE,
    NOT_ALLOWED,
    AtError,
    TooManyParameters,
    UnknownCommand,
)
from drivers.virtual.at_table import Command, accepts, answers, says, setting
from drivers.virtual.personalities.personality import (
    WITHOUT_LTE,
    BootStep,
    Lines,
    Personality,
    routing,
    unanswered,
)
from drivers.virtual.terminal import Call, CallStatus

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_VOICE_PORT = 2
_LOCAL_END, _FAR_END = 29, 67  # <end_status>: a number of the stick's own
_VOICE_TYPE = 0
_MANGLED = str.maketrans("ABCD", "1234")


class E1550(Personality):
    """A Huawei E1550 voice stick with firmware that allows voice."""

    family = "e1550"
    maker = "huawei"
    model = "E1550"
    revision = "11.608.12.10.157"
    type_allocation = "35362702"
    unknown = "COMMAND NOT SUPPORT"
    too_many = "TOO MANY PARAMETERS"
    technology = 2
    memories = {"SM": 20, "ME": 100, "SR": 10}  # noqa: RUF012 - never changed
    preferred = ("SM", "SM", "SM")
    empty_slot_is_ok = True
    no_call_error = NO_SERVICE
    voice_per_call = True
    boot = (
        BootStep(0.0, "^BOOT:21083438,0,0,0,6"),
        BootStep(0.5, "^SIMST:1", "card"),
        BootStep(0.8, "^SRVST:2", "sms"),
        BootStep(1.0, "^RSSI:18"),
        BootStep(1.2, "^MODE:5,4"),
    )
    stored = frozenset({"^U2DIAG"})
    lacks = WITHOUT_LTE

    def __init__(self) -> None:
        self._voice_lost = False

    def commands(self) -> list[Command]:
        """Return Huawei's commands."""
        return [
            Command("^ICCID", None, _iccid, sim=True),
            Command("^CPIN", None, _pin_counters),
            TEMPERATURES["^CHIPTEMP"],
            setting("^CURC", (1,), "(0,1)"),
            Command(
                "^CVOICE", None, says("^CVOICE:0,8000,16,20"), _allow_voice, says("^CVOICE:(0)")
            ),
            Command("^DDSETEX", None, None, _voice, says("^DDSETEX:(0-2)")),
            setting("^U2DIAG", (0,), "(0,1,255,256,276)"),
            Command("^RFSWITCH", None, _radio_switch, _switch_radio, says("^RFSWITCH:(0,1)")),
            answers("^GETPORTMODE", "^GETPORTMODE: TYPE: WCDMA: huawei,MDM:0,DIAG:1,PCUI:2,"),
            Command("^SYSINFO", _system),
            Command("^DTMF", None, None, _keys, says("^DTMF:(1-7),(0-9,A-D,*,#)")),
            setting("^DDTMFCFG", (1, 0), "(0,1),(0,1)"),
            Command("^HCSQ", None, _signal, None, says('^HCSQ:"NOSERVICE","GSM","WCDMA"')),
            Command("^CSNR", None, None, _serial),
            answers("^CARDMODE", "^CARDMODE: 2"),
            answers("^SYSCFG", "^SYSCFG:2,0,3FFFFFFF,1,2"),
            accepts("^STSF"),
            accepts("^PORTSEL", "(0,1)"),
            setting("^USSDMODE", (1,), "(0,1)"),
            routing("(0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)", (0, "2")),
        ]

    def information(self, modem: VirtualModem) -> Lines:
        """Return what ``ATI`` answers."""
        return [
            f"Manufacturer: {self.maker}",
            f"Model: {self.model}",
            f"Revision: {self.revision}",
            f"IMEI: {modem.imei}",
            "+GCAP: +CGSM,+DS,+ES",
        ]

    def explain(self, error: AtError, level: int) -> str:
        """Return Huawei's own words for unknown commands and too many parameters."""
        if isinstance(error, UnknownCommand):
            return self.unknown
        if isinstance(error, TooManyParameters):
            return self.too_many
        return super().explain(error, level)

    def booted(self) -> None:
        """Power is on: there is voice again."""
        self._voice_lost = False

    # --- calls ------------------------------------------------------------------------------------

    def call_changed(self, modem: VirtualModem, call: Call) -> Lines:
        """Return that dialling has begun, or that the far end rings."""
        status = modem.calls.shown(call)
        if status is CallStatus.DIALLING:
            return self._said(modem, f"^ORIG:{call.index},{_VOICE_TYPE}")
        if status is CallStatus.ALERTING:
            return self._said(modem, f"^CONF:{call.index}")
        return []

    def connected(self, modem: VirtualModem, call: Call) -> tuple[Lines, Lines]:
        """Return the answer, after the result of ``ATA``."""
        return [], self._said(modem, f"^CONN:{call.index},{_VOICE_TYPE}")

    def ended(self, modem: VirtualModem, call: Call, ended: Ended) -> tuple[Lines, Lines]:
        """Return the end with duration and cause, after a command's result."""
        answered = ended.seconds is not None
        origin = _LOCAL_END if answered or call.released_here else _FAR_END
        seconds = int(ended.seconds or 0)
        end = f"^CEND:{call.index},{seconds},{origin},{call.cause or 16}"
        return [], self._said(modem, end)

    def result(self, call: Call, ended: Ended, *, others: bool) -> str | None:  # noqa: ARG002
        """Return a result only for an outgoing call that was busy or not answered."""
        if not call.outgoing or ended.seconds is not None or call.released_here:
            return None
        result = unanswered(call.cause)
        return None if result == "NO CARRIER" else result

    def after_call(self, modem: VirtualModem, *, others: bool) -> None:
        """One of two calls has ended: no voice from now on (the second bug)."""
        self._voice_lost = self._voice_lost or others
        super().after_call(modem, others=others)

    def hold_hangs(self, modem: VirtualModem, code: str) -> bool:
        """Tell whether a call is released by index while one is being dialled (the first bug)."""
        dialling = modem.calls.in_state(CallStatus.DIALLING)
        return len(code) == 2 and code[0] == "1" and bool(dialling)

    def voice_works(self, _modem: VirtualModem) -> bool:
        """Tell whether the second bug has not struck yet."""
        return not self._voice_lost

    def keys_sent(self, keys: str) -> str:
        """Return digits for letters: the stick does not know better and does not say so."""
        return keys.translate(_MANGLED)

    def key_heard(self, modem: VirtualModem, key: str) -> Lines:
        """Return the key."""
        detecting = modem.settings["^DDTMFCFG"] == ("0", "1")
        return [f"^DDTMF: {key}"] if detecting else []

    # --- everything else --------------------------------------------------------------------------

    def packs_codes(self, modem: VirtualModem) -> bool:
        """Tell whether the host has not chosen text (``^USSDMODE=0``)."""
        return modem.settings.number("^USSDMODE") == 1

    def memory_full(self, memory: str) -> Lines:
        """Return the indication."""
        return [f'^SMMEMFULL: "{memory}"']

    def registered(self, modem: VirtualModem) -> None:
        """Say service and mode."""
        service = 2 if modem.radio.registered else 0
        self._tell(modem, f"^SRVST:{service}", noise=True)
        if service:
            self._tell(modem, "^MODE:5,4", noise=True)

    def signal_changed(self, modem: VirtualModem) -> None:
        """Say the signal, asked or not."""
        self._tell(modem, f"^RSSI:{modem.radio.rssi}", noise=True)

    def unlocked(self) -> Lines:
        """Return what follows a right PIN."""
        return ["^SIMST:1", "^SRVST:2"]

    def sim_removed(self, _modem: VirtualModem) -> Lines:
        """Return what follows a SIM that was taken out."""
        return ["^SIMST:255,0"]

    def sim_inserted(self, _modem: VirtualModem) -> Lines:
        """Return what follows a SIM that was put in."""
        return ["^SIMST:1"]

    def _said(self, modem: VirtualModem, line: str) -> Lines:
        return [line] if modem.settings.number("^CURC") == 1 else []

    def _tell(self, modem: VirtualModem, line: str, *, noise: bool = False) -> None:
        for said in self._said(modem, line):
            modem.urc(said, noise=noise)


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"^ICCID: {modem.card.sim.iccid.ljust(20, 'F')}"]


def _pin_counters(modem: VirtualModem, _args: Arguments) -> Lines:
    card = modem.card
    state = card.shown_state()
    left = {"SIM PIN": str(card.pin_tries), "SIM PUK": str(card.puk_tries)}.get(state, "")
    return [f"^CPIN: {state},{left},{card.puk_tries},{card.pin_tries},10,3"]


def _allow_voice(_modem: VirtualModem, args: Arguments) -> Lines:
    args.number(0, high=0)
    return []


def _voice(modem: VirtualModem, args: Arguments) -> Lines:
    port = args.number(0, high=2)
    if not modem.calls.listed():
        raise AtError(cme=NOT_ALLOWED)
    modem.voice.switch(port == _VOICE_PORT)
    return []


def _radio_switch(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"^RFSWITCH:{int(modem.radio.function == 1)},1"]


def _switch_radio(modem: VirtualModem, args: Arguments) -> Lines:
    modem.radio.set_function(1 if args.number(0, high=1) else 4)
    return []


def _system(modem: VirtualModem, _args: Arguments) -> Lines:
    if not modem.radio.registered:
        return [f"^SYSINFO:0,0,0,0,{1 if modem.card.ready else 255}"]
    return ["^SYSINFO:2,3,0,5,1,,4"]


def _keys(modem: VirtualModem, args: Arguments) -> Lines:
    args.number(0, low=1, high=7)
    key = args.text(1)
    if len(key) != 1:
        raise AtError(cme=BAD_PARAMETER)
    return send_digits(modem, key)


def _signal(modem: VirtualModem, _args: Arguments) -> Lines:
    if not modem.radio.registered:
        return ['^HCSQ:"NOSERVICE"']
    return [f'^HCSQ:"WCDMA",{modem.radio.rssi + 20},{modem.radio.rssi + 18},40']


def _serial(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"^CSNR: {modem.imei}"]
