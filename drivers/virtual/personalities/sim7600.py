"""SIMCom SIM7600: spontaneous ``+CLCC``, ``VOICE CALL``, voice that is registered per call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_calls import Ended
from drivers.virtual.at_general import TEMPERATURES
from drivers.virtual.at_interpreter import Framing
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import AtError
from drivers.virtual.at_table import Command, accepts, says, setting
from drivers.virtual.personalities.personality import BootStep, Lines, Personality, routing
from drivers.virtual.terminal import Call, CallStatus

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

VOICE_SETTLES = 0.2  # seconds after the answer in which +CPCMREG=1 is refused
VOICE_SETTLES_ILL = 1.0  # … where the firmware has lost its voice
_LTE = 8  # <stat> of +CNSMOD


class Sim7600(Personality):
    """A SIMCom SIM7600 with its serial voice port."""

    family = "sim7600"
    maker = "SIMCOM INCORPORATED"
    model = "SIMCOM_SIM7600E-H"
    revision = "LE20B04SIM7600M22"
    type_allocation = "86147503"
    framing = Framing("\r\r\n", only=("RING", "+CRING", "+RXDTMF"))
    memories = {"SM": 40, "ME": 100, "SR": 10}  # noqa: RUF012 - never changed
    preferred = ("SM", "SM", "SM")
    host_audio_in_multiparty = True
    voice_per_call = True
    boot: tuple[BootStep, ...] = (
        BootStep(0.5, "+CPIN: {pin}", "card"),
        BootStep(1.2, "SMS DONE", "sms"),
        BootStep(1.6, "PB DONE"),
    )

    def __init__(self) -> None:
        self._voice_from = 0.0
        self._voice_lost = False

    def booted(self) -> None:
        """Power is on: there is voice again."""
        self._voice_lost = False

    def commands(self) -> list[Command]:
        """Return SIMCom's commands."""
        return [
            Command("+CICCID", _iccid, sim=True),
            Command("+SPIC", pin_counters, pin_counters),
            TEMPERATURES["+CPMUTEMP"],
            spontaneous_list(),
            Command("+CPCMREG", None, _voice_state, _voice, says("+CPCMREG: (0-1)")),
            setting("+CPCMFRM", (0,), "(0-1)", _rate),
            setting("+CPCMBANDWIDTH", (0, 0), "(0-1),(0-1)", _rate),
            setting("+DDET", (0, 0, 0, 0), "(0,1),(0-2000),(0,1),(0,1)"),
            setting("+CNSMOD", (0,), "(0,1)", shows=_system),
            setting("+AUTOCSQ", (0, 0), "(0,1),(0,1)"),
            Command("+CPSI", None, _cell, says(), says("+CPSI: (0-255)")),
            setting("+CIREG", (0,), "(0-2)", shows=lambda m: f"{m.settings.number('+CIREG')},0"),
            Command("+CPOF", _power_off),
            setting("+CECM", (1,), "(0-7)"),
            setting("+CNSN", (0,), "(0,1)"),
            accepts("+CUSBPIDSWITCH", "(9000,9001,9011),(0-1),(0-1)"),
            accepts("+CSIMSTATUS"),
            routing("(0-2),(0-3),(0,2),(0-2),(0,1)", (3, "2")),
        ]

    def revision_line(self) -> str:
        """Return what ``+CGMR`` answers."""
        return f"+CGMR: {self.revision}"

    def information(self, modem: VirtualModem) -> Lines:
        """Return what ``ATI`` answers."""
        return [
            f"Manufacturer: {self.maker}",
            f"Model: {self.model}",
            f"Revision: {self.revision}",
            f"IMEI: {modem.imei}",
            "+GCAP: +CGSM,+FCLASS,+DS",
        ]

    # --- calls ------------------------------------------------------------------------------------

    def call_changed(self, modem: VirtualModem, call: Call) -> Lines:
        """Return the state, if asked for."""
        return self.listed(modem, call)

    def connected(self, modem: VirtualModem, call: Call) -> tuple[Lines, Lines]:
        """Return ``VOICE CALL: BEGIN`` before the result of ``ATA`` and the new state after it."""
        settles = VOICE_SETTLES_ILL if self._voice_lost else VOICE_SETTLES
        self._voice_from = modem.reactor.now() + settles
        return ["VOICE CALL: BEGIN"], self.listed(modem, call)

    def ended(self, modem: VirtualModem, call: Call, ended: Ended) -> tuple[Lines, Lines]:
        """Return the end with its duration; a missed call with its time and caller."""
        lines = self.listed(modem, call, int(CallStatus.RELEASED))
        if ended.seconds is not None:
            lines.append(f"VOICE CALL: END: {duration(ended.seconds)}")
        elif not call.outgoing and not call.released_here:
            now = modem.network_time()
            lines.append(f"MISSED_CALL: {now:%I:%M%p} {call.number.lstrip('+')}".rstrip())
        return lines, []

    def result(self, call: Call, ended: Ended, *, others: bool) -> str | None:
        """Return ``NO CARRIER`` for calls that the host ends, too."""
        if call.released_here:
            return None if others else "NO CARRIER"
        return super().result(call, ended, others=others)

    def listed(self, modem: VirtualModem, call: Call, status: int | None = None) -> Lines:
        """Return a call as ``+CLCC`` lists it, if the host asked for that."""
        if modem.settings.number("+CLCC") != 1:
            return []
        return [f"+CLCC: {modem.calls.line(call, status)}"]

    def release_report(self, cause: int | None) -> str:
        """Return cause and text in one string."""
        return f'"{cause or 16} {super().release_report(cause)}"'

    def key_heard(self, modem: VirtualModem, key: str) -> Lines:
        """Return the key."""
        return [f"+RXDTMF: {key}"] if modem.settings.number("+DDET") else []

    def after_call(self, modem: VirtualModem, *, others: bool) -> None:
        """A call is over: where the firmware is ill, there was voice for the last time."""
        self._voice_lost = self._voice_lost or (modem.voice_once and modem.voice.on)
        super().after_call(modem, others=others)

    def voice_works(self, _modem: VirtualModem) -> bool:
        """Tell whether the firmware still has its voice."""
        return not self._voice_lost

    def may_switch_voice(self, modem: VirtualModem) -> bool:
        """Tell whether ``+CPCMREG=1`` is taken: in an active call, and not in its first moment."""
        active = modem.calls.in_state(CallStatus.ACTIVE)
        return bool(active) and modem.reactor.now() >= self._voice_from

    # --- everything else --------------------------------------------------------------------------

    def registered(self, modem: VirtualModem) -> None:
        """Say the system mode, if asked for."""
        if modem.settings.number("+CNSMOD") == 1:
            modem.urc(f"+CNSMOD: {_LTE if modem.radio.registered else 0}", noise=True)

    def signal_changed(self, modem: VirtualModem) -> None:
        """Say the signal, if asked for."""
        if modem.settings.number("+AUTOCSQ") == 1:
            modem.urc(f"+CSQ: {modem.radio.rssi},99", noise=True)

    def unlocked(self) -> Lines:
        """Return what follows a right PIN."""
        return ["+CPIN: READY", "SMS DONE", "PB DONE"]

    def sim_removed(self, _modem: VirtualModem) -> Lines:
        """Return what follows a SIM that was taken out."""
        return ["+CPIN: SIM REMOVED"]


def duration(seconds: float) -> str:
    """Return seconds as ``HHMMSS``."""
    whole = int(seconds)
    return f"{whole // 3600:02d}{whole // 60 % 60:02d}{whole % 60:02d}"


def spontaneous_list(tail: str = "") -> Command:
    """Return ``+CLCC``: a list when run, a setting when written; ``tail`` ends every line."""
    switch = setting("+CLCC", (0,), "(0-1)")

    def run(modem: VirtualModem, _args: Arguments) -> Lines:
        return [f"+CLCC: {modem.calls.line(call)}{tail}" for call in modem.calls.listed()]

    return Command(
        "+CLCC", run, switch.read, switch.write, switch.test, defaults=("0",), ranges="(0-1)"
    )


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"+ICCID: {modem.card.sim.iccid.ljust(20, 'F')}"]


def pin_counters(modem: VirtualModem, _args: Arguments) -> Lines:
    """Serve ``AT+SPIC``: tries left for PIN, PUK, PIN2 and PUK2."""
    return [f"+SPIC: {modem.card.pin_tries},{modem.card.puk_tries},3,10"]


def _voice_state(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"+CPCMREG: {int(modem.voice.on)}"]


def _voice(modem: VirtualModem, args: Arguments) -> Lines:
    on = args.number(0, high=1)
    args.number(1, 0, high=1)
    own = modem.personality
    assert isinstance(own, Sim7600)
    if on and not own.may_switch_voice(modem):
        raise AtError
    modem.voice.switch(bool(on))
    return []


def _rate(modem: VirtualModem) -> None:
    narrow = modem.settings.number("+CPCMBANDWIDTH", 1) == 1
    modem.voice.wide = modem.settings.number("+CPCMFRM") == 1 and not narrow


def _system(modem: VirtualModem) -> str:
    mode = _LTE if modem.radio.registered else 0
    return f"{modem.settings.number('+CNSMOD')},{mode}"


def _cell(modem: VirtualModem, _args: Arguments) -> Lines:
    if not modem.radio.registered:
        return ["+CPSI: NO SERVICE,Online"]
    place = "460-00,0x2A1F,146924002,310,EUTRAN-BAND3,1650,5,5,-94,-850,-545,15"
    return [f"+CPSI: LTE,Online,{place}"]


def _power_off(modem: VirtualModem, _args: Arguments) -> Lines:
    modem.power.off_soon("")
    return []
