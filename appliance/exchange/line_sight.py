"""How a line is, as others see it: its state with one sentence, and the picture for lists."""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.exchange.forwarding import Forwarding
from appliance.exchange.line_sim import LineSim
from appliance.exchange.registry import LineState, LineStatus
from appliance.exchange.voice_notes import VoiceNotes
from appliance.model.numbers import mask

_log = logging.getLogger(__name__)

DENIED = 3
"""``<stat>`` of ``+CREG``: registration denied (3GPP TS 27.007 §7.2)."""


class LineSight:
    """What is published of one line. Written on the line's thread, :attr:`status` read by all.

    Args:
        socket: Name of the line's socket.
        sim: Whose SIM is in it.
        forwarding: What the network diverts.
        voice: What was wrong with the voice of calls.
        call: Returns what is on the line, None for nothing.
    """

    def __init__(
        self,
        socket: str,
        sim: LineSim,
        forwarding: Forwarding,
        voice: VoiceNotes,
        call: Callable[[], str | None],
    ) -> None:
        self._sim = sim
        self._forwarding = forwarding
        self._voice = voice
        self._call = call
        self.status = LineStatus(socket)
        self.state, self._explanation = self.status.state, self.status.explanation
        self.signal: int | None = None

    def set(self, state: LineState, explanation: str) -> None:
        """Show another state from now on, explained by one sentence."""
        if state is not self.state:
            _log.info("line %s: %s (%s)", mask(self._sim.msisdn), state.value, explanation)
        self.state, self._explanation = state, explanation
        self.publish()

    def publish(self) -> None:
        """Show how the line is now."""
        sim = self._sim
        identity = sim.identity
        self.status = LineStatus(
            socket=self.status.socket,
            msisdn=sim.msisdn or None,
            iccid=identity.iccid if identity else None,
            imei=identity.imei if identity else None,
            family=identity.family if identity else None,
            own_number=identity.own_number if identity else None,
            role=sim.number.role.value if sim.number else None,
            state=self.state,
            explanation=self._explained(),
            operator=sim.registration.operator,
            signal_dbm=self.signal,
            call=self._call(),
            queue=sim.courier.depth() if sim.courier else 0,
            denied=sim.registration.status == DENIED,
            forwarding=self._forwarding.reasons,
        )

    def _explained(self) -> str:
        trouble = self._voice.trouble(self._sim.msisdn) if self._sim.msisdn else None
        return self._explanation if trouble is None else f"{self._explanation} {trouble}"
