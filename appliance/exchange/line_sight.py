"""How a line is, as others see it: what is known of it, judged, and the picture for lists."""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.exchange.diversions import Diversions
from appliance.exchange.line_luck import Luck
from appliance.exchange.line_sim import LineSim
from appliance.exchange.registry import LineState, LineStatus
from appliance.exchange.voice_notes import VoiceNotes
from appliance.model.line_conditions import DENIED, LineFacts, judge
from appliance.model.numbers import mask
from appliance.words import say
from drivers.rack import Health

_log = logging.getLogger(__name__)

DEAF = ("deaf", "never silent")
"""How the causes of losses begin where the port was there and nobody answered."""


class LineSight:
    """What is published of one line. Written on the line's thread, :attr:`status` read by all.

    Args:
        socket: Name of the line's socket.
        sim: Whose SIM is in it.
        diversions: What the network diverts.
        luck: What came of its calls and texts.
        voice: What was wrong with the voice of calls.
        call: Returns what is on the line, None for nothing.
        voice_port: Returns whether its voice can be opened.

    Attributes:
        signal: Field strength in dBm, None when unknown.
        celsius: Temperature of the module, None when unknown.
        storage_full: Texts do not fit any more.
        health: How the recovery of the socket stands.
    """

    def __init__(
        self,
        socket: str,
        sim: LineSim,
        diversions: Diversions,
        luck: Luck,
        voice: VoiceNotes,
        call: Callable[[], str | None],
        voice_port: Callable[[], bool],
    ) -> None:
        self._sim = sim
        self._diversions = diversions
        self._luck = luck
        self._voice = voice
        self._call = call
        self._voice_port = voice_port
        self.status = LineStatus(socket)
        self.signal: int | None = None
        self.celsius: int | None = None
        self.storage_full = False
        self.health = Health()
        self._present = True
        self._lost: str | None = None
        self._failed = False  # of the box itself
        self._sim_state: str | None = None
        self._pin_withheld = False

    @property
    def state(self) -> LineState:
        """How the line is in one word."""
        return self.status.state

    # --- what is known ---

    def arrived(self) -> None:
        """A modem is there and is being started."""
        self._present, self._failed, self._sim_state = True, False, None
        self.publish()

    def ready(self) -> None:
        """The modem is set up and its SIM can be read."""
        self._sim_state, self._lost = None, None

    def sim(self, state: str, *, pin_configured: bool) -> None:
        """The SIM keeps the line from working."""
        self._sim_state, self._pin_withheld = state, pin_configured
        self.publish()

    def gone(self, cause: str, *, failed: bool = False) -> None:
        """The modem is not there any more; ``failed``: by a fault of the box itself."""
        self._present, self._lost, self._failed = False, cause, failed
        self.signal = self.celsius = self._sim_state = None
        self.storage_full = False
        self.publish()

    def publish(self) -> None:
        """Show how the line is now."""
        sim = self._sim
        identity = sim.identity
        judged = judge(self._facts())
        first = judged.first
        explanation = say(f"LIN-{first.name}", **first.facts)  # type: ignore[arg-type]
        if judged.state is not self.status.state:
            _log.info("line %s: %s (%s)", mask(sim.msisdn), judged.state.value, explanation)
        trouble = self._voice.trouble(sim.msisdn) if sim.msisdn else None
        self.status = LineStatus(
            socket=self.status.socket,
            msisdn=sim.msisdn or None,
            iccid=(identity.iccid or None) if identity else None,
            imei=identity.imei if identity else None,
            family=identity.family if identity else None,
            own_number=identity.own_number if identity else None,
            role=sim.number.role.value if sim.number else None,
            state=judged.state,
            explanation=explanation if trouble is None else f"{explanation} {trouble}",
            operator=sim.registration.operator,
            signal_dbm=self.signal,
            celsius=self.celsius,
            call=self._call(),
            queue=sim.courier.depth() if sim.courier else 0,
            denied=sim.registration.status == DENIED,
            forwarding=self._diversions.reasons,
            conditions=judged.findings,
            steps=self.health.steps,
        )

    def _facts(self) -> LineFacts:
        sim, lost = self._sim, self._lost
        return LineFacts(
            present=self._present,
            lost=lost,
            deaf=lost is not None and lost.startswith(DEAF),
            hospital=self._failed or (self.health.hospital and not self._present),
            reenumerations=self.health.reenumerations,
            ready=sim.usable,
            sim=self._sim_state,
            pin_withheld=self._pin_withheld,
            replaced=sim.replaced,
            registration=sim.registration.status,
            voice_port=self._voice_port(),
            signal_dbm=self.signal,
            celsius=self.celsius,
            storage_full=self.storage_full,
            forwarding=self._diversions.reasons,
            suspicion=self._luck.suspected,
        )
