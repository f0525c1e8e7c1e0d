"""SIMCom A7670 (ASR chip): as a SIM7600, but "answered" comes too early and voice is analog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_calls import Ended
from drivers.virtual.at_interpreter import Framing
from drivers.virtual.personalities.personality import BootStep, Lines
from drivers.virtual.personalities.sim7600 import Sim7600, duration
from drivers.virtual.terminal import Call, CallStatus

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem


class A7670(Sim7600):
    """A SIMCom A7670E on a network that opens the voice channel when the far end rings.

    ``VOICE CALL: BEGIN``, state 0 and ``+COLP`` come then, and nothing tells of the real answer.
    """

    family = "a7670"
    maker = "INCORPORATED"
    model = "A7670E-FASE"
    revision = "A7670M6_V1.11.1"
    type_allocation = "86293305"
    framing = Framing()
    false_answer = True
    voice_port = False
    voice_per_call = False
    host_audio_in_multiparty = False
    boot = (
        BootStep(0.0, "*ATREADY: 1"),
        BootStep(0.5, "+CPIN: {pin}", "card"),
        BootStep(1.2, "SMS DONE", "sms"),
        BootStep(1.6, "PB DONE"),
    )
    lacks = frozenset({"+CPCMREG", "+CPCMFRM", "+CPCMBANDWIDTH", "+CECM", "+CNSN"})

    def ended(self, modem: VirtualModem, call: Call, ended: Ended) -> tuple[Lines, Lines]:
        """Return the end; its duration follows ``NO CARRIER``."""
        if ended.seconds is None:
            return super().ended(modem, call, ended)
        last = [] if modem.calls.listed() else ["NO CARRIER"]
        words = [*last, f"VOICE CALL:END: {duration(ended.seconds)}"]
        return self.listed(modem, call, int(CallStatus.RELEASED)), words

    def result(self, call: Call, ended: Ended, *, others: bool) -> str | None:
        """Return the result of a call that was never answered; others have it among their words."""
        return super().result(call, ended, others=others) if ended.seconds is None else None
