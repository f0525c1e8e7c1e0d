"""SIMCom SIM800 (2G, on a UART): bare ICCID, ``+DTMF``, slots from 1, voice on analog sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_calls import Ended
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_table import Command, accepts, setting
from drivers.virtual.personalities.personality import (
    WITHOUT_LTE,
    BootStep,
    Lines,
    Personality,
    routing,
)
from drivers.virtual.personalities.sim7600 import pin_counters, spontaneous_list
from drivers.virtual.terminal import Call, CallStatus

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

KEY_MILLISECONDS = 120  # what +DTMF claims for every key, where durations are asked for


class Sim800(Personality):
    """A SIMCom SIM800L."""

    family = "sim800"
    maker = "SIMCOM_Ltd"
    model = "SIMCOM_SIM800L"
    revision = "Revision:1418B05SIM800L24"
    type_allocation = "86671703"
    technology = 0
    memories = {"SM": 30, "ME": 50, "SR": 10}  # noqa: RUF012 - never changed
    first_slot = 1
    preferred = ("SM", "SM", "SM")
    list_tail = ',""'
    voice_port = False
    boot = (
        BootStep(0.0, "RDY"),
        BootStep(0.2, "+CFUN: 1"),
        BootStep(0.5, "+CPIN: {pin}", "card"),
        BootStep(1.2, "Call Ready"),
        BootStep(1.4, "SMS Ready", "sms"),
    )
    lacks = WITHOUT_LTE

    def commands(self) -> list[Command]:
        """Return SIMCom's commands as this generation has them."""
        return [
            Command("+CCID", _iccid, sim=True),
            Command("+SPIC", pin_counters, pin_counters),
            spontaneous_list(self.list_tail),
            setting("+DDET", (0, 0, 0, 0), "(0,1),(0-10000),(0,1),(0,1)"),
            Command("+CPOWD", None, None, _power_off),
            setting("+CSCLK", (0,), "(0-2)"),
            setting("+CMIC", (0, 4), "(0-3),(0-15)"),
            setting("+ECHO", (0, 0, 0, 0, 0), "(0,1),(0-100),(0-7),(0-30000),(0-3)"),
            accepts("+SIDET"),
            routing("(0-3),(0-3),(0,2,3),(0-2),(0,1)"),
        ]

    def information(self, _modem: VirtualModem) -> Lines:
        """Return what ``ATI`` answers."""
        return ["SIM800 R14.18"]

    def call_changed(self, modem: VirtualModem, call: Call) -> Lines:
        """Return the state, if asked for."""
        return self._listed(modem, call)

    def connected(self, modem: VirtualModem, call: Call) -> tuple[Lines, Lines]:
        """Return the new state, after the result of ``ATA``."""
        return [], self._listed(modem, call)

    def ended(self, modem: VirtualModem, call: Call, _ended: Ended) -> tuple[Lines, Lines]:
        """Return the end."""
        return self._listed(modem, call, int(CallStatus.RELEASED)), []

    def key_heard(self, modem: VirtualModem, key: str) -> Lines:
        """Return the key, with how long it was pressed if the host asked for that."""
        if modem.settings.number("+DDET") != 1:
            return []
        timed = modem.settings.number("+DDET", 3) == 1
        return [f"+DTMF: {key},{KEY_MILLISECONDS}" if timed else f"+DTMF: {key}"]

    def _listed(self, modem: VirtualModem, call: Call, status: int | None = None) -> Lines:
        if modem.settings.number("+CLCC") != 1:
            return []
        return [f"+CLCC: {modem.calls.line(call, status)}{self.list_tail}"]


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    return [modem.card.sim.iccid]


def _power_off(modem: VirtualModem, args: Arguments) -> Lines:
    args.number(0, high=1)
    modem.power.off_soon("NORMAL POWER DOWN")
    return []
