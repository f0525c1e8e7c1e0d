"""Wavecom: ``OK`` to ``ATD`` means answered, calls by ``+WIND``, a ``+CPIN`` without its ``OK``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.virtual.at_calls import Ended
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_message_commands import COMMANDS as MESSAGE_COMMANDS
from drivers.virtual.at_result import NoResult, Outcome
from drivers.virtual.at_sim import COMMANDS as SIM_COMMANDS
from drivers.virtual.at_table import Command, says, setting
from drivers.virtual.personalities.personality import (
    WITHOUT_LTE,
    BootStep,
    Lines,
    Personality,
    routing,
    unanswered,
)
from drivers.virtual.personalities.zte import dial_without_result
from drivers.virtual.terminal import Call, CallStatus

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_DIALLING, _ENDED = 5, 6  # events of +WIND


class Wavecom(Personality):
    """A Wavecom MULTIBAND 900E 1800 on a UART."""

    family = "wavecom"
    maker = "WAVECOM MODEM"
    driver = "gsmmodem"
    model = "MULTIBAND  900E  1800"
    revision = "651_09gg.Q2406B"
    type_allocation = "35004602"
    technology = 0
    memories = {"SM": 25, "BM": 5, "SR": 10}  # noqa: RUF012 - never changed
    first_slot = 1
    preferred = ("SM", "SM", "SM")
    voice_port = False
    boot = (BootStep(0.5, "", "card"), BootStep(1.0, "", "sms"))
    stored = frozenset({"+WIND"})
    lacks = WITHOUT_LTE

    def commands(self) -> list[Command]:
        """Return Wavecom's commands."""
        common = {command.name: command for command in (*SIM_COMMANDS, *MESSAGE_COMMANDS)}
        pin, memories = common["+CPIN"], common["+CPMS"]
        return [
            Command("D", dial_without_result),
            Command("+CPIN", None, _pin_state, pin.write),
            Command("+CCID", _iccid, _iccid, sim=True),
            replace(memories, test=says('+CPMS: (("SM","BM","SR"),("SM"))')),
            setting("+WIND", (0,), "(0-255)"),
            routing("(0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)"),
        ]

    def call_changed(self, modem: VirtualModem, call: Call) -> Lines:
        """Return that a call was begun here, if asked for."""
        fresh = modem.calls.shown(call) is CallStatus.DIALLING
        return self._told(modem, _DIALLING, call) if fresh and call.outgoing else []

    def connected(self, modem: VirtualModem, call: Call) -> tuple[Lines, Lines]:  # noqa: ARG002
        """Return the result that ``ATD`` has waited for."""
        return [], ["OK"] if call.outgoing else []

    def ended(self, modem: VirtualModem, call: Call, _ended: Ended) -> tuple[Lines, Lines]:
        """Return the end, if asked for."""
        return [], self._told(modem, _ENDED, call)

    def result(self, call: Call, ended: Ended, *, others: bool) -> str | None:
        """Return the result code that ends a call, an unanswered one's included."""
        if call.outgoing and ended.seconds is None and not call.released_here:
            return unanswered(call.cause)
        return super().result(call, ended, others=others)

    def _told(self, modem: VirtualModem, event: int, call: Call) -> Lines:
        return [f"+WIND: {event},{call.index}"] if modem.settings.number("+WIND") else []


def _pin_state(modem: VirtualModem, _args: Arguments) -> Outcome:
    return NoResult((f"+CPIN: {modem.card.shown_state()}",))


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f'+CCID: "{modem.card.sim.iccid}"']
