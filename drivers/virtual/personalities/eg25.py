"""Quectel EG25-G, firmware 30.202: voice on a USB sound card, calls that never say ``RING``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import BAD_PARAMETER, AtError
from drivers.virtual.at_table import Command, answers, says, setting
from drivers.virtual.personalities.ec25 import Ec25
from drivers.virtual.personalities.personality import Lines

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_TTY, _CARD = 0, 2  # <port> of +QPCMV
_COMPOSITION = "0x2C7C,0x0125,1,1,1,1,1,0,1"  # the last flag is USB audio


class Eg25(Ec25):
    """A Quectel EG25-G whose USB composition has a sound card.

    Where the bank was given no PCM for it, the voice port carries what the card would play and
    hear, for whoever has a card elsewhere. A composition written by ``AT+QCFG="USBCFG"`` counts
    from the next restart; ``+QPCMV`` is forgotten by every restart. Calls are numbered from 2,
    because ``+CLCC`` always lists a data call that is none as the first.
    """

    family = "eg25"
    model = "EG25"
    revision = "EG25GGBR07A08M2G"
    type_allocation = "86784004"
    first_call_index = 2
    phantom_calls = ('+CLCC: 1,1,0,1,0,"",128',)
    lacks = Ec25.lacks | {"+CMUT"}

    def __init__(self) -> None:
        super().__init__()
        self.configuration["usbcfg"] = _COMPOSITION
        self._has_card = True

    def commands(self) -> list[Command]:
        """Return Quectel's commands, with a choice of where voice goes."""
        voice = setting("+QPCMV", (0, _CARD), "(0,1),(0-2)", self._route)

        def choose(modem: VirtualModem, args: Arguments) -> Lines:
            if args.text(1, "") == str(_CARD) and not self._has_card:
                raise AtError(cme=BAD_PARAMETER)
            assert voice.write is not None
            voice.write(modem, args)
            return []

        return [
            *super().commands(),
            Command(
                "+QPCMV", None, voice.read, choose, says("+QPCMV: (0,1),(0-2)"),
                defaults=voice.defaults, ranges=voice.ranges,
            ),
            answers("+QGMR", f"{self.revision}_30.202.00.000"),
        ]  # fmt: skip

    def information(self, _modem: VirtualModem) -> Lines:
        """Return what ``ATI`` answers."""
        return ["Quectel", "EG25", f"Revision: {self.revision}"]

    def booted(self) -> None:
        """Power is on: the composition that was written is the one that is there."""
        super().booted()
        self._has_card = self.configuration["usbcfg"].rpartition(",")[2] == "1"

    def composed(self, values: str) -> None:
        """Take a composition, for the next restart.

        Raises:
            AtError: It has not nine values, or changes the product.
        """
        former = self.configuration["usbcfg"].split(",")
        given = values.split(",")
        if len(given) != len(former) or [v.upper() for v in given[:2]] != [
            v.upper() for v in former[:2]
        ]:
            raise AtError(cme=BAD_PARAMETER)
        self.configuration["usbcfg"] = values

    def ring(self, _modem: VirtualModem) -> Lines:
        """Return nothing: this firmware tells a call by ``+CLIP`` and ``ccinfo`` alone."""
        return []

    def card_on(self, modem: VirtualModem) -> bool:
        """Tell whether voice goes to the sound card."""
        return self._has_card and modem.settings["+QPCMV"] == ("1", str(_CARD))

    def voice_tick(self, modem: VirtualModem) -> None:
        """Positions share the port, never the sound card."""
        if not self.card_on(modem):
            super().voice_tick(modem)

    def _route(self, modem: VirtualModem) -> None:
        to_port = modem.settings["+QPCMV"] == ("1", str(_TTY))
        modem.voice.switch(to_port or (self.card_on(modem) and modem.sound_card is None))
