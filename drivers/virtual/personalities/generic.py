"""A modem of no particular make: the commands of 3GPP TS 27.007 and 27.005, and stubborn texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import AtError
from drivers.virtual.at_table import Command
from drivers.virtual.personalities.personality import BootStep, Lines, Personality, routing

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_TEXTS = 2  # <n> of +CMEE


class Generic(Personality):
    """A modem that tells nothing of a call but ``RING``, ``+CLIP`` and how it ended.

    Errors are texts whatever ``+CMEE`` says, and places in ``+CREG`` are not quoted.
    """

    family = "generic"
    voice_port = False
    quoted_places = False
    boot = (BootStep(0.5, "", "card"), BootStep(1.0, "", "sms"))

    def commands(self) -> list[Command]:
        """Return what a make has to add: how the ICCID is read, how texts are routed."""
        return [
            Command("+CCID", _iccid, _iccid, sim=True),
            routing("(0-2),(0-3),(0,2),(0-2),(0,1)"),
        ]

    def explain(self, error: AtError, level: int) -> str:
        """Return the error as text, unless errors are off."""
        return error.line(_TEXTS if level else 0)


def _iccid(modem: VirtualModem, _args: Arguments) -> Lines:
    return [f"+CCID: {modem.card.sim.iccid}"]
