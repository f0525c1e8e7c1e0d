"""What the network diverts of a line's calls: asked once it serves the line, the duty number's
diversion taken back before that and set at an orderly stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from appliance.exchange.duty import Duty, DutyLine
from appliance.exchange.forwarding import Forwarding, ForwardingLine
from appliance.exchange.line_sim import LineSim
from appliance.model.records import Number


class DivertedLine(DutyLine, ForwardingLine, Protocol):
    """What is needed of the line worker."""


class Diversions:
    """Lives on the line's thread.

    Args:
        line: The line.
        sim: Whose SIM is in it.
        to: The duty number, E.164; None: calls are never diverted, but a mark is still undone.
        done: Called when a diversion that :meth:`at_rest` began has come to its end.
    """

    def __init__(
        self, line: DivertedLine, sim: LineSim, to: str | None, done: Callable[[], None]
    ) -> None:
        self._sim = sim
        self._forwarding = Forwarding(line)
        self._duty = Duty(line, to, done)
        self._asked = False  # the network about this SIM, since it came up
        self._diverted = False  # or tried to, at the end

    @property
    def reasons(self) -> frozenset[int]:
        """Reasons (of ``+CCFC``) for which the network diverts calls."""
        return self._forwarding.reasons

    def look(self) -> None:
        """Ask the network now."""
        self._forwarding.look()

    def network_changed(self) -> None:
        """Ask once the SIM is in service: before that the network does not answer."""
        number = self._in_service()
        if number is not None and not self._asked:
            self._asked = True
            self._duty.undo(number, self._forwarding.look)

    def another_sim(self) -> None:
        """Nothing is known of this one."""
        self._forwarding.forget()
        self._asked = False

    def gone(self) -> None:
        """The modem is gone; what was known stays, and is asked anew when it is back."""
        self._asked = False

    def at_rest(self) -> bool:
        """The line has ended its work: divert its calls, once; return whether that is over."""
        if not self._diverted:
            self._diverted = True
            self._duty.divert(self._in_service(), self.reasons)
        return not self._duty.busy

    def _in_service(self) -> Number | None:
        sim = self._sim
        return sim.number if sim.usable and sim.registration.in_service else None
