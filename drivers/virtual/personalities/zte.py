"""ZTE K3565-Z: ``ATD`` has no result until somebody answers, calls end with ``HANGUP``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_call_commands import dial
from drivers.virtual.at_calls import Ended
from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import Later, NoResult, Outcome
from drivers.virtual.at_table import Command, answers, setting
from drivers.virtual.personalities.personality import (
    WITHOUT_LTE,
    BootStep,
    Lines,
    Personality,
    routing,
)
from drivers.virtual.terminal import Call

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem


def dial_without_result(modem: VirtualModem, args: Arguments) -> Outcome:
    """Do ``ATD`` on a make that says nothing until the far end has answered."""
    outcome = dial(modem, args)
    return NoResult() if isinstance(outcome, Later) else outcome


class Zte(Personality):
    """A ZTE K3565-Z data stick; none of its ports carries voice."""

    family = "zte"
    maker = "ZTE INCORPORATED"
    model = "K3565-Z"
    driver = "gsmmodem"
    revision = "BD_P673A2V1.0.0B09"
    type_allocation = "35728503"
    technology = 2
    memories = {"SM": 25, "ME": 100, "SR": 10}  # noqa: RUF012 - never changed
    voice_port = False
    boot = (
        BootStep(0.5, "+ZUSIMR:2", "card"),
        BootStep(1.0, "", "sms"),
    )
    lacks = WITHOUT_LTE

    def commands(self) -> list[Command]:
        """Return ZTE's commands."""
        return [
            Command("D", dial_without_result),
            Command("+CCID", _iccid, sim=True),
            answers("+ZPAS", '+ZPAS: "HSDPA","CS_PS"'),
            setting("+ZOPRT", (5,), "(0,5,6)"),
            routing("(0,1,2),(0,1,2,3),(0,2,3),(0,1,2),(0,1)", (0, "2")),
        ]

    def connected(self, modem: VirtualModem, call: Call) -> tuple[Lines, Lines]:  # noqa: ARG002
        """Return ``CONNECT`` for an outgoing call."""
        return [], ["CONNECT"] if call.outgoing else []

    def ended(self, modem: VirtualModem, call: Call, ended: Ended) -> tuple[Lines, Lines]:  # noqa: ARG002
        """Return the end; a call that nobody answered ends the dial command with ``OK``."""
        if call.outgoing and ended.seconds is None:
            return [], [] if call.released_here else ["OK"]
        return [], [f"HANGUP: {call.index}"]

    def result(self, call: Call, ended: Ended, *, others: bool) -> str | None:  # noqa: ARG002
        """Return nothing: ends have words of their own."""
        return None


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"+CCID: {modem.card.sim.iccid}"]
